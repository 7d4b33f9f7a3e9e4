/** Holes of files that are read. */
import { MAX_HOLES, type Holes, type NodeExtras } from '../format/node-extras.ts';
import type { Extents } from '../platform/platform.ts';

/** Holes as they are met, from the file's start to its end. */
export class HoleList {
  readonly #numbers: number[] = [];
  #unknown = false;

  /** A hole of at least one byte, at or after the end of the one before. */
  add(start: number, end: number): void {
    const last = this.#numbers.length - 2;
    const before = last < 0 ? -1 : (this.#numbers[last] ?? 0) + (this.#numbers[last + 1] ?? 0);
    if (before === start) this.#numbers[last + 1] = end - (this.#numbers[last] ?? 0);
    else if (this.#numbers.length === 2 * MAX_HOLES) this.unknown();
    else this.#numbers.push(start, end - start);
  }

  /** Adds those of the next part of the file. */
  addAll(holes: Holes): void {
    if (holes === 'zeros') this.unknown();
    else for (let i = 0; i < holes.length; i += 2) this.add(holes[i] ?? 0, (holes[i] ?? 0) + (holes[i + 1] ?? 0));
  }

  /** There are more holes, which the system does not tell. */
  unknown(): void {
    this.#unknown = true;
  }

  get value(): Holes {
    return this.#unknown ? 'zeros' : this.#numbers;
  }
}

/** True where a file occupies less than its length: it has holes, or is compressed by its file system. */
export const maySparse = (stat: { size: bigint; blocks: bigint }): boolean => stat.blocks * 512n < stat.size;

/** Holes between two places of an open file, as [start, end); null at the end of what the system tells. */
export function* holesBetween(
  extents: Extents | null,
  fd: number,
  from: number,
  to: number,
): Iterable<[start: number, end: number] | null> {
  for (let at = from; at < to;) {
    const start = extents?.hole(fd, at);
    if (start === undefined) {
      yield null;
      return;
    }
    if (start >= to) return;
    const data = extents?.data(fd, start);
    const end = data === null ? to : Math.min(data ?? 0, to);
    // Not told, or no hole any more.
    if (end <= start) {
      yield null;
      return;
    }
    yield [start, end];
    at = end;
  }
}

/** Holes of a file that changed may lie where it has none by now: what was read tells then. */
export function withHoles(extras: NodeExtras, holes: Holes, changed: boolean): NodeExtras {
  if (holes.length === 0) return extras;
  return { ...extras, holes: changed ? 'zeros' : holes };
}
