/** Limits how often something is done: at once when it was quiet, else at the end of the interval, never lost. */
import type { Clock } from '../jobs/ports.ts';

export class Throttle {
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #action: () => void;
  #lastMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(intervalMs: number, clock: Clock, action: () => void) {
    this.#intervalMs = intervalMs;
    this.#clock = clock;
    this.#action = action;
  }

  /** Asks for the action; several requests within the interval are one. */
  request(): void {
    if (this.#cancel !== null) return;
    // A clock that was set back must not hold anything up for as long as it was set back.
    const wait = Math.min(this.#lastMs + this.#intervalMs - this.#clock.now(), this.#intervalMs);
    if (wait <= 0) this.#run();
    else this.#cancel = this.#clock.after(wait, () => this.#run());
  }

  /** Drops a request that waits. */
  end(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #run(): void {
    this.#cancel = null;
    this.#lastMs = this.#clock.now();
    this.#action();
  }
}
