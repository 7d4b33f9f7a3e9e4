/**
 * What the engine offers to the app and the CLI: verbs with typed inputs, outputs and events. Everything here can be
 * cloned by postMessage, because the app runs each verb in a worker thread (client.ts, host.ts) while the CLI calls the
 * same functions directly.
 */
import type { DestinationSpec } from '../destinations/spec.ts';
import type { ErrorInfo } from '../errors.ts';

export type { DestinationSpec };

/**
 * What opens a repository. `key`: 32 bytes of the root key; reads everything. `capability`: this computer's write
 * capability (CBOR of FORMAT.md, already unsealed) and the reader public key (1,216 bytes); backs up, lists, verifies.
 */
export type Access =
  { kind: 'key'; rootKey: Uint8Array } | { kind: 'capability'; capability: Uint8Array; readerPublicKey: Uint8Array };

/** The key vault named in repo.json: what a new computer needs beside the password. */
export interface VaultLocator {
  /** 16 bytes in hex. */
  vaultId: string;
  /** 32 bytes in hex. */
  recordId: string;
  /** `https://host:port` of each known site, at least one. */
  urls: string[];
  /** SHA-256 of the pinned bundle, 32 bytes in hex. */
  fingerprint: string;
}

export interface RepositoryFacts {
  /** 16 bytes in hex. */
  repoId: string;
  createdMs: number;
  generation: number;
  /** Client ids (hex) found in the repository. */
  clients: string[];
  /** Null where the 64 digits are the only way in. */
  vault: VaultLocator | null;
  /**
   * True where this computer has opened this backup before and its owner's key is still the same: what repo.json says
   * of a vault is then the owner's word. Where it is false, storage may have put it there: show the fingerprint.
   */
  ownerKnown: boolean;
}

export interface EnrolResult {
  /** CBOR of the capability, to be sealed by main/keys. */
  capability: Uint8Array;
  /** X-Wing public key of the reader, 1,216 bytes. */
  readerPublicKey: Uint8Array;
  clientId: string;
  repoId: string;
}

export type SkipReason =
  'denied' | 'vanished' | 'changed' | 'io-error' | 'unsupported' | 'destination-inside' | 'other';

/** One item that a run could not take or give back. */
export interface Skipped {
  path: string;
  reason: SkipReason;
  /** What happened, one sentence. */
  message: string;
  /** What to do, one sentence. */
  guidance: string;
}

export type EnginePhase = 'scan' | 'compare' | 'upload' | 'finish' | 'verify' | 'restore';

/** Counters of a running verb; sent at most 10 times a second and once at the end. */
export interface ProgressEvent {
  type: 'progress';
  phase: EnginePhase;
  /** Entries looked at (scan/compare), files done (restore), objects checked (verify). */
  files: number;
  /** Source bytes passed, unchanged files included (backup); bytes written (restore); bytes read (verify). */
  bytes: number;
  totalFiles: number | null;
  totalBytes: number | null;
  /** Source bytes that were new, before compression. */
  newBytes: number;
  /** Bytes written to the destination. */
  storedBytes: number;
  skipped: number;
  currentPath: string | null;
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
  text: string;
}
export type EngineEvent = ProgressEvent | PhaseEvent | SkippedEvent | MessageEvent;

export interface BackupInput {
  destination: DestinationSpec;
  access: Extract<Access, { kind: 'capability' }>;
  /** This computer's folder for cache, lock and local index. */
  stateFolder: string;
  /** Absolute paths of folders or files. */
  sources: string[];
  /** Patterns in gitignore syntax, matched against the path below each source and its absolute path. */
  excludes: string[];
  computerName: string;
  /** Size of data packs in bytes, 64 MiB where it is not given. For tests: small data then makes many packs. */
  packBytes?: number | undefined;
}
export interface BackupOutput {
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
  /** Not null where the snapshot or something it names is damaged or missing; the sentence for the user. */
  damage: string | null;
}

export type EntryKind = 'folder' | 'file' | 'symlink' | 'fifo' | 'socket' | 'block' | 'char';
export interface EntryFacts {
  /** Raw bytes of the name as base64url; a path inside a snapshot is these joined by `/`. */
  id: string;
  /** Name for display; bytes that are not UTF-8 are shown as \xNN. */
  name: string;
  kind: EntryKind;
  size: number;
  /** ns since the epoch as decimal string. */
  mtimeNs: string;
  mode: number;
  uid: number;
  gid: number;
  user: string;
  group: string;
  linkTarget: string | null;
}
export interface ListInput {
  destination: DestinationSpec;
  access: Access;
  snapshotId: string;
  /** Entry path (ids joined by `/`), empty for the top. */
  path: string;
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
  /** Files of the same name already there. */
  conflicts: number;
  /** Up to 20: where and what would happen. */
  conflictSamples: { path: string; outcome: string }[];
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
  /** 0 names and sizes; 1 adds structure (tables, trees, references); 2 a tenth of the packs whole; 3 every byte. */
  level: 0 | 1 | 2 | 3;
  stateFolder?: string | undefined;
}
export interface VerifyOutput {
  objects: number;
  bytesRead: number;
  snapshots: number;
  blobsChecked: number;
  /** Empty when all is well. */
  damage: { object: string; message: string; affects: string[] }[];
  strays: string[];
  /** True when contents were decrypted and every blob id recomputed (needs the key). */
  contentsProven: boolean;
}

/** Every verb that a worker thread can be asked for. */
export interface Verbs {
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
      stateFolder?: string | undefined;
    };
    output: RepositoryFacts;
  };
  /**
   * `clientId` (16 bytes in hex): for a computer that has one already and makes its capability anew from the key, as
   * the command line does; random where it is not given.
   */
  enrol: {
    input: { destination: DestinationSpec; rootKey: Uint8Array; clientId?: string | undefined };
    output: EnrolResult;
  };
  backup: { input: BackupInput; output: BackupOutput };
  snapshots: { input: { destination: DestinationSpec; access: Access }; output: SnapshotFacts[] };
  /** Unsorted entries of one folder of a snapshot. */
  list: { input: ListInput; output: EntryFacts[] };
  restore: { input: RestoreInput; output: RestoreOutput };
  verify: { input: VerifyInput; output: VerifyOutput };
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
  | { id: number; type: 'error'; error: ErrorInfo };
