/**
 * One request to a server: reported to the traffic before it goes, its bodies passed through the traffic piece by piece,
 * given up when nothing moves for too long. Time during which the traffic holds it back (a pause, a limit) is no stall.
 */
import { Readable } from 'node:stream';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import { objectDamaged } from '../local/errors.ts';
import type { RequestClass, Traffic } from '../traffic.ts';

/** After so many ms without a byte or an answer a request is given up. Servers may take minutes to join large parts. */
export const STALL_MS = 120_000;
/** Bytes received are reported in steps of at least this. */
const STEP = 16 * 1024;

export interface ExchangeOptions {
  traffic: Traffic;
  /** What the server is called in sentences. */
  host: string;
  stallMs?: number | undefined;
  /** Turns what the client library threw into what is told. */
  explain(error: unknown): HoldfastError;
}

export class Exchange {
  readonly #options: ExchangeOptions;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /**
   * Runs one request. `units`: what it costs of the provider's quota, if it has one.
   * @throws the signal's reason; HoldfastError `destination-offline` where nothing moved; what `explain` makes of others
   */
  async run<T>(
    what: RequestClass,
    signal: AbortSignal | undefined,
    body: (request: RunningRequest) => Promise<T>,
    units?: number,
  ): Promise<T> {
    signal?.throwIfAborted();
    await this.#options.traffic.request(what, units === undefined ? { signal } : { signal, units });
    const request = new RunningRequest(this.#options, signal);
    try {
      return await body(request);
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw this.#explain(request.failure ?? error);
    } finally {
      request.end();
    }
  }

  #explain(error: unknown): HoldfastError {
    return error instanceof HoldfastError ? error : this.#options.explain(error);
  }
}

export class RunningRequest {
  /** Aborted with the caller's signal, when nothing moves any more, and when the body to send cannot be read. */
  readonly signal: AbortSignal;
  readonly #options: ExchangeOptions;
  readonly #caller: AbortSignal | undefined;
  readonly #cancel = new AbortController();
  readonly #onAbort: () => void;
  #timer: NodeJS.Timeout | null = null;
  #held = 0;
  #body: Readable | null = null;
  #failure: unknown = null;

  constructor(options: ExchangeOptions, caller: AbortSignal | undefined) {
    this.#options = options;
    this.#caller = caller;
    this.signal = this.#cancel.signal;
    this.#onAbort = () => this.#cancel.abort(caller?.reason);
    caller?.addEventListener('abort', this.#onAbort, { once: true });
    if (caller?.aborted === true) this.#onAbort();
    this.progress();
  }

  /** Why this side ended the request by itself, or null. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Something moved. */
  progress(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#held > 0 || this.signal.aborted) return;
    this.#timer = setTimeout(() => this.#fail(stalled(this.#options.host)), this.#options.stallMs ?? STALL_MS);
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#held = Number.POSITIVE_INFINITY;
    this.#caller?.removeEventListener('abort', this.#onAbort);
    // An answer that came before the whole body was sent: the connection is of no use any more, and must not linger.
    if (this.#body?.readableEnded === false) this.#cancel.abort();
  }

  /** A body for the client library. `pieces`: of at most 256 KiB. */
  sending(pieces: AsyncIterable<Uint8Array>): Readable {
    const body = Readable.from(this.#send(pieces), { objectMode: false, highWaterMark: 128 * 1024 });
    body.on('error', (error) => this.#fail(error));
    this.#body = body;
    return body;
  }

  /**
   * Reads an answer's body, whole.
   * @param limit more bytes than this are `object-damaged`; so nobody can fill the memory
   * @param enough stop after so many bytes and give back only these (a server that sent more than was asked for)
   */
  async collect(
    body: AsyncIterable<Uint8Array>,
    name: string,
    limit: number,
    enough = Number.POSITIVE_INFINITY,
  ): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    let unreported = 0;
    for await (const piece of body) {
      this.progress();
      pieces.push(piece);
      size += piece.length;
      unreported += piece.length;
      if (size > limit) throw objectDamaged(name, `more than ${limit} bytes`);
      if (unreported < STEP && size < enough) continue;
      await this.#receive(unreported);
      unreported = 0;
      if (size >= enough) break;
    }
    if (unreported > 0) await this.#receive(unreported);
    const whole = Buffer.concat(pieces, size);
    return new Uint8Array(whole.buffer, whole.byteOffset, Math.min(size, enough));
  }

  /** Passes an answer's body on, counted. */
  async *receiving(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      this.progress();
      await this.#receive(piece.length);
      yield piece;
    }
  }

  async *#send(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      await this.#hold(this.#options.traffic.send(piece.length, this.signal));
      yield piece;
    }
    this.progress();
  }

  async #receive(bytes: number): Promise<void> {
    await this.#hold(this.#options.traffic.receive(bytes, this.signal));
  }

  async #hold(waiting: Promise<void>): Promise<void> {
    this.#held += 1;
    if (this.#timer !== null) clearTimeout(this.#timer);
    try {
      await waiting;
    } finally {
      this.#held -= 1;
      this.progress();
    }
  }

  #fail(error: unknown): void {
    if (this.signal.aborted) return;
    this.#failure = error;
    this.#cancel.abort(error);
  }
}

function stalled(host: string): HoldfastError {
  return new HoldfastError(
    'destination-offline',
    text`${host} has stopped answering.`,
    'Nothing stored before is affected. Holdfast tries again; if it goes on, check the connection to the network.',
    { retry: { afterMs: null } },
  );
}
