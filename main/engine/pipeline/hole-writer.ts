/** Writes a file's contents in order and leaves holes where the file had them. */
import { ftruncateSync, writeSync } from 'node:fs';
import type { Holes } from '../format/node-extras.ts';

/** Where holes are not listed: a run of zeros counts as one by blocks of this many bytes, as most disks have them. */
const BLOCK = 4096;
const ZEROS = Buffer.alloc(64 * 1024);

export class HoleWriter {
  readonly #fd: number;
  readonly #holes: Holes;
  #at = 0;
  /** Index in the list of the first hole that does not end before `#at`. */
  #next = 0;

  /** @param fd of an empty file */
  constructor(fd: number, holes: Holes) {
    this.#fd = fd;
    this.#holes = holes;
  }

  /** True where the next `length` bytes lie in a hole, if they are zeros. */
  inHole(length: number): boolean {
    if (this.#holes === 'zeros') return true;
    const [start, end] = this.#hole();
    return start <= this.#at && this.#at + length <= end;
  }

  /** Passes bytes that are known to be zeros and lie in a hole. */
  skip(length: number): void {
    this.#at += length;
  }

  write(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      const length = Math.min(this.#holes === 'zeros' ? this.#toBlock() : this.#toEdge(), bytes.length - done);
      const part = bytes.subarray(done, done + length);
      // What was backed up counts, not what was noted of it: a hole with anything in it is written.
      if (!this.inHole(length) || !isZeros(part)) this.#put(part);
      this.#at += length;
      done += length;
    }
  }

  /** Gives the file its length, of which the end may be a hole. */
  end(): void {
    ftruncateSync(this.#fd, this.#at);
  }

  #put(part: Uint8Array): void {
    for (let done = 0; done < part.length;) {
      done += writeSync(this.#fd, part, done, part.length - done, this.#at + done);
    }
  }

  #toBlock(): number {
    return BLOCK - (this.#at % BLOCK);
  }

  /** Bytes to where the hole that comes begins or, in a hole, ends. */
  #toEdge(): number {
    const [start, end] = this.#hole();
    return (this.#at < start ? start : end) - this.#at;
  }

  /** The hole that `#at` lies in or that comes next; none is one at infinity. */
  #hole(): [start: number, end: number] {
    if (this.#holes === 'zeros') return [Infinity, Infinity];
    for (; this.#next < this.#holes.length; this.#next += 2) {
      const start = this.#holes[this.#next] ?? 0;
      const end = start + (this.#holes[this.#next + 1] ?? 0);
      if (this.#at < end) return [start, end];
    }
    return [Infinity, Infinity];
  }
}

export function isZeros(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (Buffer.compare(part, ZEROS.subarray(0, part.length)) !== 0) return false;
  }
  return true;
}
