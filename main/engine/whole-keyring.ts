/**
 * Opens a repository with all epochs that are known. Where two computers have renewed the keys at two places, the keyring
 * of repo.json lacks one of the epochs: then a keyring with all of them is written.
 */
import type { Destination } from '../destinations/destination.ts';
import { changeRepoFile } from './change-repo-file.ts';
import { equal } from './format/bytes.ts';
import { openKeyring, unionOf, type Keyring } from './format/keyring.ts';
import { deriveKey, rootOf } from './format/keys.ts';
import { storeKeyring } from './repository/keyrings.ts';
import { keptKeyring } from './repository/known-keyring.ts';
import { Repository } from './repository/repository.ts';

/**
 * @param stateFolder the engine's: what this computer knows of other places counts too. Errors: those of opening
 */
export async function openWhole(
  destination: Destination,
  rootKey: Uint8Array,
  stateFolder: string | undefined,
): Promise<Repository> {
  const repository = await Repository.open(destination, { kind: 'key', rootKey });
  const { repoId } = repository;
  const there: Keyring = { repoId, epochs: [...repository.epochs] };
  const kept = stateFolder === undefined ? null : await openKept(stateFolder, repoId, rootKey);
  const epochs = unionOf(kept === null ? [there] : [there, kept]);
  if (repository.keyrings.whole && epochs.length === there.epochs.length) return repository;
  const ownerSeed = deriveKey(rootOf(rootKey, repoId), 'repo-owner');
  try {
    const keyring = await storeKeyring(destination, rootKey, { repoId, epochs });
    await changeRepoFile(destination, repository.file, ownerSeed, 0, (file) =>
      equal(file.keyring, keyring) ? null : { ...file, keyring },
    );
  } finally {
    ownerSeed.fill(0);
  }
  return await Repository.open(destination, { kind: 'key', rootKey });
}

async function openKept(stateFolder: string, repoId: Uint8Array, rootKey: Uint8Array): Promise<Keyring | null> {
  const bytes = await keptKeyring(stateFolder, repoId);
  try {
    const keyring = bytes === null ? null : openKeyring(rootKey, bytes);
    return keyring !== null && equal(keyring.repoId, repoId) ? keyring : null;
  } catch {
    return null; // Damaged: what it knows is then in no other either.
  }
}
