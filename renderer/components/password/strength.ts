/** Asks the worker how strong a password is while it is typed, and says it in words. */
import { plural, t } from '@lingui/core/macro';
import { useEffect, useRef, useState } from 'react';

export const MIN_CHARACTERS = 12;
/** zxcvbn's scores go from 0 to 4; from here on a password is taken. */
export const MIN_SCORE = 3;

export interface StrengthQuestion {
  id: number;
  password: string;
  /** Words that somebody would try first: the computer's and the product's name. */
  known: string[];
}
export interface StrengthAnswer {
  id: number;
  score: 0 | 1 | 2 | 3 | 4;
  guessesLog10: number;
  /** Name of what is wrong with it, one of WARNINGS; empty where nothing is. */
  warning: string;
}
export type Strength = Omit<StrengthAnswer, 'id'>;

const ASK_AFTER_MS = 120;

/** What zxcvbn finds wrong, by its names. */
const WARNINGS: Record<string, string> = {
  straightRow: t`Rows of keys on the keyboard are easy to guess.`,
  keyPattern: t`Short patterns on the keyboard are easy to guess.`,
  simpleRepeat: t`Repeated characters like “aaa” are easy to guess.`,
  extendedRepeat: t`Repeated parts like “abcabcabc” are easy to guess.`,
  sequences: t`Sequences like “abc” are easy to guess.`,
  recentYears: t`Recent years are easy to guess.`,
  dates: t`Dates are easy to guess.`,
  topTen: t`This is one of the ten most used passwords.`,
  topHundred: t`This is one of the hundred most used passwords.`,
  common: t`This is a much used password.`,
  similarToCommon: t`This is close to a much used password.`,
  wordByItself: t`A single word is easy to guess.`,
  namesByThemselves: t`A single name is easy to guess.`,
  commonNames: t`Common names are easy to guess.`,
  userInputs: t`It is built on the name of this computer or of Holdfast.`,
};

/** Characters as people count them. */
export function characters(password: string): number {
  return [...password.normalize('NFC')].length;
}

/** True where the set-up takes this password; `strength` must be that of the same text. */
export function isTaken(password: string, strength: Strength | null): boolean {
  return characters(password) >= MIN_CHARACTERS && strength !== null && strength.score >= MIN_SCORE;
}

/** A word for the meter, and one sentence; null strength while it is not known yet. */
export function strengthWords(password: string, strength: Strength | null): { word: string; line: string } {
  if (password === '')
    return { word: '', line: t`At least 12 characters. Several words are easier to keep than symbols.` };
  if (characters(password) < MIN_CHARACTERS) {
    const missing = MIN_CHARACTERS - characters(password);
    return {
      word: t`Too short`,
      line: plural(missing, { one: '# more character at least.', other: '# more characters at least.' }),
    };
  }
  if (strength === null) return { word: '', line: t`Checking…` };
  if (strength.score < MIN_SCORE) {
    const why = WARNINGS[strength.warning] ?? t`It could be guessed.`;
    return { word: t`Too easy to guess`, line: t`${why} Add a word or two that do not belong together.` };
  }
  return strength.score === 4
    ? { word: t`Very strong`, line: t`${guesses(strength.guessesLog10)} guesses would be needed.` }
    : { word: t`Strong`, line: t`${guesses(strength.guessesLog10)} guesses would be needed.` };
}

/** 10.4 -> "More than 10 billion". */
export function guesses(log10: number): string {
  const steps: [number, string][] = [
    [15, t`More than a million billion`],
    [12, t`More than a thousand billion`],
    [10, t`More than 10 billion`],
    [9, t`More than a billion`],
  ];
  return steps.find(([from]) => log10 >= from)?.[1] ?? t`More than 100 million`;
}

/** The strength of `password`; null until the worker has answered for this very text. Loads the worker at first use. */
export function useStrength(password: string, known: readonly string[]): Strength | null {
  const worker = useRef<Worker | null>(null);
  const [answer, setAnswer] = useState<{ password: string; strength: Strength } | null>(null);
  const asked = useRef({ id: 0, password: '' });
  const words = known.join('\n');

  useEffect(
    () => () => {
      worker.current?.terminate();
      worker.current = null;
    },
    [],
  );
  useEffect(() => {
    if (password === '') return undefined;
    if (worker.current === null) {
      worker.current = new Worker(new URL('./strength-worker.ts', import.meta.url), {
        type: 'module',
        name: 'strength',
      });
      worker.current.addEventListener('message', ({ data }: MessageEvent<StrengthAnswer>) => {
        const { id, ...strength } = data;
        if (id === asked.current.id) setAnswer({ password: asked.current.password, strength });
      });
    }
    const timer = setTimeout(() => {
      asked.current = { id: asked.current.id + 1, password };
      const question: StrengthQuestion = { id: asked.current.id, password, known: words.split('\n') };
      worker.current?.postMessage(question);
    }, ASK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [password, words]);

  return answer !== null && answer.password === password ? answer.strength : null;
}
