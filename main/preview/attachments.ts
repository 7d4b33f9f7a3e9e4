/** The attachments of an archive that are being looked at. */
import type { Source } from '../messages/source.ts';

/** Each may hold 64 MiB. */
const KEPT = 3;

/**
 * Opens attachments one after the other, whatever is asked at once: a message can bring two hundred, and opening one may
 * take the memory of a whole mail. Those that were looked at last are kept.
 */
export class Attachments {
  readonly #open: (ref: number) => Promise<Source>;
  readonly #kept = new Map<number, Promise<Source>>();
  #last: Promise<unknown> = Promise.resolve();

  /** @param open what it throws is the answer to those who asked for that attachment meanwhile, and to no one else */
  constructor(open: (ref: number) => Promise<Source>) {
    this.#open = open;
  }

  /** @param ref its number. Errors: those of `open` */
  get(ref: number): Promise<Source> {
    const known = this.#kept.get(ref) ?? this.#next(ref);
    this.#kept.delete(ref);
    this.#kept.set(ref, known);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return known;
  }

  #next(ref: number): Promise<Source> {
    const source = this.#last.then(async () => await this.#open(ref));
    this.#last = source.catch(() => {
      if (this.#kept.get(ref) === source) this.#kept.delete(ref);
    });
    return source;
  }
}
