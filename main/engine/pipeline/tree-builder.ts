/**
 * Builds trees bottom-up from folders' records. A folder in which nothing changed keeps the tree it had; any other is
 * encoded from its records' nodes, which need no encoding again.
 */
import { BlobKind } from '../format/blob.ts';
import { equal } from '../format/bytes.ts';
import { join, type ByteString } from '../format/byte-path.ts';
import { encodeBranch, encodeLeaves, mayBeCut, NodeType, type EncodedNode } from '../format/tree.ts';
import type { CacheContent, NewCache } from '../repository/local-cache.ts';
import { bytesOf, lengthOf, type Held } from '../repository/records.ts';
import type { MetaBlobs } from './meta-blobs.ts';
import { completeRecords } from './complete-records.ts';
import { RecordFlag, RecordView } from './record.ts';
import type { FolderState } from './tree-walk.ts';

export interface BuiltTrees {
  /** Tree blob of the top folder. */
  root: Uint8Array;
  /** For the local cache. */
  folders: NewCache['folders'];
  files: number;
  folderCount: number;
  others: number;
  bytes: number;
  /** Of `files`: those that were completed by an interrupted run and are new, or changed, since the last whole one. */
  addedBefore: number;
  changedBefore: number;
  /** Of those that this run read because they might have changed: those that had not. */
  readInVain: number;
}

/** Bytes of records between two breaths: some ten milliseconds of work. */
const BREATH_BYTES = 4 * 1024 * 1024;

/**
 * @param folders parents before children
 * @param keep where records wait for the local cache to be written
 * @param breathe called now and then; waits while the run is paused and throws where it was stopped
 */
export async function buildTrees(
  folders: FolderState[],
  meta: MetaBlobs,
  cache: CacheContent | null,
  breathe: () => Promise<void>,
  keep: (records: Buffer) => Held = (records) => records,
): Promise<BuiltTrees> {
  const trees = new Map<ByteString, Uint8Array>();
  const built: BuiltTrees = {
    root: new Uint8Array(0),
    folders: [],
    files: 0,
    folderCount: 0,
    others: 0,
    bytes: 0,
    addedBefore: 0,
    changedBefore: 0,
    readInVain: 0,
  };
  let sinceBreath = 0;
  for (let i = folders.length - 1; i >= 0; i--) {
    const folder = folders[i];
    if (folder === undefined) continue;
    sinceBreath += lengthOf(folder.records);
    if (sinceBreath >= BREATH_BYTES) {
      sinceBreath = 0;
      await breathe();
    }
    const cached = cache?.folders.get(folder.path);
    completeRecords(folder, cache);
    built.readInVain += folder.readInVain;
    const records = bytesOf(folder.records);
    const { changed, marked, cut } = completeSubtrees(folder.path, records, trees, built);
    let tree: Uint8Array;
    // A folder cut into several leaves is always encoded again: that its topmost blob is there says nothing of them.
    const kept = folder.same && !changed && !cut;
    if (kept && cached !== undefined && meta.has(cached.tree)) tree = cached.tree;
    else tree = storeTree(records, meta);
    trees.set(folder.path, tree);
    const asKept = Buffer.isBuffer(folder.records) || !(changed || marked);
    built.folders.push({ path: folder.path, tree, records: asKept ? folder.records : keep(records) });
    built.root = tree;
  }
  return built;
}

/**
 * Writes the subtree ids into the nodes of subfolders, and counts entries.
 *
 * @returns `changed`: a subtree is not the one that the record had; `marked`: flags were taken off; `cut`: the folder may
 *   have several leaves
 */
function completeSubtrees(
  path: ByteString,
  records: Buffer,
  trees: Map<ByteString, Uint8Array>,
  built: BuiltTrees,
): { changed: boolean; marked: boolean; cut: boolean } {
  let changed = false;
  let marked = false;
  let entries = 0;
  for (const view = new RecordView(records); view.at < records.length; view.at += view.total) {
    entries++;
    if (view.type === NodeType.file) {
      built.files++;
      built.bytes += view.size;
      const { flags } = view;
      if (flags === 0) continue;
      if (flags === RecordFlag.changedBefore) built.changedBefore++;
      else built.addedBefore++;
      view.mark(0);
      marked = true;
    } else if (view.type !== NodeType.folder) {
      built.others++;
    } else {
      built.folderCount++;
      const node = view.node;
      const subtree = trees.get(join(path, view.name)) ?? trees.get(`${view.name}/` as ByteString);
      if (subtree === undefined) throw new Error('a folder without a tree');
      const place = node.subarray(node.length - 32);
      if (!equal(place, subtree)) {
        changed = true;
        place.set(subtree);
      }
    }
  }
  return { changed, marked, cut: mayBeCut(entries, records.length) };
}

function storeTree(records: Buffer, meta: MetaBlobs): Uint8Array {
  const nodes: EncodedNode[] = [];
  for (const view = new RecordView(records); view.at < records.length; view.at += view.total) {
    nodes.push({ name: view.nameBytes, bytes: view.node });
  }
  const ids = encodeLeaves(nodes).map((leaf) => meta.add(BlobKind.tree, leaf));
  const [only] = ids;
  return ids.length === 1 && only !== undefined ? only : meta.add(BlobKind.tree, encodeBranch(ids));
}
