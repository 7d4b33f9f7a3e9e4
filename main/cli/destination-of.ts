/** DEST of the command line, with what opens it. */
import type { DestinationPlace } from '../destinations/spec.ts';
import type { DestinationSpec } from '../engine/api.ts';
import { appFolders } from '../jobs/folders.ts';
import { scratchFolder } from '../jobs/scratch.ts';
import { credentialsFromEnvironment, credentialsFromFile, fitting } from './credentials.ts';
import { keptCredentials, knownDestination } from './known-destinations.ts';
import { placeOf } from './place.ts';

export interface DestinationOptions {
  repo: string;
  /** File with what opens it. */
  credentials?: string | undefined;
}

/**
 * @throws HoldfastError `bad-input` (an address that is none, credentials missing or of another kind),
 *   `keychain-unavailable`
 */
export async function destinationOf({ repo, credentials }: DestinationOptions): Promise<DestinationSpec> {
  if (repo.startsWith('@')) {
    const { id, place } = await knownDestination(repo.slice(1));
    return await opening(place, credentials, () => keptCredentials(id));
  }
  return await opening(placeOf(repo), credentials, async () => null);
}

async function opening(
  place: DestinationPlace,
  file: string | undefined,
  kept: () => Promise<ReturnType<typeof credentialsFromEnvironment>>,
): Promise<DestinationSpec> {
  if (place.kind === 'local') return place;
  const scratch = scratchFolder(appFolders().engine, place);
  if (place.kind === 'synced') return { ...place, scratch };
  const given = file === undefined ? credentialsFromEnvironment(place) : await credentialsFromFile(file);
  const credentials = fitting(place, given ?? (await kept()));
  return { ...place, scratch, ...(credentials === null ? {} : { credentials }) };
}
