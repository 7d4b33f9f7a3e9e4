import { unlessAborted } from '../waiting.ts';

/** Lets one in at a time, in the order of their coming. One who gives up while waiting ends only his own call. */
export class Line {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Nobody is in, and nobody waits. */
  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  /** @throws the signal's reason at once, also while another is in; what `body` throws */
  async run<T>(signal: AbortSignal | undefined, body: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const before = this.#last;
    this.#waiting += 1;
    const turn = before.then(async () => {
      signal?.throwIfAborted();
      return await body();
    });
    this.#last = turn.then(
      () => (this.#waiting -= 1),
      () => (this.#waiting -= 1),
    );
    await unlessAborted(before, signal);
    return await turn;
  }
}
