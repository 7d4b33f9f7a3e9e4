/**
 * The keyrings of a repository. The current one is in repo.json, whole; those in `k/` may know epochs that it does not,
 * where two computers renewed the keys at two places. What counts is the union of all that the root key opens.
 */
import { createHash } from 'node:crypto';
import type { Destination } from '../../destinations/destination.ts';
import { equal, fromHex, toHex } from '../format/bytes.ts';
import { damaged } from '../format/damage.ts';
import { openKeyring, sealKeyring, unionOf, type Epoch, type Keyring } from '../format/keyring.ts';
import type { ReadRepoFile } from '../format/repo-file.ts';
import { getNamed, listObjects } from './objects.ts';
import { orNull } from './or-null.ts';

export interface KnownEpochs {
  /** Oldest first, at least one. */
  epochs: Epoch[];
  /** False where a keyring in `k/` knows an epoch that the one of repo.json does not. */
  whole: boolean;
  /** SHA-256 names of the keyrings that were opened, that of repo.json among them. */
  names: Uint8Array[];
}

/** SHA-256 name of a keyring. */
export const keyringName = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(bytes).digest());

/** @param current the keyring of repo.json, opened already. Errors: destination-* */
export async function readKeyrings(
  destination: Destination,
  file: ReadRepoFile,
  rootKey: Uint8Array,
  current: Keyring,
): Promise<KnownEpochs> {
  const names = [keyringName(file.keyring)];
  const own = `k/${names.map(toHex).join('')}`;
  const found = [current];
  for (const name of await listKeyrings(destination)) {
    if (name === own) continue;
    const keyring = await openStored(destination, name, rootKey);
    if (keyring === null || !equal(keyring.repoId, file.repoId)) continue;
    found.push(keyring);
    names.push(fromHex(name.slice(2), 32) ?? new Uint8Array(32));
  }
  const epochs = unionOf(found);
  return { epochs, whole: epochs.length === unionOf([current]).length, names };
}

/** Largest keyring, in bytes, that is read: thousands of epochs. Anybody who can write there may put more. */
const MAX_KEYRING_BYTES = 1024 * 1024;

/** Names of what lies in `k/`, without what is too large for a keyring. Errors: destination-* */
export async function listKeyrings(destination: Destination): Promise<string[]> {
  const listed = [...(await listObjects(destination, 'k/')).values()];
  return listed.filter(({ size }) => size <= MAX_KEYRING_BYTES).map(({ name }) => name);
}

/** Null where it is damaged, another key's or of a newer version: what it knows is then in no other either. */
export async function openStored(destination: Destination, name: string, rootKey: Uint8Array): Promise<Keyring | null> {
  return await orNull(async () => openKeyring(rootKey, await getNamed(destination, name)));
}

/**
 * Stores a keyring and proves that the key opens what is stored.
 *
 * @returns its bytes. Errors: destination-*, object-damaged
 */
export async function storeKeyring(
  destination: Destination,
  rootKey: Uint8Array,
  keyring: Keyring,
): Promise<Uint8Array> {
  const bytes = sealKeyring(rootKey, keyring);
  const sha256 = keyringName(bytes);
  const name = `k/${toHex(sha256)}`;
  await destination.put(name, bytes, { sha256 });
  const stored = openKeyring(rootKey, await destination.getRange(name, 0, bytes.length));
  if (stored?.epochs.length !== keyring.epochs.length) throw damaged(name, 'it does not open after it was stored');
  return bytes;
}
