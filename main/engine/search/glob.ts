/**
 * Patterns with `*`, `?` or `[...]`, as a shell has them; a dot at the beginning is no exception. They fit whole names, of
 * folded UTF-8.
 *
 * A pattern is cut at its stars. What stands before the first one fits the beginning, what stands behind the last one the
 * end, and of each run between the leftmost place where it fits is as good as any other: no star is tried again, and a
 * name takes no longer than its length times that of the longest run.
 */
import { fold } from './fold.ts';
import { Rank, type NamePattern } from './rank.ts';

type Step =
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'any' }
  | { kind: 'set'; inverted: boolean; ranges: [number, number][] };

/** Steps between two stars: each but `bytes` is one character. */
type Run = Step[];

export class Glob implements NamePattern {
  readonly #first: Run;
  readonly #middle: Run[];
  /** Null where there is no star. */
  readonly #last: Run | null;

  constructor(text: string) {
    const [first = [], ...rest] = runsOf(text);
    this.#first = first;
    this.#last = rest.pop() ?? null;
    this.#middle = rest.filter((run) => run.length > 0);
  }

  rank(bytes: Uint8Array, from: number, to: number): number {
    return this.#fits(bytes, from, to) ? Rank.exact : Rank.none;
  }

  #fits(bytes: Uint8Array, from: number, to: number): boolean {
    let at = endOf(this.#first, bytes, from, to);
    if (this.#last === null) return at === to;
    if (at < 0) return false;
    const end = beginOf(this.#last, bytes, at, to);
    if (end < 0) return false;
    const middle = this.#middle;
    for (let i = 0; i < middle.length && at >= 0; i++) at = findEnd(middle[i] ?? [], bytes, at, end);
    return at >= 0;
  }
}

/** Where a run that begins at `at` ends; -1 where it does not fit. */
function endOf(run: Run, bytes: Uint8Array, at: number, to: number): number {
  for (let i = 0; i < run.length; i++) {
    const step = run[i];
    if (step?.kind === 'bytes') {
      if (!isAt(step.bytes, bytes, at, to)) return -1;
      at += step.bytes.length;
      continue;
    }
    if (at >= to) return -1;
    const next = afterChar(bytes, at, to);
    if (step?.kind === 'set' && !isIn(step, bytes, at, next)) return -1;
    at = next;
  }
  return at;
}

/** Where a run that ends at `to` begins; -1 where it does not fit behind `from`. */
function beginOf(run: Run, bytes: Uint8Array, from: number, to: number): number {
  for (let i = run.length - 1; i >= 0; i--) {
    const step = run[i];
    if (step?.kind === 'bytes') {
      const begin = to - step.bytes.length;
      if (begin < from || !isAt(step.bytes, bytes, begin, to)) return -1;
      to = begin;
      continue;
    }
    if (to <= from) return -1;
    let begin = to - 1;
    while (begin > from && ((bytes[begin] ?? 0) & 0xc0) === 0x80) begin--;
    if (step?.kind === 'set' && !isIn(step, bytes, begin, to)) return -1;
    to = begin;
  }
  return to;
}

/** End of the leftmost place in [at, to) where a run fits; -1 where there is none. */
function findEnd(run: Run, bytes: Uint8Array, at: number, to: number): number {
  const first = run[0];
  if (first?.kind === 'bytes') {
    const head = first.bytes[0];
    // A letter's first byte is no other's second one.
    for (; at < to; at++) {
      if (bytes[at] !== head) continue;
      const end = endOf(run, bytes, at, to);
      if (end >= 0) return end;
    }
    return -1;
  }
  for (; at < to; at = afterChar(bytes, at, to)) {
    const end = endOf(run, bytes, at, to);
    if (end >= 0) return end;
  }
  return -1;
}

function isAt(wanted: Uint8Array, bytes: Uint8Array, at: number, to: number): boolean {
  const { length } = wanted;
  if (at + length > to) return false;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

function afterChar(bytes: Uint8Array, at: number, to: number): number {
  let next = at + 1;
  while (next < to && ((bytes[next] ?? 0) & 0xc0) === 0x80) next++;
  return next;
}

function isIn(
  { inverted, ranges }: Extract<Step, { kind: 'set' }>,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  const code = Buffer.from(bytes.subarray(from, to)).toString('utf8').codePointAt(0) ?? 0;
  return ranges.some(([low, high]) => code >= low && code <= high) !== inverted;
}

function runsOf(text: string): Run[] {
  const chars = [...fold(text)];
  const runs: Run[] = [[]];
  let literal = '';
  const add = (...steps: Step[]): void => {
    if (literal !== '') runs.at(-1)?.push({ kind: 'bytes', bytes: Buffer.from(literal, 'utf8') });
    literal = '';
    runs.at(-1)?.push(...steps);
  };
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? '';
    const set = char === '[' ? setAt(chars, i) : null;
    if (char === '*') {
      add();
      runs.push([]);
    } else if (char === '?') {
      add({ kind: 'any' });
    } else if (set !== null) {
      add(set.step);
      i = set.end;
    } else literal += char; // A bracket that does not close stands for itself.
  }
  add();
  return runs;
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
