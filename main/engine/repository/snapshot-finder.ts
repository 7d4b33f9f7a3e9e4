/** Finds snapshots across the computers that an access reaches. */
import { HoldfastError } from '../../errors.ts';
import { text, type Text } from '../../text.ts';
import { loadDomain, type Domain, type StoredSnapshot } from './domain.ts';
import type { Repository } from './repository.ts';
import { toHex } from '../format/bytes.ts';
import { isUnreadable } from './storage-failure.ts';

/** Domains with their snapshots and without an index. With a capability: this computer's only. */
export async function reachableDomains(repository: Repository): Promise<Domain[]> {
  const own = repository.capability === null ? null : toHex(repository.capability.clientId);
  const ids = own === null ? await repository.clientIds() : [own];
  const domains: Domain[] = [];
  for (const id of ids) domains.push(await loadDomain(repository, id, { snapshotsOnly: true }));
  return domains;
}

/** Snapshots that a later one names as damaged (hex ids). */
export function markedDamaged(domain: Domain): Set<string> {
  return new Set(domain.snapshots.flatMap(({ snapshot }) => snapshot.damaged.map(toHex)));
}

/**
 * A snapshot by its id, a beginning of it of 4 digits or more, or `latest`: the newest complete one of any computer.
 * Errors: snapshot-not-found, object-unreadable.
 */
export async function findSnapshot(
  repository: Repository,
  wanted: string,
): Promise<{ domain: Domain; stored: StoredSnapshot }> {
  const domains = await reachableDomains(repository);
  const all = domains.flatMap((domain) => {
    const damaged = markedDamaged(domain);
    return domain.snapshots.map((stored) => ({ domain, stored, damaged: damaged.has(stored.id) }));
  });
  if (wanted === 'latest') {
    // A computer's own order is its sequence, whatever its clock said; clocks only compare computers.
    const newestOfEach = new Map<string, (typeof all)[number]>();
    for (const found of all) {
      if (found.stored.snapshot.partial || found.damaged) continue;
      const other = newestOfEach.get(found.domain.id);
      if (other === undefined || found.stored.snapshot.sequence >= other.stored.snapshot.sequence) {
        newestOfEach.set(found.domain.id, found);
      }
    }
    const [newest] = [...newestOfEach.values()].sort((a, b) => b.stored.snapshot.endedMs - a.stored.snapshot.endedMs);
    if (newest === undefined) throw notFound('There is no finished backup here yet.');
    return newest;
  }
  const prefix = wanted.toLowerCase();
  const matches = prefix.length < 4 ? [] : all.filter(({ stored }) => stored.id.startsWith(prefix));
  const [match] = matches;
  const unread = domains.flatMap(({ damage }) => damage).find(({ object }) => object.includes(`/s/${prefix}`));
  if (match === undefined && prefix.length >= 4 && isUnreadable(unread?.error)) throw unread?.error;
  if (match === undefined || matches.length > 1) {
    throw matches.length > 1 ? notFound(text`More than one snapshot begins with ${wanted}.`) : noSuchSnapshot(wanted);
  }
  return match;
}

const notFound = (message: string | Text): HoldfastError =>
  new HoldfastError('snapshot-not-found', message, 'Nothing was changed. List the snapshots to see what there is.');

export const noSuchSnapshot = (wanted: string): HoldfastError => notFound(text`There is no snapshot ${wanted} here.`);
