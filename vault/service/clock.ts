/** Time as the service sees it; tests turn their own. Rules of a record go by the ledger's service time instead. */
import { performance } from 'node:perf_hooks';

export interface Clock {
  /** ms since 1970, for people to read. */
  now(): number;
  /** ms from some fixed moment; never jumps. */
  monotonic(): number;
  /** @returns what cancels it */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
