/** Who may make new records, where the operator asks: whoever has one of the codes that are given out by hand. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { VaultRefusal } from './refusal.ts';

export class Invites {
  readonly needed: boolean;
  readonly #hashes: Buffer[];

  /** @param codes null: everybody may */
  constructor(codes: string[] | null) {
    this.needed = codes !== null;
    this.#hashes = (codes ?? []).map(hashOf);
  }

  /** @throws VaultRefusal `invite-needed` */
  check(code: string | undefined): void {
    if (!this.needed) return;
    const given = hashOf(code ?? '');
    // All of them are compared, so that the time says nothing of which it was nearly.
    const found = this.#hashes.filter((hash) => timingSafeEqual(hash, given)).length > 0;
    if (!found) throw new VaultRefusal('invite-needed', 'ask the operator of this vault for an invitation');
  }
}

function hashOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
