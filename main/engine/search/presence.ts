/** In which of the snapshots that are still there a path is. */
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
}
