/** Small files that must survive a crash whole, and that nobody else may read. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HoldfastError } from '../errors.ts';
import { text } from '../text.ts';

/** Code of a Node system error (`ENOENT`), or an empty string. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * Writes a whole file, mode 0600, durably and atomically: a temporary file beside it, fsync, rename, fsync of the
 * folder. Makes the folder (0700) if it is missing.
 *
 * @throws HoldfastError `target-full`, `target-denied`
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      await createFile(temporary, bytes);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(folder);
  } catch (error) {
    throw writeFailed(path, error);
  }
}

/** Writes and fsyncs a new file, mode 0600. Rejects with `EEXIST` if there is one; never overwrites. */
export async function createFile(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(path, { force: true });
    throw error;
  }
  await handle.close();
  // The mode of open() is cut by the umask; a umask like 0377 would leave a file that its owner cannot read again.
  if (process.platform !== 'win32') await chmod(path, 0o600);
}

/** Makes a new name in a folder durable, where the file system can: Windows and some network shares do not offer it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes(systemCode(error))) throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Reads a file of at most `limit` bytes, and its mode by the same handle.
 *
 * @returns null if there is no such file; `bytes` is null if it is longer than `limit`
 */
export async function readSmallFile(
  path: string,
  limit: number,
): Promise<{ bytes: Uint8Array | null; mode: number } | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return null;
    throw error;
  }
  try {
    const { size, mode } = await handle.stat();
    return { bytes: size > limit ? null : new Uint8Array(await handle.readFile()), mode };
  } finally {
    await handle.close();
  }
}

/** True where group or others may read, write or run the file; always false on Windows, whose modes say nothing. */
export function openToOthers(mode: number): boolean {
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}

/** The error of a file that could not be written. */
export function writeFailed(path: string, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const code = systemCode(error);
  const options = { detail: code || String(error), cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new HoldfastError(
      'target-full',
      text`There is no space left to write ${path}.`,
      'Free some space and try again. Nothing that was there is lost.',
      options,
    );
  }
  return new HoldfastError(
    'target-denied',
    text`Holdfast could not write ${path}.`,
    'Check that the folder is there and that you may write to it, then try again. Nothing that was there is lost.',
    options,
  );
}
