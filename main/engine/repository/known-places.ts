/**
 * Where this computer has seen a repository whole. A place that held one and is empty now is a disk that is not
 * connected, or was wiped: filling it anew is for a person to decide.
 */
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import { placeId } from '../../destinations/place-id.ts';
import { placeText, type DestinationPlace } from '../../destinations/spec.ts';
import { changeKnown, knownPath, readKnown } from './known-file.ts';

function filledIn(value: object | null): string[] {
  if (value === null || !('filled' in value) || !Array.isArray(value.filled)) return [];
  return value.filled.filter((item: unknown): item is string => typeof item === 'string');
}

/** Notes that a place holds the repository. A failure costs the later warning and nothing else. */
export async function noteFilled(stateFolder: string, repoId: Uint8Array, place: DestinationPlace): Promise<void> {
  const id = placeId(place);
  await changeKnown(knownPath(stateFolder, repoId, 'places'), (value) => {
    const filled = filledIn(value);
    return filled.includes(id) ? null : { filled: [...filled, id] };
  });
}

/** The places that held the repository when this computer last saw them, by `placeId`. */
export async function filledPlaces(stateFolder: string, repoId: Uint8Array): Promise<string[]> {
  return filledIn(await readKnown(knownPath(stateFolder, repoId, 'places')));
}

/** Errors: destination-missing where an empty place held the repository when this computer last saw it. */
export async function refuseEmptied(stateFolder: string, repoId: Uint8Array, place: DestinationPlace): Promise<void> {
  const filled = filledIn(await readKnown(knownPath(stateFolder, repoId, 'places')));
  if (!filled.includes(placeId(place))) return;
  throw new HoldfastError(
    'destination-missing',
    text`${placeText(place)} is empty, and it held this backup before.`,
    'Nothing was written there, and the backup elsewhere is untouched. If it is on a disk, connect it; to fill the empty place anew, copy the backup to it.',
  );
}
