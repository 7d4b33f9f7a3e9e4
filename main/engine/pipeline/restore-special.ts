/** Makes FIFOs and devices again, where this user may. */
import { lchownSync, unlinkSync, chmodSync } from 'node:fs';
import { fsPath, toBytes, type ByteString } from '../format/byte-path.ts';
import { NodeType, type TreeNode } from '../format/tree.ts';
import type { PlatformAttributes, Refusal } from '../platform/platform.ts';
import { setPathTimes } from './file-times.ts';
import type { GiveBack } from './give-back.ts';
import { restorableMode } from './restore-writer.ts';

const FORMAT = new Map<NodeType, number>([
  [NodeType.fifo, 0o010000],
  [NodeType.block, 0o060000],
  [NodeType.char, 0o020000],
]);

/** A socket is made by the program that listens on it. */
const NOT_MADE: Refusal = { why: 'unsupported', detail: '' };

/**
 * Makes an entry under a name that is free, complete with owner, mode, attributes and times.
 *
 * @returns why it was not made; else what it lacks, in short words
 */
export function makeSpecial(
  node: TreeNode,
  path: ByteString,
  setOwners: boolean,
  platform: PlatformAttributes,
  giveBack: GiveBack,
): Refusal | string[] {
  const format = FORMAT.get(node.type);
  if (format === undefined) return NOT_MADE;
  // Closed until it has its owner.
  const refusal = platform.makeSpecial(path, format | 0o600, node.device);
  if (refusal !== null) return refusal;
  try {
    if (setOwners) lchownSync(fsPath(path), node.uid, node.gid);
    chmodSync(fsPath(path), restorableMode(node, setOwners));
    const missing = giveBack.attributes({ path, fd: null, kind: 'special' }, node);
    setPathTimes(toBytes(path), node.mtime);
    return missing;
  } catch (error) {
    unlinkSync(fsPath(path));
    throw error;
  }
}
