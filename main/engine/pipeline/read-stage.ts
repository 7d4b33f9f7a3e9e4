/** The reading half of a backup: hands pending files to the workers and completes their folders' records. */
import { lstatSync, type BigIntStats } from 'node:fs';
import type { RunControl } from '../control.ts';
import { BlobKind, ID_BYTES } from '../format/blob.ts';
import { fsPath, join, type ByteString } from '../format/byte-path.ts';
import type { NodeExtras } from '../format/node-extras.ts';
import { LIST_IDS, MAX_INLINE_CHUNKS, NodeType } from '../format/tree.ts';
import type { CacheContent } from '../repository/local-cache.ts';
import { bytesOf, type Held } from '../repository/records.ts';
import type { FileState, FromWorker, SkippedEntry } from './messages.ts';
import type { MetaBlobs } from './meta-blobs.ts';
import { completeRecords } from './complete-records.ts';
import { nodeOf, recordStat, type Owners } from './node-of.ts';
import type { WorkerPool } from './pool.ts';
import type { Publisher } from './publisher.ts';
import { HoleList, withHoles } from './holes.ts';
import { RecordView, RecordWriter, shortIds } from './record.ts';
import { errorCode, reasonOf } from './scanner.ts';
import type { FolderState } from './tree-walk.ts';

/** From this size on a file is a task of its own. */
const LARGE_FILE = 8 * 1024 * 1024;
/** A huge file is cut at fixed places, so that all workers can read it; cut points stay the same from run to run. */
const PART_BYTES = 256 * 1024 * 1024;
const TASK_BYTES = 16 * 1024 * 1024;
const TASK_FILES = 512;

interface PendingFile {
  name: ByteString;
  size: number;
}
type ReadTask = { folder: FolderState; files: PendingFile[] }[];

export interface ReadStageOptions {
  pool: WorkerPool;
  control: RunControl;
  publisher: Publisher;
  meta: MetaBlobs;
  owners: Owners;
  /** Of the last run. */
  cache: CacheContent | null;
  /** Where complete records of a folder wait for its tree. */
  keep: (records: Buffer) => Held;
  skip: (entry: SkippedEntry) => void;
  /** Called with records of files that are complete now. */
  onRecords: (folder: ByteString, records: Buffer) => void;
}

export class ReadStage {
  readonly #o: ReadStageOptions;
  current: ByteString | null = null;

  constructor(options: ReadStageOptions) {
    this.#o = options;
  }

  /** Reads every pending file of the folders. */
  async run(folders: FolderState[]): Promise<void> {
    const running = new Set<Promise<void>>();
    let failure: unknown = null;
    const start = async (work: () => Promise<void>): Promise<void> => {
      if (failure !== null) throw failure;
      await this.#o.publisher.drain();
      const promise = work()
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => running.delete(promise));
      running.add(promise);
      if (running.size >= this.#o.pool.size * 2) await Promise.race(running);
    };
    for (const task of tasksOf(folders)) {
      if (task.kind === 'small') await start(() => this.#small(task.files));
      else await start(() => this.#large(task.folder, task.file));
    }
    await Promise.all(running);
    if (failure !== null) throw failure;
  }

  #complete(folder: FolderState, records: Buffer): void {
    folder.done.push(records);
    this.#o.onRecords(folder.path, records);
  }

  /** So many files of the folder have been read, or could not be. */
  #readOf(folder: FolderState, files: number): void {
    folder.waitingFiles -= files;
    if (folder.waitingFiles === 0) completeRecords(folder, this.#o.cache, this.#o.keep);
  }

  async #small(task: ReadTask): Promise<void> {
    await this.#o.control.check();
    this.current = task[0]?.folder.path ?? null;
    const folders = task.map(({ folder, files }) => ({ path: folder.path, files }));
    const result = await this.#o.pool.run({ type: 'read', folders }, 'read');
    const records = Buffer.from(result.records.buffer, result.records.byteOffset, result.records.byteLength);
    for (const entry of result.skipped) this.#o.skip(entry);
    result.folders.forEach(({ from, to }, i) => {
      const folder = task[i]?.folder;
      if (to > from && folder !== undefined) this.#complete(folder, records.subarray(from, to));
    });
    for (const { folder, files } of task) this.#readOf(folder, files.length);
  }

  async #large(folder: FolderState, file: PendingFile): Promise<void> {
    await this.#largeFile(folder, file);
    this.#readOf(folder, 1);
  }

  /** A large file, by parts; if it changed meanwhile, once more as one. */
  async #largeFile(folder: FolderState, file: PendingFile): Promise<void> {
    const path = join(folder.path, file.name);
    this.current = path;
    let read = await this.#parts(path, PART_BYTES);
    if (read?.changed === true) read = await this.#parts(path, Infinity);
    if (read === null) return;
    if (read.changed) this.#o.skip({ path, reason: 'changed', detail: '' });
    const out = new RecordWriter();
    const { content, lists } = this.#listed(read.ids);
    const node = nodeOf(
      file.name,
      NodeType.file,
      read.stat,
      this.#o.owners,
      { size: read.bytes, content, lists },
      null,
      read.extras,
    );
    out.add(NodeType.file, 0, file.name, recordStat(read.stat), shortIds(lists, read.ids, read.needs), node);
    this.#complete(folder, Buffer.from(out.take().buffer));
  }

  async #parts(path: ByteString, partBytes: number): Promise<LargeFile | null> {
    let stat: BigIntStats;
    try {
      stat = lstatSync(fsPath(path), { bigint: true });
    } catch (error) {
      this.#o.skip({ path, reason: reasonOf(error), detail: errorCode(error) });
      return null;
    }
    const count = Math.max(1, Math.ceil(Number(stat.size) / partBytes));
    const results: Extract<FromWorker, { type: 'part' }>[] = [];
    let next = 0;
    // As many at a time as there are workers: the spool must not fill with what one huge file has to be published.
    const lane = async (): Promise<void> => {
      for (let i = next++; i < count; i = next++) {
        await this.#o.publisher.drain();
        // The last part reads to the end, wherever that is by then.
        const from = i === 0 ? 0 : i * partBytes;
        const to = i === count - 1 ? null : from + partBytes;
        results[i] = await this.#o.pool.run({ type: 'part', part: { path, from, to } }, 'part');
      }
    };
    await Promise.all(Array.from({ length: Math.min(count, this.#o.pool.size) }, lane));
    const refused = results.find((result) => result.before === null);
    if (refused !== undefined) {
      for (const entry of refused.skipped) this.#o.skip(entry);
      return null;
    }
    const changed = results.some((result) => !sameState(result.before, stat) || !sameState(result.after, stat));
    const ids = Buffer.concat(results.map((result) => result.ids));
    const holes = new HoleList();
    for (const result of results) {
      holes.addAll(result.holes);
      for (const entry of result.skipped) this.#o.skip(entry);
    }
    const { extras, needs } = results[0]?.extras ?? { extras: {}, needs: new Uint8Array(0) };
    const bytes = results.reduce((sum, result) => sum + result.bytes, 0);
    return { stat, ids, bytes, changed, extras: withHoles(extras, holes.value, changed), needs };
  }

  /** Up to 512 ids stand in the node; more go into list blobs. */
  #listed(ids: Buffer): { content: Uint8Array; lists: Uint8Array } {
    const none = new Uint8Array(0);
    if (ids.length <= MAX_INLINE_CHUNKS * ID_BYTES) return { content: ids, lists: none };
    const lists: Uint8Array[] = [];
    for (let at = 0; at < ids.length; at += LIST_IDS * ID_BYTES) {
      lists.push(this.#o.meta.add(BlobKind.list, ids.subarray(at, at + LIST_IDS * ID_BYTES)));
    }
    return { content: none, lists: Buffer.concat(lists) };
  }
}

interface LargeFile {
  stat: BigIntStats;
  /** Ids of its blobs, 32 bytes each, joined. */
  ids: Buffer;
  bytes: number;
  changed: boolean;
  extras: NodeExtras;
  /** Ids of the blobs that `extras` needs, joined. */
  needs: Uint8Array;
}

function sameState(state: FileState | null, stat: BigIntStats): boolean {
  return (
    state !== null &&
    state.size === String(stat.size) &&
    state.mtimeNs === String(stat.mtimeNs) &&
    state.ctimeNs === String(stat.ctimeNs)
  );
}

/** Tasks of about 16 MiB or 512 files; a large file is one by itself. */
function* tasksOf(
  folders: FolderState[],
): Iterable<{ kind: 'small'; files: ReadTask } | { kind: 'large'; folder: FolderState; file: PendingFile }> {
  let task: ReadTask = [];
  let bytes = 0;
  let files = 0;
  for (const folder of folders) {
    if (folder.pendingFiles === 0) continue;
    let list: PendingFile[] = [];
    for (const file of pendingOf(folder)) {
      if (file.size >= LARGE_FILE) {
        yield { kind: 'large', folder, file };
        continue;
      }
      list.push(file);
      bytes += file.size;
      files++;
      if (bytes >= TASK_BYTES || files >= TASK_FILES) {
        task.push({ folder, files: list });
        yield { kind: 'small', files: task };
        task = [];
        list = [];
        bytes = 0;
        files = 0;
      }
    }
    if (list.length > 0) task.push({ folder, files: list });
  }
  if (task.length > 0) yield { kind: 'small', files: task };
}

/** Of the records as they are now: they are put together while this goes on. */
function* pendingOf(folder: FolderState): Iterable<PendingFile> {
  const records = bytesOf(folder.records);
  const view = new RecordView(records);
  for (; view.at < records.length; view.at += view.total) {
    if (view.pending) yield { name: view.name, size: view.size };
  }
}
