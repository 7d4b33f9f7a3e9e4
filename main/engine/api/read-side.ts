/**
 * Types of the verbs that look into backups and change nothing: find, versions, diff, stats, read. All but
 * `read` need no more than the names and trees, so a locked computer's capability is enough for its own backups; the key
 * reaches those of all.
 */
import type { DestinationSpec } from '../../destinations/spec.ts';
import type { Access, EntryFacts, EntryKind, Skipped } from './common.ts';

export interface FindInput {
  destination: DestinationSpec;
  access: Access;
  /** Where the index is kept, sealed; without it the index lives in this thread's memory only. */
  stateFolder?: string | undefined;
  /**
   * Part of a name, or a pattern of a whole name where it has `*`, `?` or `[`. With `/` the last part is compared with
   * the name and what stands before with the folders that lead to it, `**` with any number of them or, at the end, with
   * everything below. Upper and lower case are one. Empty: everything.
   */
  query: string;
  /** Computer (client id in hex); all that the access reaches where it is not given. */
  clientId?: string | undefined;
  /** Only what is in this snapshot: its id, or a beginning of it of 4 digits or more. */
  snapshotId?: string | undefined;
  /** Any kind where it is not given. */
  kinds?: EntryKind[] | undefined;
  /** Endings of names without the dot, e.g. `jpg`; upper and lower case are one. Any where it is not given. */
  endings?: string[] | undefined;
  /** Files of at least, and at most, so many bytes; with either one only files are found. */
  minBytes?: number | undefined;
  maxBytes?: number | undefined;
  /** Modified at or after, and before, ms since the epoch. */
  changedAfterMs?: number | undefined;
  changedBeforeMs?: number | undefined;
  /** Only what the newest whole snapshot of its folders has, or only what it has no more; both where it is not given. */
  now?: 'there' | 'gone' | undefined;
  /** Results to pass over, and most results to give; 0 and 100 where they are not given. */
  offset?: number | undefined;
  limit?: number | undefined;
  /**
   * False: answers from what this thread has looked at before, without asking the storage for newer snapshots. For
   * results while somebody types. True where it is not given.
   */
  look?: boolean | undefined;
}
/** One path, as the newest snapshot that has it knows it. */
export interface FoundEntry {
  clientId: string;
  computerName: string;
  /** For display. */
  path: string;
  /** Entry path: ids joined by `/`. */
  entry: string;
  kind: EntryKind;
  size: number;
  /** ns since the epoch as decimal string. */
  mtimeNs: string;
  /** How many snapshots have the path. */
  snapshots: number;
  newestSnapshotId: string;
  oldestSnapshotId: string;
  /** States of it that differ in kind, size or time. */
  versions: number;
  /** True where a newer whole snapshot took in its folder and does not have it. */
  gone: boolean;
}
export interface FindOutput {
  /** Names that are the query, then those that begin with it, have it at the beginning of a word, have it at all. */
  entries: FoundEntry[];
  /** All that match, beyond `limit` too. */
  total: number;
  /** All that match whatever `now` asks for, and how many of those are gone. */
  matched: number;
  gone: number;
  /** Distinct paths and snapshots that were searched. */
  paths: number;
  snapshots: number;
  /** Snapshots of which folders could not be read: what is in those is not found. */
  incomplete: string[];
}

/** What tells two versions of an entry apart; `attributes`: anything recorded beyond the rest, such as ACLs. */
export type ChangedField = 'kind' | 'content' | 'target' | 'device' | 'mode' | 'owner' | 'times' | 'attributes';

export interface VersionsInput {
  destination: DestinationSpec;
  access: Access;
  /** Entry path (ids joined by `/`). */
  path: string;
  /** Computer (client id in hex); all that the access reaches where it is not given. */
  clientId?: string | undefined;
}
/** One state of a path; the change of status (ctime) alone makes none. */
export interface EntryVersion extends EntryFacts {
  clientId: string;
  computerName: string;
  /** Snapshots that have it, oldest first. */
  snapshotIds: string[];
  /** When the first and the last of them ended, ms since the epoch. */
  firstMs: number;
  lastMs: number;
  /** Against the version that came before it; empty for the first. */
  changed: ChangedField[];
}
export interface VersionsOutput {
  /** Newest first. */
  versions: EntryVersion[];
  /** Snapshots looked at. */
  snapshots: number;
  /** Snapshots in which the way to the path could not be read. */
  unread: string[];
}

export interface DiffInput {
  destination: DestinationSpec;
  access: Access;
  /** Snapshot id, a beginning of it, or `latest`. */
  from: string;
  /**
   * Another snapshot, or what this computer's disk holds now. `content`: files of the same size are read and compared
   * with the backup byte for byte by their keyed hashes; else a file of the same size and time is taken for unchanged.
   */
  to: { kind: 'snapshot'; snapshotId: string } | { kind: 'disk'; content: boolean };
  /** Entry path to look at and below; everything (for the disk: the snapshot's sources) where it is not given. */
  path?: string | undefined;
}
/** `content`: of a file, a link or a device; `kind`: e.g. a folder where a file was. */
export type Change = 'added' | 'removed' | 'content' | 'metadata' | 'kind';
export interface Difference {
  change: Change;
  /** For display. */
  path: string;
  /** Entry path: ids joined by `/`. */
  entry: string;
  /** Of the newer side; of the older for what was removed. */
  kind: EntryKind;
  size: number;
  mtimeNs: string;
  /** Null for what was added or removed. */
  before: { kind: EntryKind; size: number; mtimeNs: string } | null;
  /** Empty for what was added or removed. */
  fields: ChangedField[];
  /** Files of a snapshot that were added or removed: the same for the same contents, within one computer's backups. */
  contents?: string | undefined;
}
/** Differences in the order in which they are met: each folder's in the order of raw names. */
export interface DifferencesEvent {
  type: 'differences';
  items: Difference[];
}
export interface Tally {
  files: number;
  folders: number;
  others: number;
  /** Of the files. */
  bytes: number;
}
export interface DiffOutput {
  added: Tally;
  removed: Tally;
  /** Files whose contents differ, and links and devices that lead elsewhere. */
  changed: { files: number; others: number; bytesBefore: number; bytesAfter: number };
  /** Entries of which only the metadata differ. A folder's time alone is none: what happened inside tells it. */
  metadata: number;
  /** Entries that are of another kind now. */
  kinds: number;
  /** Whole folders that were equal and not opened. */
  equalFolders: number;
  /** `blobs`: by keyed hashes; `times`: by sizes and times, where the sides have none in common. */
  contentsBy: 'blobs' | 'times';
  /** What could not be looked at on the disk. */
  unread: Skipped[];
}

export interface StatsInput {
  destination: DestinationSpec;
  access: Access;
}
export interface SnapshotGrowth {
  snapshotId: string;
  endedMs: number;
  files: number;
  bytes: number;
  /** Bytes of sources that were new when it was made, and what storing them took. */
  newBytes: number;
  storedBytes: number;
  partial: boolean;
}
export interface ComputerStats {
  clientId: string;
  computerName: string;
  snapshots: number;
  /** Of its newest complete snapshot. */
  files: number;
  bytes: number;
  /** Bytes of all files of all its snapshots: what restoring each of them would write. */
  logicalBytes: number;
  /** Bytes of distinct pieces of files that are stored, before compression, and their number. */
  uniqueBytes: number;
  chunks: number;
  /** Bytes that those take in packs: compressed, encrypted. */
  packedBytes: number;
  /** Bytes of everything stored, by what it is. */
  stored: { data: number; metadata: number; index: number; snapshots: number };
  /** Of `stored`: random bytes that hide the true sizes of packs. */
  paddingBytes: number;
  /** Bytes of distinct pieces that are stored more than once. */
  twiceBytes: number;
  /** `logicalBytes` / `uniqueBytes`, and `uniqueBytes` / `packedBytes`; null where nothing is stored. */
  deduplication: number | null;
  compression: number | null;
  /** Oldest first. */
  growth: SnapshotGrowth[];
}
export interface StatsOutput {
  computers: ComputerStats[];
  /** Objects and bytes of the repository, as far as the access reaches. */
  objects: number;
  storedBytes: number;
}

export interface ReadInput {
  destination: DestinationSpec;
  /** The key: contents open with nothing else. */
  access: Access;
  snapshotId: string;
  /** Entry path (ids joined by `/`) of a file. */
  path: string;
  /** Bytes [from, to) of the file; what lies behind its end is left out. At most 4 MiB. */
  from: number;
  to: number;
}
export interface ReadOutput {
  bytes: Uint8Array;
  /** Bytes of the whole file. */
  size: number;
}

export interface SizesInput {
  destination: DestinationSpec;
  access: Access;
  snapshotId: string;
  /** Entry path of the folder whose entries are told, empty for the top. */
  path: string;
  /** An older snapshot of the same computer (full id), to tell what grew. */
  before?: string | undefined;
  /** Which come first where there are more than `limit`: the largest, or those whose size changed most. */
  order?: 'size' | 'change' | undefined;
  /** Most entries to tell; 200 where it is not given. */
  limit?: number | undefined;
}
/** All files below a place. */
export interface Sum {
  files: number;
  bytes: number;
}
export interface SizedEntry extends Sum {
  /** Raw name as base64url. */
  id: string;
  /** For display. */
  name: string;
  kind: EntryKind;
  /** Null where it was not there before, or nothing is compared. */
  before: Sum | null;
  /** Of the largest folders: their largest entries, largest first. */
  inside: { id: string; name: string; kind: EntryKind; bytes: number }[];
}
export interface SizesOutput {
  total: Sum;
  /** Null where nothing is compared, or the folder was not there. */
  before: Sum | null;
  /** In the order asked for. What is gone since `before` is among them, with nothing in it. */
  entries: SizedEntry[];
  /** Those beyond `limit`. */
  rest: { entries: number; files: number; bytes: number; bytesBefore: number };
  /** Folders that could not be read: what is in them is not counted. */
  unread: number;
}

/** The verbs of this page. */
export interface ReadVerbs {
  /** A range of a file, proven, in memory only. Errors: bad-input, path-not-found, locked, object-*, those of opening. */
  read: { input: ReadInput; output: ReadOutput };
  /** Errors: snapshot-not-found (no such computer or snapshot), those of opening. */
  find: { input: FindInput; output: FindOutput };
  /** Errors: path-not-found, those of opening. */
  versions: { input: VersionsInput; output: VersionsOutput };
  /** The differences come as events. Errors: snapshot-not-found, path-not-found, object-*, those of opening. */
  diff: { input: DiffInput; output: DiffOutput };
  /**
   * Sizes of everything in a folder, with what is below it. Sums of folders are kept in the thread's memory, so a second
   * look takes no time. Errors: snapshot-not-found, path-not-found, those of opening.
   */
  sizes: { input: SizesInput; output: SizesOutput };
  /** From the index and the snapshots alone; no pack is opened. Errors: those of opening. */
  stats: { input: StatsInput; output: StatsOutput };
}
