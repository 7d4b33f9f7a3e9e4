/** Small files of what this computer remembers of a repository: JSON, replaced as a whole, readable by its user only. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { toHex } from '../format/bytes.ts';

/** @param part what of the repository the file is about; empty for the repository itself */
export function knownPath(stateFolder: string, repoId: Uint8Array, part = ''): string {
  return join(stateFolder, 'known', `${toHex(repoId)}${part === '' ? '' : `.${part}`}.json`);
}

/** Null where there is none, or a crash left one that cannot be read: the next run writes it anew. */
export async function readKnown(path: string): Promise<object | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** Changes of one file, each begun when the one before has ended. */
const changing = new Map<string, Promise<unknown>>();

/**
 * Reads and replaces a file in one step, as far as this thread goes: of changes by several threads at one time, one may
 * be lost, and the file is still whole.
 *
 * @param change what it holds next; null to leave it as it is. What it throws, this rejects with
 * @returns false where it could not be written
 */
export async function changeKnown(path: string, change: (value: object | null) => object | null): Promise<boolean> {
  const before = changing.get(path) ?? Promise.resolve();
  const changed = before.then(async () => {
    const next = change(await readKnown(path));
    if (next === null) return true;
    return await writeKnown(path, next).then(
      () => true,
      () => false,
    );
  });
  const settled = changed.catch(() => undefined);
  changing.set(path, settled);
  try {
    return await changed;
  } finally {
    if (changing.get(path) === settled) changing.delete(path);
  }
}

/** Durable on return: either the new content or the old. Errors: those of the file system. */
export async function writeKnown(path: string, value: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // A name of its own: another thread may be writing the same file.
  const temporary = `${path}.${randomBytes(8).toString('hex')}.new`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(JSON.stringify(value));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
