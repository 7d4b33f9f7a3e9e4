/**
 * Reading files into blobs. Bytes are read straight into the WebAssembly memory that the chunker scans; hash, zstd and
 * cipher take views of it, so no copy is made before the ciphertext.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs';
import { BlobIds, BlobKind, type BlobIdKey } from '../format/blob.ts';
import { MAX_CHUNK, MIN_CHUNK } from '../format/gear.ts';
import { NodeType } from '../format/tree.ts';
import { IdWords, type SharedIndex } from '../repository/shared-index.ts';
import type { RunControl } from '../control.ts';
import { fsPath, join, type ByteString } from '../format/byte-path.ts';
import { createChunker, RESERVED_BYTES, type Chunker } from './chunker/chunker.ts';
import { Counter, type FilePart, type FileState, type ReadExtras, type SkippedEntry } from './messages.ts';
import { platformAttributes } from '../platform/attributes.ts';
import type { Holes, NodeExtras } from '../format/node-extras.ts';
import { ExtrasReader } from './extras-reader.ts';
import { HoleList, holesBetween, maySparse, withHoles } from './holes.ts';
import { nodeOf, recordStat, type Owners } from './node-of.ts';
import type { NewBlob, PackWriter } from './pack-writer.ts';
import { shortIds, type RecordWriter } from './record.ts';
import { errorCode, reasonOf } from './scanner.ts';
import { openPatientlySync } from '../../open-files.ts';

const MIB = 1024 * 1024;
const SOLID_TARGET = MIB;
const SOLID_BYTES = SOLID_TARGET + MIN_CHUNK;
/** Longer than the largest chunk, so that a cut can always be found. */
const WINDOW_BYTES = 2 * MAX_CHUNK;
const PAGE = 65_536;
/** A long attribute is cut every so many bytes. */
const ATTRIBUTE_PIECE = MIB;

const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export interface FileReaderOptions {
  index: SharedIndex;
  usedPacks: Uint8Array;
  owners: Owners;
  blobIdKey: BlobIdKey;
  chunkerKey: Uint8Array;
  chunkerModule: WebAssembly.Module;
  writer: PackWriter;
  control: RunControl;
  /** This worker's row of counters. */
  counters: Float64Array;
}

interface WholeFile {
  stat: BigIntStats;
  content: Buffer[];
  bytes: number;
  changed: boolean;
  extras: NodeExtras;
  /** Ids of the blobs that `extras` needs, joined. */
  needs: Uint8Array;
  skipped: SkippedEntry[];
}

export interface ReadPart {
  /** Ids of its blobs, 32 bytes each, joined. */
  ids: Uint8Array;
  bytes: number;
  holes: Holes;
  /** Of the file's first part. */
  extras: ReadExtras | null;
  before: FileState;
  after: FileState;
}

/** A source file could not be read; everything else that throws here is fatal. */
class SourceError extends Error {}

export class FileReader {
  readonly #o: FileReaderOptions;
  readonly #ids: BlobIds;
  readonly #words = new IdWords();
  readonly #chunker: Chunker;
  readonly #memory: Buffer;
  readonly #solidAt: number;
  readonly #windowAt: number;
  #solid = 0;
  #solidBlobs: NewBlob[] = [];
  /** Ids of the file being read, 32 bytes each. */
  #content: Buffer[] = [];
  /** Id of MAX_CHUNK zeros, once they have been stored. */
  #zeroId: Buffer | null = null;
  readonly #platform = platformAttributes();
  /** For folders, links and others too: what is long among their attributes is stored as contents are. */
  readonly extras = new ExtrasReader(this.#platform, (value) => this.#storeValue(value));

  constructor(options: FileReaderOptions) {
    this.#o = options;
    this.#ids = new BlobIds(options.blobIdKey);
    const bytes = RESERVED_BYTES + SOLID_BYTES + WINDOW_BYTES;
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    this.#chunker = createChunker(memory, options.chunkerModule, options.chunkerKey);
    this.#memory = Buffer.from(memory.buffer);
    this.#solidAt = RESERVED_BYTES;
    this.#windowAt = RESERVED_BYTES + SOLID_BYTES;
  }

  /**
   * Reads a folder's pending files and writes their completed records. A file that changes while it is read is read
   * once more; if it changes again it is kept as read and listed.
   */
  files(folder: ByteString, names: { name: ByteString }[], out: RecordWriter, skipped: SkippedEntry[]): void {
    for (const { name } of names) {
      this.#o.control.checkSync();
      const path = join(folder, name);
      try {
        let read = this.#wholeFile(path);
        if (read.changed) read = this.#wholeFile(path);
        if (read.changed) skipped.push({ path, reason: 'changed', detail: '' });
        skipped.push(...read.skipped);
        const content = Buffer.concat(read.content);
        const size = { size: read.bytes, content, lists: new Uint8Array(0) };
        const node = nodeOf(name, NodeType.file, read.stat, this.#o.owners, size, null, read.extras);
        out.add(NodeType.file, 0, name, recordStat(read.stat), shortIds(content, read.needs), node);
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        skipped.push({ path, reason: reasonOf(error.cause), detail: errorCode(error.cause) });
      }
      this.#count(Counter.files, 1);
    }
    // Solid blocks never mix folders: what one program can plant must not be compressed together with another's.
    this.#flushSolid();
  }

  /** Reads one part of a large file; the first part tells what is besides its contents. */
  part(part: FilePart, skipped: SkippedEntry[]): ReadPart {
    const fd = this.#open(part.path);
    try {
      const stat = this.#stat(fd);
      this.#content = [];
      const holes = new HoleList();
      const bytes = this.#contents(fd, stat, part.from, part.to, holes);
      const ids = Buffer.concat(this.#content);
      const extras = part.from === 0 ? this.extras.of(part.path, fd, NodeType.file, stat, skipped) : null;
      const after = stateOf(this.#stat(fd));
      this.#flushSolid();
      return { ids, bytes, holes: holes.value, extras, before: stateOf(stat), after };
    } finally {
      closeSync(fd);
    }
  }

  /**
   * Adds what is still gathered to the open pack: a part whose file failed leaves blobs that others refer to already.
   */
  finish(): void {
    this.#flushSolid();
  }

  static isSourceError(error: unknown): error is SourceError {
    return error instanceof SourceError;
  }

  #wholeFile(path: ByteString): WholeFile {
    const fd = this.#open(path);
    try {
      const stat = this.#stat(fd);
      this.#content = [];
      const holes = new HoleList();
      let bytes = 0;
      if (stat.size > 0n) {
        if (stat.size >= BigInt(MIN_CHUNK) || maySparse(stat)) bytes = this.#contents(fd, stat, 0, null, holes);
        else bytes = this.#small(fd, Number(stat.size));
      }
      const content = this.#content;
      const skipped: SkippedEntry[] = [];
      const { extras, needs } = this.extras.of(path, fd, NodeType.file, stat, skipped);
      const after = this.#stat(fd);
      const changed = after.size !== stat.size || after.mtimeNs !== stat.mtimeNs || after.ctimeNs !== stat.ctimeNs;
      return { stat, content, bytes, changed, extras: withHoles(extras, holes.value, changed), needs, skipped };
    } finally {
      closeSync(fd);
    }
  }

  #open(path: ByteString): number {
    try {
      return openPatientlySync(() => openSync(fsPath(path), OPEN_FLAGS));
    } catch (cause) {
      throw new SourceError('open', { cause });
    }
  }

  #stat(fd: number): BigIntStats {
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile()) throw new SourceError('type', { cause: Object.assign(new Error(), { code: 'ELOOP' }) });
    return stat;
  }

  #read(fd: number, at: number, length: number, position: number): number {
    try {
      return readSync(fd, this.#memory, at, length, position);
    } catch (cause) {
      throw new SourceError('read', { cause });
    }
  }

  /**
   * A file that was shorter than the smallest chunk when it was opened: read straight into the solid block. One that has
   * grown since is known by its state after, and read again.
   */
  #small(fd: number, size: number): number {
    const at = this.#solidAt + this.#solid;
    let have = 0;
    while (have < size) {
      const n = this.#read(fd, at + have, MIN_CHUNK - have, have);
      if (n === 0) break;
      have += n;
    }
    this.#count(Counter.readBytes, have);
    if (have === MIN_CHUNK) {
      // It grew meanwhile.
      this.#memory.copyWithin(this.#windowAt, at, at + have);
      return this.#chunks(fd, have, 0, null);
    }
    if (have > 0) this.#addSmall(have);
    this.#count(Counter.bytes, have);
    return have;
  }

  /**
   * Reads [from, to) of a file. Holes of MAX_CHUNK and more are not read: they are that many zeros, of which each blob
   * is the same.
   *
   * @param holes gets those that there are
   * @returns bytes, those of holes among them
   */
  #contents(fd: number, stat: BigIntStats, from: number, to: number | null, holes: HoleList): number {
    if (!maySparse(stat)) return this.#chunks(fd, 0, from, to);
    let at = from;
    let total = 0;
    for (const hole of holesBetween(this.#platform.extents, fd, from, to ?? Number(stat.size))) {
      if (hole === null) {
        holes.unknown();
        break;
      }
      const [start, end] = hole;
      holes.add(start, end);
      const skipped = Math.floor((end - start) / MAX_CHUNK) * MAX_CHUNK;
      if (skipped === 0) continue;
      total += this.#chunks(fd, 0, at, start);
      for (let done = 0; done < skipped; done += MAX_CHUNK) this.#addZeros();
      total += skipped;
      at = start + skipped;
    }
    return total + this.#chunks(fd, 0, at, to);
  }

  /** A chunk of MAX_CHUNK zeros. */
  #addZeros(): void {
    this.#o.control.checkSync();
    if (this.#zeroId === null) {
      this.#memory.fill(0, this.#windowAt, this.#windowAt + MAX_CHUNK);
      this.#addChunk(this.#windowAt, MAX_CHUNK);
      this.#zeroId = this.#content.at(-1) ?? null;
    } else this.#content.push(this.#zeroId);
    this.#count(Counter.bytes, MAX_CHUNK);
  }

  /** Stores the value of an attribute as data blobs. Returns their ids, 32 bytes each, joined. */
  #storeValue(value: Uint8Array): Uint8Array {
    const content = this.#content;
    this.#content = [];
    for (let at = 0; at < value.length; at += ATTRIBUTE_PIECE) {
      const piece = value.subarray(at, at + ATTRIBUTE_PIECE);
      this.#memory.set(piece, this.#windowAt);
      this.#addChunk(this.#windowAt, piece.length);
    }
    const ids = Buffer.concat(this.#content);
    this.#content = content;
    return ids;
  }

  /**
   * Cuts [from, to) of a file into chunks.
   *
   * @param have bytes that lie in the window already
   * @returns bytes read
   */
  #chunks(fd: number, have: number, from: number, to: number | null): number {
    let position = from + have;
    let total = have;
    let ended = false;
    for (;;) {
      this.#o.control.checkSync();
      while (!ended && have < WINDOW_BYTES) {
        const wanted = Math.min(WINDOW_BYTES - have, to === null ? Infinity : to - position);
        const n = wanted === 0 ? 0 : this.#read(fd, this.#windowAt + have, wanted, position);
        if (n === 0) ended = true;
        have += n;
        position += n;
        total += n;
        this.#count(Counter.readBytes, n);
      }
      let at = 0;
      while (at < have && (ended || have - at >= MAX_CHUNK)) {
        this.#o.control.checkSync();
        const length = this.#chunker.nextCut(this.#windowAt + at, have - at, ended);
        this.#addChunk(this.#windowAt + at, length);
        this.#count(Counter.bytes, length);
        at += length;
      }
      if (ended) return total;
      this.#memory.copyWithin(this.#windowAt, this.#windowAt + at, this.#windowAt + have);
      have -= at;
    }
  }

  #addChunk(at: number, length: number): void {
    if (length < MIN_CHUNK) {
      this.#memory.copyWithin(this.#solidAt + this.#solid, at, at + length);
      this.#addSmall(length);
      return;
    }
    const bytes = this.#memory.subarray(at, at + length);
    const id = this.#ids.of(BlobKind.data, bytes);
    this.#content.push(id);
    const entry = this.#claim(id);
    if (entry === null) return;
    this.#flushSolid();
    const place = this.#o.writer.reserve();
    this.#o.index.publish(entry, { ...place, offset: 0, length });
    const stored = this.#o.writer.addBlock(bytes, [{ id, kind: BlobKind.data, offset: 0, length }]);
    this.#count(Counter.newBytes, length);
    this.#count(Counter.storedBytes, stored);
  }

  /** The bytes lie at the solid block's end already. */
  #addSmall(length: number): void {
    const at = this.#solidAt + this.#solid;
    const id = this.#ids.of(BlobKind.data, this.#memory.subarray(at, at + length));
    this.#content.push(id);
    const entry = this.#claim(id);
    if (entry === null) return;
    const place = this.#o.writer.reserve();
    this.#o.index.publish(entry, { ...place, offset: this.#solid, length });
    this.#solidBlobs.push({ id, kind: BlobKind.data, offset: this.#solid, length });
    this.#solid += length;
    this.#count(Counter.newBytes, length);
    if (this.#solid >= SOLID_TARGET) this.#flushSolid();
  }

  #claim(id: Buffer): number | null {
    const entry = this.#words.load(id).claimIn(this.#o.index);
    if (entry < 0) return ~entry;
    const pack = this.#o.index.packOf(entry);
    if (pack < this.#o.usedPacks.length) this.#o.usedPacks[pack] = 1;
    return null;
  }

  #flushSolid(): void {
    if (this.#solid === 0) return;
    const raw = this.#memory.subarray(this.#solidAt, this.#solidAt + this.#solid);
    const blobs = this.#solidBlobs;
    this.#solid = 0;
    this.#solidBlobs = [];
    this.#count(Counter.storedBytes, this.#o.writer.addBlock(raw, blobs));
  }

  #count(counter: number, n: number): void {
    this.#o.counters[counter] = (this.#o.counters[counter] ?? 0) + n;
  }
}

const stateOf = (stat: BigIntStats): FileState => ({
  size: String(stat.size),
  mtimeNs: String(stat.mtimeNs),
  ctimeNs: String(stat.ctimeNs),
});
