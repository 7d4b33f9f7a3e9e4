/** What a run begins with: the local cache of the last whole run, and what interrupted ones have read since. */
import { fromBytes, type ByteString } from '../format/byte-path.ts';
import type { Capability } from '../format/capability.ts';
import { NodeType } from '../format/tree.ts';
import { openCache, type CacheContent } from '../repository/local-cache.ts';
import { MemoryRecords } from '../repository/records.ts';
import { RecordFlag, RecordView } from './record.ts';
import { journalPath, readJournal, type JournalFrame } from './run-journal.ts';

/** Files touched this close before a scan may have changed after it without their times telling. */
const TIME_SLACK_MS = 2000;

export interface ProgressSoFar {
  /** Null where nothing is known. */
  cache: CacheContent | null;
  /** Files touched after this (ms since the epoch) are read again whatever their times say. */
  trustBeforeMs: number;
  /** True where an interrupted run's records are in it: then the cache's file does not say the same. */
  resumed: boolean;
  /** Where the journal's sound part ends, in bytes. */
  journalEnd: number;
}

/** To be closed when nothing reads the cache's records any more; may be closed twice. */
export type OpenProgress = ProgressSoFar & { close: () => void };

/** Reads the cache and the journal beside it. Never rejects. */
export async function openProgress(cacheFile: string, capability: Capability): Promise<OpenProgress> {
  const [cache, { frames, end }] = await Promise.all([
    openCache(cacheFile, capability),
    readJournal(journalPath(cacheFile), capability),
  ]);
  let open = cache;
  const close = (): void => {
    open?.records.close();
    open = null;
  };
  try {
    return { ...progressOf(cache, frames, end), close };
  } catch {
    // It opened a moment ago, and cannot be read now: it is as good as none.
    close();
    return { ...progressOf(null, frames, end), close };
  }
}

/** @param journalEnd where the frames end in their file, in bytes */
export function progressOf(cache: CacheContent | null, frames: JournalFrame[], journalEnd: number): ProgressSoFar {
  // One of before the cache was left behind where it could not be removed.
  const newer = frames.filter(({ scannedMs }) => cache === null || scannedMs > cache.scannedMs);
  if (newer.length === 0) {
    const trustBeforeMs = cache === null ? 0 : cache.scannedMs - TIME_SLACK_MS;
    return { cache, trustBeforeMs, resumed: false, journalEnd: 0 };
  }
  return { cache: merged(cache, newer), trustBeforeMs: Infinity, resumed: true, journalEnd };
}

type Found = Map<ByteString, Map<ByteString, Buffer>>;

/** Records that may be believed, by folder and name; later frames win. */
function believed(frames: JournalFrame[]): Found {
  const found: Found = new Map();
  for (const { scannedMs, folders } of frames) {
    for (const { path, records } of folders) {
      const names = found.get(path) ?? new Map<ByteString, Buffer>();
      found.set(path, names);
      for (const view = new RecordView(records); view.at < records.length; view.at += view.total) {
        if (touchedSince(view, scannedMs - TIME_SLACK_MS)) continue;
        names.set(fromBytes(view.nameBytes), view.whole);
      }
    }
  }
  return found;
}

/**
 * Each record is of a run of its own, and may be believed by that run's time: the ones that may not are made to differ
 * from whatever is on the disk, so that the rest needs no time to compare with.
 */
function merged(cache: CacheContent | null, frames: JournalFrame[]): CacheContent {
  const folders = new Map(cache?.folders);
  const whole = cache === null ? Buffer.alloc(0) : cache.records.read(0, cache.records.length);
  if (cache !== null) {
    for (const { from, to } of cache.folders.values()) {
      for (const view = new RecordView(whole, from); view.at < to; view.at += view.total) {
        if (view.type === NodeType.file && touchedSince(view, cache.scannedMs - TIME_SLACK_MS)) view.distrust();
      }
    }
  }
  const parts: Buffer[] = [whole];
  let at = whole.length;
  for (const [path, names] of believed(frames)) {
    const cached = cache?.folders.get(path);
    const before = cached === undefined ? [] : recordsOf(whole, cached.from, cached.to);
    const records = mergedFolder(before, names);
    const length = records.reduce((sum, record) => sum + record.length, 0);
    // No tree is of these very records.
    folders.set(path, { from: at, to: at + length, tree: new Uint8Array(32) });
    parts.push(...records);
    at += length;
  }
  return {
    scannedMs: cache?.scannedMs ?? 0,
    files: cache?.files ?? 0,
    folders,
    records: new MemoryRecords(Buffer.concat(parts, at)),
  };
}

/** In name order; each marked with what it is to the last whole run. */
function mergedFolder(before: RecordView[], names: Map<ByteString, Buffer>): Buffer[] {
  const all = new Map<ByteString, Buffer>(before.map((view) => [view.name, view.whole]));
  const files = new Set(before.filter(({ type }) => type === NodeType.file).map((view) => view.name));
  for (const [name, record] of names) {
    new RecordView(record).mark(files.has(name) ? RecordFlag.changedBefore : RecordFlag.addedBefore);
    all.set(name, record);
  }
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
}

function recordsOf(records: Buffer, from: number, to: number): RecordView[] {
  const views: RecordView[] = [];
  for (let at = from; at < to; at += views.at(-1)?.total ?? to) views.push(new RecordView(records, at));
  return views;
}

const touchedSince = ({ mtimeMs, ctimeMs }: RecordView, ms: number): boolean => mtimeMs >= ms || ctimeMs >= ms;
