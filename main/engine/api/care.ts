/** Types of the verbs that look after what is stored: what a verification, a drill and a repair say. */

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
  /** Paths of what it affects, at most 50; for display. */
  affects: string[];
  /** The snapshots in which that is; not there where nothing is affected. */
  snapshots?: AffectedSnapshot[] | undefined;
}
