/**
 * The engine in a worker thread, seen from the main process. The thread starts with the first call. Ending it is how
 * keys leave memory: the whole heap of the thread and of its pipeline workers goes at once. The root key itself is lent
 * (lent-keys.ts), so that it is overwritten rather than freed.
 */
import type { Worker } from 'node:worker_threads';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import type { EngineClient, EngineEvent, FromHost, RunControlHandle, ToHost, Verb, Verbs } from './api.ts';
import { RunControl, stopped } from './control.ts';
import { LentKeys } from './lent-keys.ts';
import { startThread } from './thread.ts';

/** How long running verbs have to come to an end of their own when the thread is to end. */
const QUIET_MS = 1500;

interface Pending {
  resolve(output: unknown): void;
  reject(error: HoldfastError): void;
  onEvent: ((event: EngineEvent) => void) | undefined;
  keys: LentKeys;
  control: RunControlHandle;
}

export class EngineThread implements EngineClient {
  readonly #hostPath: string | URL;
  readonly #pending = new Map<number, Pending>();
  /** Calls that the thread has not answered yet, those among them that were rejected here already. */
  readonly #unanswered = new Set<number>();
  #whenQuiet: (() => void) | null = null;
  #worker: Worker | null = null;
  #nextId = 1;
  #ended = false;

  /** `hostPath`: the script of `host.ts`, built to run in a worker thread. */
  constructor(hostPath: string | URL) {
    this.#hostPath = hostPath;
  }

  /**
   * Runs one verb in the thread. Rejects with the verb's HoldfastError; `stopped` after `end()`; `internal` if the
   * thread dies. Several calls may run at once.
   */
  run<V extends Verb>(
    verb: V,
    input: Verbs[V]['input'],
    options: { control?: RunControlHandle; onEvent?: (event: EngineEvent) => void } = {},
  ): Promise<Verbs[V]['output']> {
    if (this.#ended) return Promise.reject(stopped());
    const worker = (this.#worker ??= this.#start());
    const id = this.#nextId++;
    const control = options.control ?? new RunControl();
    const keys = new LentKeys(input);
    return new Promise<Verbs[V]['output']>((resolve, reject) => {
      this.#pending.set(id, {
        // The host answers with the output of the verb that was asked for.
        resolve: (output) => resolve(output as Verbs[V]['output']),
        reject,
        onEvent: options.onEvent,
        keys,
        control,
      });
      this.#unanswered.add(id);
      try {
        worker.postMessage({ id, verb, input: keys.input, control: control.shared } satisfies ToHost);
      } catch (error) {
        this.#pending.delete(id);
        this.#answered(id);
        keys.wipe();
        reject(toHoldfastError(error));
      }
    });
  }

  /**
   * Ends the thread and its pipeline workers; running verbs reject with `stopped` at once, and have a moment to end their
   * workers themselves: one that is torn off while it loads a native package takes the whole process with it.
   */
  async end(): Promise<void> {
    this.#ended = true;
    for (const { control } of this.#pending.values()) control.stop();
    const lent = this.#rejectAll(stopped());
    const worker = this.#worker;
    this.#worker = null;
    try {
      if (worker !== null) await this.#quiet();
      await worker?.terminate();
    } finally {
      // Not before: a verb that still ran for a moment would work on, and perhaps sign, with a key of zeros.
      for (const keys of lent) keys.wipe();
    }
  }

  #start(): Worker {
    const worker = startThread(this.#hostPath, { name: 'holdfast-engine' });
    worker.on('message', (message: FromHost) => this.#receive(message));
    worker.on('error', (error) => this.#died(worker, error));
    worker.on('exit', (code) => this.#died(worker, new Error(`engine thread ended with code ${code}`)));
    // The app's own life decides how long the process runs, not an idle engine.
    worker.unref();
    return worker;
  }

  async #quiet(): Promise<void> {
    if (this.#unanswered.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, QUIET_MS);
      this.#whenQuiet = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #answered(id: number): void {
    this.#unanswered.delete(id);
    if (this.#unanswered.size === 0) this.#whenQuiet?.();
  }

  #receive(message: FromHost): void {
    if (message.type !== 'event') this.#answered(message.id);
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    if (message.type === 'event') {
      pending.onEvent?.(message.event);
      return;
    }
    this.#pending.delete(message.id);
    pending.keys.wipe();
    if (message.type === 'result') pending.resolve(message.output);
    else pending.reject(failureOf(message));
  }

  #died(worker: Worker, cause: Error): void {
    this.#unanswered.clear();
    this.#whenQuiet?.();
    if (this.#worker !== worker) return;
    this.#worker = null;
    const lent = this.#rejectAll(
      new HoldfastError(
        'internal',
        'The part of Holdfast that does the backup work stopped unexpectedly.',
        'What was already stored is safe. Try again: the run continues from where it was.',
        { detail: `${cause.name}: ${cause.message}`, cause },
      ),
    );
    for (const keys of lent) keys.wipe();
  }

  /** @returns what the calls were lent; to be wiped when the thread is no more */
  #rejectAll(error: HoldfastError): LentKeys[] {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const call of pending) call.reject(error);
    return pending.map((call) => call.keys);
  }
}

/** The error of a verb; its cause tells where in the thread it was, where the thread said so. */
function failureOf({ error, stack }: Extract<FromHost, { type: 'error' }>): HoldfastError {
  const failure = HoldfastError.fromInfo(error);
  if (stack !== undefined) failure.cause = Object.assign(new Error(error.detail), { stack });
  return failure;
}
