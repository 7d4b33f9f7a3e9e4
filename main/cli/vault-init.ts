/** `holdfast init --vault`: a new backup whose key a vault keeps under a password. */
import { placeText } from '../destinations/spec.ts';
import { unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HoldfastError } from '../errors.ts';
import { create, repositoryExists } from '../engine/create.ts';
import { setVault } from '../engine/set-vault.ts';
import { keyText } from '../keys/digits.ts';
import { createKeyFile } from '../keys/key-file.ts';
import { RootKey } from '../keys/secret.ts';
import { stateFolder } from './access.ts';
import { destinationOf } from './destination-of.ts';
import { isFree, type Run } from './commands.ts';
import { Exit } from './output.ts';
import { openVaultKeys } from './password-access.ts';
import { keepDigits, newPassword, provenPlace, SAFE_SITES, stepsOf } from './vault-commands.ts';

export interface VaultInitOptions {
  repo: string;
  keyFile?: string | undefined;
  print?: boolean | undefined;
  vault: string;
  vaultFingerprint?: string | undefined;
  passwordFile?: string | undefined;
  invite?: string | undefined;
}

export async function vaultInitCommand(options: VaultInitOptions, run: Run): Promise<number> {
  const { vaultFingerprint, keyFile } = options;
  if (vaultFingerprint === undefined) {
    throw new HoldfastError(
      'bad-input',
      'A vault is known by its fingerprint.',
      'Name it with --vault-fingerprint; the vault’s operator has it from `vault init`. Nothing was changed.',
    );
  }
  const destination = await destinationOf(options);
  if (!(await isFree(destination))) throw repositoryExists(placeText(destination));
  const keys = await openVaultKeys();
  // The vault proves itself before a password is even asked for.
  const { place, sites } = await provenPlace(keys, { vault: options.vault, vaultFingerprint });
  const digitsKept = keyFile !== undefined || options.print === true;
  if (sites < SAFE_SITES && !digitsKept) throw keepDigits();
  const password = await newPassword(options.passwordFile);
  const rootKey = RootKey.generate();
  // The digits first, then the vault: a backup comes last, so that it never lacks what opens it.
  if (keyFile !== undefined) await createKeyFile(resolve(keyFile), rootKey);
  try {
    const vault = await keys.register(place, { password, rootKey, invite: options.invite, onStep: stepsOf(run) });
    try {
      await create({ destination, rootKey: rootKey.copy() });
    } catch (error) {
      await keys.turnOff(vault, rootKey).catch(() => undefined);
      throw error;
    }
    const facts = await setVault({ destination, rootKey: rootKey.copy(), vault, stateFolder: stateFolder() });
    const digits = options.print === true ? keyText(rootKey).trim() : null;
    run.output.result(
      { repoId: facts.repoId, vault, ...(digits === null ? {} : { key: digits }) },
      `Made a backup with the id ${facts.repoId} in ${placeText(destination)}. It opens with your password${digitsKept ? ', and with its 64 digits' : ''}.\n` +
        `${digits === null ? '' : `\n${digits}\n\n`}${keyFile === undefined ? '' : `The digits are in ${resolve(keyFile)}. `}` +
        (digitsKept
          ? 'Keep them safe: they work without the vault.'
          : 'After ten wrong tries the vault destroys its copy of the key, and then nobody can open the backup.'),
    );
    return Exit.done;
  } catch (error) {
    // A key that opens nothing would only be mistaken for one that does.
    if (keyFile !== undefined && (await isFree(destination).catch(() => false))) await unlink(resolve(keyFile));
    throw error;
  }
}
