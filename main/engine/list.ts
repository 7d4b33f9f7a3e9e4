/** Lists one folder of a snapshot. */
import type { EntryFacts, EntryKind, ListInput } from './api.ts';
import { display } from './format/byte-path.ts';
import { NodeType, type TreeNode } from './format/tree.ts';
import { entryId, namesOfEntry, nodesTo, pathNotFound } from './repository/entry-path.ts';
import { closeSnapshot, explainMissing, openSnapshot } from './repository/open-trees.ts';
import { unattended } from './verb-context.ts';

const KINDS: Record<NodeType, EntryKind> = {
  [NodeType.file]: 'file',
  [NodeType.folder]: 'folder',
  [NodeType.symlink]: 'symlink',
  [NodeType.fifo]: 'fifo',
  [NodeType.socket]: 'socket',
  [NodeType.block]: 'block',
  [NodeType.char]: 'char',
};

/** Errors: snapshot-not-found, path-not-found, object-missing, object-damaged, and those of opening. */
export async function list(input: ListInput, context = unattended): Promise<EntryFacts[]> {
  try {
    const { stored, trees, leave } = await openSnapshot(input.destination, input.access, input.snapshotId, context);
    try {
      const { root } = stored.snapshot;
      const last = nodesTo(trees, root, namesOfEntry(input.path)).at(-1);
      if (last === undefined) return trees.folder(root).map(entryOf);
      if (last.subtree === null) throw pathNotFound();
      return trees.folder(last.subtree).map(entryOf);
    } finally {
      await leave();
    }
  } catch (error) {
    void closeSnapshot();
    throw await explainMissing(input.destination, error, context);
  }
}

function entryOf(node: TreeNode): EntryFacts {
  return {
    id: entryId(node.name),
    name: display(node.name),
    kind: KINDS[node.type],
    size: node.size,
    mtimeNs: String(BigInt(node.mtime.s) * 1_000_000_000n + BigInt(node.mtime.ns)),
    mode: node.mode,
    uid: node.uid,
    gid: node.gid,
    user: node.user,
    group: node.group,
    linkTarget: node.target === null ? null : display(node.target),
  };
}
