/**
 * Calls whose failure may be over soon (`retry` on the error) are made again: exponential back-off with full jitter, or
 * the delay that the server asked for.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { HoldfastError } from '../../errors.ts';
import type { CallOptions, Destination, ObjectInfo, PublishOptions, PutOptions } from '../destination.ts';
import { isHashedName } from '../names.ts';
import { steadyClock, wait, type Clock, type Halt } from '../waiting.ts';
import { EachCall, type ListOptions, type Operation } from './pass-through.ts';

const FIRST_MS = 500;
const LONGEST_MS = 60_000;
/** Calls after the first one. The patience ends far earlier, unless every wait is next to nothing. */
const MAX_TRIES = 50;
/** A server's own delay is never cut, but spread by up to this part, so that not everybody comes back at once. */
const SPREAD = 0.1;

/** How long a call's waits may take together, in ms; 0: no second try. */
export interface Patience {
  /** Where the server asks for patience. Default 10 minutes. */
  busyMs: number;
  /** Where it cannot be reached, or fails for a moment. Default 2 minutes. */
  offlineMs: number;
}

export const PATIENT: Patience = { busyMs: 10 * 60_000, offlineMs: 2 * 60_000 };

export interface Wait {
  operation: Operation;
  /** Why the call has to be made again. */
  error: HoldfastError;
  delayMs: number;
}

export interface RetryOptions {
  patience?: Patience | undefined;
  /** Told before each wait. */
  onWait?: ((wait: Wait) => void) | undefined;
  /** Ends waits when the run is stopped, and lengthens them while it is paused. */
  halt?: Halt | undefined;
  clock?: Clock | undefined;
  /** From 0 to 1. */
  random?: (() => number) | undefined;
}

/** The waits of one call. */
export class Retries {
  readonly #options: RetryOptions;
  #tries = 0;
  #waitedMs = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Waits until the call may be made again. @throws `error` where it may not; the signal's reason; `stopped` */
  async after(error: unknown, operation: Operation, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (!(error instanceof HoldfastError) || error.retry === undefined) throw error;
    const { busyMs, offlineMs } = this.#options.patience ?? PATIENT;
    const delayMs = this.#delay(error.retry.afterMs);
    // Whoever made the run knows when to come back: the error says for how long the server wants to be left alone.
    const allowedMs = error.code === 'destination-busy' ? busyMs : offlineMs;
    if (this.#waitedMs + delayMs > allowedMs || allowedMs === 0 || this.#tries >= MAX_TRIES) throw error;
    this.#tries += 1;
    this.#waitedMs += delayMs;
    this.#options.onWait?.({ operation, error, delayMs });
    await wait(delayMs, this.#options.clock ?? steadyClock, this.#options.halt, signal);
  }

  /** The call got further: its waits begin anew. */
  progress(): void {
    this.#tries = 0;
    this.#waitedMs = 0;
  }

  #delay(afterMs: number | null): number {
    const random = (this.#options.random ?? Math.random)();
    const usualMs = Math.round(random * Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#tries));
    // Never less than without the server's word: one that says “at once” for ever would be asked without end.
    return afterMs === null ? usualMs : Math.max(usualMs, Math.round(afterMs * (1 + SPREAD * random)));
  }
}

/** Makes a call again while its failures are temporary. */
export async function retrying<T>(
  operation: Operation,
  signal: AbortSignal | undefined,
  options: RetryOptions,
  body: () => Promise<T>,
): Promise<T> {
  const retries = new Retries(options);
  for (;;) {
    try {
      return await body();
    } catch (error) {
      await retries.after(error, operation, signal);
    }
  }
}

export class RetryDestination extends EachCall {
  readonly #options: RetryOptions;

  constructor(inner: Destination, options: RetryOptions = {}) {
    super(inner);
    this.#options = options;
  }

  protected override async each<T>(
    operation: Operation,
    options: CallOptions | undefined,
    body: () => Promise<T>,
  ): Promise<T> {
    return await retrying(operation, options?.signal, this.#options, body);
  }

  /** The hash goes with every try: bytes that the caller changed meanwhile are refused. */
  override async put(name: string, bytes: Uint8Array, options: PutOptions = {}): Promise<void> {
    const sha256 = options.sha256 ?? new Uint8Array(createHash('sha256').update(bytes).digest());
    const { beforeRetry } = options;
    let tries = 0;
    await this.each('put', options, async () => {
      if (tries++ > 0) await beforeRetry?.();
      await this.inner.put(name, bytes, { ...options, sha256 });
    });
  }

  /** Under a hash, the adapter compares the bytes with the name; under another name, the file must be the same one. */
  override async publish(spoolPath: string, name: string, options: PublishOptions = {}): Promise<void> {
    const before = isHashedName(name) ? null : await identityOf(spoolPath);
    const retries = new Retries(this.#options);
    for (;;) {
      try {
        return await this.inner.publish(spoolPath, name, options);
      } catch (error) {
        if (before !== null && (await identityOf(spoolPath)) !== before) throw error;
        await retries.after(error, 'publish', options.signal);
        if (before !== null && (await identityOf(spoolPath)) !== before) throw error;
      }
    }
  }

  /** A list that broke off begins anew, and what was given out already is left out. */
  override async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    const retries = new Retries(this.#options);
    const names = new Set<string>();
    const strays = new Set<string>();
    const onStray = (path: string): void => {
      if (strays.has(path)) return;
      strays.add(path);
      options.onStray?.(path);
    };
    for (;;) {
      const objects = this.inner.list(prefix, { ...options, onStray })[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await objects.next().catch(async (error: unknown) => {
            await retries.after(error, 'list', options.signal);
            return null;
          });
          if (next === null) break;
          if (next.done === true) return;
          if (names.has(next.value.name)) continue;
          names.add(next.value.name);
          retries.progress();
          yield next.value;
        }
      } finally {
        await objects.return?.();
      }
    }
  }
}

async function identityOf(file: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch(() => null);
  return found === null ? '' : `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs}`;
}
