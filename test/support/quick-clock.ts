/** A clock on which waits pass at once: as soon as nothing else is going on, time jumps to the next timer. */
import type { Clock } from '../../main/destinations/waiting.ts';

export class QuickClock implements Clock {
  #nowMs = 1_000;
  #timers = new Set<{ atMs: number; callback: () => void }>();
  #turning = false;

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, callback };
    this.#timers.add(timer);
    this.#turn();
    return () => this.#timers.delete(timer);
  }

  /** Promises that are settled run first; whatever they set up is then in the race. */
  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    setImmediate(() => {
      this.#turning = false;
      const [next] = [...this.#timers].sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) return;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
      this.#turn();
    });
  }
}
