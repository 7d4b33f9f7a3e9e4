/** What the segments of a place say is gone: a copy between places does not bring it back. */
import type { Destination } from '../destinations/destination.ts';
import type { Access } from './api.ts';
import type { Listing } from './copy-run.ts';
import { loadDomain } from './repository/domain.ts';
import { Repository } from './repository/repository.ts';

/** Logical names of what one place says is gone. */
interface Said {
  /** Packs that were removed. */
  packs: string[];
  /** Snapshots that were forgotten and segments that were replaced. */
  others: string[];
}

async function saidBy(destination: Destination, access: Access, id: string): Promise<Said> {
  const { drops, forgotten, replaced } = await loadDomain(await Repository.open(destination, access), id, {
    withoutIndex: true,
  });
  return {
    packs: [...drops].flatMap((pack) => [`c/${id}/p/${pack}`, `c/${id}/m/${pack}`]),
    others: [
      ...[...forgotten.keys()].map((snapshot) => `c/${id}/s/${snapshot}`),
      ...[...replaced].map((segment) => `c/${id}/i/${segment}`),
    ],
  };
}

/**
 * Takes out of the listings of several places of one repository what any of them says is gone. Reads segments only where
 * the places differ in a way that they can tell of.
 *
 * A pack that was removed is left out only where a place that says so does without it and has every snapshot that any
 * place has. Else one of them may need it: it was made while the other place was away, or before that place knew of it.
 * The pack is then brought, which costs room until the next clean-up there.
 *
 * @param id client id in hex
 */
export async function leaveOutGone(
  listings: ReadonlyMap<Destination, Listing>,
  lead: Destination,
  access: Access,
  id: string,
): Promise<void> {
  const leading = listings.get(lead);
  if (leading === undefined) return;
  const segments = `c/${id}/i/`;
  const ahead = (listing: Listing, prefix: string): boolean =>
    [...listing.keys()].some((name) => name.startsWith(prefix) && !leading.has(name));
  const others = [...listings].filter(([destination]) => destination !== lead);
  // What a place says that has no segment of its own, the leading one says too.
  const asked = others.filter(([, listing]) => ahead(listing, segments)).map(([destination]) => destination);
  if (asked.length > 0 || others.some(([, listing]) => ahead(listing, `c/${id}/`))) asked.push(lead);
  const said = new Map<Destination, Said>();
  for (const destination of asked) said.set(destination, await saidBy(destination, access, id));
  const remove = (names: Iterable<string>): void => {
    for (const name of names) for (const listing of listings.values()) listing.delete(name);
  };
  for (const { others: names } of said.values()) remove(names);
  const snapshots = new Set([...listings.values()].flatMap((listing) => snapshotsIn(listing, id)));
  const removed = [...said].flatMap(([destination, { packs }]) => {
    const listing = listings.get(destination);
    if (listing === undefined || snapshotsIn(listing, id).length < snapshots.size) return [];
    return packs.filter((name) => !listing.has(name));
  });
  remove(removed);
}

const snapshotsIn = (listing: Listing, id: string): string[] =>
  [...listing.keys()].filter((name) => name.startsWith(`c/${id}/s/`));
