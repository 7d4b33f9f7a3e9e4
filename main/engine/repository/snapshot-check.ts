/** Finds snapshots that refer to packs that are not there any more. */
import { ID_BYTES } from '../format/blob.ts';
import { NodeType, type TreeNode } from '../format/tree.ts';
import { IdWords } from './shared-index.ts';
import { TreeReader } from './tree-reader.ts';
import type { Domain, StoredSnapshot } from './domain.ts';

/** How many of the newest snapshots are looked at when something is missing. */
const NEWEST = 3;

/**
 * Ids (hex) of the newest snapshots that cannot be restored whole. Nothing is read where no pack is missing: every
 * blob that a finished snapshot needs was there when it was made.
 */
export function damagedSnapshots(domain: Domain): string[] {
  if (domain.missing.length === 0 && domain.damage.length === 0) return [];
  return domain.snapshots
    .slice(-NEWEST)
    .filter((stored) => !isWhole(domain, stored))
    .map(({ id }) => id);
}

/** True where every tree opens and every blob is in the index. */
export function isWhole(domain: Domain, stored: StoredSnapshot): boolean {
  const trees = new TreeReader(domain, domain.keys.blobIdFor(stored.snapshot.domainEpoch));
  const words = new IdWords();
  const seen = new Set<string>();
  const has = (ids: Uint8Array): boolean => {
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      if (words.load(ids, at).findIn(domain.index) < 0) return false;
    }
    return true;
  };
  const whole = (node: TreeNode): boolean => {
    if (node.type === NodeType.file) return has(trees.content(node));
    return node.subtree === null || folder(node.subtree);
  };
  const folder = (id: Uint8Array): boolean => {
    const key = Buffer.from(id).toString('latin1');
    if (seen.has(key)) return true;
    seen.add(key);
    return trees.folder(id).every(whole);
  };
  try {
    return folder(stored.snapshot.root);
  } catch {
    return false; // A tree that does not open is what this looks for.
  } finally {
    trees.close();
  }
}
