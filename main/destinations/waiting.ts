/** Time, and what may end or hold up a wait: shared by the meter and the decorators. */

/** Time and timers, replaced in tests. */
export interface Clock {
  /** Milliseconds that never go back; the same in every thread of the process. */
  now(): number;
  /** Calls `callback` once after `ms`; the function returned cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** What holds up a run: `check` resolves while it may go on, waits while it is paused, and rejects once it is stopped. */
export interface Halt {
  check(): Promise<void>;
}

export const steadyClock: Clock = {
  now: () => Number(process.hrtime.bigint() / 1000n) / 1000,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Longest time in ms between two looks at `halt` during a wait. */
const SLICE_MS = 250;

/**
 * Waits `ms`, a pause on top, and ends early where the run is stopped or the call is aborted.
 * @throws the signal's reason, or what `halt` rejects with
 */
export async function wait(
  ms: number,
  clock: Clock,
  halt: Halt | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const end = clock.now() + ms;
  await goOn(halt, signal);
  for (let left = ms; left > 0; left = end - clock.now()) {
    await slept(halt === undefined ? left : Math.min(left, SLICE_MS), clock, signal);
    await goOn(halt, signal);
  }
}

/** Resolves as soon as the run is not paused. @throws the signal's reason, or what `halt` rejects with */
export async function goOn(halt: Halt | undefined, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (halt !== undefined) await unlessAborted(halt.check(), signal);
}

/** Settles as `promise` does, or rejects with the signal's reason if that comes first. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  return await new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

async function slept(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  let cancel = (): void => undefined;
  const timer = new Promise<void>((resolve) => (cancel = clock.after(ms, resolve)));
  try {
    await unlessAborted(timer, signal);
  } finally {
    cancel();
  }
}
