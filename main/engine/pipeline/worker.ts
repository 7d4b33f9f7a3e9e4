/** Entry of a pipeline worker: one thread, synchronous, one task at a time. The first message is what it works with. */
import { parentPort, threadId } from 'node:worker_threads';
import type { FileChoice } from '../api.ts';
import { RunControl } from '../control.ts';
import { Line } from '../fetch/line.ts';
import { BlobIds, type BlobIdKey } from '../format/blob.ts';
import type { Suite } from '../format/suite.ts';
import type { LineData } from '../fetch/messages.ts';
import { PackFiles } from '../fetch/pack-files.ts';
import { SharedIndex } from '../repository/shared-index.ts';
import { BlockReader, type PackRef, type ReadKeys } from '../repository/block-reader.ts';
import { turnNative } from '../repository/native-memory.ts';
import { MemoryRecords, type RecordSource } from '../repository/records.ts';
import { SealedReader, type SealedFileData } from '../repository/sealed-reader.ts';
import { FileReader } from './file-reader.ts';
import {
  Counter,
  type FromWorker,
  type RestoreFile,
  type RestoreOutcome,
  type SkippedEntry,
  type ToWorker,
} from './messages.ts';
import type { Owners } from './node-of.ts';
import { PackChecker } from './pack-checker.ts';
import { PackWriter } from './pack-writer.ts';
import { RecordWriter } from './record.ts';
import { restorableMode, RestoreWriter } from './restore-writer.ts';
import { RestoredBefore } from './restored-before.ts';
import { errorCode, reasonOf, Scanner } from './scanner.ts';
import { systemErrorInfo } from './spool-error.ts';

/** What every worker gets. */
export interface WorkerCommon {
  index: WebAssembly.Memory;
  control: SharedArrayBuffer;
  /** Raised when the pool ends, whatever the reason: the task in hand is given up, and leaves nothing half done. */
  ending: SharedArrayBuffer;
  counters: SharedArrayBuffer;
  /** Offset of this worker's row of counters, bytes. */
  countersAt: number;
  /** To the fetcher; null where packs are files of this computer. */
  line: LineData | null;
}

/** A backup worker: no key in it opens contents. */
export interface BackupWorkerData extends WorkerCommon {
  role: 'backup';
  usedPacks: SharedArrayBuffer;
  chunkerModule: WebAssembly.Module;
  suite: Suite;
  blobIdKey: BlobIdKey;
  chunkerKey: Uint8Array;
  metaKey: Uint8Array;
  hedgeKey: Uint8Array;
  readerPublicKey: Uint8Array;
  repoId: Uint8Array;
  clientId: Uint8Array;
  epoch: number;
  spoolFolder: string;
  packBytes: number;
  compressionLevel: number;
  owners: Owners;
  choice: FileChoice;
  avoid: string[];
  /** Records of the last run: in memory, or in a file that is open. */
  cache: SharedArrayBuffer | SealedFileData | null;
  trustBeforeMs: number;
}

export interface ReadWorkerData extends WorkerCommon {
  role: 'read';
  packs: PackRef[];
  keys: ReadKeys;
  /** Null where it is not known: then no id is recomputed, and nothing is restored. */
  blobIdKey: BlobIdKey | null;
  suffix: string;
  setOwners: boolean;
}

export type WorkerData = BackupWorkerData | ReadWorkerData;

const port = parentPort;
if (port === null) throw new Error('worker.ts runs in a worker thread only');

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

/** Blocks that a reading worker keeps: files come in the order of their blocks, and few of one block come late. */
const READ_CACHE_BYTES = 8 * 1024 * 1024;

type Handler = (message: ToWorker) => void | Promise<void>;

function cacheOf(cache: BackupWorkerData['cache']): RecordSource | null {
  if (cache === null) return null;
  return cache instanceof SharedArrayBuffer ? new MemoryRecords(Buffer.from(cache)) : new SealedReader(cache);
}

function backupHandler(data: BackupWorkerData): Handler {
  const index = SharedIndex.attach(data.index);
  const control = new RunControl(data.control, data.ending);
  const counters = new Float64Array(data.counters, data.countersAt, 8);
  const usedPacks = new Uint8Array(data.usedPacks);
  const writer = new PackWriter({
    ...data,
    room: 'p',
    targetBytes: data.packBytes,
    thread: threadId,
    takeOrdinal: () => index.takePackOrdinal(),
    onPack: (pack) => send({ type: 'pack', pack }, [pack.table.buffer as ArrayBuffer]),
  });
  const reader = new FileReader({ ...data, index, usedPacks, writer, control, counters });
  const scanner = new Scanner({
    ...data,
    index,
    usedPacks,
    extras: reader.extras,
    cache: cacheOf(data.cache),
  });
  const records = new RecordWriter();

  return (message) => {
    const skipped: SkippedEntry[] = [];
    switch (message.type) {
      case 'scan': {
        const folders = message.folders.map((folder) => {
          control.checkSync();
          const scanned = scanner.folder(folder, skipped);
          // Long attributes of a folder's entries are never compressed together with another folder's.
          reader.finish();
          return scanned;
        });
        const bytes = scanner.takeRecords();
        send({ type: 'scanned', task: message.task, folders, records: bytes, skipped }, [bytes.buffer as ArrayBuffer]);
        break;
      }
      case 'read': {
        const folders = message.folders.map((folder) => {
          const from = records.length;
          reader.files(folder.path, folder.files, records, skipped);
          return { from, to: records.length };
        });
        const bytes = records.take();
        send({ type: 'read', task: message.task, folders, records: bytes, skipped }, [bytes.buffer as ArrayBuffer]);
        break;
      }
      case 'part': {
        const none = { ids: new Uint8Array(0), bytes: 0, holes: [], extras: null, before: null, after: null };
        let part: Omit<Extract<FromWorker, { type: 'part' }>, 'type' | 'task' | 'skipped'> = none;
        try {
          part = reader.part(message.part, skipped);
        } catch (error) {
          if (!FileReader.isSourceError(error)) throw error;
          const { cause } = error;
          skipped.push({ path: message.part.path, reason: reasonOf(cause), detail: errorCode(cause) });
        }
        send({ type: 'part', task: message.task, ...part, skipped });
        break;
      }
      case 'close-packs':
        reader.finish();
        writer.close();
        send({ type: 'closed', task: message.task });
        break;
      default:
        throw new Error(`a backup worker was asked to ${message.type}`);
    }
  };
}

function readHandler(data: ReadWorkerData): Handler {
  const index = SharedIndex.attach(data.index);
  const control = new RunControl(data.control, data.ending);
  const counters = new Float64Array(data.counters, data.countersAt, 8);
  const sizes = data.packs.map(({ size }) => size);
  const line = data.line === null ? null : new Line(data.line, sizes, control);
  const reader = new BlockReader(data.packs, data.keys, line, READ_CACHE_BYTES);
  const makeRestorer = (): { before: RestoredBefore; writer: RestoreWriter } => {
    const { blobIdKey, setOwners } = data;
    if (blobIdKey === null) throw new Error('nothing is restored that cannot be proven');
    return {
      before: new RestoredBefore({
        index,
        ids: new BlobIds(blobIdKey),
        setOwners,
        modeOf: (file) => restorableMode(file, setOwners),
        check: () => control.checkSync(),
      }),
      writer: new RestoreWriter({ ...data, blobIdKey, index, reader, control, counters }),
    };
  };
  // A worker that only checks packs does not load what gives files their attributes back.
  let restorer: ReturnType<typeof makeRestorer> | null = null;
  const checker = new PackChecker({ ...data, files: new PackFiles(data.packs, line), control, counters });

  const restoreAll = async (files: RestoreFile[]): Promise<RestoreOutcome[]> => {
    const { before, writer } = (restorer ??= makeRestorer());
    const outcomes: RestoreOutcome[] = [];
    for (const file of files) {
      const there = before.outcome(file);
      if (there !== null) counters[Counter.files] = (counters[Counter.files] ?? 0) + 1;
      outcomes.push(there ?? (await writer.file(file)));
    }
    return outcomes;
  };

  return async (message) => {
    switch (message.type) {
      case 'restore':
        send({ type: 'restored', task: message.task, outcomes: await restoreAll(message.files) });
        break;
      case 'check-pack': {
        const pack = data.packs[message.ordinal];
        if (pack === undefined) throw new Error(`no pack ${message.ordinal}`);
        send({ type: 'checked', task: message.task, ...(await checker.check(message.ordinal, pack)) });
        break;
      }
      default:
        throw new Error(`a reading worker was asked to ${message.type}`);
    }
  };
}

port.once('message', (data: WorkerData) => {
  const handle = data.role === 'backup' ? backupHandler(data) : readHandler(data);
  port.on('message', async (message: ToWorker) => {
    try {
      await handle(message);
      await turnNative();
    } catch (error) {
      send({ type: 'failed', task: message.task, error: systemErrorInfo(error) });
    }
  });
  send({ type: 'ready' });
});
