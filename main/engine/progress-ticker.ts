/** Sends a running verb's counters, ten times a second and once more at the end of each phase. */
import type { EngineEvent, EnginePhase, ProgressEvent } from './api.ts';

const INTERVAL_MS = 100;

export class Ticker {
  readonly #emit: (event: EngineEvent) => void;
  #phase: EnginePhase = 'scan';
  #since = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Gives the counters of the moment. */
  read: () => Partial<Omit<ProgressEvent, 'type' | 'phase'>> = () => ({});

  constructor(emit: (event: EngineEvent) => void) {
    this.#emit = emit;
  }

  start(phase: EnginePhase): void {
    this.#phase = phase;
    this.#since = performance.now();
    this.#emit({ type: 'phase', phase });
    this.#timer ??= setInterval(() => this.#send(), INTERVAL_MS);
  }

  /** Milliseconds that the phase took. */
  end(): number {
    this.#send();
    return Math.round(performance.now() - this.#since);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #send(): void {
    this.#emit({
      type: 'progress',
      phase: this.#phase,
      files: 0,
      bytes: 0,
      totalFiles: null,
      totalBytes: null,
      newBytes: 0,
      storedBytes: 0,
      skipped: 0,
      currentPath: null,
      ...this.read(),
    });
  }
}
