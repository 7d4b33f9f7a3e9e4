/** What somebody looks for, made ready to be compared with many names. Everything here is folded UTF-8. */
import { fold } from './fold.ts';

/** One step of a pattern with `*`, `?` or `[...]`. */
type Step =
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'any' }
  | { kind: 'many' }
  | { kind: 'set'; inverted: boolean; ranges: [number, number][] };

/** How well a name fits; smaller is better. */
export const Rank = { exact: 0, start: 1, word: 2, inside: 3, none: -1 } as const;
export const RANKS = 4;

/** Tells how well bytes [from, to) fit. */
export interface NamePattern {
  rank(bytes: Uint8Array, from: number, to: number): number;
}

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

/** Fits whole names, as a shell's patterns do; a dot at the beginning is no exception. */
export class Glob implements NamePattern {
  readonly #steps: Step[];
  /** The longest run of letters, without which no name fits: most names are passed over by it. */
  readonly #needed: Part | null;
  /** What a name has to end with. */
  readonly #end: Uint8Array;

  constructor(text: string) {
    this.#steps = stepsOf(text);
    const runs = this.#steps.flatMap((step) => (step.kind === 'bytes' ? [step.bytes] : []));
    const [longest] = runs.toSorted((a, b) => b.length - a.length);
    this.#needed = longest === undefined ? null : new Part(longest);
    const last = this.#steps.at(-1);
    this.#end = last?.kind === 'bytes' ? last.bytes : new Uint8Array(0);
  }

  rank(bytes: Uint8Array, from: number, to: number): number {
    const end = this.#end;
    const begin = to - end.length;
    if (begin < from) return Rank.none;
    for (let i = end.length - 1; i >= 0; i--) if (bytes[begin + i] !== end[i]) return Rank.none;
    if (this.#needed !== null && this.#needed.rank(bytes, from, to) < 0) return Rank.none;
    return this.fits(bytes, from, to) ? Rank.exact : Rank.none;
  }

  /** After a `*`, only the last one has to be tried again: time is at most the product of both lengths. */
  fits(bytes: Uint8Array, from: number, to: number): boolean {
    const steps = this.#steps;
    let at = from;
    let step = 0;
    let again = -1;
    let mark = from;
    while (at < to || step < steps.length) {
      const here = steps[step];
      if (here?.kind === 'many') {
        again = step++;
        mark = at;
        continue;
      }
      const next = here === undefined ? -1 : stepOver(here, bytes, at, to);
      if (next >= 0) {
        at = next;
        step++;
        continue;
      }
      if (again < 0 || mark >= to) return false;
      mark = afterChar(bytes, mark, to);
      at = mark;
      step = again + 1;
    }
    return true;
  }
}

/** Where the name goes on behind a step; -1 where it does not fit. */
function stepOver(step: Step, bytes: Uint8Array, at: number, to: number): number {
  if (step.kind === 'bytes') {
    const { length } = step.bytes;
    if (at + length > to) return -1;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== step.bytes[i]) return -1;
    return at + length;
  }
  if (at >= to) return -1;
  const next = afterChar(bytes, at, to);
  if (step.kind !== 'set') return next;
  const code = codePoint(bytes, at, next);
  const inside = step.ranges.some(([low, high]) => code >= low && code <= high);
  return inside === step.inverted ? -1 : next;
}

function afterChar(bytes: Uint8Array, at: number, to: number): number {
  let next = at + 1;
  while (next < to && ((bytes[next] ?? 0) & 0xc0) === 0x80) next++;
  return next;
}

const codePoint = (bytes: Uint8Array, from: number, to: number): number =>
  Buffer.from(bytes.subarray(from, to)).toString('utf8').codePointAt(0) ?? 0;

function stepsOf(text: string): Step[] {
  const chars = [...fold(text)];
  const steps: Step[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal !== '') steps.push({ kind: 'bytes', bytes: Buffer.from(literal, 'utf8') });
    literal = '';
  };
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? '';
    const set = char === '[' ? setAt(chars, i) : null;
    if (char === '*') {
      flush();
      if (steps.at(-1)?.kind !== 'many') steps.push({ kind: 'many' });
    } else if (char === '?') {
      flush();
      steps.push({ kind: 'any' });
    } else if (set !== null) {
      flush();
      steps.push(set.step);
      i = set.end;
    } else literal += char; // A bracket that does not close stands for itself.
  }
  flush();
  return steps;
}

/** `[abc]`, `[a-z]`, `[!x]` or `[^x]`; a `]` right at the beginning stands for itself. */
function setAt(chars: string[], from: number): { step: Step; end: number } | null {
  let i = from + 1;
  const inverted = chars[i] === '!' || chars[i] === '^';
  if (inverted) i++;
  const ranges: [number, number][] = [];
  for (let first = true; i < chars.length; first = false, i++) {
    const char = chars[i] ?? '';
    if (char === ']' && !first) return { step: { kind: 'set', inverted, ranges }, end: i };
    const low = char.codePointAt(0) ?? 0;
    const high = chars[i + 1] === '-' && chars[i + 2] !== undefined && chars[i + 2] !== ']' ? chars[i + 2] : undefined;
    if (high !== undefined) i += 2;
    ranges.push([low, high?.codePointAt(0) ?? low]);
  }
  return null;
}
