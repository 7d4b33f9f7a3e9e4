/** What a verb makes of a listing, and of the segments and snapshots that it then reads. */
import type { Rules } from './rules.ts';
import { isId, type Id, type Listing, type Pack, type Segment, type Snapshot, type Storage } from './storage.ts';
import type { Local } from './world.ts';

export interface View {
  listing: Listing;
  segments: Segment[];
  adds: Map<Id, Pack>;
  /** Since when. */
  doomed: Map<Id, number>;
  drops: Set<Id>;
  forgotten: Set<Id>;
  /** That count, oldest first. */
  snapshots: Snapshot[];
  /** Forgotten ones that still lie there. */
  left: Snapshot[];
  /** Packs that are listed and in no segment that opens, by their own tables. */
  unnamed: Pack[];
  /** Something that is listed does not open. */
  unreadable: boolean;
}

export function viewOf(storage: Storage, listing: Listing): View {
  const listed = (kind: string): Id[] => [...listing].filter((name) => name.startsWith(kind));
  let unreadable = false;
  const read = <T extends { id: Id }>(kind: string, shelf: readonly T[]): T[] =>
    listed(kind).flatMap((name) => {
      const object = shelf.find(({ id }) => id === name);
      if (object === undefined) unreadable = true;
      return object === undefined ? [] : [object];
    });
  const segments = read('i', storage.segments);
  const found = read('s', storage.snapshots);
  const adds = new Map(segments.flatMap((segment) => segment.adds.map((pack) => [pack.id, pack] as const)));
  const replaced = new Set(segments.flatMap(({ replaces }) => replaces));
  const doomed = new Map<Id, number>();
  for (const segment of segments) {
    if (replaced.has(segment.id)) continue;
    for (const { pack, since } of segment.doomed) doomed.set(pack, Math.min(since, doomed.get(pack) ?? since));
  }
  const forgotten = new Set(segments.flatMap((segment) => segment.forgotten));
  found.sort((a, b) => a.sequence - b.sequence);
  const newest = found.findLast(({ partial }) => !partial);
  const counts = (one: Snapshot): boolean => one === newest || !forgotten.has(one.id);
  const unnamed = listed('p')
    .filter((name) => !adds.has(name))
    .flatMap((name) => storage.packs.filter(({ id }) => id === name));
  return {
    listing,
    segments,
    adds,
    doomed,
    drops: new Set(segments.flatMap((segment) => segment.drops)),
    forgotten,
    snapshots: found.filter(counts),
    left: found.filter((one) => !counts(one)),
    unnamed,
    unreadable,
  };
}

/** Packs that something new may refer to, those that segments name first. */
export function usable(view: View, rules: Rules, local: Local): Pack[] {
  return [...[...view.adds.values()].filter(({ id }) => view.listing.has(id)), ...view.unnamed].filter(
    ({ id }) => !view.drops.has(id) && !(rules.skipDoomed && view.doomed.has(id)) && !local.removed.includes(id),
  );
}

/** Packs that lie there and are not removed, doomed ones too. */
export const present = (view: View): Pack[] =>
  [...[...view.adds.values()].filter(({ id }) => view.listing.has(id)), ...view.unnamed].filter(
    ({ id }) => !view.drops.has(id),
  );

export const bits = (mask: number): number[] => [1, 2, 4, 8].filter((bit) => (mask & bit) !== 0);

/** For each blob of the mask the first pack that holds it. */
export function homesOf(mask: number, packs: readonly Pack[]): Map<number, Id> {
  const homes = new Map<number, Id>();
  for (const blob of bits(mask)) {
    const home = packs.find(({ blobs }) => (blobs & blob) !== 0);
    if (home !== undefined) homes.set(blob, home.id);
  }
  return homes;
}

export const forks = (snapshots: readonly Snapshot[]): boolean =>
  snapshots.some((a, i) => snapshots.slice(i + 1).some((b) => a.previous === b.previous));

/** True where another instance writes, as far as it shows. */
export const strangers = ({ listing }: View, local: Local): boolean =>
  [...listing].some((name) => !isId(name) && name !== local.instance);

/** Why nothing may be marked or removed; null where it may. */
export function obstacle(view: View, rules: Rules, { head, ...local }: Local): string | null {
  if (rules.allMustOpen && view.unreadable) return 'something does not open';
  const there = new Set([...view.snapshots, ...view.left].map(({ id }) => id));
  const named = view.snapshots.flatMap(({ previous }) => previous ?? []);
  // One whose put was begun may be there too, though no answer came: only a folder tells that it was never put.
  if (head !== null) named.push(head.id);
  const lost = named.filter((id) => !there.has(id) && !view.forgotten.has(id));
  if (rules.knownMustBeThere && lost.length > 0) return 'a snapshot that it knows is missing';
  if (rules.forkStops && forks(view.snapshots)) return 'two snapshots have one predecessor';
  if (rules.markers && strangers(view, { head, ...local })) return 'another instance writes here';
  return null;
}
