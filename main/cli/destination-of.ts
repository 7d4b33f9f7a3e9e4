/** DEST of the command line, with what opens it. */
import { Limits } from '../destinations/limits.ts';
import type { DestinationCredentials, DestinationPlace } from '../destinations/spec.ts';
import type { DestinationSpec } from '../engine/api.ts';
import { HoldfastError } from '../errors.ts';
import { appFolders } from '../jobs/folders.ts';
import { scratchFolder } from '../jobs/scratch.ts';
import { sizeOf } from './amounts.ts';
import { credentialsFromEnvironment, credentialsFromFile, fitting } from './credentials.ts';
import { keptCredentials, knownDestination } from './known-destinations.ts';
import { assertOneHost } from './one-host.ts';
import { placeOf } from './place.ts';

/** Bytes a second. */
const LEAST_RATE = 1_000;

export interface DestinationOptions {
  repo: string;
  /** File with what opens it. */
  credentials?: string | undefined;
  /** So much a second at most, as people type it; of all places of a command together those of the first count. */
  limitUpload?: string | undefined;
  limitDownload?: string | undefined;
}

/** Where what opens a place was found; `nowhere`: it needs nothing. */
type Found = 'file' | 'keychain' | 'environment' | 'nowhere';

interface Opened {
  spec: DestinationSpec;
  from: Found;
}

/** A place, and who is asked for what opens it. */
interface Named {
  place: DestinationPlace;
  /** Asks the keychain; null for what has no name there. */
  kept: (() => Promise<DestinationCredentials | null>) | null;
}

/**
 * @throws HoldfastError `bad-input` (an address that is none, credentials missing or of another kind),
 *   `keychain-unavailable`
 */
export async function destinationOf(options: DestinationOptions): Promise<DestinationSpec> {
  return (await opened(options, lineOf(options))).spec;
}

/**
 * All places of one command, in their order. Nothing is sent.
 * @throws HoldfastError as `destinationOf`; `bad-input` where the environment would open two hosts of one kind
 */
export async function destinationsOf(
  first: DestinationOptions,
  ...others: readonly DestinationOptions[]
): Promise<[DestinationSpec, ...DestinationSpec[]]> {
  const line = lineOf(first);
  const all: [Opened, ...Opened[]] = [await opened(first, line)];
  for (const other of others) all.push(await opened(other, line));
  assertOneHost(
    all.filter(({ from }) => from === 'environment').map(({ spec }) => spec),
    'The environment',
  );
  const [head, ...rest] = all;
  return [head.spec, ...rest.map(({ spec }) => spec)];
}

/**
 * Places that one file opens as far as they are of its kind: an address before a name, which has the keychain.
 * @throws HoldfastError `bad-input` where it is for none of them, or for several hosts
 */
export async function sharingFile(repos: readonly string[], file: string | undefined): Promise<DestinationOptions[]> {
  if (file === undefined) return repos.map((repo) => ({ repo }));
  const { kind } = await credentialsFromFile(file);
  const places = await Promise.all(repos.map(async (repo) => ({ repo, place: (await named(repo)).place })));
  const ofKind = places.filter(({ place }) => place.kind === kind);
  const addresses = ofKind.filter(({ repo }) => !repo.startsWith('@'));
  const meant = addresses.length > 0 ? addresses : ofKind;
  if (meant.length === 0) {
    throw new HoldfastError(
      'bad-input',
      `${file} opens none of these places: it is for another kind.`,
      'Name the right file. Nothing was sent or changed.',
    );
  }
  assertOneHost(
    meant.map(({ place }) => place),
    file,
  );
  return places.map((one) => (meant.includes(one) ? { repo: one.repo, credentials: file } : { repo: one.repo }));
}

async function named(repo: string): Promise<Named> {
  if (!repo.startsWith('@')) return { place: placeOf(repo), kept: null };
  const { id, place } = await knownDestination(repo.slice(1));
  return { place, kept: async () => await keptCredentials(id) };
}

/** What all places beyond this computer share; undefined without a limit. @throws HoldfastError `bad-input` */
function lineOf({ limitUpload, limitDownload }: DestinationOptions): SharedArrayBuffer | undefined {
  if (limitUpload === undefined && limitDownload === undefined) return undefined;
  const limits = new Limits();
  limits.set({ sendBytes: rateOf(limitUpload), receiveBytes: rateOf(limitDownload), requests: null });
  return limits.shared;
}

function rateOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const bytes = sizeOf(text);
  if (bytes >= LEAST_RATE) return bytes;
  throw new HoldfastError(
    'bad-input',
    'That is too slow to get anywhere.',
    'Give at least 1k, which is 1,000 bytes a second. Nothing was sent or changed.',
  );
}

async function opened(
  { repo, credentials: file }: DestinationOptions,
  line: SharedArrayBuffer | undefined,
): Promise<Opened> {
  const { place, kept } = await named(repo);
  if (place.kind === 'local') return { spec: place, from: 'nowhere' };
  const scratch = scratchFolder(appFolders().engine, place);
  if (place.kind === 'synced') return { spec: { ...place, scratch }, from: 'nowhere' };
  const { credentials, from } = await openingOf(place, file, kept);
  const spec = { ...place, scratch, credentials: fitting(place, credentials) ?? undefined };
  return { spec: line === undefined ? spec : { ...spec, line }, from };
}

/**
 * The file that was named for this place, else what was kept for it, else the environment, which knows of no place: what
 * it holds for one server must not go to another one that has its own.
 */
export async function openingOf(
  place: DestinationPlace,
  file: string | undefined,
  kept: Named['kept'],
): Promise<{ credentials: DestinationCredentials | null; from: Found }> {
  if (file !== undefined) return { credentials: await credentialsFromFile(file), from: 'file' };
  // The agent has it; a keychain that is locked must not stand in its way.
  if (place.kind === 'sftp' && place.login === 'agent') return { credentials: { kind: 'sftp' }, from: 'nowhere' };
  const own = kept === null ? null : await kept();
  if (own !== null) return { credentials: own, from: 'keychain' };
  return { credentials: credentialsFromEnvironment(place), from: 'environment' };
}
