/**
 * Completes a folder's records when its files have been read: one buffer, and nothing else is held. With hundreds of
 * thousands of files these are most of a run's memory.
 */
import type { ByteString } from '../format/byte-path.ts';
import type { CacheContent } from '../repository/local-cache.ts';
import { collectNative, noteNative } from '../repository/native-memory.ts';
import { bytesOf, type Held } from '../repository/records.ts';
import { RecordView } from './record.ts';
import type { FolderState } from './tree-walk.ts';

/**
 * Puts what was read into the folder's records in place of what was pending, in name order; what could not be read is
 * out. Counts what of it holds the same as in the last run. Changes nothing where that is done already.
 *
 * @param cache of the last run
 * @param keep where they wait for the folder's tree
 */
export function completeRecords(
  folder: FolderState,
  cache: CacheContent | null,
  keep: (records: Buffer) => Held = (records) => records,
): void {
  if (folder.pendingFiles === 0) return;
  const done = new Map<ByteString, Buffer>();
  let bytes = 0;
  for (const buffer of folder.done) {
    bytes += buffer.length;
    for (const view = new RecordView(buffer); view.at < buffer.length; view.at += view.total) {
      done.set(view.name, view.whole);
    }
  }
  folder.readInVain = sameAsBefore(folder, done, cache);
  const records = bytesOf(folder.records);
  for (const view = new RecordView(records); view.at < records.length; view.at += view.total) {
    if (!view.pending) bytes += view.total;
  }
  const merged = Buffer.allocUnsafeSlow(bytes);
  let length = 0;
  for (const view = new RecordView(records); view.at < records.length; view.at += view.total) {
    const record = view.pending ? done.get(view.name) : view.whole;
    if (record !== undefined) length += record.copy(merged, length);
  }
  folder.records = keep(merged.subarray(0, length));
  folder.pendingFiles = 0;
  folder.readFiles = done.size;
  folder.done = [];
  noteNative(records.length + bytes);
  collectNative();
}

function sameAsBefore({ path }: FolderState, done: Map<ByteString, Buffer>, cache: CacheContent | null): number {
  const before = cache?.folders.get(path);
  if (cache === null || before === undefined) return 0;
  let same = 0;
  const records = cache.records.read(before.from, before.to);
  for (const view = new RecordView(records); view.at < records.length; view.at += view.total) {
    const read = done.get(view.name);
    if (read !== undefined && new RecordView(read).holdsSame(view)) same++;
  }
  return same;
}
