/** Finds snapshots that refer to packs that are not there any more. */
import { BlobKind, ID_BYTES } from '../format/blob.ts';
import { NodeType, type TreeNode } from '../format/tree.ts';
import { IdWords } from './shared-index.ts';
import { endsReading, isUnreadable } from './storage-failure.ts';
import { TreeReader } from './tree-reader.ts';
import type { Domain, StoredSnapshot } from './domain.ts';

/** How many of the newest snapshots are looked at when something is missing. */
const NEWEST = 3;

/**
 * True where nothing is missing and no repair found a loss: every blob that a finished snapshot needs was there when it
 * was made.
 */
export const mayBeWhole = ({ missing, damage, lacking }: Domain): boolean =>
  missing.length === 0 && damage.length === 0 && lacking.size === 0;

/**
 * Snapshots that may not be restorable whole, of the newest and of those that a repair found so: those of which a blob is
 * not in the index. Nothing is read where all may be whole.
 *
 * @param domain as a run has it: packs that it may not build on are not in its index
 */
export function suspectSnapshots(domain: Domain): StoredSnapshot[] {
  if (mayBeWhole(domain)) return [];
  const newest = new Set(domain.snapshots.slice(-NEWEST));
  return domain.snapshots
    .filter((stored) => newest.has(stored) || domain.lacking.has(stored.id))
    .filter((stored) => !isWhole(domain, stored));
}

/**
 * Ids (hex) of those of the suspects that cannot be restored whole.
 *
 * @param run the domain that they were suspect in
 * @param all the same with every pack that can be read in its index: what nothing new may refer to is read all the same
 */
export function damagedOf(suspects: readonly StoredSnapshot[], run: Domain, all: Domain): string[] {
  return suspects.filter((stored) => !isWhole(all, stored, run)).map(({ id }) => id);
}

/**
 * True where every tree opens and every blob is in the index. Of a pack that a repair found damaged some blocks may be
 * whole: what lies only there is taken for lost by the snapshots that the repair found lacking, and for whole by others.
 *
 * @param run a domain that was loaded before, in whose index a blob counts as well
 */
export function isWhole(domain: Domain, stored: StoredSnapshot, run: Domain | null = null): boolean {
  const trees = new TreeReader(domain, domain.keys.blobIdFor(stored.snapshot.domainEpoch));
  const words = new IdWords();
  const seen = new Set<string>();
  const isLacking = domain.lacking.has(stored.id);
  const isLost = domain.packs.map(({ name }) => domain.lost.has(name.slice(name.lastIndexOf('/') + 1)));
  /** Stored by the run that is under way, which had all that it refers to; its packs cannot be read here yet. */
  const isNew = (id: Uint8Array): boolean => {
    const { index, packs } = run ?? domain;
    const entry = words.load(id).findIn(index);
    return entry >= 0 && index.packOf(entry) >= packs.length;
  };
  const isThere = (ids: Uint8Array, at: number): boolean => {
    const entry = words.load(ids, at).findIn(domain.index);
    if (entry >= 0 && !(isLacking && isLost[domain.index.packOf(entry)] === true)) return true;
    return run !== null && words.load(ids, at).findIn(run.index) >= 0;
  };
  const has = (ids: Uint8Array): boolean => {
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      if (!isThere(ids, at)) return false;
    }
    return true;
  };
  const whole = (node: TreeNode): boolean => {
    if (node.large?.every(({ content }) => has(content)) === false) return false;
    if (node.type === NodeType.file) return node.lists.length > 0 ? listed(node) : has(node.content);
    return node.subtree === null || folder(node.subtree);
  };
  const listed = (node: TreeNode): boolean => {
    for (let at = 0; at < node.lists.length; at += ID_BYTES) {
      const list = node.lists.subarray(at, at + ID_BYTES);
      if (!isNew(list) && !has(trees.blob(list, BlobKind.list))) return false;
    }
    return true;
  };
  const folder = (id: Uint8Array): boolean => {
    const key = Buffer.from(id).toString('latin1');
    if (seen.has(key)) return true;
    seen.add(key);
    if (isNew(id)) return true;
    return trees.folder(id).every(whole);
  };
  try {
    return folder(stored.snapshot.root);
  } catch (error) {
    if (endsReading(error)) throw error;
    // What the disk does not give may be whole: that is found out when it does, and a mark would never be taken back.
    if (isUnreadable(error)) return true;
    return false; // A tree that does not open is what this looks for.
  } finally {
    trees.close();
  }
}
