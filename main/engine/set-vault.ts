/**
 * Writes into repo.json which key vault keeps this repository's key, or that none does: a new generation, signed by the
 * owner.
 */
import { HoldfastError } from '../errors.ts';
import type { Destination } from '../destinations/destination.ts';
import type { RepositoryFacts, Verbs, VaultLocator } from './api.ts';
import { changeRepoFile } from './change-repo-file.ts';
import { equal, fromHex } from './format/bytes.ts';
import { isVaultUrl, type RepoFile, type RepoVault } from './format/repo-file.ts';
import { whileWatched } from './open.ts';
import { withOwnerSeed } from './owner-seed.ts';
import { beforeChange, checkKnown } from './repository/known-state.ts';
import { factsOf, listClientIds, Repository } from './repository/repository.ts';
import { unattended } from './verb-context.ts';

/**
 * Does nothing where repo.json says so already. Errors: bad-input, busy (others change it all the time), and those of
 * unlock.
 */
export async function setVault(input: Verbs['setVault']['input'], context = unattended): Promise<RepositoryFacts> {
  return await whileWatched(input.destination, context, async (destination) => await setVaultIn(destination, input));
}

/** The same in a destination that is open already; the caller closes it. */
export async function setVaultIn(
  destination: Destination,
  input: Verbs['setVault']['input'],
): Promise<RepositoryFacts> {
  const vault = input.vault === null ? null : parseVault(input.vault);
  // Opening proves that the key is the owner's: what is signed with it counts.
  const { file: opened } = await Repository.open(destination, { kind: 'key', rootKey: input.rootKey });
  const { stateFolder } = input;
  const { newest, elsewhere } = await beforeChange(stateFolder, opened, input.destination);
  return await withOwnerSeed(input.rootKey, opened.repoId, async (ownerSeed) => {
    const change = (current: RepoFile): RepoFile | null =>
      sameVault(current.vault, vault) ? null : { ...current, vault };
    const file = await changeRepoFile(destination, opened, ownerSeed, newest, change, elsewhere);
    if (stateFolder !== undefined) await checkKnown(stateFolder, file, input.destination);
    return factsOf(file, await listClientIds(destination), true);
  });
}

/** Errors: bad-input. */
export function parseVault(vault: VaultLocator): RepoVault {
  const vaultId = fromHex(vault.vaultId, 16);
  const recordId = fromHex(vault.recordId, 32);
  const fingerprint = fromHex(vault.fingerprint, 32);
  const sound = vault.urls.length > 0 && vault.urls.length <= 16 && vault.urls.every(isVaultUrl);
  if (vaultId === null || recordId === null || fingerprint === null || !sound) {
    throw new HoldfastError('bad-input', 'The vault’s address is malformed.', 'Nothing was changed. Set it up again.');
  }
  return { vaultId, recordId, urls: vault.urls, fingerprint };
}

export function sameVault(a: RepoVault | null, b: RepoVault | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    equal(a.vaultId, b.vaultId) &&
    equal(a.recordId, b.recordId) &&
    equal(a.fingerprint, b.fingerprint) &&
    a.urls.join('\n') === b.urls.join('\n')
  );
}
