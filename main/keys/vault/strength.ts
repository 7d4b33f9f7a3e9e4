/** Whether a password is good enough for a vault: ten tries are few, but whoever breaks into its host has more. */
import { HoldfastError } from '../../errors.ts';

/** Fewest characters. */
export const MIN_LENGTH = 12;
/** Fewest points of zxcvbn's 0 to 4: "safely unguessable" begins at 3, 10^8 guesses and more. */
const MIN_SCORE = 3;

/** @throws HoldfastError password-weak */
export async function checkPassword(password: string): Promise<void> {
  if ([...password].length < MIN_LENGTH) {
    throw weak(`A password of fewer than ${MIN_LENGTH} characters is too easy to guess.`);
  }
  // Dictionaries of some hundred kB, loaded where a password is set and nowhere else.
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]);
  const zxcvbn = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
  });
  if (zxcvbn.check(password.slice(0, 100)).score < MIN_SCORE) {
    throw weak('This password is one of those that are guessed first.');
  }
}

const weak = (message: string): HoldfastError =>
  new HoldfastError(
    'password-weak',
    message,
    'Take a longer one, such as six words that have nothing to do with each other. Nothing was changed.',
  );
