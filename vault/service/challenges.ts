/**
 * What a signed request must contain: bound to this process and to one record, used once, within 60 s. Nothing is
 * stored when one is given out, and giving it out tells nothing of whether the record exists.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from './clock.ts';
import { VaultRefusal } from './refusal.ts';

export const CHALLENGE_MS = 60_000;
const NONCE_BYTES = 16;
const TIME_BYTES = 8;
const MAC_BYTES = 32;

export class Challenges {
  readonly #key = randomBytes(32);
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** Nonce in hex: when it ends. In the order of use. */
  readonly #used = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  #mac(recordId: Uint8Array, head: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(recordId).update(head).digest();
  }

  issue(recordId: Uint8Array): Uint8Array {
    const head = Buffer.alloc(TIME_BYTES + NONCE_BYTES);
    head.writeDoubleBE(this.#clock.monotonic() + CHALLENGE_MS);
    randomBytes(NONCE_BYTES).copy(head, TIME_BYTES);
    return new Uint8Array(Buffer.concat([head, this.#mac(recordId, head)]));
  }

  /** @throws VaultRefusal `bad-challenge` */
  consume(challenge: Uint8Array, recordId: Uint8Array): void {
    const refused = (): never => {
      throw new VaultRefusal('bad-challenge', 'ask for a new challenge');
    };
    if (challenge.length !== TIME_BYTES + NONCE_BYTES + MAC_BYTES) return refused();
    const bytes = Buffer.from(challenge);
    const head = bytes.subarray(0, TIME_BYTES + NONCE_BYTES);
    if (!timingSafeEqual(this.#mac(recordId, head), bytes.subarray(head.length))) return refused();
    const now = this.#clock.monotonic();
    const ends = head.readDoubleBE();
    if (ends <= now) return refused();
    const nonce = head.toString('hex', TIME_BYTES);
    if (this.#used.has(nonce)) return refused();
    for (const [old, oldEnds] of this.#used) {
      if (oldEnds > now) break;
      this.#used.delete(old);
    }
    // Kept for the longest that any challenge lives, so that the order of use is the order of ends.
    this.#used.set(nonce, now + CHALLENGE_MS);
  }
}
