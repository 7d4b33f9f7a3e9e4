/**
 * What opens a repository for a command: the key file, or this computer's sealed capability. The computer's identity in
 * a repository (its client id) lies in its own folder, so that every backup of it lands in one domain.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import { adopt } from '../engine/adopt.ts';
import type { Access, AdoptOutput, DestinationSpec, EnrolResult } from '../engine/api.ts';
import { enrol } from '../engine/enrol.ts';
import { inspect } from '../engine/inspect.ts';
import { appFolders } from '../jobs/folders.ts';
import {
  hasCapability,
  openCapability,
  sealCapability,
  type Capability,
  type CapabilityKeySource,
} from '../keys/capability-file.ts';
import { writeFileAtomic } from '../keys/files.ts';
import { readKeyFile } from '../keys/key-file.ts';
import { openSystemStore } from '../keys/store.ts';
import { destinationOf } from './destination-of.ts';
import { hasKey, type AccessOptions, type KeyOptions } from './key-options.ts';

/** The engine's folder for cache and known states. */
export const stateFolder = (): string => appFolders().engine;

const enrolledFolder = (repoId: string): string => join(appFolders().root, 'enrolled', repoId);

/** 32 bytes of the root key: from the key file, else by the password; warnings go to `warn`. */
export async function rootKeyOf(options: KeyOptions, warn: (text: string) => void): Promise<Uint8Array> {
  if (options.keyFile === undefined) {
    // The client of the vault is loaded where it is needed: most runs never speak to one.
    const { rootKeyByPassword } = await import('./password-access.ts');
    return rootKeyByPassword(await destinationOf(options), stateFolder(), options, warn);
  }
  const file = await readKeyFile(resolve(options.keyFile));
  for (const warning of file.warnings) warn(warning.english);
  return file.key.read((bytes) => new Uint8Array(bytes));
}

/** Access for reading: the key where one is given, else the capability. */
export async function readAccess(options: AccessOptions, warn: (text: string) => void): Promise<Access> {
  if (hasKey(options)) return { kind: 'key', rootKey: await rootKeyOf(options, warn) };
  return writeAccess(options, warn);
}

/**
 * Access for backing up: always a capability; with the key it is made in memory and nothing of it is kept but, unless
 * `keep` is false, who this computer is in the repository.
 */
export async function writeAccess(
  options: AccessOptions,
  warn: (text: string) => void,
  keep = true,
): Promise<Extract<Access, { kind: 'capability' }>> {
  const destination = await destinationOf(options);
  const { repoId } = await inspect({ destination });
  if (!hasKey(options)) {
    const { capability, readerPublicKey } = await openEnrolled(repoId, options.capabilityKeyFile);
    return { kind: 'capability', capability, readerPublicKey };
  }
  const rootKey = await rootKeyOf(options, warn);
  const clientId = await clientIdOf(repoId);
  const known = keep ? stateFolder() : undefined;
  const made = await enrol({
    destination,
    rootKey,
    clientId: clientId ?? undefined,
    stateFolder: known,
    identityFolder: stateFolder(),
  });
  if (clientId === null && keep) await keepClientId(repoId, made.clientId);
  return { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey };
}

/** Enrols this computer: its capability is sealed into its folder. Returns its client id. */
export async function enrolHere(
  options: AccessOptions,
  warn: (text: string) => void,
): Promise<{ clientId: string; repoId: string; folder: string }> {
  const destination = await destinationOf(options);
  const { repoId } = await inspect({ destination });
  const rootKey = await rootKeyOf(options, warn);
  const clientId = (await clientIdOf(repoId)) ?? undefined;
  const made = await enrol({ destination, rootKey, clientId, stateFolder: stateFolder() });
  const folder = enrolledFolder(repoId);
  await sealCapability(folder, made, await keySource(options.capabilityKeyFile));
  return { clientId: made.clientId, repoId, folder };
}

/**
 * Renews what lets this computer back up without the key, after the keys were renewed or changed.
 *
 * @returns false where it is not enrolled: there is nothing to renew. Errors: keychain-unavailable, and those of enrol
 */
export async function renewHere(
  destination: DestinationSpec,
  repoId: string,
  rootKey: Uint8Array,
  capabilityKeyFile: string | undefined,
): Promise<boolean> {
  let renewed = false;
  for (const folder of [enrolledFolder(repoId), appFolders().capability]) {
    const clientId = await sealedClientId(folder, repoId);
    if (clientId === null) continue;
    try {
      const made = await enrol({ destination, rootKey, clientId, stateFolder: stateFolder() });
      await sealCapability(folder, made, await keySource(capabilityKeyFile));
      renewed = true;
    } catch (error) {
      // Another computer writes as this one: what it has of keys opens what it stored, and needs no more.
      if (toHoldfastError(error).code !== 'taken-over') throw error;
    }
  }
  return renewed;
}

/**
 * Gives this computer a new client id: for a copy of another computer, or one that was retired. Where it is enrolled, the
 * capability in its own folder is the new one's. Errors: those of enrol
 */
export async function newIdHere(
  options: AccessOptions,
  warn: (text: string) => void,
): Promise<{ clientId: string; before: string | null }> {
  const { destination, repoId, before } = await changeableId(options);
  const rootKey = await rootKeyOf(options, warn);
  const made = await enrol({ destination, rootKey, stateFolder: stateFolder() });
  await becomeHere(repoId, made, options.capabilityKeyFile);
  return { clientId: made.clientId, before };
}

/** Goes on with another computer's backups from this one, under that one's client id. Errors: those of adopt */
export async function adoptHere(
  clientId: string,
  options: AccessOptions & { takeIn?: string[] },
  warn: (text: string) => void,
): Promise<AdoptOutput & { before: string | null }> {
  const { destination, repoId, before } = await changeableId(options, clientId);
  const rootKey = await rootKeyOf(options, warn);
  const made = await adopt({ destination, rootKey, clientId, stateFolder: stateFolder(), takeIn: options.takeIn });
  await becomeHere(repoId, made, options.capabilityKeyFile);
  return { ...made, before };
}

/** @param id what it is to be. Errors: bad-input where the app keeps who this computer is, and that is another. */
async function changeableId(
  options: AccessOptions,
  id: string | null = null,
): Promise<{ destination: DestinationSpec; repoId: string; before: string | null }> {
  const destination = await destinationOf(options);
  const { repoId } = await inspect({ destination });
  const before = await clientIdOf(repoId);
  const byApp = before !== null && (await sealedClientId(appFolders().capability, repoId)) === before;
  if (byApp && before !== id && !(await hasCapability(enrolledFolder(repoId)))) {
    throw new HoldfastError(
      'bad-input',
      'This computer’s backup was set up in the app, which keeps its id.',
      'Nothing was changed. Do it in the app, under Protection.',
    );
  }
  return { destination, repoId, before };
}

/** Durably: who this computer is from now on, and where it is enrolled, what it backs up with. */
async function becomeHere(repoId: string, made: EnrolResult, capabilityKeyFile: string | undefined): Promise<void> {
  const folder = enrolledFolder(repoId);
  if (await hasCapability(folder)) await sealCapability(folder, made, await keySource(capabilityKeyFile));
  await keepClientId(repoId, made.clientId);
}

async function openEnrolled(repoId: string, keyFile: string | undefined): Promise<Capability> {
  const own = enrolledFolder(repoId);
  // The app keeps its computer's capability in its own place.
  const folder = (await hasCapability(own)) ? own : appFolders().capability;
  if (!(await hasCapability(folder))) {
    throw new HoldfastError(
      'capability-missing',
      'This computer is not enrolled in this backup.',
      'Nothing was changed. Give the key with --key-file or the password with --password, or enrol this computer once: holdfast enroll --repo DEST --key-file F.',
    );
  }
  return openCapability(folder, await keySource(keyFile));
}

async function keySource(keyFile: string | undefined): Promise<CapabilityKeySource> {
  if (keyFile !== undefined) return { kind: 'key-file', path: resolve(keyFile) };
  return { kind: 'keychain', store: await openSystemStore() };
}

/** Version byte, repository id and client id stand in the clear at the beginning of a capability file. */
const CLIENT_ID_AT = 25;

/** Client id (hex) of this computer in a repository; null where it has none. */
export async function clientIdOf(repoId: string): Promise<string | null> {
  for (const folder of [enrolledFolder(repoId), appFolders().capability]) {
    const clientId = await sealedClientId(folder, repoId);
    if (clientId !== null) return clientId;
  }
  const text = await readFile(join(enrolledFolder(repoId), 'client'), 'utf8').catch(() => '');
  return /^[0-9a-f]{32}$/.test(text.trim()) ? text.trim() : null;
}

/** Client id (hex) of the capability file in a folder; null where there is none of this repository. */
async function sealedClientId(folder: string, repoId: string): Promise<string | null> {
  const header = await readFile(join(folder, 'capability')).catch(() => null);
  if (header === null || header.length <= CLIENT_ID_AT + 16) return null;
  if (header.toString('hex', 9, CLIENT_ID_AT) !== repoId) return null;
  return header.toString('hex', CLIENT_ID_AT, CLIENT_ID_AT + 16);
}

async function keepClientId(repoId: string, clientId: string): Promise<void> {
  // Durably: a computer that forgot who it is would store everything anew.
  await writeFileAtomic(join(enrolledFolder(repoId), 'client'), Buffer.from(`${clientId}\n`));
}
