/** A set of blobs of an index: one bit an entry, so that a million blobs cost a few hundred KiB. */

/** Words of an entry in the index (shared-index.ts): two entries are never closer. */
const ENTRY_WORDS = 9;

export class EntryBits {
  #bits = new Uint8Array(8192);

  /** @param entry as `SharedIndex.find` gives it, not below 0 */
  has(entry: number): boolean {
    const bit = Math.floor(entry / ENTRY_WORDS);
    return ((this.#bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }

  add(entry: number): void {
    const bit = Math.floor(entry / ENTRY_WORDS);
    const at = bit >> 3;
    if (at >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(at + 1, 2 * this.#bits.length));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (bit & 7));
  }
}
