/**
 * A pool of pipeline workers: hands out tasks, one at a time to each, and ends with all of them. All but the first are
 * started when there is work for them: a run that has little to do, as most are, costs one thread.
 */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { HoldfastError, type ErrorInfo } from '../../errors.ts';
import type { RunControl } from '../control.ts';
import { giveBackFreed } from '../platform/malloc.ts';
import { startThread } from '../thread.ts';
import { workerScript } from './assets.ts';
import type { LineData } from '../fetch/messages.ts';
import { COUNTERS, type FromWorker, type ToWorker } from './messages.ts';
import type { BackupWorkerData, ReadWorkerData, WorkerCommon, WorkerData } from './worker.ts';

type Result = Exclude<FromWorker, { type: 'pack' } | { type: 'failed' }>;
type WithoutTask<T> = T extends unknown ? Omit<T, 'task'> : never;
/** A task without its number, which the pool gives. */
export type Task = WithoutTask<ToWorker>;

interface Job {
  message: ToWorker;
  resolve: (result: Result) => void;
  reject: (error: Error) => void;
}

export interface PoolOptions {
  size?: number | undefined;
  /** A worker that was started ahead; the pool ends it with the others. */
  first?: Worker | undefined;
  index: WebAssembly.Memory;
  control: RunControl;
  data: Omit<BackupWorkerData, keyof WorkerCommon> | Omit<ReadWorkerData, keyof WorkerCommon>;
  /** Makes a line to the fetcher for one worker, where packs have to be fetched. */
  newLine?: (() => LineData) | undefined;
  onPack?: ((message: Extract<FromWorker, { type: 'pack' }>) => void) | undefined;
  /** Makes the error of a failed task; a worker knows only what the operating system said. */
  toError?: ((info: ErrorInfo) => HoldfastError) | undefined;
}

/** One worker a core; a single core still gets two, so that reading and sealing overlap with waiting. */
export const defaultPoolSize = (): number => Math.min(16, Math.max(2, availableParallelism()));

/**
 * Starts a worker that loads its code while its run is being prepared, for a pool to come. Whoever does not come to make
 * one terminates it.
 */
export function startWorker(name: string): Worker {
  const worker = startThread(workerScript(), { name });
  // A pool hears of it, or finds the thread gone.
  worker.on('error', () => undefined);
  return worker;
}

/** How long tasks that are given up have to tidy up, in ms. */
const QUIET_MS = 2000;

export class WorkerPool {
  readonly size: number;
  readonly #workers: Worker[] = [];
  readonly #running = new Map<number, Job & { worker: Worker }>();
  readonly #queue: Job[] = [];
  readonly #idle: Worker[] = [];
  readonly #counters: Float64Array;
  readonly #options: PoolOptions;
  readonly #ending = new Int32Array(new SharedArrayBuffer(4));
  /** Workers that are in the middle of a task, or of their start: one that is ended while it loads a native package aborts the process. */
  readonly #busy = new Set<Worker>();
  #whenQuiet: (() => void) | null = null;
  #nextTask = 1;
  #failure: Error | null = null;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.size = options.size ?? defaultPoolSize();
    // Blocks pass through memory of many sizes.
    giveBackFreed();
    const counters = new SharedArrayBuffer(this.size * COUNTERS * 8);
    this.#counters = new Float64Array(counters);
    // Gets ready while the run is being prepared.
    this.#idle.push(this.#start(options.first));
  }

  /** Sum of one counter over all workers. */
  total(counter: number): number {
    let sum = 0;
    for (let at = counter; at < this.#counters.length; at += COUNTERS) sum += this.#counters[at] ?? 0;
    return sum;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Queues a task; resolves with the answer of its kind. Rejects when any task of the pool has failed. */
  run<T extends Result['type']>(message: Task, answer: T): Promise<Extract<Result, { type: T }>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) {
        reject(this.#failure);
        return;
      }
      const task = this.#nextTask++;
      this.#queue.push({
        message: { ...message, task } as ToWorker,
        resolve: (result) => {
          if (result.type === answer) resolve(result as Extract<Result, { type: T }>);
          else reject(new Error(`a worker answered ${result.type} where ${answer} was expected`));
        },
        reject,
      });
      this.#dispatch();
    });
  }

  /** Runs a task once in every worker that was started. The pool must have nothing else to do. */
  async runInEach<T extends Result['type']>(message: Task, answer: T): Promise<void> {
    await Promise.all(this.#workers.map(() => this.run(message, answer)));
  }

  /** Every task rejects with this error, those that run and those to come. */
  abort(error: Error): void {
    this.#fail(error);
  }

  /**
   * Ends all workers: what they hold in memory goes with them. Tasks in hand are given up; they have a moment to take
   * away what they have half done.
   */
  async end(): Promise<void> {
    this.#failure ??= new HoldfastError('stopped', 'The run was ended.', 'What was stored stays.');
    Atomics.store(this.#ending, 0, 1);
    if (this.#busy.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, QUIET_MS);
        this.#whenQuiet = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const workers = this.#workers.splice(0);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  /** Makes one more worker ready; the first task may be sent to it at once. */
  #start(started?: Worker): Worker {
    const options = this.#options;
    const at = this.#workers.length;
    const line = options.newLine?.() ?? null;
    const isThere = started !== undefined && started.threadId >= 0;
    const worker = isThere ? started : startWorker(`holdfast-${options.data.role}-${at}`);
    const data = {
      ...options.data,
      index: options.index,
      control: options.control.shared,
      ending: this.#ending.buffer,
      counters: this.#counters.buffer,
      countersAt: at * COUNTERS * 8,
      line,
    } as WorkerData;
    worker.postMessage(data, line === null ? [] : [line.port]);
    worker.on('message', (message: FromWorker) => this.#receive(worker, message));
    worker.on('error', (error) => this.#fail(died(error)));
    worker.on('exit', (code) => {
      this.#rest(worker);
      if (code !== 0) this.#fail(died(new Error(`exit code ${code}`)));
    });
    this.#workers.push(worker);
    this.#busy.add(worker);
    return worker;
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const mayStart = this.#failure === null && this.#workers.length < this.size;
      const worker = this.#idle.shift() ?? (mayStart ? this.#start() : undefined);
      if (worker === undefined) return;
      const job = this.#queue.shift();
      if (job === undefined) return;
      this.#running.set(job.message.task, { ...job, worker });
      this.#busy.add(worker);
      worker.postMessage(job.message);
    }
  }

  #receive(worker: Worker, message: FromWorker): void {
    if (message.type === 'pack') {
      this.#options.onPack?.(message);
      return;
    }
    if (message.type === 'ready') {
      // A task that was sent meanwhile is still to come.
      if (![...this.#running.values()].some((job) => job.worker === worker)) this.#rest(worker);
      return;
    }
    this.#rest(worker);
    const job = this.#running.get(message.task);
    this.#running.delete(message.task);
    if (message.type === 'failed') {
      this.#fail(this.#options.toError?.(message.error) ?? HoldfastError.fromInfo(message.error), job);
      return;
    }
    if (this.#failure === null) this.#idle.push(worker);
    job?.resolve(message);
    this.#dispatch();
  }

  #rest(worker: Worker): void {
    this.#busy.delete(worker);
    if (this.#busy.size === 0) this.#whenQuiet?.();
  }

  /** The first failure ends the run: every task rejects with it. */
  #fail(error: Error, job?: Job): void {
    const failure = (this.#failure ??= error);
    job?.reject(failure);
    for (const running of this.#running.values()) running.reject(failure);
    for (const waiting of this.#queue.splice(0)) waiting.reject(failure);
    this.#running.clear();
  }
}

function died(cause: Error): HoldfastError {
  return new HoldfastError(
    'internal',
    'A worker of the backup engine stopped unexpectedly.',
    'What was already stored is safe. Try again: the run continues from where it was.',
    { detail: cause.message, cause },
  );
}
