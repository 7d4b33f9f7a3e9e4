/** Types of the verbs that look after what is stored: what a verification, a drill and a repair say. */
import type { DestinationSpec } from '../../destinations/spec.ts';
import type { Text } from '../../text.ts';
import type { Access } from './common.ts';

/** How much of one snapshot cannot be given back. */
export interface AffectedSnapshot {
  /** SHA-256 of the stored object, in hex. */
  id: string;
  sequence: number;
  endedMs: number;
  /** Number of files, exact as far as folders open. */
  files: number;
  /** Number of folders that do not open; what was in them cannot be told. */
  folders: number;
}

/** What is wrong with one object. */
export interface Damage {
  object: string;
  /** One sentence. */
  message: string;
  /** Where values stand in it: what other languages say it from. */
  said?: Text | undefined;
  /** Paths of what it affects, at most 50; for display. */
  affects: string[];
  /** The snapshots in which that is; not there where nothing is affected. */
  snapshots?: AffectedSnapshot[] | undefined;
}

export interface RepairInput {
  destination: DestinationSpec;
  access: Extract<Access, { kind: 'capability' }>;
  /** 32 bytes: contents are decrypted too. Without it a data pack whose bytes are wrong counts as lost whole. */
  rootKey?: Uint8Array | undefined;
  stateFolder: string;
  /** 1 looks at structure, 3 at every byte. */
  level: 1 | 3;
  dryRun: boolean;
}

/** What of one snapshot is lost. */
export interface SnapshotLosses extends AffectedSnapshot {
  /** For display, at most 50. */
  paths: string[];
}

export interface RepairOutput {
  dryRun: boolean;
  /** Copies of repo.json and keyrings that were written again. */
  healed: string[];
  /** Packs that the index names from now on, by what they say themselves. */
  indexed: string[];
  /** Objects that are gone or damaged; what has been told by an earlier repair is left out. */
  lost: Damage[];
  /** Every snapshot that is not whole, also where an earlier repair told it. */
  snapshots: SnapshotLosses[];
  /** What is wrong and was left alone. */
  left: Damage[];
  bytesRead: number;
  /** True where every block that is not lost was decrypted. */
  contentsProven: boolean;
}

export interface DrillInput {
  destination: DestinationSpec;
  /** Contents open with the key only. */
  access: Access;
  /** Remembers what was drilled, and gives the result to the next backup. */
  stateFolder?: string | undefined;
  /** The newest complete one where it is not given. */
  snapshotId?: string | undefined;
  /** At most so many files; 20 where it is not given. */
  files?: number | undefined;
  /** At most so many bytes, 256 MiB where it is not given; one file at least. */
  bytes?: number | undefined;
  /** The same seed chooses the same files; random where it is not given. */
  seed?: string | undefined;
}

/** What a drill came to. */
export interface DrillFacts {
  snapshotId: string;
  /** ms since the epoch. */
  atMs: number;
  files: number;
  bytes: number;
  /** Of these files, how many did not come back right. */
  failed: number;
}

export interface DrillOutput extends Omit<DrillFacts, 'failed'> {
  /** Files that did not come back right. */
  failed: { path: string; message: string }[];
  /** How many were also compared with their sources, which have not changed since by size and times. */
  comparedWithSource: number;
  /** Sources whose bytes are others than were backed up, though size and times are the same: their disk may be failing. */
  changedSources: string[];
}

export interface CareVerbs {
  /**
   * Makes this computer's own backup whole again as far as it can be, and says exactly what is lost. Removes nothing.
   * Errors: newer-format, busy, those of opening, stopped, destination-*.
   */
  repair: { input: RepairInput; output: RepairOutput };
  /**
   * Restores some files to a private folder, compares them, and removes them again. Errors: locked, snapshot-not-found,
   * busy, stopped, those of a restore.
   */
  drill: { input: DrillInput; output: DrillOutput };
}
