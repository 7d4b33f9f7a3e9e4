/**
 * What requests cost, and how fast files may be made.
 *
 * Prices: https://developers.google.com/workspace/drive/api/guides/limits (as of May 2026): reading 5, listing 100,
 * downloading 200, editing 50, others 5 units; 325,000 a minute for each user of a project. A request that creates is
 * counted as editing. The page gives no price for a piece of a resumable upload: it is counted as "other", so that the
 * sum is rather too high than too low.
 */
import type { RequestClass } from '../traffic.ts';

export interface Price {
  what: RequestClass;
  units: number;
}

export const PRICES = {
  'files.get': { what: 'stat', units: 5 },
  'files.list': { what: 'list', units: 100 },
  'files.download': { what: 'read', units: 200 },
  'files.create': { what: 'create', units: 50 },
  'files.update': { what: 'create', units: 50 },
  'files.trash': { what: 'remove', units: 50 },
  'files.generateIds': { what: 'other', units: 5 },
  'upload.piece': { what: 'other', units: 5 },
  'upload.status': { what: 'other', units: 5 },
  'changes.list': { what: 'list', units: 100 },
  'changes.getStartPageToken': { what: 'other', units: 5 },
  'about.get': { what: 'other', units: 5 },
  'drives.list': { what: 'list', units: 100 },
  /** A new access token; Google's accounts have no quota units. */
  token: { what: 'other', units: 0 },
  revoke: { what: 'other', units: 0 },
} as const satisfies Record<string, Price>;

export type Method = keyof typeof PRICES;

/**
 * Writes a second. An account sustains about 3 ("sustained write or insert requests", which cannot be raised), and more is
 * punished with refusals that last longer than the waiting would have: so it begins below, and comes near while none is
 * refused.
 */
export const WRITES_PER_SECOND = { first: 2.5, most: 2.9 };
/** Writes that may go at once after a quiet time. */
const BURST = 3;
/** What each turn adds to the writes a second, and what is left of them after a refusal. */
const RISE = 0.02;
const FALL = 0.7;
const LEAST = 0.5;

/** Hands out turns: `BURST` at once, then `first` a second, rising to `most`. */
export class WriteRate {
  readonly #most: number;
  readonly #now: () => number;
  #perSecond: number;
  /** When the bucket was empty or will be, in ms of `now`. */
  #emptyMs = Number.NEGATIVE_INFINITY;

  /** @param now a clock in ms */
  constructor(first: number, most: number, now: () => number = () => performance.now()) {
    this.#perSecond = first;
    this.#most = most;
    this.#now = now;
  }

  /** Takes a turn; gives back how many ms to wait for it. */
  take(): number {
    const turnMs = 1000 / this.#perSecond;
    const now = this.#now();
    this.#emptyMs = Math.max(this.#emptyMs, now - BURST * turnMs) + turnMs;
    this.#perSecond = Math.min(this.#most, this.#perSecond + RISE);
    return Math.max(0, this.#emptyMs - now);
  }

  /** A write was refused because there were too many: from now on there are fewer. */
  refused(): void {
    this.#perSecond = Math.max(LEAST, this.#perSecond * FALL);
  }

  /** Waits for a turn. @throws the signal's reason */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const ms = this.take();
    if (ms > 0) await sleep(ms, signal);
  }
}

const rates = new Map<string, WriteRate>();

/** The rate of an account: every destination of this process that writes to it shares it. */
export function rateOf(account: string): WriteRate {
  let rate = rates.get(account);
  if (rate === undefined) {
    rate = new WriteRate(WRITES_PER_SECOND.first, WRITES_PER_SECOND.most);
    rates.set(account, rate);
  }
  return rate;
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      if (signal?.aborted === true) reject(signal.reason as Error);
      else resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
