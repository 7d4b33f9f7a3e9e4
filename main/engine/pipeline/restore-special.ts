/** Makes FIFOs and devices again, where this user may. */
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchmodSync,
  lchownSync,
  openSync,
  unlinkSync,
} from 'node:fs';
import { HoldfastError } from '../../errors.ts';
import { text, type Text } from '../../text.ts';
import { displayPath, fsPath, toBytes, type ByteString } from '../format/byte-path.ts';
import { NodeType, type TreeNode } from '../format/tree.ts';
import type { PlatformAttributes, Refusal } from '../platform/platform.ts';
import { setPathTimes, setTimes } from './file-times.ts';
import type { GiveBack } from './give-back.ts';
import { restorableMode } from './restore-writer.ts';

const FORMAT = new Map<NodeType, number>([
  [NodeType.fifo, 0o010000],
  [NodeType.block, 0o060000],
  [NodeType.char, 0o020000],
]);
const S_IFMT = 0o170000;
/** open(2) of Linux, the same number on all its machines of ours: the entry itself, without what opening a device does. */
const O_PATH = 0o10000000;

/** A socket is made by the program that listens on it. */
const NOT_MADE: Refusal = { why: 'unsupported', detail: '' };

/**
 * Makes an entry under a name that is free, complete with owner, mode, attributes and times. Where the folder is
 * somebody else's, the name may lead to another place at once: owner and mode go to what is proven to be such an entry,
 * and never through a link.
 *
 * @returns why it was not made; else what it lacks, in short words
 */
export function makeSpecial(
  node: TreeNode,
  path: ByteString,
  setOwners: boolean,
  platform: PlatformAttributes,
  giveBack: GiveBack,
): Refusal | Text[] {
  const format = FORMAT.get(node.type);
  if (format === undefined) return NOT_MADE;
  // Closed until it has its owner.
  const refusal = platform.makeSpecial(path, format | 0o600, node.device);
  if (refusal !== null) return refusal;
  try {
    const mode = restorableMode(node, setOwners);
    return node.type === NodeType.fifo
      ? finishFifo(node, path, setOwners, mode, giveBack)
      : finishDevice(node, path, setOwners, mode, giveBack);
  } catch (error) {
    unlinkSync(fsPath(path));
    throw error;
  }
}

function finishFifo(node: TreeNode, path: ByteString, setOwners: boolean, mode: number, giveBack: GiveBack): Text[] {
  // Opening does not wait for somebody who writes.
  const fd = openSync(fsPath(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    checkType(fd, node, path);
    if (setOwners) fchownSync(fd, node.uid, node.gid);
    fchmodSync(fd, mode);
    const missing = giveBack.attributes({ path, fd, kind: 'special' }, node);
    setTimes(fd, node.mtime);
    return missing;
  } finally {
    closeSync(fd);
  }
}

function finishDevice(node: TreeNode, path: ByteString, setOwners: boolean, mode: number, giveBack: GiveBack): Text[] {
  if (process.platform === 'linux') {
    const fd = openSync(fsPath(path), O_PATH | constants.O_NOFOLLOW);
    try {
      checkType(fd, node, path);
      // An open path takes no fchmod(2); this name is the entry itself, whatever its own name leads to by now.
      const itself = `/proc/self/fd/${fd}`;
      if (setOwners) chownSync(itself, node.uid, node.gid);
      chmodSync(itself, mode);
    } finally {
      closeSync(fd);
    }
  } else {
    if (setOwners) lchownSync(fsPath(path), node.uid, node.gid);
    lchmodSync(fsPath(path), mode);
  }
  const missing = giveBack.attributes({ path, fd: null, kind: 'special' }, node);
  setPathTimes(toBytes(path), node.mtime);
  return missing;
}

function checkType(fd: number, node: TreeNode, path: ByteString): void {
  if ((fstatSync(fd).mode & S_IFMT) === FORMAT.get(node.type)) return;
  throw new HoldfastError(
    'target-unsafe',
    text`${displayPath(path)} became something else while it was restored.`,
    'What it is now was not changed, and the backup is untouched. Restore into a folder that nobody else writes to.',
    { severity: 'item' },
  );
}
