/** Ends every call when a signal says so, beside the call's own. */
import type { CallOptions, Destination } from '../destination.ts';
import { PassThrough } from './pass-through.ts';

export class CancelDestination extends PassThrough {
  readonly #signal: () => AbortSignal;

  /** @param signal asked at each call */
  constructor(inner: Destination, signal: () => AbortSignal) {
    super(inner);
    this.#signal = signal;
  }

  protected override pass<O extends CallOptions>(options: O): O {
    const signal = this.#signal();
    return { ...options, signal: options.signal === undefined ? signal : AbortSignal.any([options.signal, signal]) };
  }
}
