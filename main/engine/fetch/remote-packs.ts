/**
 * Packs in storage that is not a folder, seen from the coordinator: starts the thread that fetches them, gives each
 * reader a line to it, and tells it what will be read soon. Readers work synchronously, so the fetching needs a thread
 * of its own.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import type { DestinationSpec } from '../api.ts';
import { text, told } from '../../text.ts';
import { startThread } from '../thread.ts';
import type { VerbContext } from '../verb-context.ts';
import { partsFolderName } from './cache-names.ts';
import { Line } from './line.ts';
import type { CachePlaces, FetchedPack, FetcherData, FromFetcher, LineData, ToFetcher } from './messages.ts';
import { maskOf, PART_BYTES, Parts } from './parts.ts';
import { fetcherScript } from './script.ts';

/** Most bytes of data packs that lie on this computer's disk at a time; never more than half of what is free there. */
const BUDGET_BYTES = 1024 ** 3;
/** How long the thread has to let go of the destination when it is closed, in ms. */
const CLOSING_MS = 5000;

/** Bytes of a pack that will be read. */
export interface WantedRange {
  pack: number;
  offset: number;
  length: number;
}

export interface RemotePacksOptions {
  /** By ordinal. */
  packs: readonly FetchedPack[];
  spec: DestinationSpec;
  /** True: whole packs that were kept in earlier runs are not used. */
  fresh?: boolean | undefined;
  /** For tests: a smaller cache then drops more. */
  budgetBytes?: number | undefined;
}

export class RemotePacks {
  readonly #sizes: number[];
  readonly #parts: Parts;
  readonly #places: CachePlaces;
  readonly #worker: Worker;
  readonly #verbs = new Map<number, { context: VerbContext; left: () => void }>();
  readonly #removeParts: () => void;
  /** Folder of this fetcher alone, where the destination has no scratch folder. */
  readonly #private: string | null;
  #own: Line | null = null;
  #nextVerb = 1;
  #nextPlan = 1;
  #whenLeft: (() => void) | null = null;
  #closed: Promise<void> | null = null;

  /** Nothing is opened before the first read. */
  constructor({ packs, spec, fresh = false, budgetBytes = BUDGET_BYTES }: RemotePacksOptions) {
    this.#sizes = packs.map(({ size }) => size);
    this.#parts = new Parts(this.#sizes);
    const mine = partsFolderName(process.pid, randomBytes(8).toString('hex'));
    this.#private = spec.scratch === undefined ? path.join(tmpdir(), `holdfast-packs-${mine}`) : null;
    const kept = path.join(spec.scratch ?? this.#private ?? '', 'packs');
    this.#places = { kept, parts: path.join(kept, mine) };
    const data: FetcherData = {
      spec,
      packs: packs.map(({ name, size }) => ({ name, size })),
      shared: this.#parts.shared,
      places: this.#places,
      fresh,
      budgetBytes,
    };
    this.#worker = startThread(fetcherScript(), { name: 'holdfast-fetch', workerData: data });
    this.#worker.on('message', (message: FromFetcher) => this.#take(message));
    // Readers are told by the line that it is over, and the run's log why.
    this.#worker.on('error', (error) => this.#died(`${error.name}: ${error.message}`));
    this.#worker.on('exit', () => this.#died());
    // An idle fetcher of a snapshot that is kept open does not keep the process.
    this.#worker.unref();
    this.#removeParts = () => {
      rmSync(this.#private ?? this.#places.parts, { recursive: true, force: true });
    };
    process.once('exit', this.#removeParts);
  }

  /** The coordinator's own line; one for all that reads in its thread. */
  line(context: VerbContext): Line {
    this.#own ??= new Line(this.newLine(), this.#sizes, context.control);
    return this.#own;
  }

  /** A line for another thread: transfer its port. */
  newLine(): LineData {
    const { port1, port2 } = new MessageChannel();
    const answered = new SharedArrayBuffer(4);
    this.#send({ type: 'line', port: port1, answered }, [port1]);
    return { port: port2, answered, shared: this.#parts.shared, places: this.#places };
  }

  /**
   * A verb reads from now on: it can be paused and stopped, and hears what passes. The function ends that, and resolves
   * when it has heard the last of it.
   */
  attend(context: VerbContext): () => Promise<void> {
    const verb = this.#nextVerb++;
    const left = new Promise<void>((resolve) => this.#verbs.set(verb, { context, left: resolve }));
    this.line(context).control = context.control;
    this.#worker.ref();
    this.#send({ type: 'attend', verb, control: context.control.shared });
    return async () => {
      if (this.#parts.dead) this.#leave(verb);
      else this.#send({ type: 'leave', verb });
      await left;
    };
  }

  /**
   * Says what will be read soon, in order, so that it is fetched meanwhile. Only a hint.
   *
   * @returns what takes the hint back: to be called when all of it has been read, or will not be
   */
  plan(ranges: Iterable<WantedRange>): () => void {
    const wanted = new Map<number, number>();
    for (const { pack, offset, length } of ranges) {
      for (let from = offset; from < offset + length;) {
        const part = this.#parts.at(pack, from);
        const at = from % PART_BYTES;
        const to = Math.min(PART_BYTES, at + offset + length - from);
        wanted.set(part, (wanted.get(part) ?? 0) | maskOf(at, to));
        from += to - at;
      }
    }
    const pairs = new Int32Array(wanted.size * 2);
    let i = 0;
    for (const [part, mask] of wanted) {
      pairs[i++] = part;
      pairs[i++] = this.#bridged(mask);
    }
    const plan = this.#nextPlan++;
    this.#send({ type: 'plan', plan, wanted: pairs });
    return () => this.#send({ type: 'plan-done', plan });
  }

  /** Requests made for packs so far, and the MiB that they gave. */
  get fetched(): { requests: number; mib: number } {
    return this.#parts.fetched;
  }

  /** Ends the thread as soon as no verb attends; nothing may read then. Never rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** A single MiB that is not needed costs less than another request. */
  #bridged(mask: number): number {
    return mask | ((mask << 1) & (mask >> 1));
  }

  #take(message: FromFetcher): void {
    if (message.type === 'event') this.#verbs.get(message.verb)?.context.emit(message.event);
    else this.#leave(message.verb);
  }

  #leave(verb: number): void {
    this.#verbs.get(verb)?.left();
    this.#verbs.delete(verb);
    if (this.#verbs.size > 0) return;
    this.#worker.unref();
    this.#whenLeft?.();
  }

  #died(reason?: string): void {
    this.#parts.die();
    if (reason !== undefined) {
      const words = told(text`The part of Holdfast that reads from the storage ended: ${reason}`);
      for (const { context } of this.#verbs.values()) context.emit({ type: 'message', level: 'error', ...words });
    }
    for (const verb of this.#verbs.keys()) this.#leave(verb);
  }

  async #close(): Promise<void> {
    if (this.#verbs.size > 0) await new Promise<void>((resolve) => (this.#whenLeft = resolve));
    const worker = this.#worker;
    const ended = new Promise<void>((resolve) => {
      if (worker.threadId < 0) resolve();
      else worker.once('exit', () => resolve());
    });
    worker.ref();
    this.#send({ type: 'close' });
    const timer = setTimeout(() => void worker.terminate(), CLOSING_MS);
    await ended;
    clearTimeout(timer);
    process.off('exit', this.#removeParts);
    this.#removeParts();
  }

  #send(message: ToFetcher, transfer: MessagePort[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
