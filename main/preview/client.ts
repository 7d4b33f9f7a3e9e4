/** The process that looks into one file, seen from the app; ended with the preview, on lock, and when it takes too long. */
import { HoldfastError, toHoldfastError } from '../errors.ts';
import type { FromProcess, Host, Question, Questions, ToProcess } from './api.ts';

/** How long the process may work, in ms, without asking for bytes; waiting for them is not counted. */
const WORK_MS = 20_000;
/** And how long between two answers, whatever it asks for meanwhile. */
const ANSWER_MS = 60_000;

/** Timers, replaced in tests. */
export interface Timers {
  /** ms; only differences count. */
  now(): number;
  after(ms: number, callback: () => void): () => void;
}

/**
 * Gives bytes [from, to) and the size of the file, or of one beside it: `beside` is its path from the file's folder,
 * as a stranger has written it.
 */
export type ReadFile = (
  beside: string | null,
  from: number,
  to: number,
) => Promise<{ bytes: Uint8Array; size: number }>;

interface Asked {
  resolve(output: unknown): void;
  reject(error: HoldfastError): void;
}

export class PreviewProcess {
  readonly #host: Host;
  readonly #read: ReadFile;
  readonly #timers: Timers;
  readonly #asked = new Map<number, Asked>();
  #nextId = 1;
  #reading = 0;
  /** Ends the watch that is under way, and counts its time. */
  #stopWatch: (() => void) | null = null;
  /** What is left of the time for the next answer, in ms. */
  #left = ANSWER_MS;
  #ended: HoldfastError | null = null;

  /**
   * @param host runs the built script of `worker.ts`, in bounded memory
   * @param read what it throws is the answer to the question that needed the bytes
   */
  constructor(host: Host, read: ReadFile, timers: Timers) {
    this.#read = read;
    this.#timers = timers;
    this.#host = host;
    host.onMessage((message) => this.#receive(message));
    host.onEnd(() => this.#end(tooMuch()));
  }

  /** Errors: the question's own; `bad-input` where the file takes more memory or time than a preview may. */
  ask<Q extends Question>(question: Q, input: Questions[Q]['input']): Promise<Questions[Q]['output']> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise<Questions[Q]['output']>((resolve, reject) => {
      // The process answers with the output of what it was asked.
      this.#asked.set(id, { resolve: (output) => resolve(output as Questions[Q]['output']), reject });
      this.#send({ type: 'ask', id, question, input });
      // A question gives a process that is at work no more time for the one before.
      if (this.#stopWatch === null) this.#watch();
    });
  }

  /** Ends the process; what was asked rejects with `stopped`. */
  end(): void {
    this.#end(
      new HoldfastError('stopped', 'The preview was closed.', 'Open it again to go on.', { severity: 'notice' }),
    );
    this.#host.end();
  }

  /** Ends a process that works for longer than it may; to be called whenever it gets something to do, or waits. */
  #watch(): void {
    this.#stopWatch?.();
    this.#stopWatch = null;
    if (this.#ended !== null || this.#asked.size === 0 || this.#reading > 0) return;
    const began = this.#timers.now();
    const cancel = this.#timers.after(Math.max(0, Math.min(WORK_MS, this.#left)), () => {
      this.#end(tooMuch());
      this.#host.end();
    });
    this.#stopWatch = () => {
      cancel();
      this.#left -= this.#timers.now() - began;
    };
  }

  #send(message: ToProcess): void {
    // A view would be sent with all that it is a view of, which is not for a process that reads what strangers made.
    const part = message.type === 'bytes' && message.bytes.byteLength !== message.bytes.buffer.byteLength;
    this.#host.send(part ? { ...message, bytes: Uint8Array.from(message.bytes) } : message);
  }

  #receive(message: FromProcess): void {
    if (message.type === 'read') {
      const { id, beside, from, to } = message;
      this.#reading++;
      this.#watch();
      this.#read(beside, from, to).then(
        ({ bytes, size }) => this.#given({ type: 'bytes', id, bytes, size }),
        (error: unknown) => this.#given({ type: 'failed', id, error: toHoldfastError(error).toInfo() }),
      );
      return;
    }
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    this.#stopWatch?.();
    this.#stopWatch = null;
    this.#left = ANSWER_MS;
    this.#watch();
    if (message.type === 'answer') asked?.resolve(message.output);
    else asked?.reject(HoldfastError.fromInfo(message.error));
  }

  #given(message: ToProcess): void {
    this.#reading--;
    if (this.#ended !== null) return;
    this.#send(message);
    this.#watch();
  }

  #end(error: HoldfastError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    this.#stopWatch?.();
    this.#stopWatch = null;
    for (const { reject } of this.#asked.values()) reject(error);
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
