/** Gives a restored folder its owner, mode, attributes and times, when all that goes into it is there. */
import { chmodSync, closeSync, constants, fchmodSync, fchownSync, lchownSync, openSync } from 'node:fs';
import { fsPath, toBytes, type ByteString } from '../format/byte-path.ts';
import type { TreeNode } from '../format/tree.ts';
import type { PlatformEntry } from '../platform/platform.ts';
import { setPathTimes, setTimes } from './file-times.ts';
import type { Text } from '../../text.ts';
import type { GiveBack } from './give-back.ts';
import { restorableMode } from './restore-writer.ts';
import { errorCode } from './scanner.ts';

/**
 * All of it goes to the open folder: where the folder above is somebody else's, the name may lead to another place by
 * now. A link under that name is an error (ELOOP, ENOTDIR).
 *
 * @returns what was not given back, in short words
 */
export function finishFolder(path: ByteString, node: TreeNode, setOwners: boolean, giveBack: GiveBack): Text[] {
  const fd = openFolder(path, setOwners);
  try {
    const entry: PlatformEntry = { path, fd, kind: 'folder' };
    const mode = restorableMode(node, setOwners);
    if (fd === null) {
      if (setOwners) lchownSync(fsPath(path), node.uid, node.gid);
      chmodSync(fsPath(path), mode);
    } else {
      if (setOwners) fchownSync(fd, node.uid, node.gid);
      fchmodSync(fd, mode);
    }
    const missing = giveBack.attributes(entry, node);
    if (fd === null) setPathTimes(toBytes(path), node.mtime);
    else setTimes(fd, node.mtime);
    return [...missing, ...giveBack.last(entry, node)];
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** Null where folders cannot be opened (Windows), and for one that its owner may not read. */
function openFolder(path: ByteString, setOwners: boolean): number | null {
  if (process.platform === 'win32') return null;
  try {
    return openSync(fsPath(path), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    // Only who gives to others what is theirs has to fear a swapped name, and may open every folder.
    if (!setOwners && errorCode(error) === 'EACCES') return null;
    throw error;
  }
}
