/**
 * What the engine offers to the app and the CLI: verbs with typed inputs, outputs and events. Everything here can be
 * cloned by postMessage, because the app runs each verb in a worker thread (client.ts, host.ts) while the CLI calls the
 * same functions directly.
 */
import type { DestinationSpec } from '../destinations/spec.ts';
import type { TrafficCount } from '../destinations/traffic.ts';
import type { ErrorInfo } from '../errors.ts';
import type { Text } from '../text.ts';
import type { FileChoice } from './api/choice.ts';
import type { CollectVerbs } from './api/collect.ts';
import type { Access, EnrolResult, EntryFacts, RepositoryFacts, Skipped, VaultLocator } from './api/common.ts';
import type { DifferencesEvent, ReadVerbs } from './api/read-side.ts';
import type { CareVerbs, Damage, DrillFacts } from './api/care.ts';
import type { KeyVerbs } from './api/keys.ts';

export type * from './api/care.ts';
export type * from './api/choice.ts';
export type * from './api/collect.ts';
export type * from './api/common.ts';
export type * from './api/keys.ts';
export type * from './api/read-side.ts';
export type { DestinationSpec };

export type EnginePhase = 'scan' | 'compare' | 'upload' | 'finish' | 'copy' | 'verify' | 'restore';

/** Counters of a running verb; sent at most 10 times a second and once at the end. */
export interface ProgressEvent {
  type: 'progress';
  phase: EnginePhase;
  /** Entries looked at (scan/compare), files done (restore), objects checked (verify) or copied (copy). */
  files: number;
  /**
   * Source bytes passed, unchanged files included (backup); bytes written (restore); bytes read (verify); bytes of
   * objects that are copied (copy).
   */
  bytes: number;
  totalFiles: number | null;
  totalBytes: number | null;
  /** Source bytes that were new, before compression. */
  newBytes: number;
  /** Bytes written to the destination. */
  storedBytes: number;
  skipped: number;
  currentPath: string | null;
  /** Of a backup to several destinations: what goes on at each; first the leading one, then those of `also` in order. */
  destinations?: DestinationProgress[] | undefined;
}
export interface DestinationProgress {
  /** Bytes that this run has put there so far. */
  storedBytes: number;
  /** Bytes that wait to be sent there. */
  queuedBytes: number;
  /** `done`: it has all of this run's snapshot; `behind`: it failed, and the rest comes with a later run or copy. */
  state: 'running' | 'done' | 'behind';
}
export interface PhaseEvent {
  type: 'phase';
  phase: EnginePhase;
}
export interface SkippedEvent {
  type: 'skipped';
  item: Skipped;
}
export interface MessageEvent {
  type: 'message';
  level: 'info' | 'warning' | 'error';
  /** In English; made by `told`, with what other languages say it from. */
  text: string;
  said?: Text | undefined;
}
/** What passed between this computer and a destination's server since the verb, or one of its threads, began to use it. */
export interface TrafficEvent {
  type: 'traffic';
  /** Where it is, in the words of `placeText`. */
  destination: string;
  count: TrafficCount;
}
export type EngineEvent = ProgressEvent | PhaseEvent | SkippedEvent | MessageEvent | TrafficEvent | DifferencesEvent;

export interface BackupInput extends FileChoice {
  destination: DestinationSpec;
  access: Extract<Access, { kind: 'capability' }>;
  /** This computer's folder for cache, lock and local index. */
  stateFolder: string;
  /** Absolute paths of folders or files. */
  sources: string[];
  computerName: string;
  /** Kept with the snapshot, for a policy that keeps what carries one of them. */
  tags?: string[] | undefined;
  /** Size of data packs in bytes, 64 MiB where it is not given. For tests: small data then makes many packs. */
  packBytes?: number | undefined;
  /**
   * Further destinations of the same repository. What is stored is sent to each of them as well; at the end each gets
   * whatever else it lacks. One that fails is left behind and told in the output; it never fails the run. An empty
   * folder is filled; a place that is not there is not made (`copy` makes it).
   */
  also?: DestinationSpec[] | undefined;
  /**
   * False: followers are sent what this run stores and nothing else, and stay behind until a `copy`. For runs that
   * must not wait for a long fill. True where it is not given.
   */
  fillFollowers?: boolean | undefined;
  /**
   * True: says what a backup would store, and stores nothing, neither at the destination nor of this computer's state.
   * Files are read and sealed as in truth; each finished pack is thrown away. `also` is left alone.
   */
  dryRun?: boolean | undefined;
}
/** How one of `BackupInput.also` stands at the end of a run. */
export interface FollowerOutcome {
  /** Position in `BackupInput.also`. */
  index: number;
  /** `complete`: it has every object that the leading destination has of this computer. */
  state: 'complete' | 'behind';
  /** Why it is behind; null where it is complete, or was left for a later copy. */
  error: ErrorInfo | null;
  /** Bytes that this run has put there. */
  storedBytes: number;
  /** Objects that it still lacked at the end of the run and got then. */
  copiedObjects: number;
}
export interface BackupOutput {
  /** Empty after a dry run: there is none. */
  snapshotId: string;
  /** Entries in the snapshot by kind and by what happened to them. */
  files: number;
  folders: number;
  others: number;
  bytes: number;
  newFiles: number;
  changedFiles: number;
  unchangedFiles: number;
  removedFiles: number;
  /** Source bytes read. */
  readBytes: number;
  newBytes: number;
  storedBytes: number;
  skipped: Skipped[];
  phases: { phase: EnginePhase; ms: number; files: number; bytes: number }[];
  partial: boolean;
  /** One for each of `BackupInput.also`, in its order. */
  also: FollowerOutcome[];
}

/** Copies what one destination lacks from others. Needs no key: objects are named by the SHA-256 of their bytes. */
export interface CopyInput {
  /** Where from; more than one for what the first lacks or has damaged. Folders of this computer are asked first. */
  from: DestinationSpec[];
  /** Where to. An empty place is filled. */
  to: DestinationSpec;
  /**
   * False: a place that is not there, or is empty and held this backup before, is refused as `destination-missing`: a
   * disk that is away must not be filled anew beside itself. True where it is not given: somebody asked for it.
   */
  make?: boolean | undefined;
  /** Client ids (16 bytes in hex) whose backups are copied. */
  clients: 'all' | string[];
  /** The engine's: what comes from the sources is compared with what this computer knows of the repository. */
  stateFolder?: string | undefined;
  /** Names of objects that are damaged at `to`, as `verify` gives them: each is replaced by a whole one. */
  heal?: string[] | undefined;
}
export interface CopyOutput {
  /** Objects put there, and their bytes. */
  objects: number;
  bytes: number;
  /** Of `heal`: names of objects that are whole now. */
  healed: string[];
  /** Objects that a source does not have whole. `at`: the source in short words. */
  damaged: { object: string; at: string; message: string }[];
  /** Names of objects that no source has whole, so that `to` does not have them either. */
  missing: string[];
  /** True where `to` has every object that the sources have. */
  complete: boolean;
}

export interface SurveyInput {
  destinations: DestinationSpec[];
  /** With a capability this computer's snapshots are looked at, with the key those of all computers. */
  access: Access;
  stateFolder: string;
}
/**
 * How a destination stands before a run. `ready`: it can be backed up to; `empty`: nothing is there, a copy or a run
 * fills it; `unfinished`: a copy began to fill it; `other`: another backup lies there; `unreachable`: see `error`.
 */
export interface SurveyedDestination {
  state: 'ready' | 'empty' | 'unfinished' | 'other' | 'unreachable';
  /** Number of the newest snapshot there; 0 where there is none. */
  head: number;
  /** Of its repo.json; 0 where there is none. */
  generation: number;
  /** How many snapshots are there. */
  snapshots: number;
  error: ErrorInfo | null;
}
export interface SurveyOutput {
  /** In the order of the input. */
  destinations: SurveyedDestination[];
  /** Position of the one that should lead the next run; null where none is ready. */
  lead: number | null;
}

export interface SnapshotFacts {
  /** SHA-256 of the stored object, in hex. */
  id: string;
  clientId: string;
  computerName: string;
  sequence: number;
  startedMs: number;
  endedMs: number;
  sources: string[];
  files: number;
  folders: number;
  bytes: number;
  skipped: number;
  partial: boolean;
  tags?: string[] | undefined;
  /** The newest drill that was known when it was made: what was restored then, and proven. */
  drill?: DrillFacts | undefined;
  /** Not null where the snapshot or something it names is damaged or missing; the sentence for the user. */
  damage: string | null;
}

export interface ListInput {
  destination: DestinationSpec;
  access: Access;
  snapshotId: string;
  /** Entry path (ids joined by `/`), empty for the top. */
  path: string;
}

export type EntrySort = 'name' | 'modified' | 'size';
export interface EntryOrder {
  /** Names as people count and read them: 2 before 10, upper and lower case and accents aside. */
  sort: EntrySort;
  descending: boolean;
}
export interface PageInput extends ListInput {
  /** Folders come first in any order; what is equal in it is ordered by name. */
  order: EntryOrder;
  /** Entries to pass over, and most entries to give. */
  offset: number;
  limit: number;
}
export interface FolderPage {
  /** Of the whole folder: entries, and how many of them are no folders. */
  total: number;
  files: number;
  entries: EntryFacts[];
}

export type ConflictPolicy = 'keep-both' | 'skip' | 'replace';
export interface RestoreInput {
  destination: DestinationSpec;
  access: Access;
  snapshotId: string;
  /** Entry paths (ids joined by `/`); empty means everything. */
  paths: string[];
  /** `original`: back to the places they came from. `folder`: below this absolute path. */
  target: { kind: 'original' } | { kind: 'folder'; path: string };
  /**
   * `full`: the whole original path is made below the target folder. `selection`: each chosen entry (or, for
   * everything, each source) lies directly in the target folder under its own name.
   */
  layout: 'full' | 'selection';
  conflict: ConflictPolicy;
  dryRun: boolean;
}
export interface RestorePlanOutput {
  files: number;
  folders: number;
  others: number;
  bytes: number;
  /** Files of the same name already there, and not the same by size and time. */
  conflicts: number;
  /**
   * Files and links that are there already, by size and time or by their target: an interrupted restore is gone on with.
   * They are compared with the backup, blob by blob, and left as they are where they are whole.
   */
  alreadyThere?: number | undefined;
  /** Up to 20: where and what would happen. */
  conflictSamples: { path: string; outcome: Text }[];
  /** Free bytes at the target, null where unknown. */
  freeBytes: number | null;
}
export interface RestoreOutput extends RestorePlanOutput {
  restoredFiles: number;
  restoredBytes: number;
  skippedExisting: number;
  keptBoth: number;
  problems: Skipped[];
}

export interface VerifyInput {
  destination: DestinationSpec;
  access: Access;
  /** 0 names and sizes; 1 adds structure (tables, trees, references); 2 some packs whole; 3 every byte. */
  level: 0 | 1 | 2 | 3;
  stateFolder?: string | undefined;
  /**
   * Level 2: bytes of packs to read, at least one pack; those that were verified longest ago, as `stateFolder` remembers
   * it, come first. A tenth of all where it is not given.
   */
  budget?: number | undefined;
}
export interface VerifyOutput {
  objects: number;
  bytesRead: number;
  snapshots: number;
  blobsChecked: number;
  /** Empty when all is well. */
  damage: Damage[];
  /** What an earlier repair has told already; it is no damage that is new. */
  known?: Damage[] | undefined;
  strays: string[];
  /** True when contents were decrypted and every blob id recomputed (needs the key). */
  contentsProven: boolean;
}

export interface ScrubInput {
  destination: DestinationSpec;
  /** Where it is given, it is proven to open what is there. */
  access?: Access | undefined;
}
export interface ScrubOutput {
  objects: number;
  bytes: number;
  /** Objects whose checksum, as the storage tells it, is the one in their name; copies of repo.json by their signature. */
  proven: number;
  /** Objects of which the storage tells no such checksum: only a download could tell. */
  unproven: number;
  damaged: { object: string; message: string }[];
  strays: string[];
}

/** Every verb that a worker thread can be asked for. */
export interface Verbs extends CareVerbs, ReadVerbs, KeyVerbs, CollectVerbs {
  /**
   * `repoId` (16 bytes in hex) is random where it is not given; the app chooses it before, because the key kit, which
   * is printed before anything is stored, carries it and the row checks made from it.
   */
  create: {
    input: { destination: DestinationSpec; rootKey: Uint8Array; repoId?: string | undefined };
    output: RepositoryFacts;
  };
  /**
   * What can be known without a key. With the engine's `stateFolder` it is compared with what this computer has seen.
   * Errors: not-a-repository, repository-damaged, repository-rolled-back, newer-format, destination-*.
   */
  inspect: { input: { destination: DestinationSpec; stateFolder?: string | undefined }; output: RepositoryFacts };
  /**
   * Proves that the key opens the repository (wrong-key otherwise). With the engine's `stateFolder` this computer
   * remembers generation and owner.
   */
  unlock: {
    input: { destination: DestinationSpec; rootKey: Uint8Array; stateFolder?: string | undefined };
    output: RepositoryFacts;
  };
  /** Puts a vault into repo.json or takes it out, signed by the owner, as a new generation. */
  setVault: {
    input: {
      destination: DestinationSpec;
      rootKey: Uint8Array;
      vault: VaultLocator | null;
      /** The engine's: the new generation is then newer than any that this computer has seen, wherever that was. */
      stateFolder?: string | undefined;
    };
    output: RepositoryFacts;
  };
  /**
   * `clientId` (16 bytes in hex): for a computer that has one already and makes its capability anew from the key, as
   * the command line does; random where it is not given. With the engine's `stateFolder` this computer keeps what a
   * place that is behind will need, and knows itself where it has taken over another one's backups; with
   * `identityFolder`, the same folder, it only knows itself and keeps nothing.
   */
  enrol: {
    input: {
      destination: DestinationSpec;
      rootKey: Uint8Array;
      clientId?: string | undefined;
      stateFolder?: string | undefined;
      identityFolder?: string | undefined;
    };
    output: EnrolResult;
  };
  backup: { input: BackupInput; output: BackupOutput };
  snapshots: { input: { destination: DestinationSpec; access: Access }; output: SnapshotFacts[] };
  /** Some of one folder of a snapshot, for the screen. */
  page: { input: PageInput; output: FolderPage };
  restore: { input: RestoreInput; output: RestoreOutput };
  verify: { input: VerifyInput; output: VerifyOutput };
  /** Compares the storage's own checksums with the objects' names; downloads nothing but repo.json. */
  scrub: { input: ScrubInput; output: ScrubOutput };
  /** Errors: not-a-repository, repository-exists (another one is at `to`), bad-input, busy, stopped, destination-*. */
  copy: { input: CopyInput; output: CopyOutput };
  /** Looks at the destinations of a plan, all at a time; changes nothing. Errors: capability-damaged, stopped. */
  survey: { input: SurveyInput; output: SurveyOutput };
}
export type Verb = keyof Verbs;

/** Pausing and stopping a running verb; shared with the pipeline workers, acts within a second. */
export interface RunControlHandle {
  readonly shared: SharedArrayBuffer;
  pause(): void;
  resume(): void;
  stop(): void;
  readonly state: 'running' | 'paused' | 'stopped';
}

/** A worker thread with one engine in it. */
export interface EngineClient {
  run<V extends Verb>(
    verb: V,
    input: Verbs[V]['input'],
    options?: { control?: RunControlHandle; onEvent?: (event: EngineEvent) => void },
  ): Promise<Verbs[V]['output']>;
  /** Ends the thread and all its pipeline workers at once; running verbs reject with `stopped`. */
  end(): Promise<void>;
}

/** Messages between client and host. */
export type ToHost = { id: number; verb: Verb; input: unknown; control: SharedArrayBuffer };
export type FromHost =
  | { id: number; type: 'event'; event: EngineEvent }
  | { id: number; type: 'result'; output: unknown }
  /** `stack`: where in the program, for faults of its own; it stays in the main process. */
  | { id: number; type: 'error'; error: ErrorInfo; stack?: string };
