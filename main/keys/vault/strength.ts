/** Whether a password is good enough for a vault: ten tries are few, but whoever breaks into its host has more. */
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { HoldfastError } from '../../errors.ts';
import { text, type Text } from '../../text.ts';

/** Fewest characters. */
export const MIN_LENGTH = 12;
/** Fewest points of zxcvbn's 0 to 4: "safely unguessable" begins at 3, 10^8 guesses and more. */
const MIN_SCORE = 3;

let judge: Promise<ZxcvbnFactory> | null = null;

/** Loaded where a password is set and nowhere else. */
async function loadJudge(): Promise<ZxcvbnFactory> {
  return (await import('./strength-judge.ts')).makeJudge();
}

/** Longer passwords are judged by their beginning, so that no text keeps the judge busy for more than half a second. */
const JUDGED_LENGTH = 100;

/**
 * Takes half a second of work at the first password, and memory for its dictionaries: an app that draws does it in a
 * thread (strength-thread.ts).
 *
 * @param known words that are guessed first for this person, e.g. the computer's name
 * @throws HoldfastError password-weak
 */
export async function checkPassword(password: string, known: readonly string[] = []): Promise<void> {
  if ([...password].length < MIN_LENGTH) {
    throw weak(text`A password of fewer than ${MIN_LENGTH} characters is too easy to guess.`);
  }
  judge ??= loadJudge();
  if ((await judge).check(password.slice(0, JUDGED_LENGTH), [...known]).score < MIN_SCORE) {
    throw weak('This password is one of those that are guessed first.');
  }
}

const weak = (message: string | Text): HoldfastError =>
  new HoldfastError(
    'password-weak',
    message,
    'Take a longer one, such as six words that have nothing to do with each other. Nothing was changed.',
  );
