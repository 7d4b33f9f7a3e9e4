/** Where this computer keeps what it needs of a destination: its spool, unfinished uploads, read cache. Sealed bytes only. */
import path from 'node:path';
import { placeId } from '../destinations/place-id.ts';
import type { DestinationPlace } from '../destinations/spec.ts';

/**
 * One place always has the same folder, for the app and for the command line: what one of them left half uploaded, the
 * other finishes.
 * @param stateFolder the engine's
 */
export function scratchFolder(stateFolder: string, place: DestinationPlace): string {
  const name = placeId(place).slice(0, 24);
  return path.join(stateFolder, 'destinations', name);
}
