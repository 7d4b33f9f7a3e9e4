/** The key of a backup by its password: through the vault that repo.json names. */
import { join } from 'node:path';
import { HoldfastError } from '../errors.ts';
import type { DestinationSpec, RepositoryFacts, VaultLocator } from '../engine/api.ts';
import { inspect } from '../engine/inspect.ts';
import { appFolders } from '../jobs/folders.ts';
import { openSecretStore } from '../keys/store.ts';
import type { VaultClient } from '../keys/vault/api.ts';
import { fingerprintForPeople, fingerprintFromPeople } from '../keys/vault/fingerprint.ts';
import { createVaultKeys } from '../keys/vault/vault-keys.ts';
import type { KeyOptions } from './key-options.ts';
import { askPassword, passwordFromFile } from './ask.ts';
import { provenFacts } from './proven.ts';
import { refusalError } from './refusals.ts';

export type PasswordOptions = Pick<KeyOptions, 'passwordFile' | 'vaultFingerprint'>;

/** The key vault as this user of this computer knows it. */
export async function openVaultKeys(): Promise<VaultClient> {
  const store = await openSecretStore();
  return createVaultKeys({ folder: join(appFolders().root, 'vault'), store, enrol: store.kind === 'system' });
}

const passwordOf = (options: PasswordOptions, question = 'Password'): Promise<string> =>
  options.passwordFile === undefined ? askPassword(question) : passwordFromFile(options.passwordFile);

/**
 * The vault that repo.json names: the owner's word only where `ownerKnown` is true. Errors: bad-input where there is
 * none, repository-rolled-back, repository-damaged.
 */
export async function vaultOf(
  destination: DestinationSpec,
  stateFolder: string,
): Promise<{ facts: RepositoryFacts; vault: VaultLocator }> {
  const facts = await inspect({ destination, stateFolder });
  return { facts, vault: namedVault(facts) };
}

/** @throws HoldfastError bad-input where there is none */
export function namedVault({ vault }: RepositoryFacts): VaultLocator {
  if (vault !== null) return vault;
  throw new HoldfastError(
    'bad-input',
    'This backup has no password.',
    'Give the key with --key-file. To set up a password: holdfast vault password --vault URL --vault-fingerprint F.',
  );
}

/**
 * 32 bytes of the root key, through the vault, proven to open this backup.
 *
 * @param warn told which vault it is where this computer does not know the backup yet, or knows a newer state of it
 * @throws HoldfastError vault-refused, vault-unreachable, vault-not-proven, bad-input, and those of provenFacts
 */
export async function rootKeyByPassword(
  destination: DestinationSpec,
  stateFolder: string,
  options: PasswordOptions,
  warn: (text: string) => void,
): Promise<Uint8Array> {
  const { facts, vault } = await vaultOf(destination, stateFolder);
  const keys = await openVaultKeys();
  if (options.vaultFingerprint !== undefined) checkFingerprint(vault, options.vaultFingerprint);
  else if (!facts.ownerKnown) {
    warn(
      `This computer sees this backup for the first time. Its storage names the key vault ${vault.urls.join(', ')}\n` +
        `with the fingerprint ${fingerprintForPeople(vault.fingerprint)}. Go on only if that is yours.`,
    );
  } else if (facts.behind === true) {
    warn(
      `This place missed a change of the backup’s settings that this computer has seen elsewhere. It names the key\n` +
        `vault ${vault.urls.join(', ')} with the fingerprint ${fingerprintForPeople(vault.fingerprint)}. Go on only if that is yours.`,
    );
  }
  const result = await keys.unlock(vault, await passwordOf(options));
  if (!result.ok) throw refusalError(result.refusal);
  const rootKey = result.rootKey.copy();
  result.rootKey.wipe();
  try {
    await provenFacts(destination, stateFolder, rootKey, facts);
    return rootKey;
  } catch (error) {
    rootKey.fill(0);
    throw error;
  }
}

function checkFingerprint(vault: VaultLocator, expected: string): void {
  if (fingerprintFromPeople(expected) === vault.fingerprint) return;
  throw new HoldfastError(
    'vault-not-proven',
    'The storage names another key vault than the one whose fingerprint you gave. Nothing was sent to it.',
    'Compare the fingerprint with the one you wrote down. Somebody may have changed the storage; your 64 digits still work.',
    { detail: `repo.json names ${fingerprintForPeople(vault.fingerprint)}` },
  );
}
