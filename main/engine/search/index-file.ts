/**
 * The index on this computer's disk: sealed like the local cache, in pieces, so that neither writing nor reading it takes
 * its size twice over. It only saves work: it may be deleted at any time, and one that does not open is made anew.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { toHex } from '../format/bytes.ts';
import { Hedge, Kind } from '../format/envelope.ts';
import type { ClientKeys } from '../format/keys.ts';
import type { Suite } from '../format/suite.ts';
import { openObject, sealObject } from '../format/object.ts';
import type { Growing } from './columns.ts';
import { PathIndex } from './path-index.ts';

/** Whose index it is, and the keys that seal it. */
export interface IndexOwner {
  suite: Suite;
  repoId: Uint8Array;
  clientId: Uint8Array;
  epoch: number;
  keys: Pick<ClientKeys, 'localCache' | 'hedge'>;
}

const MAGIC = 'find';
const VERSION = 1;
/** Plaintext bytes of a piece, at most. */
const PIECE_BYTES = 8 * 1024 * 1024;
const RUN_BYTES = 16;
/** Magic, version, run, number of the piece, whether it is the last. */
const PIECE_HEAD = 4 + 4 + RUN_BYTES + 4 + 4;
const WHAT = 'The search index';

export function indexPath(stateFolder: string, { repoId, clientId }: IndexOwner): string {
  return join(stateFolder, 'find', toHex(repoId), `${toHex(clientId)}.index`);
}

/** What stands before the columns. */
interface Contents {
  snapshots: PathIndex['snapshots'];
  lines: string[];
  /** Bytes of each column. */
  columns: number[];
}

/** Written beside the old one and put in its place. Errors: those of the file system. */
export async function writeIndex(path: string, owner: IndexOwner, index: PathIndex): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // A name of its own: another process may be writing the same file.
  const temporary = `${path}.${randomBytes(8).toString('hex')}.new`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    try {
      await writePieces(file, owner, index);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writePieces(file: FileHandle, owner: IndexOwner, index: PathIndex): Promise<void> {
  const columns = index.columns.map((column) => column.bytes());
  const contents: Contents = {
    snapshots: index.snapshots,
    lines: index.lines,
    columns: columns.map(({ length }) => length),
  };
  const text = Buffer.from(JSON.stringify(contents), 'utf8');
  const head = Buffer.alloc(4);
  head.writeUInt32LE(text.length);
  const parts = [head, text, ...columns];
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const hedge = new Hedge(owner.keys.hedge, threadId);
  const run = randomBytes(RUN_BYTES);
  let part = 0;
  let at = 0;
  for (let piece = 0, done = 0; done < total; piece++) {
    const length = Math.min(PIECE_BYTES, total - done);
    const plain = Buffer.alloc(PIECE_HEAD + length);
    plain.write(MAGIC, 'latin1');
    plain.writeUInt32LE(VERSION, 4);
    plain.set(run, 8);
    plain.writeUInt32LE(piece, 8 + RUN_BYTES);
    plain.writeUInt32LE(done + length === total ? 1 : 0, 12 + RUN_BYTES);
    for (let have = 0; have < length;) {
      const from = parts[part];
      if (from === undefined) break;
      const n = Math.min(length - have, from.length - at);
      plain.set(from.subarray(at, at + n), PIECE_HEAD + have);
      have += n;
      at += n;
      if (at < from.length) continue;
      part++;
      at = 0;
    }
    const { salt } = hedge.draw(owner.clientId, plain.subarray(0, PIECE_HEAD));
    const sealed = sealObject({ ...sealing(owner), salt }, plain);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(sealed.length);
    await file.write(size);
    await file.write(sealed);
    done += length;
  }
}

const sealing = ({ suite, epoch, repoId, clientId, keys }: IndexOwner) => ({
  suite,
  kind: Kind.localCache,
  epoch,
  repoId,
  clientId,
  to: { key: keys.localCache },
});

/** Null where there is none, or it does not open with these keys, or is not whole. */
export async function readIndex(path: string, owner: IndexOwner): Promise<PathIndex | null> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch {
    return null;
  }
  try {
    return await readPieces(file, owner);
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

async function readPieces(file: FileHandle, owner: IndexOwner): Promise<PathIndex | null> {
  const reader = new PieceReader(file, owner);
  const head = await reader.take(4);
  const text = await reader.take(Buffer.from(head).readUInt32LE());
  const contents = JSON.parse(Buffer.from(text).toString('utf8')) as Contents;
  const index = new PathIndex();
  index.snapshots.push(...contents.snapshots);
  index.lines.push(...contents.lines);
  for (const [i, column] of index.columns.entries()) {
    (column as Growing<Uint8Array>).load(await reader.take(contents.columns[i] ?? 0));
  }
  return reader.ended ? index : null;
}

/** Gives the bytes of the pieces as if they were one. */
class PieceReader {
  readonly #file: FileHandle;
  readonly #owner: IndexOwner;
  #run: Buffer | null = null;
  #piece = 0;
  #last = false;
  #plain: Uint8Array = new Uint8Array(0);

  constructor(file: FileHandle, owner: IndexOwner) {
    this.#file = file;
    this.#owner = owner;
  }

  /** True where all has been taken. */
  get ended(): boolean {
    return this.#last && this.#plain.length === 0;
  }

  async take(length: number): Promise<Uint8Array> {
    const out = new Uint8Array(length);
    for (let have = 0; have < length;) {
      if (this.#plain.length === 0) await this.#next();
      const n = Math.min(length - have, this.#plain.length);
      out.set(this.#plain.subarray(0, n), have);
      this.#plain = this.#plain.subarray(n);
      have += n;
    }
    return out;
  }

  async #next(): Promise<void> {
    if (this.#last) throw new Error('cut short');
    const size = Buffer.from(await this.#read(4)).readUInt32LE();
    if (size > 2 * PIECE_BYTES) throw new Error('piece too large');
    const { localCache } = this.#owner.keys;
    const { data } = openObject(await this.#read(size), Kind.localCache, WHAT, () => localCache);
    const plain = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const run = plain.subarray(8, 8 + RUN_BYTES);
    const fits =
      plain.length >= PIECE_HEAD &&
      plain.toString('latin1', 0, 4) === MAGIC &&
      plain.readUInt32LE(4) === VERSION &&
      plain.readUInt32LE(8 + RUN_BYTES) === this.#piece &&
      (this.#run === null || this.#run.equals(run));
    // Pieces of two writings must not be taken for one index.
    if (!fits) throw new Error('another piece');
    this.#run ??= Buffer.from(run);
    this.#piece++;
    this.#last = plain.readUInt32LE(12 + RUN_BYTES) === 1;
    this.#plain = plain.subarray(PIECE_HEAD);
  }

  async #read(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let have = 0; have < length;) {
      const { bytesRead } = await this.#file.read(bytes, have, length - have);
      if (bytesRead === 0) throw new Error('cut short');
      have += bytesRead;
    }
    return bytes;
  }
}

/** Names a line: the same for the same sources in whatever order. */
export function lineOf(sources: readonly Uint8Array[]): string {
  const names = sources.map((source) => Buffer.from(source).toString('latin1')).sort();
  return createHash('sha256').update(names.join('\0'), 'latin1').digest('hex').slice(0, 16);
}
