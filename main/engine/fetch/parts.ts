/**
 * What of each pack lies on this computer, in memory that the fetcher and all readers share. A pack is cached in parts
 * of 16 MiB, each a file of its own; of each part a bit for every whole MiB says whether it is there, so that readers
 * look without a message, and ranges that are asked for are rounded out to whole MiB of the object (FORMAT.md).
 */
export const MIB = 1024 * 1024;
/** MiB in a part; also the most that one request fetches. */
export const PART_MIB = 16;
export const PART_BYTES = PART_MIB * MIB;

const HEAD_DEAD = 0;
const HEAD_CLOCK = 1;
const HEAD_REQUESTS = 2;
const HEAD_MIB = 3;
const HEAD_WORDS = 4;

/** Words of a part: readers in it (-1 while it is dropped), MiB there, MiB fetched ahead and not read yet, last use. */
const PINS = 0;
const THERE = 1;
const AHEAD = 2;
const USED = 3;
const PART_WORDS = 4;

/** Bit of `THERE`: the file is the kept one of a whole pack, under the pack's own name. */
export const KEPT = 1 << 16;
const DROPPING = -1;
/** Bound of a wait for a part that is just being dropped, in ms. */
const DROP_WAIT_MS = 20;

/** A part's place in its pack. */
export interface PartPlace {
  pack: number;
  /** From 0. */
  index: number;
  /** From the start of the object, bytes. */
  offset: number;
  /** Bytes; the last part of a pack is shorter. */
  length: number;
}

export class Parts {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #sizes: readonly number[];
  /** Number of the first part of each pack, and at the end how many there are. */
  readonly #first: number[] = [];

  /**
   * @param sizes stored size of each pack in bytes, by ordinal
   * @param shared of another thread's instance for the same packs; a new one where it is missing
   */
  constructor(sizes: readonly number[], shared?: SharedArrayBuffer) {
    this.#sizes = sizes;
    let count = 0;
    for (const size of sizes) {
      this.#first.push(count);
      count += Math.max(1, Math.ceil(size / PART_BYTES));
    }
    this.#first.push(count);
    this.shared = shared ?? new SharedArrayBuffer((HEAD_WORDS + count * PART_WORDS) * 4);
    this.#words = new Int32Array(this.shared);
  }

  get count(): number {
    return this.#first.at(-1) ?? 0;
  }

  partsOf(pack: number): number {
    return (this.#first[pack + 1] ?? 0) - (this.#first[pack] ?? 0);
  }

  /** Number of the part that holds byte `offset` of a pack. */
  at(pack: number, offset: number): number {
    return (this.#first[pack] ?? 0) + Math.floor(offset / PART_BYTES);
  }

  place(part: number): PartPlace {
    let low = 0;
    let high = this.#sizes.length;
    // The last pack whose first part is not after this one.
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#first[middle] ?? 0) <= part) low = middle;
      else high = middle;
    }
    const index = part - (this.#first[low] ?? 0);
    const offset = index * PART_BYTES;
    return { pack: low, index, offset, length: Math.min(PART_BYTES, (this.#sizes[low] ?? 0) - offset) };
  }

  /** Bits of every MiB that the part has. */
  all(part: number): number {
    return maskOf(0, this.place(part).length);
  }

  /** MiB that are there, and perhaps `KEPT`. */
  there(part: number): number {
    return Atomics.load(this.#words, at(part, THERE));
  }

  add(part: number, mask: number): void {
    Atomics.or(this.#words, at(part, THERE), mask);
  }

  /** Keeps a part from being dropped until `unpin`; what is there then stays there. */
  pin(part: number): void {
    const word = at(part, PINS);
    for (;;) {
      const pins = Atomics.load(this.#words, word);
      if (pins === DROPPING) Atomics.wait(this.#words, word, DROPPING, DROP_WAIT_MS);
      else if (Atomics.compareExchange(this.#words, word, pins, pins + 1) === pins) break;
    }
    Atomics.store(this.#words, at(part, USED), Atomics.add(this.#words, HEAD_CLOCK, 1));
  }

  unpin(part: number): void {
    Atomics.sub(this.#words, at(part, PINS), 1);
  }

  /**
   * Forgets all of a part that nobody reads and that was not fetched ahead of its reading. Readers wait until
   * `dropped`.
   *
   * @returns false where it has to stay
   */
  drop(part: number): boolean {
    if (Atomics.load(this.#words, at(part, AHEAD)) !== 0) return false;
    if (Atomics.compareExchange(this.#words, at(part, PINS), 0, DROPPING) !== 0) return false;
    Atomics.store(this.#words, at(part, THERE), 0);
    return true;
  }

  /** Its file is empty: readers may come again. */
  dropped(part: number): void {
    Atomics.store(this.#words, at(part, PINS), 0);
    Atomics.notify(this.#words, at(part, PINS));
  }

  /** Ticks of a clock that all threads share: the smaller, the longer ago. */
  lastUse(part: number): number {
    return Atomics.load(this.#words, at(part, USED));
  }

  markAhead(part: number, mask: number): void {
    Atomics.or(this.#words, at(part, AHEAD), mask);
  }

  /** Takes the marks off what has been read, or will not be. @returns how many MiB had one */
  clearAhead(part: number, mask: number): number {
    if (Atomics.load(this.#words, at(part, AHEAD)) === 0) return 0;
    return bitCount(Atomics.and(this.#words, at(part, AHEAD), ~mask) & mask);
  }

  countRequest(bytes: number): void {
    Atomics.add(this.#words, HEAD_REQUESTS, 1);
    Atomics.add(this.#words, HEAD_MIB, Math.ceil(bytes / MIB));
  }

  /** Requests that the fetcher made for packs, and the MiB that they gave. */
  get fetched(): { requests: number; mib: number } {
    return { requests: Atomics.load(this.#words, HEAD_REQUESTS), mib: Atomics.load(this.#words, HEAD_MIB) };
  }

  /** The fetcher's thread has ended: no request will be answered any more. */
  get dead(): boolean {
    return Atomics.load(this.#words, HEAD_DEAD) !== 0;
  }

  die(): void {
    Atomics.store(this.#words, HEAD_DEAD, 1);
  }
}

const at = (part: number, word: number): number => HEAD_WORDS + part * PART_WORDS + word;

/** Bits of the MiB that bytes [from, to) of a part touch. */
export function maskOf(from: number, to: number): number {
  if (to <= from) return 0;
  const first = Math.floor(from / MIB);
  const end = Math.ceil(to / MIB);
  return (2 ** end - 1) & ~(2 ** first - 1);
}

/** The first unbroken run of bits of a mask, as [first, end). Null for an empty mask. */
export function firstRun(mask: number): { first: number; end: number } | null {
  if (mask === 0) return null;
  const first = 31 - Math.clz32(mask & -mask);
  let end = first;
  while ((mask & (1 << end)) !== 0) end++;
  return { first, end };
}

export function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
