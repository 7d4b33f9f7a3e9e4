/**
 * Packs: header, blocks, random padding, table, trailer (FORMAT.md, "Packs"). Here are the bytes; writing and reading
 * whole packs is the pipeline's and the repository's work.
 */
import { createHash } from 'node:crypto';
import { concat, equal, view } from './bytes.ts';
import { damaged, newerFormat } from './damage.ts';
import { open, opensTo, positionNonce, seal, sealSlices, TAG_BYTES } from './gcm.ts';

export const TRAILER_BYTES = 64;
const TRAILER_PLAINTEXT = 48;
const PACK_VERSION = 1;
const BLOCK_ENTRY = 12;
const BLOB_ENTRY = 45;
const TAGS_HASH = 32;

/** First byte of a block's plaintext. */
export const Codec = { stored: 0, zstd: 1 } as const;
export const MAX_BLOCK_RAW = 4 * 1024 * 1024;

export interface BlockEntry {
  /** From the start of the object, bytes. */
  offset: number;
  /** Ciphertext and tag. */
  stored: number;
  /** Plaintext after decompression, without the codec byte. */
  raw: number;
}
export interface BlobEntry {
  /** 32 bytes. */
  id: Uint8Array;
  kind: number;
  block: number;
  /** Inside the decompressed block. */
  offset: number;
  length: number;
}

/** Rows in one piece. */
const PIECE_ROWS = 8192;

/** Rows of a table as their bytes, in pieces: a pack of tiny files has a hundred thousand, and none is copied as they grow. */
class Rows {
  readonly #rowBytes: number;
  readonly #pieces: Uint8Array[] = [];
  #view = view(new Uint8Array(0));
  count = 0;

  constructor(rowBytes: number) {
    this.#rowBytes = rowBytes;
  }

  /** Where the new row begins in `bytes`. */
  add(): { at: number; bytes: Uint8Array; view: DataView } {
    const at = this.#rowBytes * (this.count % PIECE_ROWS);
    if (at === 0) {
      const piece = new Uint8Array(PIECE_ROWS * this.#rowBytes);
      this.#pieces.push(piece);
      this.#view = view(piece);
    }
    this.count++;
    return { at, bytes: this.#pieces.at(-1) ?? new Uint8Array(0), view: this.#view };
  }

  get whole(): Uint8Array[] {
    const used = this.count * this.#rowBytes;
    return this.#pieces.map((piece, i) => piece.subarray(0, used - i * PIECE_ROWS * this.#rowBytes));
  }
}

/** Collects a pack's table while the pack is written. */
export class TableBuilder {
  readonly #blocks = new Rows(BLOCK_ENTRY);
  readonly #blobs = new Rows(BLOB_ENTRY);
  readonly #tags = createHash('sha256');

  get blockCount(): number {
    return this.#blocks.count;
  }

  get blobCount(): number {
    return this.#blobs.count;
  }

  addBlock(entry: BlockEntry, tag: Uint8Array): void {
    const { at, view: v } = this.#blocks.add();
    v.setUint32(at, entry.offset);
    v.setUint32(at + 4, entry.stored);
    v.setUint32(at + 8, entry.raw);
    this.#tags.update(tag);
  }

  addBlob(blob: Omit<BlobEntry, 'block'>, block: number): void {
    const { at, bytes, view: v } = this.#blobs.add();
    bytes.set(blob.id, at);
    v.setUint8(at + 32, blob.kind);
    v.setUint32(at + 33, block);
    v.setUint32(at + 37, blob.offset);
    v.setUint32(at + 41, blob.length);
  }

  /** The table's plaintext. Call once. */
  finish(): Uint8Array {
    const counts = new Uint8Array(8);
    const v = view(counts);
    v.setUint32(0, this.blockCount);
    v.setUint32(4, this.blobCount);
    return concat(counts, ...this.#blocks.whole, ...this.#blobs.whole, this.#tags.digest());
  }
}

export const tablePlaintextBytes = (blocks: number, blobs: number): number =>
  8 + blocks * BLOCK_ENTRY + blobs * BLOB_ENTRY + TAGS_HASH;

/** A decoded table over its bytes: fields are read in place, so that a million blobs cost no objects. */
export class PackTable {
  readonly bytes: Uint8Array;
  readonly blockCount: number;
  readonly blobCount: number;
  readonly #view: DataView;
  readonly #blobsAt: number;

  /**
   * @param bytes plaintext of the table
   * @param size stored size of the pack
   * @param headerBytes 112 or 1,232
   */
  constructor(bytes: Uint8Array, size: number, headerBytes: number, what: string) {
    if (bytes.length < 8 + TAGS_HASH) throw damaged(what, 'table cut short');
    this.bytes = bytes;
    this.#view = view(bytes);
    this.blockCount = this.#view.getUint32(0);
    this.blobCount = this.#view.getUint32(4);
    if (bytes.length !== tablePlaintextBytes(this.blockCount, this.blobCount)) throw damaged(what, 'table length');
    this.#blobsAt = 8 + this.blockCount * BLOCK_ENTRY;
    this.#check(size, headerBytes, what);
  }

  /** Blocks ascend, lie inside the object and do not overlap; blobs lie inside their block. */
  #check(size: number, headerBytes: number, what: string): void {
    let end = headerBytes;
    for (let i = 0; i < this.blockCount; i++) {
      const block = this.block(i);
      if (block.offset !== end || block.stored <= TAG_BYTES || block.raw === 0 || block.raw > MAX_BLOCK_RAW) {
        throw damaged(what, `block ${i} in the table`);
      }
      end = block.offset + block.stored;
    }
    if (end > size - TRAILER_BYTES) throw damaged(what, 'blocks past the end');
    for (let i = 0; i < this.blobCount; i++) {
      const at = this.#blobsAt + i * BLOB_ENTRY;
      const block = this.#view.getUint32(at + 33);
      if (block >= this.blockCount) throw damaged(what, `blob ${i} in the table`);
      const raw = this.#view.getUint32(8 + block * BLOCK_ENTRY + 8);
      if (this.#view.getUint32(at + 37) + this.#view.getUint32(at + 41) > raw) {
        throw damaged(what, `blob ${i} in the table`);
      }
    }
  }

  block(index: number): BlockEntry {
    const at = 8 + index * BLOCK_ENTRY;
    return {
      offset: this.#view.getUint32(at),
      stored: this.#view.getUint32(at + 4),
      raw: this.#view.getUint32(at + 8),
    };
  }

  blob(index: number): BlobEntry {
    const at = this.idAt(index);
    return { id: this.bytes.subarray(at, at + 32), kind: this.#view.getUint8(at + 32), ...this.place(index) };
  }

  /** Byte offset in `bytes` of a blob's id. */
  idAt(index: number): number {
    return this.#blobsAt + index * BLOB_ENTRY;
  }

  place(index: number): Pick<BlobEntry, 'block' | 'offset' | 'length'> {
    const at = this.idAt(index) + 33;
    return {
      block: this.#view.getUint32(at),
      offset: this.#view.getUint32(at + 4),
      length: this.#view.getUint32(at + 8),
    };
  }

  /** The plaintext of a table with the same blocks and no blobs: for who finds blobs by an index. */
  withoutBlobs(): Uint8Array {
    const { bytes } = this;
    const out = concat(bytes.subarray(0, this.#blobsAt), bytes.subarray(bytes.length - TAGS_HASH));
    view(out).setUint32(4, 0);
    return out;
  }

  /** True where the table was made for blocks whose tags, in order, have this SHA-256. */
  matchesTagsHash(hash: Uint8Array): boolean {
    return equal(hash, this.bytes.subarray(this.bytes.length - TAGS_HASH));
  }
}

/** Seals the table (nonce 0). Pieces of the ciphertext and, last, its tag. */
export const sealTable = (key: Uint8Array, aad: Uint8Array, table: Uint8Array): Generator<Buffer, void> =>
  sealSlices(key, positionNonce(0, false), aad, [table]);

export const openTable = (key: Uint8Array, aad: Uint8Array, sealed: Uint8Array, what: string): Uint8Array =>
  open(key, positionNonce(0, false), aad, sealed, what);

/** True where a sealed table opens to this one. `read` as for `opensTo`. Errors: object-damaged. */
export const isTable = (
  key: Uint8Array,
  aad: Uint8Array,
  table: Uint8Array,
  read: (at: number, length: number) => Uint8Array,
  what: string,
): boolean => opensTo(key, positionNonce(0, false), aad, table, read, what);

/** Where the table is; the last 64 bytes of a pack (nonce 1). */
export interface Trailer {
  tableOffset: number;
  tableLength: number;
  blockCount: number;
  blobCount: number;
}

export function sealTrailer(key: Uint8Array, aad: Uint8Array, trailer: Trailer): Uint8Array {
  const plaintext = new Uint8Array(TRAILER_PLAINTEXT);
  const v = view(plaintext);
  v.setBigUint64(0, BigInt(trailer.tableOffset));
  v.setBigUint64(8, BigInt(trailer.tableLength));
  v.setUint32(16, trailer.blockCount);
  v.setUint32(20, trailer.blobCount);
  v.setUint16(24, PACK_VERSION);
  return seal(key, positionNonce(1, false), aad, plaintext);
}

/** @param size stored size of the pack, bytes */
export function openTrailer(key: Uint8Array, aad: Uint8Array, sealed: Uint8Array, size: number, what: string): Trailer {
  const v = view(open(key, positionNonce(1, false), aad, sealed, what));
  if (v.getUint16(24) !== PACK_VERSION) throw newerFormat(what);
  const trailer = {
    tableOffset: Number(v.getBigUint64(0)),
    tableLength: Number(v.getBigUint64(8)),
    blockCount: v.getUint32(16),
    blobCount: v.getUint32(20),
  };
  const length = tablePlaintextBytes(trailer.blockCount, trailer.blobCount) + TAG_BYTES;
  if (trailer.tableLength !== length || trailer.tableOffset + length !== size - TRAILER_BYTES) {
    throw damaged(what, 'trailer');
  }
  return trailer;
}
