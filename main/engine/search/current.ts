/** Whether a path is still in the newest snapshots of the folders that it lies in. */
import { equal } from '../format/bytes.ts';
import type { PathIndex } from './path-index.ts';

/** The newest whole snapshot of a set of sources. */
export interface Head {
  /** Its position in the index. */
  position: number;
  /** Names that lead to each of its sources. */
  sources: Uint8Array[][];
}

/** A bit for each head; a computer with more sets of sources than this has its newest looked at. */
const MAX_HEADS = 31;

/** Made once for many questions; to be made anew when the index or its heads change. */
export class Current {
  /** Of the heads, the newest first. */
  readonly #positions: readonly number[];
  /** For each row, a bit for each head whose sources hold it. */
  readonly #covers: Uint32Array;

  constructor(index: PathIndex, heads: readonly Head[]) {
    const newest = heads.toSorted((a, b) => b.position - a.position).slice(0, MAX_HEADS);
    this.#positions = newest.map(({ position }) => position);
    this.#covers = coverOf(index, newest);
  }

  /**
   * True where a newer whole snapshot took in the folder that the path lies in, and does not have the path.
   *
   * @param newest position of the newest snapshot that has it
   */
  isGone(row: number, newest: number): boolean {
    const positions = this.#positions;
    // Nearly always: what the newest one has is not gone. Asked a million times, so nothing is made for an answer.
    if (newest >= (positions[0] ?? -1)) return false;
    const covers = this.#covers[row] ?? 0;
    for (let bit = 0; bit < positions.length; bit++) {
      if ((positions[bit] ?? -1) > newest && (covers & (1 << bit)) !== 0) return true;
    }
    return false;
  }
}

/** A source of which the way to a row is the beginning. */
interface Way {
  bit: number;
  names: Uint8Array[];
}

/** Rows stand behind the row of their folder, so one pass is enough. */
function coverOf(index: PathIndex, heads: readonly Head[]): Uint32Array {
  const covers = new Uint32Array(index.rows);
  const ways = new Map<number, Way[]>();
  const onWay = new Uint8Array(index.rows);
  const reach = (row: number, depth: number, all: readonly Way[]): void => {
    const further = all.filter(({ names }) => names.length > depth);
    for (const { bit, names } of all) if (names.length === depth) covers[row] = (covers[row] ?? 0) | (1 << bit);
    if (further.length === 0) return;
    ways.set(row, further);
    onWay[row] = 1;
  };
  reach(
    0,
    0,
    heads.flatMap(({ sources }, bit) => sources.map((names) => ({ bit, names }))),
  );
  const depths = new Map([[0, 0]]);
  for (let row = 1; row < index.rows; row++) {
    const parent = index.parent.at(row);
    covers[row] = covers[parent] ?? 0;
    if (onWay[parent] !== 1) continue;
    const depth = depths.get(parent) ?? 0;
    const name = index.name(row);
    const here = (ways.get(parent) ?? []).filter(({ names }) => equal(names[depth] ?? NOTHING, name));
    if (here.length === 0) continue;
    depths.set(row, depth + 1);
    reach(row, depth + 1, here);
  }
  return covers;
}

const NOTHING = new Uint8Array(0);
