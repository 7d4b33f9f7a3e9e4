/**
 * What a backup says of itself, by the word of its owner. repo.json can be read without a key and be written by whoever
 * can write to the storage: only the key tells which copy is the owner's.
 */
import { HoldfastError } from '../errors.ts';
import type { DestinationSpec, RepositoryFacts, VaultLocator } from '../engine/api.ts';
import { inspect } from '../engine/inspect.ts';
import { unlock } from '../engine/unlock.ts';

/**
 * Facts that this key has proven.
 *
 * @param shown what the storage has shown before; asked for where it is not given
 * @throws HoldfastError repository-damaged where the storage shows another backup or vault first, and those of inspect
 *   and unlock
 */
export async function provenFacts(
  destination: DestinationSpec,
  stateFolder: string,
  rootKey: Uint8Array,
  shown?: RepositoryFacts,
): Promise<RepositoryFacts> {
  const before = shown ?? (await inspect({ destination, stateFolder }));
  const facts = await unlock({ destination, rootKey, stateFolder });
  if (before.repoId !== facts.repoId || !sameVault(before.vault, facts.vault)) throw notTheOwners(before);
  return facts;
}

function sameVault(a: VaultLocator | null, b: VaultLocator | null): boolean {
  if (a === null || b === null) return a === b;
  const { vaultId, recordId, fingerprint, urls } = a;
  return (
    vaultId === b.vaultId &&
    recordId === b.recordId &&
    fingerprint === b.fingerprint &&
    urls.join('\n') === b.urls.join('\n')
  );
}

const notTheOwners = ({ repoId, vault }: RepositoryFacts): HoldfastError =>
  new HoldfastError(
    'repository-damaged',
    'A repo.json in this storage was not signed by the owner of this backup, and names another backup or key vault.',
    'Nothing was changed. Somebody may have written to the storage: bring back its repo.json, repo.1.json and repo.2.json from older versions, then try again.',
    { detail: `repo.json says ${repoId}, vault ${vault === null ? 'none' : vault.urls.join(', ')}` },
  );
