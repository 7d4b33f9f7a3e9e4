/**
 * The vault record of a key that is being changed. It is destroyed last, when the new key is in force; repo.json does not
 * name it any more by then, so this computer remembers it until the vault has confirmed its end.
 */
import { placeId } from '../destinations/place-id.ts';
import type { DestinationPlace } from '../destinations/spec.ts';
import type { VaultLocator } from './api.ts';
import { fromHex } from './format/bytes.ts';
import { isVaultUrl } from './format/repo-file.ts';
import { changeKnown, knownPath, readKnown } from './repository/known-file.ts';
import { filledPlaces } from './repository/known-places.ts';
import { seenPlaces } from './repository/known-state.ts';

const pathOf = (stateFolder: string, repoId: string): string => {
  const id = fromHex(repoId, 16);
  if (id === null) throw new Error('a repository id has 32 digits');
  return knownPath(stateFolder, id, 'retiring');
};

/** @returns false where it could not be kept */
export async function keepRetiring(stateFolder: string, repoId: string, record: VaultLocator): Promise<boolean> {
  return await changeKnown(pathOf(stateFolder, repoId), (value) => ({
    record,
    // Of an earlier change they say nothing.
    changed: recordIn(value)?.recordId === record.recordId ? changedIn(value) : [],
  }));
}

/** Notes that a place opens with the new key. Where no record waits for its end, that is noted for none. */
export async function noteChanged(stateFolder: string, repoId: string, place: DestinationPlace): Promise<void> {
  const id = placeId(place);
  await changeKnown(pathOf(stateFolder, repoId), (value) => {
    if (value === null || !('record' in value)) return null;
    return { ...value, changed: [...new Set([...changedIn(value), id])] };
  });
}

/** How many places of the repository this computer knows that have not shown the new key: they need the old one. */
export async function placesOfOldKey(stateFolder: string, repoId: string): Promise<number> {
  const id = fromHex(repoId, 16);
  if (id === null) throw new Error('a repository id has 32 digits');
  const changed = new Set(changedIn(await readKnown(pathOf(stateFolder, repoId))));
  const known = new Set([...(await seenPlaces(stateFolder, id)), ...(await filledPlaces(stateFolder, id))]);
  return [...known].filter((place) => !changed.has(place)).length;
}

/** By `placeId`. */
function changedIn(value: object | null): string[] {
  if (value === null || !('changed' in value) || !Array.isArray(value.changed)) return [];
  return value.changed.filter((item: unknown): item is string => typeof item === 'string');
}

/** Null where no record waits for its end. */
export async function retiringRecord(stateFolder: string, repoId: string): Promise<VaultLocator | null> {
  return recordIn(await readKnown(pathOf(stateFolder, repoId)));
}

function recordIn(value: object | null): VaultLocator | null {
  if (value === null || !('record' in value) || typeof value.record !== 'object' || value.record === null) return null;
  const { vaultId, recordId, urls, fingerprint } = value.record as Partial<Record<keyof VaultLocator, unknown>>;
  const texts = [vaultId, recordId, fingerprint];
  if (!texts.every((text) => typeof text === 'string' && fromHex(text) !== null)) return null;
  if (!Array.isArray(urls) || !urls.every((url): url is string => typeof url === 'string' && isVaultUrl(url)))
    return null;
  return { vaultId: String(vaultId), recordId: String(recordId), urls, fingerprint: String(fingerprint) };
}

/** The vault has confirmed its end. */
export async function forgetRetiring(stateFolder: string, repoId: string): Promise<void> {
  await changeKnown(pathOf(stateFolder, repoId), () => ({}));
}
