/**
 * The vault record of a key that is being changed. It is destroyed last, when the new key is in force; repo.json does not
 * name it any more by then, so this computer remembers it until the vault has confirmed its end.
 */
import type { VaultLocator } from './api.ts';
import { fromHex } from './format/bytes.ts';
import { isVaultUrl } from './format/repo-file.ts';
import { changeKnown, knownPath, readKnown } from './repository/known-file.ts';

const pathOf = (stateFolder: string, repoId: string): string => {
  const id = fromHex(repoId, 16);
  if (id === null) throw new Error('a repository id has 32 digits');
  return knownPath(stateFolder, id, 'retiring');
};

/** @returns false where it could not be kept */
export async function keepRetiring(stateFolder: string, repoId: string, record: VaultLocator): Promise<boolean> {
  return await changeKnown(pathOf(stateFolder, repoId), () => ({ record }));
}

/** Null where no record waits for its end. */
export async function retiringRecord(stateFolder: string, repoId: string): Promise<VaultLocator | null> {
  const value = await readKnown(pathOf(stateFolder, repoId));
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
