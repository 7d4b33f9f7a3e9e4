/**
 * The few calls on which durability rests, in one object, so that tests can watch their order and make them fail.
 */
import { constants } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import { errnoOf } from './errors.ts';
import { openPatiently } from '../../open-files.ts';

export interface FileSystem {
  /** Flushes a file's bytes and size to the disk. */
  syncFile(handle: FileHandle, path: string): Promise<void>;
  /** Flushes a folder's entries to the disk. */
  syncFolder(path: string): Promise<void>;
  /** Moves a file over whatever has the new name. */
  rename(from: string, to: string): Promise<void>;
}

/** What file systems answer that have no such call (some network and FUSE ones); nothing better can be had there. */
const UNSUPPORTED = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOTTY', 'ENOSYS']);

export const nodeFileSystem: FileSystem = {
  async syncFile(handle) {
    await unlessUnsupported(handle.sync());
  },
  async syncFolder(path) {
    // Windows has no handle for flushing a folder; NTFS journals the entry itself.
    if (process.platform === 'win32') return;
    const handle = await openPatiently(() => open(path, constants.O_RDONLY | constants.O_DIRECTORY));
    try {
      await unlessUnsupported(handle.sync());
    } finally {
      await handle.close();
    }
  },
  async rename(from, to) {
    await retryWhileOpen(() => rename(from, to), process.platform);
  },
};

async function unlessUnsupported(flushed: Promise<void>): Promise<void> {
  try {
    await flushed;
  } catch (error) {
    if (!UNSUPPORTED.has(errnoOf(error))) throw error;
  }
}

const HELD = new Set(['EPERM', 'EACCES', 'EBUSY']);
/** Waits in ms between tries, about 1.3 s together: as long as a virus scanner or an indexer holds a new file. */
const WAITS = [10, 20, 40, 80, 160, 320, 640];

/**
 * Runs `move` again while Windows refuses it because another program has one of the files open; elsewhere a refusal is
 * final at once.
 *
 * @param platform `process.platform`
 * @param pause waits the given ms
 */
export async function retryWhileOpen(
  move: () => Promise<void>,
  platform: NodeJS.Platform,
  pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<void> {
  for (const wait of platform === 'win32' ? WAITS : []) {
    try {
      return await move();
    } catch (error) {
      if (!HELD.has(errnoOf(error))) throw error;
    }
    await pause(wait);
  }
  await move();
}
