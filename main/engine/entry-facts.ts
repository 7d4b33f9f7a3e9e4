/** What the verbs tell of an entry of a tree. */
import type { EntryFacts, EntryKind } from './api.ts';
import { display } from './format/byte-path.ts';
import { NodeType, type Time, type TreeNode } from './format/tree.ts';
import { entryId } from './repository/entry-path.ts';

export const KINDS: Record<NodeType, EntryKind> = {
  [NodeType.file]: 'file',
  [NodeType.folder]: 'folder',
  [NodeType.symlink]: 'symlink',
  [NodeType.fifo]: 'fifo',
  [NodeType.socket]: 'socket',
  [NodeType.block]: 'block',
  [NodeType.char]: 'char',
};

/** ns since the epoch as decimal string. */
export const nanoseconds = (time: Time): string => String(BigInt(time.s) * 1_000_000_000n + BigInt(time.ns));

/** @param node or what of it is told */
export function factsOf(
  node: Pick<TreeNode, 'name' | 'type' | 'size' | 'mtime' | 'mode' | 'uid' | 'gid' | 'user' | 'group' | 'target'>,
): EntryFacts {
  return {
    id: entryId(node.name),
    name: display(node.name),
    kind: KINDS[node.type],
    size: node.size,
    mtimeNs: nanoseconds(node.mtime),
    mode: node.mode,
    uid: node.uid,
    gid: node.gid,
    user: node.user,
    group: node.group,
    linkTarget: node.target === null ? null : display(node.target),
  };
}
