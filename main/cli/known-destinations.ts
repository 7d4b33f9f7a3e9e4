/**
 * Destinations that this computer knows by a name: those of the app's plan, and those that `holdfast destination add`
 * kept. The file holds places only; what opens them is in the keychain.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DestinationCredentials, DestinationPlace } from '../destinations/spec.ts';
import { HoldfastError } from '../errors.ts';
import { ConfigStore } from '../jobs/config.ts';
import { appFolders } from '../jobs/folders.ts';
import { Place } from '../jobs/place-schema.ts';
import { forgetDestinationSecret, keepDestinationSecret, readDestinationSecret } from '../keys/destination-secrets.ts';
import { writeFileAtomic } from '../keys/files.ts';
import { openSystemStore } from '../keys/store.ts';
import { Credentials } from './credentials.ts';

export interface KnownDestination {
  /** Names its secrets in the keychain. */
  id: string;
  name: string;
  place: DestinationPlace;
  /** Kept by the app, or by the command line. */
  by: 'app' | 'cli';
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u;

const KnownFile = z.object({
  version: z.literal(1),
  destinations: z.array(z.object({ id: z.string(), name: z.string(), place: Place })),
});

const fileOf = (): string => join(appFolders().root, 'cli-destinations.json');

async function readOwn(): Promise<KnownDestination[]> {
  const text = await readFile(fileOf(), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return [];
  const parsed = KnownFile.safeParse(JSON.parse(text));
  if (!parsed.success) {
    throw new HoldfastError(
      'newer-format',
      `${fileOf()} was written by another version of Holdfast.`,
      'Nothing was changed. Use that version, or move the file away and add the destinations again.',
    );
  }
  return parsed.data.destinations.map((one) => ({ ...one, by: 'cli' }));
}

async function writeOwn(all: readonly KnownDestination[]): Promise<void> {
  const destinations = all.filter(({ by }) => by === 'cli').map(({ id, name, place }) => ({ id, name, place }));
  await writeFileAtomic(fileOf(), Buffer.from(`${JSON.stringify({ version: 1, destinations }, null, 2)}\n`));
}

/** Every known one; the app's first. */
export async function knownDestinations(): Promise<KnownDestination[]> {
  const { store } = await ConfigStore.load(appFolders().configFile);
  const planned = (store.value.plan?.destinations ?? []).map(({ id, name, place }) => ({ id, name, place }));
  return [...planned.map((one) => ({ ...one, by: 'app' as const })), ...(await readOwn())];
}

/** @throws HoldfastError `bad-input` where there is none of that name */
export async function knownDestination(name: string): Promise<KnownDestination> {
  const all = await knownDestinations();
  const found = all.find((one) => one.name === name) ?? all.find((one) => one.id === name);
  if (found !== undefined) return found;
  throw new HoldfastError(
    'bad-input',
    `This computer knows no destination ${name}.`,
    'List them with: holdfast destination list. Nothing was changed.',
  );
}

/** What the keychain holds for it; null where there is nothing. @throws HoldfastError `keychain-unavailable` */
export async function keptCredentials(id: string): Promise<DestinationCredentials | null> {
  const parsed = Credentials.safeParse(await readDestinationSecret(await openSystemStore(), id));
  return parsed.success ? parsed.data : null;
}

/** @throws HoldfastError `bad-input` where the name is taken or not one, `keychain-unavailable` */
export async function keepDestination(
  known: Omit<KnownDestination, 'by'>,
  credentials: DestinationCredentials | null,
): Promise<void> {
  if (!NAME.test(known.name)) {
    throw new HoldfastError('bad-input', `${known.name} can’t be a name.`, 'Use letters, digits, spaces, . _ and -.');
  }
  const all = await knownDestinations();
  if (all.some(({ name }) => name === known.name)) {
    throw new HoldfastError(
      'bad-input',
      `There is a destination ${known.name} already.`,
      'Choose another name, or remove that one first. Nothing was changed.',
    );
  }
  if (credentials !== null) await keepDestinationSecret(await openSystemStore(), known.id, credentials);
  await writeOwn([...all, { ...known, by: 'cli' }]);
}

/** Forgets it and its secrets; what lies there stays. @throws HoldfastError `bad-input` for one of the app's plan */
export async function forgetDestination(name: string): Promise<void> {
  const known = await knownDestination(name);
  if (known.by === 'app') {
    throw new HoldfastError(
      'bad-input',
      `${name} belongs to the app’s plan.`,
      'Remove it in the app, under Settings. Nothing was changed.',
    );
  }
  await writeOwn((await knownDestinations()).filter(({ id }) => id !== known.id));
  await forgetDestinationSecret(await openSystemStore(), known.id);
}
