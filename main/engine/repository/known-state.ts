/** What this computer has seen of a repository: an older state than that is a rollback, and is refused. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { toHex } from '../format/bytes.ts';
import type { ReadRepoFile } from '../format/repo-file.ts';

interface Known {
  generation: number;
}

const pathOf = (stateFolder: string, repoId: Uint8Array): string => join(stateFolder, 'known', `${toHex(repoId)}.json`);

async function read(path: string): Promise<Known | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value !== 'object' || value === null || !('generation' in value)) return null;
    return typeof value.generation === 'number' ? { generation: value.generation } : null;
  } catch {
    return null; // Never seen, or a file that a crash left unreadable: the next run writes it anew.
  }
}

/**
 * Compares with what was seen last, and keeps the newer. Errors: repository-rolled-back.
 *
 * @returns false where it could not be kept: no reason to leave files without a backup
 */
export async function checkKnown(stateFolder: string, file: ReadRepoFile): Promise<boolean> {
  const path = pathOf(stateFolder, file.repoId);
  const known = await read(path);
  if (known !== null && file.generation < known.generation) {
    throw new HoldfastError(
      'repository-rolled-back',
      'The storage shows an older state of this backup than this computer has already seen.',
      'Nothing was written. Perhaps an old copy of the disk is connected, or the storage was rolled back; connect the right one.',
      { detail: `generation ${file.generation}, seen ${known.generation}` },
    );
  }
  if (known !== null && file.generation === known.generation) return true;
  try {
    await keep(path, { generation: file.generation });
    return true;
  } catch {
    return false;
  }
}

async function keep(path: string, known: Known): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(known));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}
