/**
 * Writes packs, synchronously, into spool files: compresses and seals blocks, keeps the table, pads, and hashes what it
 * writes. One open pack a writer; each pipeline worker has a writer for data, the coordinator one for metadata.
 */
import { createHash, randomBytes, randomFillSync, type Hash } from 'node:crypto';
import { closeSync, openSync, renameSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { Hedge, Kind, sealHeader, tableKey, type ObjectKey } from '../format/envelope.ts';
import { positionNonce, sealPieces, TAG_BYTES } from '../format/gcm.ts';
import {
  Codec,
  sealTable,
  sealTrailer,
  TableBuilder,
  tablePlaintextBytes,
  TRAILER_BYTES,
  type BlobEntry,
} from '../format/pack.ts';
import { concat } from '../format/bytes.ts';
import { paddedPack } from '../format/padme.ts';
import type { PackFacts } from '../format/segment.ts';
import type { Suite } from '../format/suite.ts';
import { collectNative, noteNative } from '../repository/native-memory.ts';
import { compress } from '../repository/zstd.ts';
import { drawShare, isFull } from './pack-sizes.ts';
import { finishedName } from './take-over.ts';
import { openPatientlySync } from '../../open-files.ts';

const SAMPLE_BYTES = 16_384;
const SAMPLE_FROM = 65_536;
/** A sample that shrinks by less is stored as it is. */
const WORTHWHILE = 0.97;
const MIB = 1024 * 1024;

export interface PackWriterOptions {
  room: 'p' | 'm';
  suite: Suite;
  repoId: Uint8Array;
  clientId: Uint8Array;
  epoch: number;
  metaKey: Uint8Array;
  hedgeKey: Uint8Array;
  /** 1,216 bytes; data packs are sealed to it. Null for metadata packs. */
  readerPublicKey: Uint8Array | null;
  spoolFolder: string;
  /** Size of a full pack, of which it falls short by chance (pack-sizes.ts). */
  targetBytes: number;
  compressionLevel: number;
  thread: number;
  takeOrdinal: () => number;
  /** Called with each finished pack; its file is closed, has its finished name, and is not yet fsynced. */
  onPack: (pack: SpooledPack) => void;
}

export interface SpooledPack extends PackFacts {
  ordinal: number;
  path: string;
}

/** A blob on its way into a block; `block` is filled in by the writer. */
export type NewBlob = Omit<BlobEntry, 'block'>;

interface OpenPack extends ObjectKey {
  path: string;
  fd: number;
  header: Uint8Array;
  tableKey: Uint8Array;
  hash: Hash;
  size: number;
  /** Of a full pack, at which this one is closed. */
  share: number;
}

export class PackWriter {
  readonly #options: PackWriterOptions;
  readonly #hedge: Hedge;
  #table = new TableBuilder();
  #ordinal: number | null = null;
  #open: OpenPack | null = null;
  /** The block before: sealed only when it is known whether it is the pack's last. */
  #held: { codec: number; data: Uint8Array; raw: number } | null = null;
  #heldCopy: Uint8Array | null = null;

  constructor(options: PackWriterOptions) {
    this.#options = options;
    this.#hedge = new Hedge(options.hedgeKey, options.thread);
  }

  /** Where the next block that is added will be. */
  reserve(): { pack: number; block: number } {
    this.#ordinal ??= this.#options.takeOrdinal();
    return { pack: this.#ordinal, block: this.#table.blockCount + (this.#held === null ? 0 : 1) };
  }

  /**
   * Adds a block of up to 4 MiB. `raw` may be reused by the caller as soon as this returns.
   *
   * @returns bytes that the block takes in storage
   */
  addBlock(raw: Uint8Array, blobs: NewBlob[]): number {
    const { block } = this.reserve();
    const pack = (this.#open ??= this.#begin(blobs));
    this.#flushHeld(pack, false);
    for (const blob of blobs) this.#table.addBlob(blob, block);
    this.#held = this.#encode(raw);
    const stored = 1 + this.#held.data.length + TAG_BYTES;
    if (this.#isFull(pack, pack.size + stored)) this.close();
    return stored;
  }

  /** @param size with all blocks, without the table */
  #isFull({ share }: OpenPack, size: number): boolean {
    const { blockCount, blobCount } = this.#table;
    const tail = tablePlaintextBytes(blockCount + 1, blobCount) + TAG_BYTES + TRAILER_BYTES;
    return isFull({ size, tail, share, fullBytes: this.#options.targetBytes });
  }

  /** Finishes the open pack, if there is one. */
  close(): void {
    const pack = this.#open;
    if (pack === null) return;
    this.#flushHeld(pack, true);
    const ordinal = this.reserve().pack;
    const { blockCount, blobCount } = this.#table;
    const table = this.#table.finish();
    const tableLength = table.length + TAG_BYTES;
    const tail = tableLength + TRAILER_BYTES;
    this.#pad(pack, paddedPack(pack.size + tail) - pack.size - tail);
    const tableOffset = pack.size;
    const trailer = { tableOffset, tableLength, blockCount, blobCount };
    for (const piece of sealTable(pack.tableKey, pack.aad, table)) this.#write(pack, [piece]);
    this.#write(pack, [sealTrailer(pack.tableKey, pack.aad, trailer)]);
    closeSync(pack.fd);
    this.#open = null;
    this.#ordinal = null;
    this.#table = new TableBuilder();
    const name = new Uint8Array(pack.hash.digest());
    const path = join(this.#options.spoolFolder, finishedName(name, this.#options.room));
    renameSync(pack.path, path);
    this.#options.onPack({
      ordinal,
      path,
      name,
      room: this.#options.room,
      size: pack.size,
      header: pack.header,
      table,
    });
    // Its rows, and itself as it was sealed.
    noteNative(2 * tableLength);
    collectNative('major');
  }

  /** Lets go of a pack that is not finished; its file stays in the spool, to be cleared with it. */
  abandon(): void {
    if (this.#open !== null) closeSync(this.#open.fd);
    this.#open = null;
  }

  #begin(blobs: NewBlob[]): OpenPack {
    const o = this.#options;
    const { salt, eseed } = this.#hedge.draw(o.clientId, concat(...blobs.map((blob) => blob.id)));
    const { header, key, aad } = sealHeader({
      suite: o.suite,
      kind: o.room === 'p' ? Kind.dataPack : Kind.metadataPack,
      epoch: o.epoch,
      repoId: o.repoId,
      clientId: o.clientId,
      salt,
      to: o.readerPublicKey === null ? { key: o.metaKey } : { readerPublicKey: o.readerPublicKey, eseed },
    });
    const path = join(o.spoolFolder, `${randomBytes(12).toString('hex')}.pack`);
    const pack: OpenPack = {
      path,
      fd: openPatientlySync(() => openSync(path, 'wx', 0o600)),
      header,
      key,
      aad,
      tableKey: tableKey({ salt }, aad, o.metaKey),
      hash: createHash('sha256'),
      size: 0,
      share: drawShare(),
    };
    this.#write(pack, [header]);
    return pack;
  }

  #encode(raw: Uint8Array): { codec: number; data: Uint8Array; raw: number } {
    const level = this.#options.compressionLevel;
    if (raw.length < SAMPLE_FROM || this.#compressible(raw, level)) {
      const data = compress(raw, level);
      if (data.length < raw.length) return { codec: Codec.zstd, data, raw: raw.length };
    }
    // The caller reuses its buffer, and this block is written only after the next one has come.
    if (this.#heldCopy === null || this.#heldCopy.length < raw.length) {
      this.#heldCopy = new Uint8Array(Math.max(raw.length, MIB));
    }
    this.#heldCopy.set(raw);
    return { codec: Codec.stored, data: this.#heldCopy.subarray(0, raw.length), raw: raw.length };
  }

  #compressible(raw: Uint8Array, level: number): boolean {
    const from = Math.floor((raw.length - SAMPLE_BYTES) / 2);
    return compress(raw.subarray(from, from + SAMPLE_BYTES), level).length < SAMPLE_BYTES * WORTHWHILE;
  }

  #flushHeld(pack: OpenPack, last: boolean): void {
    const held = this.#held;
    if (held === null) return;
    this.#held = null;
    const nonce = positionNonce(this.#table.blockCount, last);
    const pieces = sealPieces(pack.key, nonce, pack.aad, [Uint8Array.of(held.codec), held.data]);
    const offset = pack.size;
    this.#write(pack, pieces);
    noteNative(pack.size - offset);
    collectNative();
    const tag = pieces[pieces.length - 1] ?? new Uint8Array(0);
    this.#table.addBlock({ offset, stored: pack.size - offset, raw: held.raw }, tag);
  }

  #pad(pack: OpenPack, length: number): void {
    const buffer = new Uint8Array(Math.min(length, MIB));
    for (let left = length; left > 0; left -= Math.min(left, MIB)) {
      const part = buffer.subarray(0, Math.min(left, MIB));
      this.#write(pack, [randomFillSync(part)]);
    }
  }

  #write(pack: OpenPack, pieces: Uint8Array[]): void {
    let length = 0;
    for (const piece of pieces) {
      pack.hash.update(piece);
      length += piece.length;
    }
    let rest = pieces.filter((piece) => piece.length > 0);
    let written = 0;
    while (written < length) {
      let n = writevSync(pack.fd, rest);
      written += n;
      if (written === length) break;
      // A partial write: drop what is done and go on; an error (a full disk) throws at the next call.
      rest = rest.flatMap((piece) => {
        const skip = Math.min(n, piece.length);
        n -= skip;
        return skip === piece.length ? [] : [piece.subarray(skip)];
      });
    }
    pack.size += length;
  }
}
