/**
 * Removes the keyrings of the old root key where the new one is in force. Another computer may have renewed the keys by
 * the old one in the same moment: what its keyring alone knows is taken over first.
 */
import type { Destination } from '../destinations/destination.ts';
import { changeRepoFile } from './change-repo-file.ts';
import { equal, toHex } from './format/bytes.ts';
import { unionOf, type Epoch, type Keyring } from './format/keyring.ts';
import type { ReadRepoFile } from './format/repo-file.ts';
import { listKeyrings, openStored, storeKeyring } from './repository/keyrings.ts';
import { Repository } from './repository/repository.ts';
import { newEpoch } from './rotate.ts';

/**
 * Keyrings that the old key does not open, or that know an epoch which could not be taken over, are left.
 *
 * @param ownerSeed Ed25519 seed of the owner by the new key, 32 bytes
 * @returns repo.json as it is then, and how many were removed. Errors: busy, destination-*
 */
export async function removeOlder(
  destination: Destination,
  { rootKey, newRootKey }: { rootKey: Uint8Array; newRootKey: Uint8Array },
  ownerSeed: Uint8Array,
): Promise<{ file: ReadRepoFile; removed: number }> {
  // From the storage itself, all of it: what is removed next cannot be had back.
  let repository = await Repository.open(destination, { kind: 'key', rootKey: newRootKey });
  const { repoId, epochs: known } = repository;
  const older: { name: string; keyring: Keyring }[] = [];
  for (const name of await listKeyrings(destination)) {
    const keyring = await openStored(destination, name, rootKey);
    // Whoever has the old digits may have put it there: no epoch of the new key is to be taken for another.
    if (keyring !== null && equal(keyring.repoId, repoId) && !contradicts(keyring, known))
      older.push({ name, keyring });
  }
  const union = unionOf([{ repoId, epochs: [...known] }, ...older.map(({ keyring }) => keyring)]);
  const epochs = endingIn(union, known, repository.file.ownerPublicKey);
  if (epochs.length > known.length) {
    const keyring = await storeKeyring(destination, newRootKey, { repoId, epochs });
    await changeRepoFile(destination, repository.file, ownerSeed, 0, (file) => ({ ...file, keyring }));
    repository = await Repository.open(destination, { kind: 'key', rootKey: newRootKey });
  }
  let removed = 0;
  for (const { name, keyring } of older) {
    if (!keyring.epochs.every((epoch) => isIn(epoch, repository.epochs))) continue;
    await destination.remove(name);
    removed++;
  }
  return { file: repository.file, removed };
}

/**
 * All of `epochs`, and a new one where the newest is not the owner's own: what is written next must not belong to an
 * epoch that the old key opens.
 *
 * @param own epochs of keyrings that the new key opens
 * @param owner public key by the new key, 32 bytes
 */
export function endingIn(epochs: readonly Epoch[], own: readonly Epoch[], owner: Uint8Array): Epoch[] {
  const newest = epochs.at(-1);
  if (newest !== undefined && equal(newest.ownerPublicKey, owner) && isIn(newest, own)) return [...epochs];
  return [...epochs, newEpoch(epochs, owner)];
}

const isIn = ({ id }: Epoch, epochs: readonly Epoch[]): boolean => epochs.some((one) => equal(one.id, id));

/** True where one of its epochs has the number or the id of a known one, and is another. */
function contradicts(keyring: Keyring, known: readonly Epoch[]): boolean {
  return keyring.epochs.some((epoch) =>
    known.some((one) => (one.number === epoch.number || equal(one.id, epoch.id)) && textOf(one) !== textOf(epoch)),
  );
}

const textOf = ({ number, id, root, readerSeed }: Epoch): string =>
  [String(number), ...[id, root, readerSeed].map(toHex)].join(' ');
