/** Paths inside a snapshot as they cross to the app: base64url of each raw name, joined by `/`. */
import { HoldfastError } from '../../errors.ts';
import { NodeType, type TreeNode } from '../format/tree.ts';
import { toBytes, type ByteString } from '../format/byte-path.ts';
import type { TreeReader } from './tree-reader.ts';

export const entryId = (name: Uint8Array): string => Buffer.from(name).toString('base64url');

/** Raw names from the top down. */
export const namesOfEntry = (path: string): Buffer[] =>
  path === '' ? [] : path.split('/').map((id) => Buffer.from(id, 'base64url'));

/** Raw names of an absolute path. */
export const namesOfPath = (path: ByteString): Buffer[] =>
  path
    .split('/')
    .filter((name) => name !== '')
    .map((name) => toBytes(name as ByteString));

/** Entry path of raw names. */
export const entryPath = (names: Uint8Array[]): string => names.map(entryId).join('/');

export function pathNotFound(): HoldfastError {
  return new HoldfastError(
    'path-not-found',
    'This is not in the chosen snapshot.',
    'Nothing was changed. Look through the snapshot’s folders, or choose another snapshot.',
  );
}

/**
 * Nodes from the top down to an entry; empty for the top itself. Errors: path-not-found, and those of reading.
 *
 * @param root tree blob of the top
 */
export function nodesTo(trees: TreeReader, root: Uint8Array, names: Uint8Array[]): TreeNode[] {
  const nodes: TreeNode[] = [];
  let tree: Uint8Array | null = root;
  for (const name of names) {
    const node: TreeNode | null = tree === null ? null : trees.find(tree, name);
    if (node === null) throw pathNotFound();
    nodes.push(node);
    tree = node.type === NodeType.folder ? node.subtree : null;
  }
  return nodes;
}

/** Tree blob of the folder at a path, empty for the top. Errors: path-not-found, also for what is no folder. */
export function folderOf(trees: TreeReader, root: Uint8Array, names: Uint8Array[]): Uint8Array {
  const last = nodesTo(trees, root, names).at(-1);
  const folder = last === undefined ? root : last.subtree;
  if (folder === null) throw pathNotFound();
  return folder;
}
