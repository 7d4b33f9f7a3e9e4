/** Searches an index: one pass over all names, without an object for a name that does not fit. */
import { display } from '../format/byte-path.ts';
import { NodeType } from '../format/tree.ts';
import { fold } from './fold.ts';
import type { PathIndex } from './path-index.ts';
import { namePattern, startPattern } from './pattern.ts';
import { Rank, RANKS, type NamePattern } from './rank.ts';
import type { Presence } from './presence.ts';

export interface Filters {
  /** Kinds that are wanted; any where it is null. */
  kinds: ReadonlySet<number> | null;
  /** What stands behind a name's last dot, folded; any where it is null. */
  endings: ReadonlySet<string> | null;
  /** With either one only files fit. */
  minBytes: number | null;
  maxBytes: number | null;
  /** ms since the epoch: at or after, and before. */
  changedAfterMs: number | null;
  changedBeforeMs: number | null;
}

/** The names of an index folded, one after another; made once for many searches. */
export class FoldedNames {
  readonly bytes: Uint8Array;
  /** Beginning of each row's name; one more at the end. */
  readonly at: Uint32Array;

  constructor(index: PathIndex) {
    const { rows } = index;
    const names = index.names.array;
    this.at = new Uint32Array(rows + 1);
    let bytes = new Uint8Array(index.names.length + 1024);
    let used = 0;
    for (let row = 0; row < rows; row++) {
      this.at[row] = used;
      const from = index.nameAt.at(row);
      const to = index.nameEnd(row);
      // Folding may make a name longer, by less than this.
      const room = (to - from) * 4 + 16;
      if (used + room > bytes.length) {
        const grown = new Uint8Array(Math.ceil(bytes.length * 1.3) + room);
        grown.set(bytes);
        bytes = grown;
      }
      let ascii = true;
      for (let i = from; i < to; i++) {
        const byte = names[i] ?? 0;
        if (byte >= 0x80) {
          ascii = false;
          break;
        }
        bytes[used + i - from] = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
      }
      used += ascii ? to - from : foldInto(bytes, used, names.subarray(from, to));
    }
    this.at[rows] = used;
    this.bytes = bytes.subarray(0, used);
  }
}

function foldInto(bytes: Uint8Array, at: number, name: Uint8Array): number {
  return Buffer.from(bytes.buffer).write(fold(display(name)), at, 'utf8');
}

/** Rows that fit, best first; each list in the order of the index. */
export type Hits = Uint32Array[];

/** @param takes asked of each row that fits, with the position of the newest snapshot that has it */
export function search(
  index: PathIndex,
  names: FoldedNames,
  presence: Presence,
  query: string,
  filters: Filters,
  takes: (row: number, newest: number) => boolean = () => true,
): Hits {
  const { name, folders } = compile(query);
  const hits = Array.from({ length: RANKS }, () => new HitList());
  const way = folders === null ? null : new FolderTest(index, names, folders);
  const { bytes, at } = names;
  for (let row = 1; row < index.rows; row++) {
    const rank = name.rank(bytes, at[row] ?? 0, at[row + 1] ?? 0);
    if (rank < 0) continue;
    if (filters.endings !== null && !endsWith(filters.endings, bytes, at[row] ?? 0, at[row + 1] ?? 0)) continue;
    if (way !== null && !way.leads(index.parent.at(row))) continue;
    const present = presence.of(row);
    if (present === null || !fits(index, present.version, filters)) continue;
    if (takes(row, present.newest)) hits[rank]?.push(row);
  }
  return hits.map((list) => list.take());
}

/** Longer endings are none. */
const LONGEST_ENDING = 48;

function endsWith(endings: ReadonlySet<string>, bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = to - 1; i > from && i >= to - LONGEST_ENDING; i--) {
    if (bytes[i] === DOT) return endings.has(Buffer.from(bytes.subarray(i + 1, to)).toString('utf8'));
  }
  return false;
}

const DOT = 0x2e;

function fits(index: PathIndex, version: number, filters: Filters): boolean {
  const kind = index.kind.at(version);
  if (filters.kinds !== null && !filters.kinds.has(kind)) return false;
  if (filters.minBytes !== null || filters.maxBytes !== null) {
    if (kind !== NodeType.file) return false;
    const size = index.size.at(version);
    if (filters.minBytes !== null && size < filters.minBytes) return false;
    if (filters.maxBytes !== null && size > filters.maxBytes) return false;
  }
  if (filters.changedAfterMs === null && filters.changedBeforeMs === null) return true;
  const ms = index.seconds.at(version) * 1000 + index.nanos.at(version) / 1_000_000;
  if (filters.changedAfterMs !== null && ms < filters.changedAfterMs) return false;
  return filters.changedBeforeMs === null || ms < filters.changedBeforeMs;
}

/** `folders`: what the way to an entry has to end with; null where any will do. */
interface Compiled {
  name: NamePattern;
  folders: Folders | null;
}

/** Patterns of names one after another; ANY_FOLDERS stands for any number of them, also for none. */
interface Folders {
  last: string[];
  /** From the top. */
  anchored: boolean;
}

const ANY_FOLDERS = '**';

function compile(query: string): Compiled {
  const parts = query.split('/');
  const text = parts.pop() ?? '';
  if (parts.length === 0) return { name: namePattern(text), folders: null };
  // `/home/anna`: from the top; `docs/rep`: below any folder whose name ends so.
  const anchored = parts[0] === '';
  const last = parts.filter((part) => part !== '');
  if (text !== ANY_FOLDERS) return { name: startPattern(text), folders: { last, anchored } };
  // `docs/**`: everything below.
  return { name: ANY_NAME, folders: { last: [...last, ANY_FOLDERS], anchored } };
}

const ANY_NAME: NamePattern = { rank: () => Rank.exact };

/** Whether a folder's way from the top ends with given names; asked once a folder. */
class FolderTest {
  readonly #index: PathIndex;
  readonly #names: FoldedNames;
  /** Null for any number of folders. */
  readonly #patterns: (NamePattern | null)[];
  readonly #anchored: boolean;
  /** 0 not asked yet, 1 no, 2 yes; by row. */
  readonly #known: Uint8Array;

  constructor(index: PathIndex, names: FoldedNames, { last, anchored }: Folders) {
    this.#index = index;
    this.#names = names;
    this.#anchored = anchored;
    this.#patterns = last.map((part, i) => {
      if (part === ANY_FOLDERS) return null;
      return i === 0 && !anchored ? endPattern(part) : wholePattern(part);
    });
    this.#known = new Uint8Array(index.rows);
  }

  leads(folder: number): boolean {
    let known = this.#known[folder] ?? 0;
    if (known === 0) {
      known = this.#test(folder) ? 2 : 1;
      this.#known[folder] = known;
    }
    return known === 2;
  }

  /** From the folder up. Of several `**` only the last one met has to be tried again, as in a name. */
  #test(folder: number): boolean {
    const { parent } = this.#index;
    let row = folder;
    let i = this.#patterns.length - 1;
    let again: number | null = null;
    let mark = folder;
    for (;;) {
      if (i < 0) {
        if (!this.#anchored || row === 0) return true;
      } else if (this.#patterns[i] === null) {
        again = --i;
        mark = row;
        continue;
      } else if (row !== 0 && this.#fits(i, row)) {
        row = parent.at(row);
        i--;
        continue;
      }
      if (again === null || mark === 0) return false;
      mark = parent.at(mark);
      row = mark;
      i = again;
    }
  }

  #fits(i: number, row: number): boolean {
    const { bytes, at } = this.#names;
    return (this.#patterns[i]?.rank(bytes, at[row] ?? 0, at[row + 1] ?? 0) ?? -1) >= 0;
  }
}

/** A whole name, folded, with or without wildcards. */
function wholePattern(text: string): NamePattern {
  const pattern = startPattern(text);
  if (/[*?[]/.test(text)) return pattern;
  return { rank: (bytes, from, to) => (pattern.rank(bytes, from, to) === 0 ? 0 : -1) };
}

/** The end of a name. */
function endPattern(text: string): NamePattern {
  if (/[*?[]/.test(text)) return wholePattern(text);
  const length = Buffer.byteLength(fold(text), 'utf8');
  const whole = wholePattern(text);
  return { rank: (bytes, from, to) => (to - from < length ? -1 : whole.rank(bytes, to - length, to)) };
}

class HitList {
  #rows = new Uint32Array(64);
  #length = 0;

  push(row: number): void {
    if (this.#length === this.#rows.length) {
      const grown = new Uint32Array(2 * this.#rows.length);
      grown.set(this.#rows);
      this.#rows = grown;
    }
    this.#rows[this.#length++] = row;
  }

  take(): Uint32Array {
    return this.#rows.subarray(0, this.#length);
  }
}
