/** Nodes of trees for tests: what a file of no content has, and what the test says otherwise. */
import { NodeType, type TreeNode } from '../../main/engine/format/tree.ts';

const none = new Uint8Array(0);

export const treeNode = (name: string | Uint8Array, more: Partial<TreeNode> = {}): TreeNode => ({
  name: typeof name === 'string' ? new Uint8Array(Buffer.from(name)) : name,
  type: NodeType.file,
  mode: 0o644,
  uid: 0,
  gid: 0,
  user: '',
  group: '',
  mtime: { s: 0, ns: 0 },
  ctime: { s: 0, ns: 0 },
  size: 0,
  content: none,
  lists: none,
  target: null,
  device: null,
  subtree: null,
  ...more,
});
