/** A folder of this computer as a person chooses it. */
import path from 'node:path';
import { NO_LIMITS, type PlannedDestination } from '../../main/jobs/config.ts';
import type { ChosenPlace } from '../../main/jobs/destinations.ts';

export function chosenFolder(at: string): ChosenPlace {
  return { place: { kind: 'local', path: at }, credentials: null, name: path.basename(at) };
}

/** The same in a plan. */
export function plannedFolder(at: string, id = 'd1'): PlannedDestination {
  return { id, name: path.basename(at), place: { kind: 'local', path: at }, limits: NO_LIMITS };
}
