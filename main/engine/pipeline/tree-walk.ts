/** The scan of a backup: walks the sources in parallel and collects each folder's records. */
import { lstatSync } from 'node:fs';
import type { RunControl } from '../control.ts';
import { fsPath, join, type ByteString } from '../format/byte-path.ts';
import { NodeType } from '../format/tree.ts';
import type { CacheContent } from '../repository/local-cache.ts';
import type { Held } from '../repository/records.ts';
import { IdWords, type SharedIndex } from '../repository/shared-index.ts';
import type { ScannedFolder, SkippedEntry } from './messages.ts';
import { platformAttributes } from '../platform/attributes.ts';
import { ExtrasReader } from './extras-reader.ts';
import { nodeOf, recordStat, typeOf, type Owners } from './node-of.ts';
import type { WorkerPool } from './pool.ts';
import { RecordFlag, RecordView, RecordWriter } from './record.ts';
import { errorCode, isUnchanged, reasonOf } from './scanner.ts';

/** A folder of the snapshot in the making. */
export interface FolderState {
  path: ByteString;
  /** Scanned records; pending files are completed by `done`. */
  records: Held;
  same: boolean;
  /** Files that are pending in `records`. */
  pendingFiles: number;
  /** Of these: files that are to be read still, or are being read. */
  waitingFiles: number;
  /** Buffers of completed records of pending files, until the folder's records are put together. */
  done: Buffer[];
  /** How many of its files this run has read, and of those how many held what they had held; known from then on. */
  readFiles: number;
  readInVain: number;
}

export interface WalkTotals {
  folders: number;
  files: number;
  bytes: number;
  pendingFiles: number;
  pendingBytes: number;
  changedFiles: number;
}

const FOLDERS_A_TASK = 8;

export interface TreeWalkOptions {
  pool: WorkerPool;
  control: RunControl;
  cache: CacheContent | null;
  index: SharedIndex;
  /** One byte a pack, set where an entry that was carried over needs it. */
  usedPacks: Uint8Array;
  /** Files touched after this (ms since the epoch) are read again whatever their times say. */
  trustBeforeMs: number;
  /** Where records of a folder wait until its files are read, or its tree is built. */
  keep: (records: Buffer) => Held;
  skip: (entry: SkippedEntry) => void;
}

export class TreeWalk {
  /** Every parent stands before its children. */
  readonly folders: FolderState[] = [];
  readonly totals: WalkTotals = { folders: 0, files: 0, bytes: 0, pendingFiles: 0, pendingBytes: 0, changedFiles: 0 };
  current: ByteString | null = null;
  readonly #o: TreeWalkOptions;
  readonly #queue: { path: ByteString; relative: ByteString }[] = [];
  readonly #words = new IdWords();
  readonly #extras = new ExtrasReader(platformAttributes(), null);

  constructor(options: TreeWalkOptions) {
    this.#o = options;
  }

  /**
   * Adds the folders above the sources, which hold nothing but what leads to them, and sources that are files.
   *
   * @param given absolute paths, none inside another; one that is gone by now is skipped
   */
  addSources(given: ByteString[], owners: Owners): void {
    const sources = given.filter((source) => this.#isThere(source));
    const above = new Map<ByteString, Set<ByteString>>();
    for (const source of sources) {
      let child = source;
      for (let parent = parentOf(child); parent !== null; parent = parentOf(child)) {
        const children = above.get(parent) ?? new Set();
        above.set(parent, children.add(child));
        child = parent;
      }
      if (isFolder(source)) this.#queue.push({ path: source, relative: '' as ByteString });
    }
    // Shorter paths first: parents before children.
    for (const path of [...above.keys()].sort((a, b) => a.length - b.length)) {
      const children = [...(above.get(path) ?? [])].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
      const { records, pendingFiles } = this.#recordsAbove(path, children, owners);
      this.folders.push(folderState(path, records, false, pendingFiles));
    }
  }

  #isThere(source: ByteString): boolean {
    try {
      lstatSync(fsPath(source));
      return true;
    } catch (error) {
      this.#o.skip({ path: source, reason: reasonOf(error), detail: errorCode(error) });
      return false;
    }
  }

  #recordsAbove(folder: ByteString, children: ByteString[], owners: Owners): { records: Buffer; pendingFiles: number } {
    const out = new RecordWriter();
    let pendingFiles = 0;
    for (const child of children) {
      const stat = lstatSync(fsPath(child), { bigint: true });
      const type = typeOf(Number(stat.mode)) ?? NodeType.file;
      const name = nameOf(child);
      if (type !== NodeType.file) {
        const skipped: SkippedEntry[] = [];
        const { extras } = this.#extras.of(child, null, type, stat, skipped);
        for (const entry of skipped) this.#o.skip(entry);
        const node = nodeOf(name, type, stat, owners, null, null, extras);
        out.add(type, 0, name, recordStat(stat), new Uint8Array(0), node);
        continue;
      }
      const t = this.totals;
      t.files++;
      t.bytes += Number(stat.size);
      const known = this.#cached(folder, name);
      const { index, usedPacks, trustBeforeMs } = this.#o;
      if (known !== null && isUnchanged(known, type, recordStat(stat), index, usedPacks, this.#words, trustBeforeMs)) {
        out.copy(known.whole);
        continue;
      }
      if (known?.type === NodeType.file) t.changedFiles++;
      out.add(type, RecordFlag.pending, name, recordStat(stat), new Uint8Array(0), new Uint8Array(0));
      pendingFiles++;
      t.pendingFiles++;
      t.pendingBytes += Number(stat.size);
    }
    return { records: Buffer.from(out.take().buffer), pendingFiles };
  }

  /** An entry's record of the last run; null where there is none. */
  #cached(folder: ByteString, name: ByteString): RecordView | null {
    const cached = this.#o.cache?.folders.get(folder);
    if (this.#o.cache === null || cached === undefined) return null;
    const records = this.#o.cache.records.read(cached.from, cached.to);
    for (const view = new RecordView(records); view.at < records.length; view.at += view.total) {
      if (view.name === name) return view;
    }
    return null;
  }

  /** Scans until nothing is left. */
  async run(): Promise<void> {
    let running = 0;
    await new Promise<void>((resolve, reject) => {
      const pump = (): void => {
        while (this.#queue.length > 0 && running < this.#o.pool.size * 2) {
          const count = Math.min(FOLDERS_A_TASK, Math.max(1, this.#queue.length >> 2));
          const batch = this.#queue.splice(-count);
          running++;
          this.#scan(batch).then(() => {
            running--;
            pump();
          }, reject);
        }
        if (running === 0 && this.#queue.length === 0) resolve();
      };
      pump();
    });
  }

  async #scan(batch: { path: ByteString; relative: ByteString }[]): Promise<void> {
    await this.#o.control.check();
    const folders = batch.map(({ path, relative }) => {
      const cached = this.#o.cache?.folders.get(path);
      return { path, relative, cacheFrom: cached?.from ?? 0, cacheTo: cached?.to ?? 0 };
    });
    const result = await this.#o.pool.run({ type: 'scan', folders }, 'scanned');
    const records = Buffer.from(result.records.buffer, result.records.byteOffset, result.records.byteLength);
    for (const entry of result.skipped) this.#o.skip(entry);
    for (const folder of result.folders) this.#take(folder, records);
  }

  /** A folder that is as it was has its records in the cache. */
  #recordsOf({ path, same, from, to }: ScannedFolder, records: Buffer): Held {
    const { cache } = this.#o;
    const cached = same ? cache?.folders.get(path) : undefined;
    if (cache === null || cached === undefined) return this.#o.keep(records.subarray(from, to));
    return { source: cache.records, from: cached.from, to: cached.to };
  }

  #take(folder: ScannedFolder, records: Buffer): void {
    this.current = folder.path;
    this.folders.push(folderState(folder.path, this.#recordsOf(folder, records), folder.same, folder.pendingFiles));
    const t = this.totals;
    t.folders++;
    t.files += folder.files;
    t.bytes += folder.bytes;
    t.pendingFiles += folder.pendingFiles;
    t.pendingBytes += folder.pendingBytes;
    t.changedFiles += folder.changed;
    for (const name of folder.folders) {
      const relative = folder.relative === '' ? name : (`${folder.relative}/${name}` as ByteString);
      this.#queue.push({ path: join(folder.path, name), relative });
    }
  }
}

const folderState = (path: ByteString, records: Held, same: boolean, pendingFiles: number): FolderState => ({
  path,
  records,
  same,
  pendingFiles,
  waitingFiles: pendingFiles,
  done: [],
  readFiles: 0,
  readInVain: 0,
});

const isFolder = (path: ByteString): boolean => lstatSync(fsPath(path)).isDirectory();

/** The folder that holds a path; null for the top: `/`, or the empty path above Windows' drives. */
export function parentOf(path: ByteString): ByteString | null {
  if (path === '/' || path === '') return null;
  const drive = /^[A-Za-z]:\/?$/.test(path);
  if (drive) return '' as ByteString;
  const slash = path.lastIndexOf('/');
  if (slash === 0) return '/' as ByteString;
  const parent = path.slice(0, slash);
  return (/^[A-Za-z]:$/.test(parent) ? `${parent}/` : parent) as ByteString;
}

/** Last component of a path; a drive's letter and colon. */
export function nameOf(path: ByteString): ByteString {
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  return bare.slice(bare.lastIndexOf('/') + 1) as ByteString;
}
