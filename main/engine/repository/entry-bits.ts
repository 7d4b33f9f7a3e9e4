/** A set of blobs of an index: one bit an entry, so that a million blobs cost a few hundred KiB. */
import { ENTRY_WORDS } from './shared-index.ts';

export class EntryBits {
  #bits = new Uint8Array(8192);

  /** @param entry as `SharedIndex.find` gives it, not below 0 */
  has(entry: number): boolean {
    const bit = entry / ENTRY_WORDS;
    return ((this.#bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }

  /** @returns true where it was not in the set */
  add(entry: number): boolean {
    const bit = entry / ENTRY_WORDS;
    const at = bit >> 3;
    if (at >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(at + 1, 2 * this.#bits.length));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    const before = this.#bits[at] ?? 0;
    this.#bits[at] = before | (1 << (bit & 7));
    return this.#bits[at] !== before;
  }
}
