/**
 * Keeps the domain that was read last, with its index and what fetches its packs, between calls: browsing asks for one
 * folder after another. A thread's memory holds it, so it ends with the thread when the app is locked.
 */
import { createHash } from 'node:crypto';
import type { Access, DestinationSpec } from '../api.ts';
import { HoldfastError } from '../../errors.ts';
import type { RemotePacks } from '../fetch/remote-packs.ts';
import { openFor } from '../open.ts';
import type { VerbContext } from '../verb-context.ts';
import { decodeCapability } from '../format/capability.ts';
import { REPO_FILES } from '../format/repo-file.ts';
import { loadDomain, type Domain, type StoredSnapshot } from './domain.ts';
import { sourceOf } from './pack-source.ts';
import { Repository } from './repository.ts';
import { findSnapshot } from './snapshot-finder.ts';
import { TreeReader } from './tree-reader.ts';
import { mayBeGone, tellUnread } from './storage-failure.ts';

export interface OpenSnapshot {
  repoId: Uint8Array;
  domain: Domain;
  stored: StoredSnapshot;
  trees: TreeReader;
  /** What fetches the packs; null where they are read in place. */
  source: RemotePacks | null;
  /** Called when the snapshot is let go of: closes what reads from it besides. */
  whenClosed: Set<() => void>;
  /** To be called once by the verb that opened it, when it is done with it. */
  leave(): Promise<void>;
}

let kept: { key: string; open: Omit<OpenSnapshot, 'leave'> } | null = null;

/** Never a secret itself: a hash that tells one access, and one sign-in at the destination, from another. */
function keyOf(destination: DestinationSpec, access: Access, snapshotId: string): string {
  const secret = access.kind === 'key' ? access.rootKey : decodeCapability(access.capability).keys.meta;
  const { credentials, ...place } = destination;
  const opening = JSON.stringify(credentials ?? null);
  const hash = createHash('sha256').update('open-trees').update(secret).update(opening).digest('hex');
  const where = JSON.stringify({ ...place, limits: undefined, line: undefined, scratch: undefined });
  return `${where}:${access.kind}:${hash}:${snapshotId}`;
}

/** Opens a snapshot for reading. Errors: snapshot-not-found, and those of opening. */
export async function openSnapshot(
  destination: DestinationSpec,
  access: Access,
  snapshotId: string,
  context: VerbContext,
): Promise<OpenSnapshot> {
  const key = keyOf(destination, access, snapshotId);
  // "latest" may mean another one by now.
  if (kept !== null && kept.key === key && snapshotId !== 'latest') return attended(kept.open, context);
  const opened = await openFor(destination, context);
  try {
    const repository = await Repository.open(opened, access);
    const { domain, stored } = await findSnapshot(repository, snapshotId);
    const whole = await loadDomain(repository, domain.id, { blocksOnly: true });
    tellUnread(whole, context);
    const blobIdKey = whole.keys.blobIdFor(stored.snapshot.domainEpoch);
    const source = sourceOf(whole, destination, context);
    void closeSnapshot();
    kept = {
      key,
      open: {
        repoId: repository.repoId,
        domain: whole,
        stored,
        trees: new TreeReader(whole, blobIdKey),
        source,
        whenClosed: new Set(),
      },
    };
    return attended(kept.open, context);
  } finally {
    await opened.close();
  }
}

function attended(open: Omit<OpenSnapshot, 'leave'>, context: VerbContext): OpenSnapshot {
  return { ...open, leave: open.source?.attend(context) ?? (async () => undefined) };
}

/**
 * What to throw where something was not found in the storage: a disk that went away says so, instead of "a part is
 * missing". Anything else comes back as it is.
 */
export async function explainMissing(
  destination: DestinationSpec,
  error: unknown,
  context: VerbContext,
): Promise<unknown> {
  if (!(error instanceof HoldfastError) || !mayBeGone(error.code)) return error;
  try {
    const opened = await openFor(destination, context);
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

/**
 * Lets go of what is kept, after a failure or when the storage may have changed.
 *
 * @returns resolves when nothing of it is left on this computer's disk; nobody has to wait for it
 */
export async function closeSnapshot(): Promise<void> {
  const closing = kept;
  kept = null;
  for (const close of closing?.open.whenClosed ?? []) close();
  closing?.open.trees.close();
  await closing?.open.source?.close();
}
