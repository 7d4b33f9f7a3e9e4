/** What all index segments of a domain say together (FORMAT.md, "Index segments"). */
import { equal, toHex } from '../format/bytes.ts';
import type { IndexSegment, PackFacts } from '../format/segment.ts';
import type { Snapshot } from '../format/snapshot.ts';

/** `Pack`: one as it is held; `id`: its name in hex. */
export class SegmentSet<Pack extends { id: string }> {
  /** Packs, by name in hex. */
  readonly adds = new Map<string, Pack>();
  /** Packs that were removed, or are about to be: their absence is no damage. What of them is still there is read. */
  readonly drops = new Set<string>();
  /** Snapshots that were removed on purpose: sequence number by name. */
  readonly forgotten = new Map<string, number>();
  /** Objects that a repair found gone or damaged, by name. */
  readonly lost = new Set<string>();
  /** Entries that a repair found lost, by name of their snapshot. */
  readonly lacking = new Map<string, number>();
  /** Packs of which segments say different things: the pack itself tells. */
  readonly disputed = new Set<string>();
  /** Segments whose every word is in another one. */
  readonly replaced = new Set<string>();
  readonly #same: (a: Pack, b: Pack) => boolean;
  readonly #doomed: { segment: string; pack: string; sinceMs: number }[] = [];

  /** @param same whether two segments say the same of a pack */
  constructor(same: (a: Pack, b: Pack) => boolean) {
    this.#same = same;
  }

  /**
   * @param name of the segment, in hex
   * @param adds its packs, as they are held
   */
  add(name: string, segment: IndexSegment, adds: readonly Pack[]): void {
    for (const pack of adds) {
      const other = this.adds.get(pack.id);
      if (other !== undefined && !this.#same(other, pack)) this.disputed.add(pack.id);
      this.adds.set(pack.id, pack);
    }
    for (const { name: object } of segment.lost) this.lost.add(toHex(object));
    for (const { snapshot, entries } of segment.lacking) {
      this.lacking.set(toHex(snapshot), Math.max(entries, this.lacking.get(toHex(snapshot)) ?? 0));
    }
    for (const { name: pack, sinceMs } of segment.doomed) {
      this.#doomed.push({ segment: name, pack: toHex(pack), sinceMs });
    }
    for (const pack of segment.drops) this.drops.add(toHex(pack));
    for (const { sequence, hash } of segment.forgotten) this.forgotten.set(toHex(hash), sequence);
    for (const other of segment.replaces) if (toHex(other) !== name) this.replaced.add(toHex(other));
  }

  /**
   * Packs that are to be removed: since when (ms since the epoch, the earliest said), by name. A segment that another
   * one replaces says nothing here any more: that is how a pack is spared again.
   */
  doomed(): Map<string, number> {
    const since = new Map<string, number>();
    for (const { segment, pack, sinceMs } of this.#doomed) {
      if (this.replaced.has(segment)) continue;
      since.set(pack, Math.min(sinceMs, since.get(pack) ?? Number.POSITIVE_INFINITY));
    }
    return since;
  }
}

type Said = Omit<PackFacts, 'name'>;

export const sameFacts = (a: Said, b: Said): boolean =>
  a.room === b.room && a.size === b.size && equal(a.header, b.header) && equal(a.table, b.table);

/**
 * Takes forgotten snapshots out. The newest complete one of what is there always counts, whatever was said of it: a place
 * that got the word before it got the newer snapshots must not be left with none.
 *
 * @param found by sequence, oldest first
 */
export function withoutForgotten<T extends { id: string; snapshot: Snapshot }>(
  found: readonly T[],
  forgotten: ReadonlyMap<string, number>,
): { snapshots: T[]; left: T[] } {
  const newest = found.findLast(({ snapshot }) => !snapshot.partial);
  const counts = (one: T): boolean => one === newest || !forgotten.has(one.id);
  return { snapshots: found.filter(counts), left: found.filter((one) => !counts(one)) };
}
