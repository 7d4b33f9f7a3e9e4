/** What a backup that has built its trees tells of itself, and keeps on this computer for the next one. */
import { mkdir } from 'node:fs/promises';
import { toHoldfastError, type HoldfastError } from '../errors.ts';
import type { DestinationSpec } from './api.ts';
import type { Work } from './backup-work.ts';
import { equal } from './format/bytes.ts';
import type { Capability } from './format/capability.ts';
import type { SnapshotStats } from './format/snapshot.ts';
import { reading } from './own-domain.ts';
import { Counter } from './pipeline/messages.ts';
import type { BuiltTrees } from './pipeline/tree-builder.ts';
import type { TreeWalk } from './pipeline/tree-walk.ts';
import { loadDomain, type Domain } from './repository/domain.ts';
import { writeCache, type CacheContent } from './repository/local-cache.ts';
import type { Repository } from './repository/repository.ts';
import { damagedOf, mayBeWhole, suspectSnapshots } from './repository/snapshot-check.ts';
import { unreadIn } from './repository/storage-failure.ts';
import type { VerbContext } from './verb-context.ts';

/** What an interrupted run has read counts as this run's. */
export function statsOf({ cache, pool, publisher }: Work, { totals }: TreeWalk, built: BuiltTrees): SnapshotStats {
  const changedFiles = totals.changedFiles - built.readInVain + built.changedBefore;
  const unchangedFiles =
    totals.files - totals.pendingFiles + built.readInVain - built.addedBefore - built.changedBefore;
  return {
    files: built.files,
    folders: built.folderCount,
    others: built.others,
    bytes: built.bytes,
    // What could not be read is not in the snapshot, and so not new in it.
    newFiles: Math.max(0, built.files - unchangedFiles - changedFiles),
    changedFiles,
    unchangedFiles,
    removedFiles: Math.max(0, (cache?.files ?? 0) - unchangedFiles - changedFiles),
    readBytes: pool.total(Counter.readBytes),
    newBytes: pool.total(Counter.newBytes),
    storedBytes: publisher.storedBytes,
  };
}

/**
 * Snapshots that cannot be restored whole any more (ids in hex). A mark is never taken back: what the run's own index
 * lacks is looked for in one that has every pack that can be read, also those that nothing new may refer to.
 */
export async function damagedSnapshots(
  domain: Domain,
  repository: Repository,
  place: DestinationSpec,
  context: VerbContext,
): Promise<string[]> {
  if (mayBeWhole(domain)) return [];
  // What the disk does not give may be whole: a mark would never be taken back.
  if (unreadIn(domain).length > 0) return [];
  const suspects = await reading(domain, place, context, () => Promise.resolve(suspectSnapshots(domain)));
  if (suspects.length === 0) return [];
  const all = await loadDomain(repository, domain.id);
  if (unreadIn(all).length > 0) return [];
  return await reading(all, place, context, () => Promise.resolve(damagedOf(suspects, domain, all)));
}

/**
 * @param letGo closes the cache in place, of which nothing is read any more
 * @returns what kept it from being written; null where it was
 */
export async function saveCache(
  path: string,
  stateFolder: string,
  capability: Capability,
  scannedMs: number,
  built: BuiltTrees,
  letGo: () => void,
): Promise<HoldfastError | null> {
  try {
    await mkdir(stateFolder, { recursive: true, mode: 0o700 });
    await writeCache(path, capability, { scannedMs, files: built.files, folders: built.folders }, letGo);
    return null;
  } catch (error) {
    return toHoldfastError(error);
  }
}

/** True where the cache holds these very trees. */
export function cacheSays(cache: CacheContent | null, built: BuiltTrees): boolean {
  const top = built.folders.at(-1);
  const cached = top === undefined ? undefined : cache?.folders.get(top.path);
  return cached !== undefined && equal(cached.tree, built.root) && cache?.folders.size === built.folders.length;
}
