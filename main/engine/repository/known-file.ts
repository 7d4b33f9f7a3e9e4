/** Small files of what this computer remembers of a repository: JSON, replaced as a whole, readable by its user only. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
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

/** Durable on return: either the new content or the old. Errors: those of the file system. */
export async function writeKnown(path: string, value: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(value));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}
