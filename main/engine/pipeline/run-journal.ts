/**
 * The journal of a run: records of the files that are complete so far, appended while the run reads, sealed under this
 * computer's local-cache key. The run after an interrupted one takes them together with the last cache, and so reads
 * none of these files again. It only saves work: whether a record may be believed is asked of the index, as for the
 * cache, and a journal that is cut short or does not open costs reading and nothing else.
 *
 * File: frames of u32 length || sealed object; plaintext of each: u32 version, f64 when its run began to scan (ms since
 * the epoch), then for each folder u32 length of the path, u32 length of the records, path, records. Little-endian.
 */
import { mkdir, open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { threadId } from 'node:worker_threads';
import { fromBytes, toBytes, type ByteString } from '../format/byte-path.ts';
import { phrase } from '../../text.ts';
import type { Capability } from '../format/capability.ts';
import { Hedge, Kind } from '../format/envelope.ts';
import { openObject, sealObject } from '../format/object.ts';
import { CACHE_VERSION } from '../repository/local-cache.ts';

/** Never the first word of a cache. */
const JOURNAL_VERSION = 0x4a00 | CACHE_VERSION;
const HEAD = 12;
/** Records that one frame holds, at most one folder's more: it is in memory some four times while it is sealed. */
const FRAME_BYTES = 1024 * 1024;
/** Longest time in ms that complete records wait while no pack is finished. */
const APPEND_MS = 5000;
/** A power failure loses what was read in this many ms, and what no pack held yet. */
const SYNC_MS = 10_000;

/** What seals a journal. */
export type JournalKeys = Pick<Capability, 'suite' | 'repoId' | 'clientId' | 'epoch' | 'keys'>;

/** The records that one append wrote. */
export interface JournalFrame {
  /** When its run began to scan, ms since the epoch. */
  scannedMs: number;
  folders: { path: ByteString; records: Buffer }[];
}

/** The journal that goes with a cache file. */
export const journalPath = (cacheFile: string): string => `${cacheFile.replace(/[.]cache$/, '')}.journal`;

/** @returns the frames that open, oldest first, and where the last of them ends in the file, in bytes */
export async function readJournal(
  path: string,
  capability: JournalKeys,
): Promise<{ frames: JournalFrame[]; end: number }> {
  const frames: JournalFrame[] = [];
  let end = 0;
  try {
    const bytes = await readFile(path);
    while (end + 4 <= bytes.length) {
      const length = bytes.readUInt32LE(end);
      if (end + 4 + length > bytes.length) break;
      const sealed = bytes.subarray(end + 4, end + 4 + length);
      const { data } = openObject(sealed, Kind.localCache, phrase('The journal'), () => capability.keys.localCache);
      const frame = decodeFrame(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      if (frame === null) break;
      frames.push(frame);
      end += 4 + length;
    }
  } catch {
    // What opened so far counts.
  }
  return { frames, end };
}

function decodeFrame(b: Buffer): JournalFrame | null {
  if (b.length < HEAD || b.readUInt32LE(0) !== JOURNAL_VERSION) return null;
  const folders: JournalFrame['folders'] = [];
  for (let at = HEAD; at < b.length;) {
    const pathEnd = at + 8 + b.readUInt32LE(at);
    const end = pathEnd + b.readUInt32LE(at + 4);
    folders.push({ path: fromBytes(b.subarray(at + 8, pathEnd)), records: b.subarray(pathEnd, end) });
    at = end;
  }
  return { scannedMs: b.readDoubleLE(4), folders };
}

export interface RunJournalOptions {
  path: string;
  capability: JournalKeys;
  /** When this run began to scan, ms since the epoch. */
  scannedMs: number;
  /** Where what earlier runs wrote ends; what is behind is cut off. */
  end: number;
}

export class RunJournal {
  readonly #o: RunJournalOptions;
  readonly #hedge: Hedge;
  #waiting: JournalFrame['folders'] = [];
  #end: number;
  #file: FileHandle | null = null;
  #appending = false;
  #appends: Promise<void> = Promise.resolve();
  #packFinished = false;
  #appendedAt = performance.now();
  #syncedAt = performance.now();
  #failed = false;

  constructor(options: RunJournalOptions) {
    this.#o = options;
    this.#end = options.end;
    this.#hedge = new Hedge(options.capability.keys.hedge, threadId);
  }

  /** A pack was finished: records before it are worth keeping now. */
  packFinished(): void {
    this.#packFinished = true;
  }

  /** Takes a folder's completed records, which must not change any more; they are written behind the caller's back. */
  add(path: ByteString, records: Buffer): void {
    this.#waiting.push({ path, records });
    const due = this.#packFinished || performance.now() - this.#appendedAt >= APPEND_MS;
    if (due && !this.#appending) void this.flush();
  }

  /** Writes what waits. Never rejects: a journal that cannot be written saves no work, and nothing is lost by it. */
  async flush(): Promise<void> {
    this.#appending = true;
    this.#appends = this.#appends.then(() => this.#appendWaiting());
    await this.#appends;
  }

  /** Writes what waits, through to the disk. Never rejects. */
  async close(): Promise<void> {
    await this.flush();
    const file = this.#file;
    this.#file = null;
    await file?.sync().catch(() => undefined);
    await file?.close().catch(() => undefined);
  }

  /** The cache has everything now. Never rejects; one that stays is older than the cache, and ignored. */
  async remove(): Promise<void> {
    this.#waiting = [];
    await this.close();
    await rm(this.#o.path, { force: true }).catch(() => undefined);
  }

  async #appendWaiting(): Promise<void> {
    const folders = this.#waiting;
    this.#waiting = [];
    this.#packFinished = false;
    this.#appendedAt = performance.now();
    try {
      for (const some of this.#failed ? [] : framesOf(folders)) await this.#append(some);
    } catch {
      this.#failed = true;
    }
    this.#appending = false;
  }

  async #append(folders: JournalFrame['folders']): Promise<void> {
    const frame = this.#seal(folders);
    this.#file ??= await this.#open();
    for (let done = 0; done < frame.length;) {
      const { bytesWritten } = await this.#file.write(frame, done, frame.length - done, this.#end + done);
      done += bytesWritten;
    }
    this.#end += frame.length;
    if (performance.now() - this.#syncedAt < SYNC_MS) return;
    this.#syncedAt = performance.now();
    await this.#file.datasync();
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.#o.path), { recursive: true, mode: 0o700 });
    const file = await open(this.#o.path, this.#end > 0 ? 'r+' : 'w', 0o600);
    await file.truncate(this.#end);
    return file;
  }

  #seal(folders: JournalFrame['folders']): Buffer {
    const { capability, scannedMs } = this.#o;
    const head = Buffer.alloc(HEAD);
    head.writeUInt32LE(JOURNAL_VERSION, 0);
    head.writeDoubleLE(scannedMs, 4);
    const parts: Uint8Array[] = [head];
    for (const { path, records } of folders) {
      const name = toBytes(path);
      const entry = Buffer.alloc(8);
      entry.writeUInt32LE(name.length, 0);
      entry.writeUInt32LE(records.length, 4);
      parts.push(entry, name, records);
    }
    const { salt } = this.#hedge.draw(capability.clientId, head);
    const { suite, repoId, clientId, epoch, keys } = capability;
    const sealed = sealObject(
      { suite, kind: Kind.localCache, epoch, repoId, clientId, salt, to: { key: keys.localCache } },
      Buffer.concat(parts),
    );
    const length = Buffer.alloc(4);
    length.writeUInt32LE(sealed.length, 0);
    return Buffer.concat([length, sealed]);
  }
}

function* framesOf(folders: JournalFrame['folders']): Iterable<JournalFrame['folders']> {
  let frame: JournalFrame['folders'] = [];
  let bytes = 0;
  for (const folder of folders) {
    frame.push(folder);
    bytes += folder.records.length;
    if (bytes < FRAME_BYTES) continue;
    yield frame;
    frame = [];
    bytes = 0;
  }
  if (frame.length > 0) yield frame;
}
