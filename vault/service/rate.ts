/** Token buckets by address. They protect the vault's own time and space; guesses are limited by the record alone. */
import type { Clock } from './clock.ts';

export interface Rate {
  /** Requests at once. */
  burst: number;
  /** How many come back in a minute. */
  perMinute: number;
}

/** Addresses remembered at once; beyond that the one seen longest ago starts afresh. */
const ADDRESSES_MOST = 50_000;

/** An IPv6 host has 2^64 addresses: its network counts. */
export function addressKey(address: string): string {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  if (!plain.includes(':')) return plain;
  const [head = '', tail = ''] = plain.split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = plain.includes('::') ? 8 - left.length - right.length : 0;
  return [...left, ...new Array<string>(Math.max(0, zeros)).fill('0'), ...right].slice(0, 4).join(':');
}

export class Buckets {
  readonly #rate: Rate;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #levels = new Map<string, { left: number; atMs: number }>();

  constructor(rate: Rate, clock: Pick<Clock, 'monotonic'>) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** Takes one. @returns whether there was one */
  take(address: string): boolean {
    const key = addressKey(address);
    const atMs = this.#clock.monotonic();
    const { burst, perMinute } = this.#rate;
    const before = this.#levels.get(key) ?? { left: burst, atMs };
    const left = Math.min(burst, before.left + ((atMs - before.atMs) / 60_000) * perMinute);
    const enough = left >= 1;
    this.#levels.delete(key);
    this.#levels.set(key, { left: enough ? left - 1 : left, atMs });
    if (this.#levels.size > ADDRESSES_MOST) {
      const oldest = this.#levels.keys().next().value;
      if (oldest !== undefined) this.#levels.delete(oldest);
    }
    return enough;
  }
}
