/**
 * Copies of what many threads read, in shared memory. A terabyte has tens of thousands of small tables: each by itself
 * would lie in the heap of the C library, which keeps what is let go of between others. So they share pieces.
 */
const PIECE_BYTES = 1024 * 1024;

export class SharedCopies {
  #piece = new SharedArrayBuffer(0);
  #used = 0;

  /** A piece goes when none of its copies is held any more. */
  of(bytes: Uint8Array): Uint8Array {
    const copy = this.take(bytes.length);
    copy.set(bytes);
    return copy;
  }

  /** Room for `length` bytes, all 0; aligned to 4 where every length that was taken is a multiple of 4. */
  take(length: number): Uint8Array {
    if (this.#used + length > this.#piece.byteLength) {
      this.#piece = new SharedArrayBuffer(Math.max(PIECE_BYTES, length));
      this.#used = 0;
    }
    const room = new Uint8Array(this.#piece, this.#used, length);
    this.#used += length;
    return room;
  }
}
