/** What somebody looks for, made ready to be compared with many names. Everything here is folded UTF-8. */
import { fold } from './fold.ts';
import { Glob } from './glob.ts';
import { Rank, type NamePattern } from './rank.ts';

const WILD = /[*?[]/;

/**
 * A pattern of one name: with `*`, `?` or `[` it fits whole names only, else any part of one.
 *
 * @param text of one name, not folded
 */
export function namePattern(text: string): NamePattern {
  return WILD.test(text) ? new Glob(text) : new Part(Buffer.from(fold(text), 'utf8'));
}

/** The beginning of a name, or a pattern that fits whole ones: what stands behind the last `/` of a query. */
export function startPattern(text: string): NamePattern {
  return WILD.test(text) ? new Glob(text) : new Part(Buffer.from(fold(text), 'utf8'), true);
}

class Part implements NamePattern {
  readonly #needle: Uint8Array;
  readonly #startOnly: boolean;

  constructor(needle: Uint8Array, startOnly = false) {
    this.#needle = needle;
    this.#startOnly = startOnly;
  }

  rank(bytes: Uint8Array, from: number, to: number): number {
    const needle = this.#needle;
    const length = needle.length;
    if (length === 0) return Rank.exact;
    const head = needle[0];
    const end = this.#startOnly ? Math.min(from, to - length) : to - length;
    let best: number = Rank.none;
    for (let at = from; at <= end; at++) {
      if (bytes[at] !== head) continue;
      let i = 1;
      while (i < length && bytes[at + i] === needle[i]) i++;
      if (i < length) continue;
      if (at === from) return to - from === length ? Rank.exact : Rank.start;
      if (startsWord(bytes, at)) return Rank.word;
      best = Rank.inside;
    }
    return best;
  }
}

/** True where the byte before is no letter and no digit, so that a word begins. Names are folded: no capital tells it. */
function startsWord(bytes: Uint8Array, at: number): boolean {
  const before = bytes[at - 1] ?? 0;
  const letter = before >= 0x61 && before <= 0x7a;
  const digit = before >= 0x30 && before <= 0x39;
  return !letter && !digit && before < 0x80;
}
