/**
 * The last act before a snapshot: every pack that it refers to is there in its size and not about to go (FORMAT.md, "Order
 * and crash safety").
 */
import { HoldfastError } from '../errors.ts';
import type { Destination, ObjectInfo } from '../destinations/destination.ts';
import { toHex } from './format/bytes.ts';
import { counts } from './repository/adoption.ts';
import { listObjects, readSegment, type Domain } from './repository/domain.ts';

/** After this long, sleep included, the last look before the snapshot is taken again. */
const LAST_LOOK_MS = 10 * 60_000;

export interface LastLookOptions {
  destination: Destination;
  /** As it was when the run began. */
  domain: Domain;
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
    const objects = await listObjects(this.#o.destination, `c/${this.#o.domain.id}/`);
    // First of all: who is no writer any more is told that, and not what the one that writes now has changed.
    await this.#o.also(objects);
    const wanted = new Map(this.#o.wanted());
    const lost = [...wanted].filter(([name, size]) => objects.get(name)?.size !== size);
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
    await this.#refuseLeaving(objects, wanted);
    this.#takenMs = now;
  }

  /** Sees to it that the look is no older than it may be. */
  async renew(): Promise<void> {
    if (Date.now() - this.#takenMs > LAST_LOOK_MS) await this.take();
  }

  /**
   * What a clean-up has marked since the run began will be removed: only one of another computer with this identity, or
   * one that a late listing did not show, can have done that. What a former computer says since it was taken over counts
   * for nothing. Errors: object-missing, those of the destination.
   */
  async #refuseLeaving(objects: ReadonlyMap<string, ObjectInfo>, wanted: ReadonlyMap<string, number>): Promise<void> {
    const { destination, domain } = this.#o;
    const prefix = `c/${domain.id}/`;
    for (const name of objects.keys()) {
      if (!name.startsWith(`${prefix}i/`) || domain.objects.has(name) || wanted.has(name)) continue;
      let writer = 0;
      const { doomed, drops } = await readSegment(destination, domain, name, (number) => void (writer = number));
      if (domain.adoption !== null && !counts(domain.adoption, writer, name)) continue;
      const leaving = [...doomed.map((doom) => doom.name), ...drops]
        .flatMap((pack) => [`${prefix}p/${toHex(pack)}`, `${prefix}m/${toHex(pack)}`])
        .find((pack) => wanted.has(pack));
      if (leaving === undefined) continue;
      throw new HoldfastError(
        'object-missing',
        'A clean-up is about to remove parts that this backup refers to.',
        'No snapshot was made of it; earlier snapshots are as they were. Back up again: what is about to go is stored anew.',
        { detail: leaving },
      );
    }
  }
}
