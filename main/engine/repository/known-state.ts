/** What this computer has seen of a repository: an older state than that is a rollback, and is refused. */
import { HoldfastError } from '../../errors.ts';
import { toHex } from '../format/bytes.ts';
import type { ReadRepoFile } from '../format/repo-file.ts';
import { knownPath, readKnown, writeKnown } from './known-file.ts';

interface Known {
  generation: number;
  /** The owner's public key in hex; null in files of before it was kept. */
  owner: string | null;
}

async function read(path: string): Promise<Known | null> {
  const value = await readKnown(path);
  if (value === null || !('generation' in value)) return null;
  const owner = 'owner' in value && typeof value.owner === 'string' ? value.owner : null;
  return typeof value.generation === 'number' ? { generation: value.generation, owner } : null;
}

/**
 * Compares with what was seen last, and keeps the newer. Only for a file whose owner is proven by the key or pinned by
 * a capability. Errors: repository-rolled-back.
 *
 * @returns false where it could not be kept: no reason to leave files without a backup
 */
export async function checkKnown(stateFolder: string, file: ReadRepoFile): Promise<boolean> {
  const path = knownPath(stateFolder, file.repoId);
  const known = await read(path);
  refuseOlder(known, file);
  const owner = toHex(file.ownerPublicKey);
  if (known !== null && file.generation === known.generation && known.owner === owner) return true;
  try {
    await writeKnown(path, { generation: file.generation, owner });
    return true;
  } catch {
    return false;
  }
}

/**
 * The same look for a file that nothing has proven yet; keeps nothing. Errors: repository-rolled-back (an older state),
 * repository-damaged (another owner than the one seen).
 *
 * @returns true where this computer has seen this owner in this repository
 */
export async function compareKnown(stateFolder: string, file: ReadRepoFile): Promise<boolean> {
  const known = await read(knownPath(stateFolder, file.repoId));
  // The owner first: of a stranger's file the generation says nothing.
  if (known?.owner !== undefined && known.owner !== null && known.owner !== toHex(file.ownerPublicKey)) {
    throw new HoldfastError(
      'repository-damaged',
      'repo.json in this storage was signed by somebody else than when this computer last saw it.',
      'Do not type your password or your key for it. Connect the right disk, or bring back repo.json from the storage’s older versions.',
    );
  }
  refuseOlder(known, file);
  return known !== null && known.owner !== null;
}

function refuseOlder(known: Known | null, file: ReadRepoFile): void {
  if (known === null || file.generation >= known.generation) return;
  throw new HoldfastError(
    'repository-rolled-back',
    'The storage shows an older state of this backup than this computer has already seen.',
    'Nothing was written. Perhaps an old copy of the disk is connected, or the storage was rolled back; connect the right one.',
    { detail: `generation ${file.generation}, seen ${known.generation}` },
  );
}
