/** The last act before a snapshot: every pack that it refers to is there in its size (FORMAT.md, "Order and crash safety"). */
import { HoldfastError } from '../errors.ts';
import type { Destination, ObjectInfo } from '../destinations/destination.ts';
import { listObjects } from './repository/domain.ts';

/** After this long, sleep included, the last look before the snapshot is taken again. */
const LAST_LOOK_MS = 10 * 60_000;

export interface LastLookOptions {
  destination: Destination;
  /** In hex. */
  clientId: string;
  /** Logical names and sizes in bytes of what has to be there. */
  wanted: () => Iterable<readonly [name: string, size: number]>;
  /** Looks at what is listed, too. */
  also: (objects: ReadonlyMap<string, ObjectInfo>) => Promise<void>;
}

export class LastLook {
  readonly #o: LastLookOptions;
  #takenMs = 0;

  constructor(options: LastLookOptions) {
    this.#o = options;
  }

  /** Lists and compares. Errors: object-missing, those of the destination. */
  async take(): Promise<void> {
    const now = Date.now();
    const objects = await listObjects(this.#o.destination, `c/${this.#o.clientId}/`);
    const lost = [...this.#o.wanted()].filter(([name, size]) => objects.get(name)?.size !== size);
    if (lost.length > 0) {
      throw new HoldfastError(
        'object-missing',
        'Something removed parts of this backup from the storage while it was running.',
        'No snapshot was made of it; earlier snapshots are as they were. Find out what deletes there, then back up again: what is missing is stored anew.',
        {
          detail: lost
            .slice(0, 5)
            .map(([name]) => name)
            .join(', '),
        },
      );
    }
    await this.#o.also(objects);
    this.#takenMs = now;
  }

  /** Sees to it that the look is no older than it may be. */
  async renew(): Promise<void> {
    if (Date.now() - this.#takenMs > LAST_LOOK_MS) await this.take();
  }
}
