/** What a verb makes of a listing, and of the segments and snapshots that it then reads. */
import { RULES, type Rules } from './rules.ts';
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

/** What a computer may believe, and know of. @param number which of the domain's computers looks: 0 for the first */
export interface Looker {
  number: number;
  rules: Rules;
}

/** True for what is to be believed of a domain that was taken over. */
export const counts = ({ note, by }: Storage, id: Id): boolean =>
  note === null || (by.get(id) ?? 0) >= note.number || note.names.includes(id);

/** A former computer sees what the note names; the one that writes does not believe what earlier ones stored later. */
function believed(storage: Storage, listing: Listing, { number, rules }: Looker): Listing {
  const { note, by } = storage;
  if (note === null) return listing;
  const isKnown = (name: string): boolean => !isId(name) || note.names.includes(name);
  if (note.number > number) return new Set([...listing].filter(isKnown));
  if (!rules.onlyNamedCounts) return listing;
  // A pack counts where a segment that counts names it.
  const named = new Set(
    storage.segments.flatMap(({ id, adds }) =>
      listing.has(id) && counts(storage, id) ? adds.map((pack) => pack.id) : [],
    ),
  );
  return new Set([...listing].filter((name) => isKnown(name) || (by.get(name) ?? 0) >= note.number || named.has(name)));
}

export function viewOf(storage: Storage, all: Listing, looker: Looker = { number: 0, rules: RULES }): View {
  const listing = believed(storage, all, looker);
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
  const stays = (one: Snapshot): boolean => one === newest || !forgotten.has(one.id);
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
    snapshots: found.filter(stays),
    left: found.filter((one) => !stays(one)),
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
