/**
 * Keeps the domain that was read last, with its index, between calls: browsing asks for one folder after another. A
 * thread's memory holds it, so it ends with the thread when the app is locked.
 */
import { createHash } from 'node:crypto';
import { openDestination } from '../../destinations/open.ts';
import type { Access, DestinationSpec } from '../api.ts';
import { HoldfastError } from '../../errors.ts';
import { decodeCapability } from '../format/capability.ts';
import { REPO_FILES } from '../format/repo-file.ts';
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

/**
 * What to throw where something was not found in the storage: a disk that went away says so, instead of "a part is
 * missing". Anything else comes back as it is.
 */
export async function explainMissing(destination: DestinationSpec, error: unknown): Promise<unknown> {
  if (!(error instanceof HoldfastError) || error.code !== 'object-missing') return error;
  try {
    const opened = await openDestination(destination);
    try {
      await opened.stat(REPO_FILES[0]);
    } finally {
      await opened.close();
    }
    return error;
  } catch (gone) {
    return gone;
  }
}

/** Lets go of what is kept, after a failure or when the storage may have changed. */
export function closeSnapshot(): void {
  kept?.open.trees.close();
  kept = null;
}
