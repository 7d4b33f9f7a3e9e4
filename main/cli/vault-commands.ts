/** `holdfast vault …`: the password of a backup, and what the vault knows. Each returns the exit code. */
import { resolve } from 'node:path';
import { HoldfastError } from '../errors.ts';
import type { RepositoryFacts, VaultLocator } from '../engine/api.ts';
import { setVault } from '../engine/set-vault.ts';
import { keyText } from '../keys/digits.ts';
import { createKeyFile } from '../keys/key-file.ts';
import { RootKey } from '../keys/secret.ts';
import { fingerprintForPeople, fingerprintFromPeople } from '../keys/vault/fingerprint.ts';
import type { RegistrationStep, VaultKeys, VaultPlace, VaultStatus } from '../keys/vault/api.ts';
import { checkPassword } from '../keys/vault/strength.ts';
import { rootKeyOf, stateFolder } from './access.ts';
import { destinationOf } from './destination-of.ts';
import { askNewPassword, passwordFromFile } from './ask.ts';
import type { Run } from './commands.ts';
import { hasKey, type KeyOptions } from './key-options.ts';
import { countText, Exit } from './output.ts';
import { namedVault, openVaultKeys, vaultOf } from './password-access.ts';
import { provenFacts } from './proven.ts';
import { waitText } from './refusals.ts';

export interface VaultOptions extends KeyOptions {
  vault?: string | undefined;
  invite?: string | undefined;
  newPasswordFile?: string | undefined;
}

/** Fewer sites can lose the vault's copy with one disk: then the digits must be kept too. */
export const SAFE_SITES = 3;

/** The vault that is named on the command line, proven before anything else is asked or sent. */
export async function provenPlace(
  keys: VaultKeys,
  options: { vault: string; vaultFingerprint: string },
): Promise<{ place: VaultPlace; sites: number }> {
  const place = placeOf(options.vault, options.vaultFingerprint);
  const { sites } = await keys.probe(place);
  return { place, sites: sites.total };
}

function placeOf(url: string, text: string): VaultPlace {
  const fingerprint = fingerprintFromPeople(text);
  const origin = URL.canParse(url) ? new URL(url) : null;
  if (fingerprint === null || origin === null || origin.protocol !== 'https:') {
    throw new HoldfastError(
      'bad-input',
      fingerprint === null ? 'The vault’s fingerprint has a typing error.' : `${url} is no address of a vault.`,
      'The operator of the vault gives both: https://host:port, and the fingerprint that `vault init` has printed. Nothing was changed.',
    );
  }
  return { urls: [origin.origin], fingerprint };
}

/** A new password, from --new-password-file or asked for twice, and good enough. Errors: password-weak. */
export async function newPassword(file: string | undefined): Promise<string> {
  const password = file === undefined ? await askNewPassword('New password') : await passwordFromFile(file);
  await checkPassword(password);
  return password;
}

/** One line for each step, so that a person sees that something happens while Argon2id runs. */
export const stepsOf =
  ({ output }: Run) =>
  (step: RegistrationStep): void => {
    if (step !== 'done') output.emit({ type: 'message', level: 'info', text: STEP_WORDS[step] });
  };

const STEP_WORDS: Record<Exclude<RegistrationStep, 'done'>, string> = {
  start: 'The vault answers.',
  stage: 'The new lock is stored.',
  prove: 'The new lock is proven to open.',
  expose: 'The new lock is in force.',
};

interface Target {
  keys: VaultKeys;
  vault: VaultLocator;
  rootKey: RootKey | undefined;
}

/** The record of a backup as its owner has signed it, and the key where one was given. */
async function targetOf(options: VaultOptions, run: Run): Promise<Target> {
  if (hasKey(options)) {
    const { rootKey, vault } = await ownerOf(options, run);
    return { keys: await openVaultKeys(), vault, rootKey };
  }
  const { facts, vault } = await vaultOf(await destinationOf(options), stateFolder());
  if (!facts.ownerKnown) throw notKnown('This computer has not opened this backup yet.');
  return { keys: await openVaultKeys(), vault, rootKey: undefined };
}

const notKnown = (message: string): HoldfastError =>
  new HoldfastError(
    'locked',
    message,
    'Give the key with --key-file, or the password with --password. Nothing was changed.',
  );

/** Without a keychain, or before the first unlock, the vault knows the key and not this computer. */
async function asked<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'locked') throw error;
    throw notKnown('The vault does not know this computer.');
  }
}

/** The key, from digits or password, proven to open this backup, and what the backup says by that key's word. */
async function provenKey(options: VaultOptions, run: Run): Promise<{ rootKey: RootKey; facts: RepositoryFacts }> {
  if (!hasKey(options)) throw keyNeeded();
  const bytes = await rootKeyOf(options, (text) => run.output.warn(text));
  try {
    const facts = await provenFacts(await destinationOf(options), stateFolder(), bytes);
    return { rootKey: new RootKey(bytes), facts };
  } finally {
    bytes.fill(0);
  }
}

const keyNeeded = (): HoldfastError =>
  new HoldfastError(
    'locked',
    'That takes the key of this backup.',
    'Give it with --key-file, or the password with --password. Nothing was changed.',
  );

/** The key and the record that the owner has signed. Errors: bad-input where the backup has no password. */
async function ownerOf(options: VaultOptions, run: Run): Promise<{ rootKey: RootKey; vault: VaultLocator }> {
  const { rootKey, facts } = await provenKey(options, run);
  return { rootKey, vault: namedVault(facts) };
}

export async function statusCommand(options: VaultOptions, run: Run): Promise<number> {
  const { keys, vault, rootKey } = await targetOf(options, run);
  const status = await asked(keys.status(vault, rootKey));
  run.output.result({ vault, status }, statusText(vault, status));
  return Exit.done;
}

function statusText(vault: VaultLocator, status: VaultStatus): string {
  const { attempts, failures } = status;
  const lines = [
    `Vault        ${vault.urls.join(', ')}${status.embedded ? '  (on this computer, for trying out: at risk)' : ''}`,
    `Fingerprint  ${fingerprintForPeople(vault.fingerprint)}`,
    `Sites        ${countText(status.sites)}${status.sites < SAFE_SITES ? '  (keep your 64 digits: one disk can lose this password)' : ''}`,
    `State        ${STATE_WORDS[status.state]}${status.frozenMs > 0 ? `, frozen for ${waitText(status.frozenMs)} more` : ''}`,
    `Tries        ${countText(attempts.used)} wrong in a row of ${countText(attempts.limit)}, ${countText(attempts.lifetime)} in all of ${countText(attempts.lifetimeLimit)}` +
      (attempts.waitMs > 0 ? `; the next is taken in ${waitText(attempts.waitMs)}` : ''),
    `Password     set ${countText(status.registrations)} times`,
    `Computers    ${countText(status.devices.length)}, sessions ${countText(status.sessions)}`,
    ...failures.map(
      (failure) =>
        `  wrong try  ${timeText(failure.at)}  ${failure.thisComputer ? 'this computer' : failure.known ? 'another computer of yours' : 'an unknown computer'}`,
    ),
  ];
  const strange = status.unknownRegistrations ?? 0;
  if (strange > 0) {
    lines.push(
      `The password was set anew ${countText(strange)} times, not from this computer. If that was not you, do not type it again:`,
      'use your 64 digits, turn the password off and tell the vault’s operator. If it was you: holdfast vault clear.',
    );
  }
  return lines.join('\n');
}

const STATE_WORDS: Record<VaultStatus['state'], string> = {
  live: 'in force',
  suspended: 'suspended after 100 wrong tries: holdfast vault clear',
  destroyed: 'destroyed: nobody can bring it back',
};

const timeText = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 19);

export async function sessionsCommand(options: VaultOptions, run: Run): Promise<number> {
  const { keys, vault, rootKey } = await targetOf(options, run);
  const sessions = await asked(keys.sessions(vault, rootKey));
  const text = sessions.map(
    (one) =>
      `${one.id}  opened ${timeText(one.openedAt)}  used ${timeText(one.lastUsedAt)}  ends ${timeText(one.expiresAt)}${one.thisComputer ? '  this computer' : ''}`,
  );
  run.output.result({ sessions }, text.length === 0 ? 'No computer is unlocked by a session.' : text.join('\n'));
  return Exit.done;
}

export async function revokeCommand(id: string, options: VaultOptions, run: Run): Promise<number> {
  const { keys, vault, rootKey } = await targetOf(options, run);
  if (!/^[0-9a-f]{32}$/.test(id)) {
    throw new HoldfastError(
      'bad-input',
      `There is no session or computer with the id ${id}.`,
      'Ids have 32 digits: see holdfast vault sessions and holdfast vault status --json. Nothing was changed.',
    );
  }
  const isDevice = (await asked(keys.status(vault, rootKey))).devices.some((device) => device.id === id);
  if (!isDevice) await keys.revokeSession(vault, id, rootKey);
  else if (rootKey === undefined) throw keyNeeded();
  else await keys.revokeDevice(vault, rootKey, id);
  run.output.result(
    { revoked: id, kind: isDevice ? 'computer' : 'session' },
    isDevice ? 'The vault no longer knows that computer.' : 'That session is over: the computer asks for the password.',
  );
  return Exit.done;
}

/** Changes the password, or sets up the first one of a backup that was made with digits only. */
export async function passwordCommand(options: VaultOptions, run: Run): Promise<number> {
  const destination = await destinationOf(options);
  const { rootKey, facts } = await provenKey(options, run);
  const keys = await openVaultKeys();
  if (facts.vault !== null) {
    const password = await newPassword(options.newPasswordFile);
    await keys.changePassword(facts.vault, { password, rootKey, onStep: stepsOf(run) });
    run.output.result({ vault: facts.vault }, 'The new password is in force, and the old one opens nothing any more.');
    return Exit.done;
  }
  const { vault: url, vaultFingerprint } = options;
  if (url === undefined || vaultFingerprint === undefined) {
    throw new HoldfastError(
      'bad-input',
      'This backup has no password yet.',
      'Name the vault that is to keep one: --vault URL --vault-fingerprint F. Nothing was changed.',
    );
  }
  const { place, sites } = await provenPlace(keys, { vault: url, vaultFingerprint });
  if (sites < SAFE_SITES && options.keyFile === undefined) throw keepDigits();
  const password = await newPassword(options.newPasswordFile);
  const vault = await keys.register(place, { password, rootKey, invite: options.invite, onStep: stepsOf(run) });
  await setVault({ destination, rootKey: rootKey.copy(), vault, stateFolder: stateFolder() });
  run.output.result({ vault }, 'The password is in force. Your 64 digits open the backup too.');
  return Exit.done;
}

export const keepDigits = (): HoldfastError =>
  new HoldfastError(
    'bad-input',
    'This vault has fewer than three sites: one failed disk can lose the password’s way in.',
    'Keep the 64 digits too: name a file for them with --key-file F, or have them shown with --print. Nothing was changed.',
  );

/** Only with the digits in hand: without a password they are the one way in. */
export async function turnOffCommand(
  options: VaultOptions & {
    print?: boolean | undefined;
    writeKeyFile?: string | undefined;
    /** For a vault that does not answer, or does not confirm: it keeps its copy. */
    withoutVault?: boolean | undefined;
  },
  run: Run,
): Promise<number> {
  const destination = await destinationOf(options);
  if (options.keyFile === undefined && options.print !== true && options.writeKeyFile === undefined) {
    throw new HoldfastError(
      'bad-input',
      'Without the password your 64 digits will be the only way in.',
      'Give them with --key-file, or have them shown with --print or written with --write-key-file F. Nothing was changed.',
    );
  }
  const { rootKey, vault } = await ownerOf(options, run);
  const keys = await openVaultKeys();
  if (options.writeKeyFile !== undefined) await createKeyFile(resolve(options.writeKeyFile), rootKey);
  // The vault first: of a crash in between, a repo.json remains that names a record which says that it is no more.
  if (options.withoutVault === true) await keys.closeSession(vault);
  else await keys.turnOff(vault, rootKey);
  await setVault({ destination, rootKey: rootKey.copy(), vault: null, stateFolder: stateFolder() });
  const digits = options.print === true ? keyText(rootKey).trim() : null;
  const copy =
    options.withoutVault === true
      ? 'The vault was not told: its copy of the key is still there, and opens with the password.'
      : 'The vault’s copy of the key is gone for good.';
  run.output.result(
    { turnedOff: vault.recordId, ...(digits === null ? {} : { key: digits }) },
    `${copy}${digits === null ? '' : `\n\n${digits}\n`}\nKeep your 64 digits safe: they are the only way in now.`,
  );
  return Exit.done;
}

export async function freezeCommand(options: VaultOptions & { days: number }, run: Run): Promise<number> {
  if (!Number.isInteger(options.days) || options.days < 1 || options.days > 90) {
    throw new HoldfastError(
      'bad-input',
      'A freeze lasts 1 to 90 days.',
      'Name them with --days N. Nothing was changed.',
    );
  }
  const { keys, vault, rootKey } = await targetOf(options, run);
  await asked(keys.freeze(vault, options.days, rootKey));
  run.output.result(
    { days: options.days },
    `For ${countText(options.days)} days the vault takes no password from computers that it does not know.`,
  );
  return Exit.done;
}

export async function unfreezeCommand(options: VaultOptions, run: Run): Promise<number> {
  const { rootKey, vault } = await ownerOf(options, run);
  await (await openVaultKeys()).unfreeze(vault, rootKey);
  run.output.result({}, 'The vault takes passwords from any computer again.');
  return Exit.done;
}

export async function clearCommand(options: VaultOptions, run: Run): Promise<number> {
  const { rootKey, vault } = await ownerOf(options, run);
  const keys = await openVaultKeys();
  await keys.clearFailures(vault, rootKey);
  await keys.acknowledge(vault);
  run.output.result(
    {},
    'The list of wrong tries is empty, what was told of passwords set elsewhere counts as known, and the vault takes passwords again.',
  );
  return Exit.done;
}
