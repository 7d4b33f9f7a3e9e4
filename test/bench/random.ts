/** Seeded bytes and numbers: the same data sets on every machine. */
import { createCipheriv, createHash } from 'node:crypto';

/** An endless stream of incompressible bytes: AES-256-CTR over zeros, keyed by the hash of a seed. */
export class SeededBytes {
  readonly #cipher;

  constructor(seed: string) {
    const key = createHash('sha256').update(`holdfast bench ${seed}`).digest();
    this.#cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  }

  /** The next `length` bytes. */
  next(length: number): Buffer {
    return this.#cipher.update(Buffer.alloc(length));
  }
}

/** Small numbers from the same kind of stream. */
export class SeededNumbers {
  readonly #bytes: SeededBytes;
  #block: Buffer = Buffer.alloc(0);
  #offset = 0;

  constructor(seed: string) {
    this.#bytes = new SeededBytes(seed);
  }

  /** An integer from 0 up to, not including, `limit` (at most 2^32). */
  below(limit: number): number {
    if (this.#offset === this.#block.length) {
      this.#block = this.#bytes.next(65_536);
      this.#offset = 0;
    }
    const value = this.#block.readUInt32LE(this.#offset);
    this.#offset += 4;
    return Math.floor((value / 2 ** 32) * limit);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** `count` different indices below `total`, ascending (Floyd's algorithm). */
  sample(total: number, count: number): number[] {
    const chosen = new Set<number>();
    for (let top = total - count; top < total; top += 1) {
      const index = this.below(top + 1);
      chosen.add(chosen.has(index) ? top : index);
    }
    return [...chosen].sort((a, b) => a - b);
  }
}
