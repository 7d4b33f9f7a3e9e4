/** In which of the snapshots that are still there a path is. */
import { NodeType } from '../format/tree.ts';
import { OPEN, type PathIndex } from './path-index.ts';

export interface Present {
  /** Snapshots that have the path. */
  count: number;
  /** The version that the newest of them has. */
  version: number;
  /** Position of that one in the index. */
  newest: number;
}

/** Sums made once for many questions; to be made anew when the index or what is there changes. */
export class Presence {
  readonly #index: PathIndex;
  readonly #lines: number;
  /** For each line and each position: snapshots of the line that are there before it. */
  readonly #before: Uint32Array;
  /** For each line and each position: the last one at or before it that is there, and 1. */
  readonly #latest: Uint32Array;
  readonly #count: number;
  /** What `of` found last: no object is made for each of a million questions. */
  readonly #found: Present = { count: 0, version: -1, newest: -1 };

  /** @param only position of the one snapshot that is asked about; null for all */
  constructor(index: PathIndex, only: number | null = null) {
    this.#index = index;
    this.#lines = index.lines.length;
    this.#count = index.snapshots.length;
    const width = this.#count + 1;
    this.#before = new Uint32Array(this.#lines * width);
    this.#latest = new Uint32Array(this.#lines * width);
    for (let line = 0; line < this.#lines; line++) {
      let sum = 0;
      let latest = 0;
      for (let i = 0; i < this.#count; i++) {
        this.#before[line * width + i] = sum;
        const snapshot = index.snapshots[i];
        if (snapshot !== undefined && snapshot.line === line && snapshot.there && (only === null || only === i)) {
          sum++;
          latest = i + 1;
        }
        this.#latest[line * width + i] = latest;
      }
      this.#before[line * width + this.#count] = sum;
    }
  }

  /** Null where no snapshot that is there has the row's path. Good until the next call. */
  of(row: number): Present | null {
    const { newest, older, first, last, line } = this.#index;
    const width = this.#count + 1;
    const found = this.#found;
    found.count = 0;
    found.newest = -1;
    for (let v = newest.at(row) - 1; v >= 0; v = older.at(v) - 1) {
      const from = first.at(v);
      const end = last.at(v);
      const to = end === OPEN ? this.#count - 1 : end;
      const base = line.at(v) * width;
      const count = (this.#before[base + to + 1] ?? 0) - (this.#before[base + from] ?? 0);
      if (count === 0) continue;
      found.count += count;
      const latest = (this.#latest[base + to] ?? 0) - 1;
      if (latest > found.newest) {
        found.newest = latest;
        found.version = v;
      }
    }
    return found.count === 0 ? null : found;
  }

  /** Position of the oldest snapshot that is there and has the row's path; -1 where none has it. */
  oldest(row: number): number {
    let oldest = -1;
    for (const v of this.#there(row)) {
      const from = this.#index.first.at(v);
      const base = this.#index.line.at(v) * (this.#count + 1);
      let at = from;
      // The first one of the line, from there on, that is there.
      while (at < this.#count && (this.#before[base + at + 1] ?? 0) === (this.#before[base + from] ?? 0)) at++;
      if (oldest < 0 || at < oldest) oldest = at;
    }
    return oldest;
  }

  /** States of the row's path that differ in kind, size or time; a folder's size is none of its own. */
  versions(row: number): number {
    const { kind, size, seconds, nanos } = this.#index;
    const states = new Set<string>();
    for (const v of this.#there(row)) {
      const bytes = kind.at(v) === NodeType.folder ? 0 : size.at(v);
      states.add(`${kind.at(v)} ${bytes} ${seconds.at(v)} ${nanos.at(v)}`);
    }
    return states.size;
  }

  /** Versions of a row that a snapshot that is there has. */
  *#there(row: number): Generator<number, undefined> {
    const { newest, older, first, last, line } = this.#index;
    for (let v = newest.at(row) - 1; v >= 0; v = older.at(v) - 1) {
      const base = line.at(v) * (this.#count + 1);
      const to = last.at(v) === OPEN ? this.#count - 1 : last.at(v);
      if ((this.#before[base + to + 1] ?? 0) > (this.#before[base + first.at(v)] ?? 0)) yield v;
    }
  }
}
