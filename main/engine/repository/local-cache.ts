/**
 * The local cache: the records of the last run, sealed under this computer's local-cache key. It only saves work: it
 * may be deleted at any time, and one that does not open is ignored.
 */
import { createHash } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { Hedge, Kind } from '../format/envelope.ts';
import type { Capability } from '../format/capability.ts';
import { fromBytes, toBytes, type ByteString } from '../format/byte-path.ts';
import { toHex } from '../format/bytes.ts';
import { phrase } from '../../text.ts';
import { bytesOf, lengthOf, type Held, type RecordSource } from './records.ts';
import { writeSealedFile } from './sealed-file.ts';
import { SealedReader } from './sealed-reader.ts';

/** One folder of the last run. */
export interface CachedFolder {
  /** Records in `CacheContent.records`. */
  from: number;
  to: number;
  /** Tree blob id, 32 bytes. */
  tree: Uint8Array;
}

export interface CacheContent {
  /** When the run that wrote it began to scan, ms since the epoch. */
  scannedMs: number;
  files: number;
  folders: Map<ByteString, CachedFolder>;
  /** All of the file, read piece by piece; in memory, and with what interrupted runs have read, where there is a journal. */
  records: RecordSource;
}

/** What a run leaves for the next one. */
export interface NewCache {
  scannedMs: number;
  files: number;
  folders: { path: ByteString; tree: Uint8Array; records: Held }[];
}

/**
 * Of the records too, which the run's journal holds as well. 2: nodes with attributes, holes and links; with a cache of
 * before, what is unchanged would stay without them. 3: segments that are written and read one by one.
 */
export const CACHE_VERSION = 3;
const HEAD = 24;
/** Length of the path, length of the records, tree blob id. */
const FOLDER_HEAD = 4 + 4 + 32;

/** Folders between two turns of the loop while the file is gone through. */
const BREATH_FOLDERS = 256;

/** File of the cache of one set of sources. */
export function cachePath(stateFolder: string, capability: Capability, sources: ByteString[]): string {
  const set = createHash('sha256').update(sources.join('\0'), 'latin1').digest('hex').slice(0, 16);
  return join(stateFolder, 'cache', toHex(capability.repoId), toHex(capability.clientId), `${set}.cache`);
}

/**
 * Opens the cache, which has to be closed. Null where there is none, or not all of it opens with this computer's key.
 */
export async function openCache(
  path: string,
  capability: Capability,
): Promise<(CacheContent & { records: SealedReader }) | null> {
  let records: SealedReader;
  try {
    const what = phrase('The local cache');
    records = SealedReader.open(path, Kind.localCache, what, ({ epoch }) => keyOf(capability, epoch));
  } catch {
    return null;
  }
  try {
    const head = await readHead(records);
    if (head !== null) return { ...head, records };
  } catch {
    // Damaged: then it is as good as none.
  }
  records.close();
  return null;
}

/** Also opens every segment. Errors: object-damaged. */
async function readHead(records: SealedReader): Promise<Omit<CacheContent, 'records'> | null> {
  const { length } = records;
  if (length < HEAD) return null;
  const b = records.read(0, HEAD);
  if (b.readUInt32LE(0) !== CACHE_VERSION) return null;
  const folders = new Map<ByteString, CachedFolder>();
  let at = HEAD;
  const count = b.readUInt32LE(20);
  for (let i = 0; i < count; i++) {
    if (at + FOLDER_HEAD > length) return null;
    const entry = records.read(at, at + FOLDER_HEAD);
    const from = at + FOLDER_HEAD + entry.readUInt32LE(0);
    const to = from + entry.readUInt32LE(4);
    if (to > length) return null;
    const path = fromBytes(records.read(at + FOLDER_HEAD, from));
    folders.set(path, { from, to, tree: new Uint8Array(entry.subarray(8)) });
    records.check(from, to);
    at = to;
    if (i % BREATH_FOLDERS === BREATH_FOLDERS - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  records.check(at, length);
  return { scannedMs: b.readDoubleLE(4), files: b.readDoubleLE(12), folders };
}

/** The cache of before the keys were renewed opens too: names and cut points of blobs are the same. */
function keyOf({ epoch, keys, older }: Capability, written: number): Uint8Array | null {
  if (written === epoch) return keys.localCache;
  return older.find((one) => one.epoch === written)?.localCache ?? null;
}

/**
 * Written last and replaced atomically; a failure here costs the next run time and is not an error of this one.
 *
 * @param letGo called when all is written, before the file in place is replaced: Windows replaces none that is open
 */
export async function writeCache(
  path: string,
  capability: Capability,
  content: NewCache,
  letGo: () => void,
): Promise<void> {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32LE(CACHE_VERSION, 0);
  head.writeDoubleLE(content.scannedMs, 4);
  head.writeDoubleLE(content.files, 12);
  head.writeUInt32LE(content.folders.length, 20);
  const { salt } = new Hedge(capability.keys.hedge, threadId).draw(capability.clientId, head);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  await writeSealedFile(
    temporary,
    {
      suite: capability.suite,
      kind: Kind.localCache,
      epoch: capability.epoch,
      repoId: capability.repoId,
      clientId: capability.clientId,
      salt,
      to: { key: capability.keys.localCache },
    },
    partsOf(head, content),
  );
  letGo();
  await rename(temporary, path);
}

function* partsOf(head: Uint8Array, { folders }: NewCache): Iterable<Uint8Array> {
  yield head;
  for (const { path, tree, records } of folders) {
    const name = toBytes(path);
    const entry = Buffer.alloc(8);
    entry.writeUInt32LE(name.length, 0);
    entry.writeUInt32LE(lengthOf(records), 4);
    yield entry;
    yield tree;
    yield name;
    yield bytesOf(records);
  }
}
