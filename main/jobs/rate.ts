/**
 * Throughput of a run: the rate shown, its history of one sample a second, and the remaining time once the rate has
 * been stable for 30 s. Fed with a cumulative byte counter; knows nothing of clocks.
 */

/** The shown rate is the mean over this many ms. */
const WINDOW_MS = 5_000;
const SAMPLE_MS = 1_000;
const MAX_SAMPLES = 120;
/** A remaining time is told only after the rate was stable for this long. */
const STABLE_MS = 30_000;
/** Stable: the means of the two halves of the last 30 s differ by at most this share of the larger. */
const STABLE_SHARE = 0.35;

export class RateMeter {
  #points: { atMs: number; bytes: number }[] = [];
  #history: number[] = [];
  #lastSample: { atMs: number; bytes: number } | null = null;

  /** Tells the counter's value at `atMs` (both never decrease). */
  add(atMs: number, bytes: number): void {
    const sample = (this.#lastSample ??= { atMs, bytes });
    const elapsed = atMs - sample.atMs;
    const seconds = Math.floor(elapsed / SAMPLE_MS);
    if (seconds > 0) {
      // A late report is spread evenly over the seconds it covers, so that the plot shows no false spike.
      const rate = Math.max(0, ((bytes - sample.bytes) * 1000) / elapsed);
      for (let i = 0; i < Math.min(seconds, MAX_SAMPLES); i++) this.#history.push(rate);
      const covered = seconds * SAMPLE_MS;
      this.#lastSample = { atMs: sample.atMs + covered, bytes: sample.bytes + (rate * covered) / 1000 };
    }
    if (this.#history.length > MAX_SAMPLES) this.#history = this.#history.slice(-MAX_SAMPLES);
    this.#points.push({ atMs, bytes });
    const keepFrom = atMs - STABLE_MS - WINDOW_MS;
    while (this.#points.length > 2 && (this.#points[1]?.atMs ?? atMs) <= keepFrom) this.#points.shift();
  }

  /** Forgets what was measured before a pause or another phase; the history stays. */
  restart(): void {
    this.#points = [];
    this.#lastSample = null;
  }

  /** Bytes a second over the last 5 s; null until a second was measured. */
  rate(): number | null {
    const last = this.#points.at(-1);
    return last === undefined ? null : this.#meanBetween(last.atMs - WINDOW_MS, last.atMs);
  }

  history(): number[] {
    return [...this.#history];
  }

  /** Ms left for `remainingBytes`; null before 30 s of a stable rate. */
  etaMs(remainingBytes: number): number | null {
    const first = this.#points[0];
    const last = this.#points.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < STABLE_MS) return null;
    const older = this.#meanBetween(last.atMs - STABLE_MS, last.atMs - STABLE_MS / 2);
    const newer = this.#meanBetween(last.atMs - STABLE_MS / 2, last.atMs);
    if (older === null || newer === null || newer <= 0) return null;
    if (Math.abs(newer - older) > STABLE_SHARE * Math.max(newer, older)) return null;
    return Math.max(0, remainingBytes / ((older + newer) / 2)) * 1000;
  }

  /** Mean rate between two moments, from the points nearest to them; null if they span less than a second. */
  #meanBetween(fromMs: number, toMs: number): number | null {
    let from = this.#points[0];
    let to = from;
    for (const point of this.#points) {
      if (point.atMs <= fromMs) from = point;
      if (point.atMs <= toMs) to = point;
    }
    if (from === undefined || to === undefined || to.atMs - from.atMs < SAMPLE_MS) return null;
    return Math.max(0, ((to.bytes - from.bytes) * 1000) / (to.atMs - from.atMs));
  }
}
