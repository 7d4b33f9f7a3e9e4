/**
 * Renames a file without ever replacing another: renameat2(2) with RENAME_NOREPLACE on Linux, renamex_np(2) with
 * RENAME_EXCL on macOS. One change of the folder, where a hard link and the removal of the old name are two.
 */
import { constants as os } from 'node:os';
import { toBytes, type ByteString } from '../format/byte-path.ts';
import { loadNative } from './native.ts';
import { terminated } from './platform.ts';

/** `unknown`: this computer or file system cannot do it, or it failed otherwise: nothing has changed. */
export type Renamed = 'done' | 'taken' | 'unknown';

type Call = (from: Buffer, to: Buffer) => number;

const AT_FDCWD = -100;
const RENAME_NOREPLACE = 1;
const RENAME_EXCL = 4;
const PATH = 'const uint8_t *';

function load(): Call | null {
  try {
    const libc = loadNative()?.load(null);
    if (libc === undefined) return null;
    if (process.platform === 'linux') {
      const rename = libc.func(`int renameat2(int, ${PATH}, int, ${PATH}, unsigned int)`);
      return (from, to) => rename(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
    }
    if (process.platform === 'darwin') {
      const rename = libc.func(`int renamex_np(${PATH}, ${PATH}, unsigned int)`);
      return (from, to) => rename(from, to, RENAME_EXCL);
    }
    return null;
  } catch {
    // A C library of before the call.
    return null;
  }
}

let call: Call | null | undefined;

export function renameNew(from: ByteString, to: ByteString): Renamed {
  // Once, also where there is no such call.
  if (call === undefined) call = load();
  if (call === null) return 'unknown';
  if (call(terminated(toBytes(from)), terminated(toBytes(to))) === 0) return 'done';
  return loadNative()?.errno() === os.errno.EEXIST ? 'taken' : 'unknown';
}
