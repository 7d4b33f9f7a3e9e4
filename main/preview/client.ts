/** The thread that looks into one file, seen from the app; ended with the preview, on lock, and when it takes too long. */
import type { Worker } from 'node:worker_threads';
import { startThread } from '../engine/thread.ts';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import type { FromThread, Question, Questions, ToThread } from './api.ts';

/** Of the thread's heap. */
const HEAP_MB = 512;
/** How long one answer may take, in ms; reading from a slow server is not counted. */
const ANSWER_MS = 20_000;

/** Timers, replaced in tests. */
export interface Timers {
  after(ms: number, callback: () => void): () => void;
}

interface Asked {
  resolve(output: unknown): void;
  reject(error: HoldfastError): void;
  stop(): void;
}

export class PreviewThread {
  readonly #worker: Worker;
  readonly #read: (from: number, to: number) => Promise<Uint8Array>;
  readonly #timers: Timers;
  readonly #asked = new Map<number, Asked>();
  #nextId = 1;
  #reading = 0;
  #ended: HoldfastError | null = null;

  /**
   * @param script the built script of `worker.ts`
   * @param read gives bytes [from, to) of the file; what it throws is the answer to the question that needed them
   */
  constructor(script: string | URL, read: (from: number, to: number) => Promise<Uint8Array>, timers: Timers) {
    this.#read = read;
    this.#timers = timers;
    this.#worker = startThread(script, {
      name: 'holdfast-preview',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 64, stackSizeMb: 4 },
    });
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', () => this.#end(tooMuch()));
    this.#worker.on('exit', () => this.#end(tooMuch()));
    this.#worker.unref();
  }

  /** Errors: the question's own; `bad-input` where the file takes more memory or time than a preview may. */
  ask<Q extends Question>(question: Q, input: Questions[Q]['input']): Promise<Questions[Q]['output']> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise<Questions[Q]['output']>((resolve, reject) => {
      const timer = this.#watch();
      // The thread answers with the output of what it was asked.
      this.#asked.set(id, { resolve: (output) => resolve(output as Questions[Q]['output']), reject, stop: timer });
      this.#send({ type: 'ask', id, question, input });
    });
  }

  /** Ends the thread; what was asked rejects with `stopped`. */
  async end(): Promise<void> {
    this.#end(
      new HoldfastError('stopped', 'The preview was closed.', 'Open it again to go on.', { severity: 'notice' }),
    );
    await this.#worker.terminate();
  }

  /** Ends a thread that works for longer than it may; one that waits for bytes is given more time. */
  #watch(): () => void {
    let stop = (): void => undefined;
    const look = (): void => {
      if (this.#reading > 0) stop = this.#timers.after(ANSWER_MS, look);
      else {
        this.#end(tooMuch());
        void this.#worker.terminate();
      }
    };
    stop = this.#timers.after(ANSWER_MS, look);
    return () => stop();
  }

  #send(message: ToThread): void {
    if (message.type === 'bytes' && message.bytes.byteLength === message.bytes.buffer.byteLength) {
      this.#worker.postMessage(message, [message.bytes.buffer as ArrayBuffer]);
    } else this.#worker.postMessage(message);
  }

  #receive(message: FromThread): void {
    if (message.type === 'read') {
      const { id, from, to } = message;
      this.#reading++;
      this.#read(from, to).then(
        (bytes) => this.#given({ type: 'bytes', id, bytes }),
        (error: unknown) => this.#given({ type: 'failed', id, error: toHoldfastError(error).toInfo() }),
      );
      return;
    }
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    asked?.stop();
    if (message.type === 'answer') asked?.resolve(message.output);
    else asked?.reject(HoldfastError.fromInfo(message.error));
  }

  #given(message: ToThread): void {
    this.#reading--;
    if (this.#ended === null) this.#send(message);
  }

  #end(error: HoldfastError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    for (const { reject, stop } of this.#asked.values()) {
      stop();
      reject(error);
    }
    this.#asked.clear();
  }
}

function tooMuch(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'This file takes more memory or time than a preview may.',
    'Nothing was changed. Restore it to open it with a program made for it.',
    { severity: 'notice' },
  );
}
