/** The fetcher's thread: takes the messages of readers and coordinator, and answers. */
import type { MessagePort } from 'node:worker_threads';
import { toHoldfastError, type ErrorInfo } from '../../errors.ts';
import { RunControl, stopped } from '../control.ts';
import { openKept, type KeptDestination } from '../open.ts';
import { CacheFolder, cacheError } from './cache-folder.ts';
import { FetchQueue } from './fetch-queue.ts';
import type { Answer, FetcherData, FromFetcher, FromReader, ToFetcher } from './messages.ts';
import { Parts } from './parts.ts';

/** Serves until it is told to close; resolves then. */
export async function serve(port: MessagePort, data: FetcherData): Promise<void> {
  const fetcher = new Fetcher(port, data);
  await new Promise<void>((resolve) => {
    port.on('message', (message: ToFetcher) => {
      if (message.type === 'close') resolve();
      else fetcher.take(message);
    });
  });
  await fetcher.close();
}

class Fetcher {
  readonly #port: MessagePort;
  readonly #data: FetcherData;
  readonly #files: CacheFolder;
  readonly #queue: FetchQueue;
  readonly #ready: Promise<void>;
  readonly #ending = new AbortController();
  readonly #lines: MessagePort[] = [];
  /** Verbs that use this now, with what ends each one's use of the destination once that is open. */
  readonly #verbs = new Map<number, { control: RunControl; leave: (() => void) | null }>();
  #opening: Promise<KeptDestination> | null = null;
  #opened: KeptDestination | null = null;

  constructor(port: MessagePort, data: FetcherData) {
    this.#port = port;
    this.#data = data;
    const { packs, places, fresh, budgetBytes } = data;
    const parts = new Parts(
      packs.map(({ size }) => size),
      data.shared,
    );
    this.#files = new CacheFolder(places, packs, parts, budgetBytes);
    this.#ready = this.#files.open().catch((error: unknown) => {
      throw cacheError(error, places.parts);
    });
    this.#ready.catch(() => undefined); // told to whoever wants something
    this.#queue = new FetchQueue({
      destination: async () => (await this.#destination()).destination,
      packs,
      parts,
      files: this.#files,
      fresh,
      budgetBytes,
      signal: this.#ending.signal,
    });
  }

  take(message: Exclude<ToFetcher, { type: 'close' }>): void {
    switch (message.type) {
      case 'line':
        this.#lines.push(message.port);
        message.port.on('message', (asked: FromReader) => {
          if (asked.type === 'read') this.#queue.didRead(asked.mib);
          else void this.#answer(asked, message.port, new Int32Array(message.answered));
        });
        break;
      case 'plan':
        this.#ready.then(() => this.#queue.plan(message.plan, message.wanted)).catch(() => undefined);
        break;
      case 'plan-done':
        this.#ready.then(() => this.#queue.planDone(message.plan)).catch(() => undefined);
        break;
      case 'attend':
        this.#verbs.set(message.verb, { control: new RunControl(message.control), leave: null });
        if (this.#opened !== null) this.#attend(message.verb, this.#opened);
        break;
      case 'leave':
        this.#verbs.get(message.verb)?.leave?.();
        this.#verbs.delete(message.verb);
        this.#send({ type: 'left', verb: message.verb });
        break;
    }
  }

  async close(): Promise<void> {
    this.#ending.abort(stopped());
    for (const line of this.#lines) line.close();
    await this.#queue.settled();
    await (await this.#opening?.catch(() => null))?.close();
    await this.#ready.catch(() => undefined);
    await this.#files.close();
  }

  async #answer(
    { request, part, mask }: Extract<FromReader, { type: 'want' }>,
    port: MessagePort,
    answered: Int32Array,
  ): Promise<void> {
    let error: ErrorInfo | null = null;
    try {
      await this.#ready;
      await this.#queue.want(part, mask);
    } catch (thrown) {
      error = toHoldfastError(thrown).toInfo();
    }
    port.postMessage({ request, error } satisfies Answer);
    Atomics.store(answered, 0, request);
    Atomics.notify(answered, 0);
  }

  /** Opened with the first request; a failure to open is tried again with the next. */
  #destination(): Promise<KeptDestination> {
    this.#opening ??= openKept(this.#data.spec).then(
      (opened) => {
        this.#opened = opened;
        for (const verb of this.#verbs.keys()) this.#attend(verb, opened);
        return opened;
      },
      (error: unknown) => {
        this.#opening = null;
        throw error;
      },
    );
    return this.#opening;
  }

  #attend(verb: number, opened: KeptDestination): void {
    const attending = this.#verbs.get(verb);
    if (attending === undefined) return;
    attending.leave = opened.attend({
      control: attending.control,
      emit: (event) => this.#send({ type: 'event', verb, event }),
    });
  }
  #send(message: FromFetcher): void {
    this.#port.postMessage(message);
  }
}
