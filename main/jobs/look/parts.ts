/** What the jobs of this folder share. */
import type { Connection } from '../connection.ts';
import type { Clock, Engines, Keys } from '../ports.ts';

export type LookingAt = 'search' | 'versions' | 'comparison' | 'sizes';

export interface LookParts {
  connection: Connection;
  engines: Engines;
  keys: Keys;
  clock: Clock;
  /** The engine's: the search index is kept there, sealed. */
  stateFolder: string;
  /** Told at most ten times a second how many entries were looked at. */
  looking: (what: LookingAt, entries: number) => void;
}
