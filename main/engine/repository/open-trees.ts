/**
 * Keeps the domain that was read last, with its index, between calls: browsing asks for one folder after another. A
 * thread's memory holds it, so it ends with the thread when the app is locked.
 */
import { createHash } from 'node:crypto';
import { openDestination } from '../../destinations/open.ts';
import type { Access, DestinationSpec } from '../api.ts';
import { decodeCapability } from '../format/capability.ts';
import { loadDomain, type Domain, type StoredSnapshot } from './domain.ts';
import { Repository } from './repository.ts';
import { findSnapshot } from './snapshot-finder.ts';
import { TreeReader } from './tree-reader.ts';

export interface OpenSnapshot {
  domain: Domain;
  stored: StoredSnapshot;
  trees: TreeReader;
}

let kept: { key: string; open: OpenSnapshot } | null = null;

/** Never the key itself: a hash that tells one access from another. */
function keyOf(destination: DestinationSpec, access: Access, snapshotId: string): string {
  const secret = access.kind === 'key' ? access.rootKey : decodeCapability(access.capability).keys.meta;
  const hash = createHash('sha256').update('open-trees').update(secret).digest('hex');
  return `${JSON.stringify(destination)}:${access.kind}:${hash}:${snapshotId}`;
}

/** Opens a snapshot for reading. Errors: snapshot-not-found, and those of opening. */
export async function openSnapshot(
  destination: DestinationSpec,
  access: Access,
  snapshotId: string,
): Promise<OpenSnapshot> {
  const key = keyOf(destination, access, snapshotId);
  // "latest" may mean another one by now.
  if (kept !== null && kept.key === key && snapshotId !== 'latest') return kept.open;
  const opened = await openDestination(destination);
  try {
    const repository = await Repository.open(opened, access);
    const { domain, stored } = await findSnapshot(repository, snapshotId);
    const whole = await loadDomain(repository, domain.id);
    const blobIdKey = whole.keys.blobIdFor(stored.snapshot.domainEpoch);
    kept?.open.trees.close();
    kept = { key, open: { domain: whole, stored, trees: new TreeReader(whole, blobIdKey) } };
    return kept.open;
  } finally {
    await opened.close();
  }
}

/** Lets go of what is kept, after a failure or when the storage may have changed. */
export function closeSnapshot(): void {
  kept?.open.trees.close();
  kept = null;
}
