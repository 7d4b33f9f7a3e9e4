/** What the segments of a place say is gone: a copy between places does not bring it back. */
import type { Destination } from '../destinations/destination.ts';
import type { Access } from './api.ts';
import type { Listing } from './copy-run.ts';
import { loadDomain } from './repository/domain.ts';
import { Repository } from './repository/repository.ts';

/** Logical names of packs that were removed, snapshots that were forgotten and segments that were replaced. */
async function goneAt(destination: Destination, access: Access, id: string): Promise<Set<string>> {
  const { drops, forgotten, replaced } = await loadDomain(await Repository.open(destination, access), id, {
    withoutIndex: true,
  });
  return new Set([
    ...[...drops].flatMap((pack) => [`c/${id}/p/${pack}`, `c/${id}/m/${pack}`]),
    ...[...forgotten.keys()].map((snapshot) => `c/${id}/s/${snapshot}`),
    ...[...replaced].map((segment) => `c/${id}/i/${segment}`),
  ]);
}

/**
 * Takes out of the listings of several places of one repository what any of them says is gone. Reads segments only where
 * the places differ in a way that they can tell of.
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
  const gone = new Set<string>();
  // What a place says that has no segment of its own, the leading one says too.
  const asked = others.filter(([, listing]) => ahead(listing, segments)).map(([destination]) => destination);
  if (asked.length > 0 || others.some(([, listing]) => ahead(listing, `c/${id}/`))) asked.push(lead);
  for (const destination of asked) for (const name of await goneAt(destination, access, id)) gone.add(name);
  for (const listing of listings.values()) for (const name of gone) listing.delete(name);
}
