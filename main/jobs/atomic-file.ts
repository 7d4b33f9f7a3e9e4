/** Small files that are either wholly the old or wholly the new, also after a crash or a power cut. */
import { randomBytes } from 'node:crypto';
import { open, mkdir, rename, unlink } from 'node:fs/promises';
import path from 'node:path';

/**
 * Replaces `file` by `data`: written beside it (mode 0600), synced, renamed over it, and the folder synced.
 * Makes the folder (mode 0700) if it is missing. Rejects with the system's error; the old file then stays.
 */
export async function writeFileAtomic(file: string, data: string | Uint8Array): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = path.join(folder, `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** Makes a rename in `folder` durable. Windows cannot sync folders: its renames are journalled. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
