/** Only so many calls at a time; the number may change while they run. */
import type { CallOptions, Destination, ObjectInfo } from '../destination.ts';
import type { Limits } from '../limits.ts';
import { steadyClock, type Clock } from '../waiting.ts';
import { EachCall, type ListOptions, type Operation } from './pass-through.ts';

/** The limit is set from another thread, which cannot wake this one: while calls wait, it is looked at so often. */
const LOOK_MS = 250;

interface Waiting {
  go(): void;
}

/** Calls wait in the order of their arrival. Without a limit (`requests` null) none of them does. */
export class LimitDestination extends EachCall {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  #cancelLook: (() => void) | null = null;

  constructor(inner: Destination, limits: Limits, clock: Clock = steadyClock) {
    super(inner);
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Each step of a list counts as a call of its own: whoever reads slowly, or reads objects meanwhile, blocks nobody. */
  override async *list(prefix: string, options?: ListOptions): AsyncGenerator<ObjectInfo> {
    const objects = this.inner.list(prefix, options)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.each('list', options, () => objects.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await objects.return?.();
    }
  }

  protected override async each<T>(
    operation: Operation,
    options: CallOptions | undefined,
    body: () => Promise<T>,
  ): Promise<T> {
    // The spool is a folder of this computer.
    if (operation === 'spoolFolder') return await body();
    await this.#enter(options?.signal);
    try {
      return await body();
    } finally {
      this.#running -= 1;
      this.#admit();
    }
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#waiting.size === 0 && this.#running < (this.#limits.requests ?? Infinity)) {
      this.#running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(waiting);
        reject(signal?.reason as Error);
        this.#admit();
      };
      const waiting: Waiting = {
        go: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      this.#waiting.add(waiting);
      signal?.addEventListener('abort', abort, { once: true });
      this.#admit();
    });
  }

  /** Lets in as many as there is room for, and looks again later if some still wait. */
  #admit(): void {
    const limit = this.#limits.requests ?? Infinity;
    for (const next of this.#waiting) {
      if (this.#running >= limit) break;
      this.#waiting.delete(next);
      this.#running += 1;
      next.go();
    }
    if (this.#waiting.size === 0) {
      this.#cancelLook?.();
      this.#cancelLook = null;
    } else {
      this.#cancelLook ??= this.#clock.after(LOOK_MS, () => {
        this.#cancelLook = null;
        this.#admit();
      });
    }
  }
}
