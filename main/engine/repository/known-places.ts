/**
 * Where this computer has seen a repository whole. A place that held one and is empty now is a disk that is not
 * connected, or was wiped: filling it anew is for a person to decide.
 */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../../errors.ts';
import { placeText, type DestinationPlace } from '../../destinations/spec.ts';
import { knownPath, readKnown, writeKnown } from './known-file.ts';

/** Tells one place from another, the same for the same place: 64 hexadecimal digits that reveal nothing. */
export function placeId(place: DestinationPlace): string {
  return createHash('sha256')
    .update(JSON.stringify(facts(place)))
    .digest('hex');
}

function facts(place: DestinationPlace): (string | number | null)[] {
  switch (place.kind) {
    case 'local':
    case 'synced':
      return ['folder', place.path];
    case 'google-drive':
      return [place.kind, place.driveId, place.folderId];
    case 's3':
      return [place.kind, place.endpoint, place.bucket, place.prefix];
    case 'webdav':
      return [place.kind, place.url];
    case 'sftp':
      return [place.kind, place.user, place.host, place.port, place.path];
  }
}

async function read(path: string): Promise<string[]> {
  const value = await readKnown(path);
  if (value === null || !('filled' in value) || !Array.isArray(value.filled)) return [];
  return value.filled.filter((item: unknown): item is string => typeof item === 'string');
}

/** Notes that a place holds the repository. A failure costs the later warning and nothing else. */
export async function noteFilled(stateFolder: string, repoId: Uint8Array, place: DestinationPlace): Promise<void> {
  const path = knownPath(stateFolder, repoId, 'places');
  const filled = await read(path);
  const id = placeId(place);
  if (filled.includes(id)) return;
  await writeKnown(path, { filled: [...filled, id] }).catch(() => undefined);
}

/** Errors: destination-missing where an empty place held the repository when this computer last saw it. */
export async function refuseEmptied(stateFolder: string, repoId: Uint8Array, place: DestinationPlace): Promise<void> {
  const filled = await read(knownPath(stateFolder, repoId, 'places'));
  if (!filled.includes(placeId(place))) return;
  throw new HoldfastError(
    'destination-missing',
    `${placeText(place)} is empty, and it held this backup before.`,
    'Nothing was written there, and the backup elsewhere is untouched. If it is on a disk, connect it; to fill the empty place anew, copy the backup to it.',
  );
}
