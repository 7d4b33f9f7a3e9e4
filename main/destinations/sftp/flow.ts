/**
 * How many bytes are on their way at a time, in one direction of one connection. Enough that a distant server is kept
 * busy, few enough that a pause or a cancelled upload stops within a second on a slow line: answers that come soon widen
 * it, late ones narrow it. All transfers of the connection share it, in the order of their asking.
 */

/** Bytes: what one transfer needs to move at all. */
const MIN = 256 * 1024;
/** Bytes: what OpenSSH takes without stopping the sender, and what ssh2 lets a server send. */
const MAX = 2 * 2 ** 20;
/** ms from sending to answer below which more may be on the way, and above which less should be. */
const SOON = 250;
const LATE = 500;

export class Flow {
  #limit = MIN;
  #used = 0;
  readonly #queue: { bytes: number; go: () => void }[] = [];
  readonly #now: () => number;

  /** @param now a clock in ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Bytes that may be on their way now. */
  get limit(): number {
    return this.#limit;
  }

  /**
   * Waits until `bytes` more may be on their way. What it gives back is to be called when the answer is there.
   * @throws the signal's reason
   */
  async take(bytes: number, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#queue.length > 0 || !this.#fits(bytes)) await this.#wait(bytes, signal);
    else this.#used += bytes;
    const since = this.#now();
    return () => this.#answered(bytes, this.#now() - since);
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#limit;
  }

  async #wait(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        const at = this.#queue.indexOf(place);
        if (at !== -1) this.#queue.splice(at, 1);
        reject(signal?.reason);
        this.#advance();
      };
      const place = {
        bytes,
        go: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#queue.push(place);
    });
  }

  #answered(bytes: number, ms: number): void {
    this.#used -= bytes;
    if (ms < SOON) this.#limit = Math.min(MAX, this.#limit + bytes);
    else if (ms > LATE) this.#limit = Math.max(MIN, this.#limit - bytes);
    this.#advance();
  }

  #advance(): void {
    for (let first = this.#queue[0]; first !== undefined && this.#fits(first.bytes); first = this.#queue[0]) {
      this.#queue.shift();
      this.#used += first.bytes;
      first.go();
    }
  }
}
