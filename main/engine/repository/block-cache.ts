/**
 * The decompressed blocks that were read last, in one piece of memory that is written round and round. Blocks with memory
 * of their own would live until V8 collects old objects, which it does for their sake only after 64 MB in each thread.
 */
export class BlockCache {
  readonly #bytes: number;
  /** Made with the first block; the system gives its pages as they are written. */
  #memory: Uint8Array | null = null;
  /** By key, in the order in which they lie from where the oldest begins, once around. */
  readonly #blocks = new Map<string, { start: number; block: Uint8Array }>();
  /** Where the next block goes. */
  #at = 0;

  /** @param bytes that are kept; a block that is larger is not */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** A view that is good until the next `room`. */
  get(key: string): Uint8Array | undefined {
    return this.#blocks.get(key)?.block;
  }

  /** Memory for a block of this length, in the place of the oldest ones. `keep` it when it is filled. */
  room(length: number): Uint8Array {
    if (length > this.#bytes) return new Uint8Array(length);
    this.#memory ??= new Uint8Array(this.#bytes);
    if (this.#at + length > this.#bytes) {
      this.#dropWhile((start) => start >= this.#at);
      this.#at = 0;
    }
    const end = this.#at + length;
    this.#dropWhile((start) => start >= this.#at && start < end);
    return this.#memory.subarray(this.#at, end);
  }

  /** @param block what `room` gave last */
  keep(key: string, block: Uint8Array): void {
    if (block.buffer !== this.#memory?.buffer) return;
    this.#blocks.set(key, { start: block.byteOffset, block });
    this.#at = block.byteOffset + block.length;
  }

  clear(): void {
    this.#blocks.clear();
    this.#memory = null;
    this.#at = 0;
  }

  #dropWhile(isInTheWay: (start: number) => boolean): void {
    for (const [key, { start }] of this.#blocks) {
      if (!isInTheWay(start)) return;
      this.#blocks.delete(key);
    }
  }
}
