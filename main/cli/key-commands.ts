/** `holdfast key …`: the keys of a backup over time. Each returns the exit code. */
import { resolve } from 'node:path';
import { placeText, type DestinationSpec } from '../destinations/spec.ts';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import type { RepositoryFacts, VaultLocator } from '../engine/api.ts';
import { changeKey } from '../engine/change-key.ts';
import {
  forgetRetiring,
  keepRetiring,
  noteChanged,
  placesOfOldKey,
  retiringRecord,
} from '../engine/retiring-record.ts';
import { rotate } from '../engine/rotate.ts';
import { unlock } from '../engine/unlock.ts';
import { keyText } from '../keys/digits.ts';
import { createKeyFile, readKeyFile } from '../keys/key-file.ts';
import { RootKey } from '../keys/secret.ts';
import { renewHere, rootKeyOf, stateFolder } from './access.ts';
import type { Run } from './commands.ts';
import { destinationOf } from './destination-of.ts';
import { hasKey, type AccessOptions } from './key-options.ts';
import { countText, Exit } from './output.ts';
import { openVaultKeys } from './password-access.ts';
import { newPassword, stepsOf } from './vault-commands.ts';

export interface ChangeOptions extends AccessOptions {
  also: string[];
  writeKeyFile?: string | undefined;
  newKeyFile?: string | undefined;
  print?: boolean | undefined;
  newPasswordFile?: string | undefined;
  withoutPassword?: boolean | undefined;
  endOldRecord?: boolean | undefined;
  invite?: string | undefined;
}

export async function rotateCommand(options: AccessOptions, run: Run): Promise<number> {
  const rootKey = await keyOf(options, run);
  const destination = await destinationOf(options);
  const { repository, epochs } = await rotate({ destination, rootKey, stateFolder: stateFolder() });
  const renewed = await renewHere(destination, repository.repoId, rootKey, options.capabilityKeyFile);
  rootKey.fill(0);
  run.output.result(
    { repoId: repository.repoId, generation: repository.generation, epochs, renewed },
    `New keys are in force for what is backed up from now on. ${countText(epochs)} sets of keys open this backup; your digits and password stay.\n` +
      'Nothing has to be stored again. Unlock each other computer once (holdfast enroll); its backups wait until then.\n' +
      'Other places of this backup get the new keys with the next copy to them.',
  );
  return Exit.done;
}

/** Each place by itself; a place that cannot be reached now keeps needing the old digits. */
export async function changeKeyCommand(options: ChangeOptions, run: Run): Promise<number> {
  const ways = [options.writeKeyFile, options.newKeyFile, options.print].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    throw new HoldfastError(
      'bad-input',
      'Where should the new digits go?',
      'Name a new file with --write-key-file F, or have them shown with --print; to go on with a change that was interrupted, name the file that it wrote with --new-key-file F. Nothing was changed.',
    );
  }
  const destination = await destinationOf(options);
  const also = await Promise.all(options.also.map(async (repo) => await destinationOf({ repo })));
  const rootKey = await keyOf(options, run);
  const key =
    options.newKeyFile === undefined ? RootKey.generate() : (await readKeyFile(resolve(options.newKeyFile))).key;
  const facts = await openedBy(destination, [rootKey, key.copy()]);
  const vault = await recordFor(facts, key, options, run);
  // From here on the new digits may be the ones that open the backup: they are handed over first.
  if (options.writeKeyFile !== undefined) await createKeyFile(resolve(options.writeKeyFile), key);
  if (options.print === true)
    run.output.emit({ type: 'message', level: 'info', text: `New digits:\n\n${keyText(key)}` });
  const record = vault.make === null ? null : await vault.make();
  if (facts.vault !== null && facts.vault.recordId !== record?.recordId) {
    await keepRetiring(stateFolder(), facts.repoId, facts.vault);
  }
  const kept: { place: string; message: string }[] = [];
  for (const place of [destination, ...also]) {
    try {
      const input = { destination: place, rootKey: rootKey.slice(), newRootKey: key.copy() };
      await changeKey({ ...input, vault: record, stateFolder: stateFolder() });
      await noteChanged(stateFolder(), facts.repoId, place);
    } catch (error) {
      if (place === destination) throw error;
      kept.push({ place: placeText(place), message: toHoldfastError(error).message });
    }
  }
  const renewed = await renewHere(destination, facts.repoId, key.copy(), options.capabilityKeyFile);
  // Who has only a password gets the old key from its record: it stays while a place needs it.
  const waiting = options.endOldRecord === true ? 0 : await placesOfOldKey(stateFolder(), facts.repoId);
  const ends = kept.length === 0 && waiting === 0;
  const destroyed = ends ? await endOldRecord(facts.repoId, rootKey, run) : null;
  const keptRecord = !ends && (await retiringRecord(stateFolder(), facts.repoId)) !== null;
  rootKey.fill(0);
  const lines = [
    'The new digits open this backup, and the old ones open what is backed up from now on no more.',
    'What the old digits could read until today, whoever has both them and the storage can still read: it is not stored again.',
    'Print a new kit. Unlock each other computer once with the new digits; its backups wait until then.',
    ...kept.map(({ place, message }) => `Keep the old digits: ${place} still needs them. ${message}`),
    kept.length === 0 ? 'Any other place of this backup needs the old digits until its key is changed too.' : '',
    keptRecord
      ? `The vault keeps its copy of the old key: ${waiting === 1 ? 'a place' : `${waiting} places`} of this backup that this computer knows had no change of the key yet. ` +
        'Run this again with --new-key-file and --also for each of them; where they are gone for good, with --end-old-record.'
      : '',
    destroyed === false ? 'The vault still has its copy of the old key: run this again with --new-key-file.' : '',
  ];
  run.output.result(
    {
      repoId: facts.repoId,
      changed: 1 + also.length - kept.length,
      kept,
      vault: record,
      renewed,
      oldRecordDestroyed: destroyed,
    },
    lines.filter((line) => line !== '').join('\n'),
  );
  return kept.length > 0 || destroyed === false ? Exit.incomplete : Exit.done;
}

async function keyOf(options: AccessOptions, run: Run): Promise<Uint8Array> {
  if (hasKey(options)) return await rootKeyOf(options, (text) => run.output.warn(text));
  throw new HoldfastError(
    'locked',
    'That takes the key of this backup.',
    'Give it with --key-file, or the password with --password. Nothing was changed.',
  );
}

/** What the backup says by the word of the old key, or of the new one where a change was interrupted. Errors: wrong-key. */
async function openedBy(destination: DestinationSpec, keys: Uint8Array[]): Promise<RepositoryFacts> {
  let failure: unknown;
  for (const rootKey of keys) {
    try {
      return await unlock({ destination, rootKey, stateFolder: stateFolder() });
    } catch (error) {
      failure ??= error;
      if (toHoldfastError(error).code !== 'wrong-key') throw error;
    }
  }
  throw failure;
}

/** Which vault record keeps the new key. The password is asked for before anything is changed. */
async function recordFor(
  facts: RepositoryFacts,
  key: RootKey,
  options: ChangeOptions,
  run: Run,
): Promise<{ make: (() => Promise<VaultLocator>) | null }> {
  const { vault } = facts;
  if (vault === null || options.withoutPassword === true) return { make: null };
  const opened = options.newKeyFile !== undefined && (await opensWith(options, key));
  // An interrupted change has named the new record already.
  if (opened) return { make: () => Promise.resolve(vault) };
  const keys = await openVaultKeys();
  const place = { urls: vault.urls, fingerprint: vault.fingerprint };
  await keys.probe(place);
  const password = await newPassword(options.newPasswordFile);
  const { invite } = options;
  return { make: async () => await keys.register(place, { password, rootKey: key, invite, onStep: stepsOf(run) }) };
}

async function opensWith(options: ChangeOptions, key: RootKey): Promise<boolean> {
  try {
    await unlock({ destination: await destinationOf(options), rootKey: key.copy() });
    return true;
  } catch (error) {
    if (toHoldfastError(error).code === 'wrong-key') return false;
    throw error;
  }
}

/** @returns null where there was none; false where the vault did not confirm it */
async function endOldRecord(repoId: string, rootKey: Uint8Array, run: Run): Promise<boolean | null> {
  const record = await retiringRecord(stateFolder(), repoId);
  if (record === null) return null;
  const old = new RootKey(rootKey.slice());
  try {
    await (await openVaultKeys()).turnOff(record, old);
    await forgetRetiring(stateFolder(), repoId);
    return true;
  } catch (error) {
    run.output.warn(toHoldfastError(error).message);
    return false;
  } finally {
    old.wipe();
  }
}
