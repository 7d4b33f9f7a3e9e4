/**
 * Pause and stop for a running verb: one shared word that the coordinator and the synchronous pipeline workers look at
 * between blocks, so that bytes stop within a second without any message having to be read.
 */
import { HoldfastError } from '../errors.ts';
import type { RunControlHandle } from './api.ts';

const RUNNING = 0;
const PAUSED = 1;
const STOPPED = 2;
/** Bound of a single wait in ms: nobody wakes those who pause when their task is given up. */
const ENDING_MS = 500;
const NAMES = ['running', 'paused', 'stopped'] as const;

export class RunControl implements RunControlHandle {
  readonly shared: SharedArrayBuffer;
  readonly #word: Int32Array;
  readonly #ending: Int32Array | null;

  /** @param ending a word of its own that ends a worker's task in hand when it is not zero, whatever the verb's is */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(4), ending?: SharedArrayBuffer) {
    this.shared = shared;
    this.#word = new Int32Array(shared);
    this.#ending = ending === undefined ? null : new Int32Array(ending);
  }

  get state(): 'running' | 'paused' | 'stopped' {
    return NAMES[Atomics.load(this.#word, 0)] ?? 'stopped';
  }

  pause(): void {
    Atomics.compareExchange(this.#word, 0, RUNNING, PAUSED);
  }

  resume(): void {
    if (Atomics.compareExchange(this.#word, 0, PAUSED, RUNNING) === PAUSED) Atomics.notify(this.#word, 0);
  }

  stop(): void {
    Atomics.store(this.#word, 0, STOPPED);
    Atomics.notify(this.#word, 0);
  }

  /** For worker threads: blocks while paused; throws `stopped`. */
  checkSync(): void {
    if (this.#ending !== null && Atomics.load(this.#ending, 0) !== 0) throw stopped();
    let state = Atomics.load(this.#word, 0);
    if (state === RUNNING) return;
    while (state === PAUSED) {
      Atomics.wait(this.#word, 0, PAUSED, ENDING_MS);
      if (this.#ending !== null && Atomics.load(this.#ending, 0) !== 0) throw stopped();
      state = Atomics.load(this.#word, 0);
    }
    if (state === STOPPED) throw stopped();
  }

  /** For the coordinator: resolves when running; rejects with `stopped`. */
  async check(): Promise<void> {
    let state = Atomics.load(this.#word, 0);
    if (state === RUNNING) return;
    while (state === PAUSED) {
      const waiting = Atomics.waitAsync(this.#word, 0, PAUSED);
      if (waiting.async) await waiting.value;
      state = Atomics.load(this.#word, 0);
    }
    if (state === STOPPED) throw stopped();
  }
}

export function stopped(): HoldfastError {
  return new HoldfastError(
    'stopped',
    'The run was stopped.',
    'Everything that was already stored stays; the next run continues from there.',
  );
}
