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
    if (this.#used + bytes.length > this.#piece.byteLength) {
      this.#piece = new SharedArrayBuffer(Math.max(PIECE_BYTES, bytes.length));
      this.#used = 0;
    }
    const copy = new Uint8Array(this.#piece, this.#used, bytes.length);
    copy.set(bytes);
    this.#used += bytes.length;
    return copy;
  }
}
