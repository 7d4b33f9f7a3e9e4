/** The two clocks of a ledger: what it asks of the machine, and the service time that it makes of that. */

export interface LedgerClock {
  /** ms since 1970, written into seals for people to read; nothing is decided by it. */
  now(): number;
  /** ms that only grow, from any start. */
  monotonic(): number;
  /** Calls `work` once, after `ms`. @returns what cancels it */
  after(ms: number, work: () => void): () => void;
}

export const systemClock: LedgerClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** ms of service: what the newest news said, and what the monotonic clock counted since. It never goes back. */
export class ServiceClock {
  readonly #clock: LedgerClock;
  #base = 0;
  #since: number;

  constructor(clock: LedgerClock) {
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  now(): number {
    return this.#base + Math.max(0, Math.floor(this.#clock.monotonic() - this.#since));
  }

  /** News of a later time: a log entry or a seal, of another site or of this one before it was started again. */
  advanceTo(at: number): void {
    if (at <= this.now()) return;
    this.#base = at;
    this.#since = this.#clock.monotonic();
  }
}
