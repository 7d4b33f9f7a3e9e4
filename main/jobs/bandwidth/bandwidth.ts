/**
 * Keeps the connection's limits as the rules say for now. They are in memory that the engine's threads share, so that a
 * change acts on what is running within a second.
 */
import { Limits } from '../../destinations/limits.ts';
import type { ConfigStore } from '../config.ts';
import type { Clock } from '../ports.ts';
import { nextChangeOfRates, ratesAt, sameRates, type Bandwidth, type Rates } from './rules.ts';

/** Timers stand still while the computer sleeps, and clocks and time zones are set: it looks at least this often. */
const LOOK_MS = 60_000;

export interface BandwidthNow extends Rates {
  /** When something else holds; null where nothing changes by itself. */
  untilMs: number | null;
}

export interface ConnectionBandwidthParts {
  config: ConfigStore;
  clock: Clock;
  /** What holds now has changed. */
  changed: () => void;
}

export class ConnectionBandwidth {
  /** Of everything that goes to or comes from another computer. */
  readonly line = new Limits();
  readonly #parts: ConnectionBandwidthParts;
  #now: BandwidthNow = { sendBytes: null, receiveBytes: null, untilMs: null };
  #cancel: () => void = () => undefined;

  /** Holds from now on. */
  constructor(parts: ConnectionBandwidthParts) {
    this.#parts = parts;
    this.#apply();
  }

  get rules(): Bandwidth {
    return this.#parts.config.value.bandwidth;
  }

  /** What holds now, and until when. */
  get now(): BandwidthNow {
    return this.#now;
  }

  /** Acts at once, also where it cannot be written: the value in memory is the new one then. */
  async set(bandwidth: Bandwidth): Promise<void> {
    const stored = this.#parts.config.update({ bandwidth });
    if (this.#apply()) this.#parts.changed();
    await stored;
  }

  end(): void {
    this.#cancel();
  }

  /** @returns true where something else holds than before */
  #apply(): boolean {
    const { clock, changed } = this.#parts;
    const nowMs = clock.now();
    const rates = ratesAt(this.rules, nowMs);
    const untilMs = nextChangeOfRates(this.rules, nowMs);
    const before = this.#now;
    this.#now = { ...rates, untilMs };
    this.line.set({ ...rates, requests: null });
    this.#cancel();
    if (this.rules.rules.length > 0) {
      const wait = untilMs === null ? LOOK_MS : Math.min(LOOK_MS, untilMs - nowMs);
      this.#cancel = clock.after(wait, () => this.#apply() && changed());
    }
    return !sameRates(before, rates) || before.untilMs !== untilMs;
  }
}
