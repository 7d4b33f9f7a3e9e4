/** What the coordinator and its pipeline workers say to each other. All of it can be cloned; big arrays are transferred. */
import type { ErrorCode, ErrorInfo, Sentences } from '../../errors.ts';
import type { Text } from '../../text.ts';
import type { ConflictPolicy, Skipped, SkipReason } from '../api.ts';
import type { ByteString } from '../format/byte-path.ts';
import type { Holes, NodeExtras } from '../format/node-extras.ts';
import type { SpooledPack } from './pack-writer.ts';

/** One folder to scan, with its place in the cached records of the last run. */
export interface ScanFolder {
  path: ByteString;
  cacheFrom: number;
  cacheTo: number;
  /** Path below its source, for exclude patterns; empty for the source itself. */
  relative: ByteString;
}

export interface SkippedEntry {
  path: ByteString;
  reason: SkipReason;
  /** The operating system's words, where there are any. */
  detail: string;
}

export interface ScannedFolder {
  path: ByteString;
  relative: ByteString;
  /** Records in the task's buffer. */
  from: number;
  to: number;
  /** True where every entry is as it was in the last run and none is gone. */
  same: boolean;
  pendingFiles: number;
  pendingBytes: number;
  files: number;
  bytes: number;
  changed: number;
  folders: ByteString[];
}

/** A file of 8 MiB or more is read in parts of up to 256 MiB, by several workers at once. */
export interface FilePart {
  path: ByteString;
  from: number;
  /** Null: to the end of the file. */
  to: number | null;
}

/** Facts of an open file before and after a read; unequal means that it changed. */
export interface FileState {
  size: string;
  mtimeNs: string;
  ctimeNs: string;
}

export interface ReadExtras {
  extras: NodeExtras;
  /** Ids of the blobs that they need, 32 bytes each, joined. */
  needs: Uint8Array;
}

/** One file of a restore. */
export interface RestoreFile {
  /** Absolute path of the file to make. */
  target: ByteString;
  /** Ids (32 bytes each), joined. */
  content: Uint8Array;
  size: number;
  mode: number;
  uid: number;
  gid: number;
  mtime: { s: number; ns: number };
  policy: ConflictPolicy;
  /** True where the folder was made by this run. */
  fresh: boolean;
  /** True where something had this name before the run: only that may be replaced. */
  exists: boolean;
  extras: NodeExtras;
  /** Names with the same group are one file, whose flags are set when all of them are there; null for others. */
  group: string | null;
}

export type RestoreOutcome =
  /** `path`: where it is as it was backed up, if it is known to be. */
  | { state: 'skipped'; bytes: number; path?: ByteString }
  /** `path`: where it is; `missing`: what it lacks, in short words. */
  | { state: 'written' | 'kept-both'; bytes: number; path: ByteString; missing: Text[] }
  | ({ state: 'failed'; code: ErrorCode; reason: SkipReason } & Sentences);

export interface PackCheck {
  ordinal: number;
}

/** What a check of one pack found. */
export interface PackCheckResult {
  /** The disk did not give all of it: what is not told as damage is not known to be whole, nor is it known to be lost. */
  unreadable: boolean;
  /** Sentences, empty when all is well. */
  damage: (string | Text)[];
  /** Blocks that do not open or hold wrong blobs; null where it is not known which. */
  blocks: Set<number> | null;
  blobs: number;
  bytes: number;
  /** True where every block was decrypted and every blob id recomputed. */
  proven: boolean;
  /** True where the bytes have the SHA-256 in the name: the pack is as it was written, whatever the index says of it. */
  asNamed: boolean;
}

export type ToWorker =
  | { type: 'scan'; task: number; folders: ScanFolder[] }
  | { type: 'read'; task: number; folders: { path: ByteString; files: { name: ByteString; size: number }[] }[] }
  | { type: 'part'; task: number; part: FilePart }
  | { type: 'close-packs'; task: number }
  | { type: 'restore'; task: number; files: RestoreFile[] }
  | { type: 'check-pack'; task: number; ordinal: number };

export type FromWorker =
  /** Once, when it has loaded what it needs. */
  | { type: 'ready' }
  | { type: 'scanned'; task: number; folders: ScannedFolder[]; records: Uint8Array; skipped: SkippedEntry[] }
  | {
      type: 'read';
      task: number;
      /** Completed records of the task's files that could be read, folder by folder. */
      folders: { from: number; to: number }[];
      records: Uint8Array;
      skipped: SkippedEntry[];
    }
  | {
      type: 'part';
      task: number;
      /** Ids (32 bytes each), joined. */
      ids: Uint8Array;
      bytes: number;
      /** Those of the part, at their places in the file. */
      holes: Holes;
      /** Of the file's first part. */
      extras: ReadExtras | null;
      before: FileState | null;
      after: FileState | null;
      skipped: SkippedEntry[];
    }
  | { type: 'closed'; task: number }
  | { type: 'restored'; task: number; outcomes: RestoreOutcome[] }
  | ({ type: 'checked'; task: number } & PackCheckResult)
  | { type: 'pack'; pack: SpooledPack }
  | { type: 'failed'; task: number; error: ErrorInfo };

/** Counters that each worker keeps in its own row of a shared array of doubles. */
export const Counter = { files: 0, bytes: 1, newBytes: 2, storedBytes: 3, readBytes: 4 } as const;
export const COUNTERS = 8;

export type { Skipped };
