/**
 * Verifies one pack, every byte: name, header, table, tags and, where keys allow, every block and blob id. A pack passes
 * block by block, so that memory does not grow with its size.
 */
import { createHash, type Hash } from 'node:crypto';
import type { RunControl } from '../control.ts';
import { HoldfastError } from '../../errors.ts';
import { phrase, sentence, text } from '../../text.ts';
import { BlobIds, type BlobIdKey, type BlobKind } from '../format/blob.ts';
import { equal, toHex } from '../format/bytes.ts';
import { damaged } from '../format/damage.ts';
import { parseHeader, tableKey, type ObjectKey } from '../format/envelope.ts';
import { openInto, positionNonce, TAG_BYTES } from '../format/gcm.ts';
import { Codec, isTable, openTable, openTrailer, PackTable, TRAILER_BYTES, type BlockEntry } from '../format/pack.ts';
import { Counter, type PackCheckResult } from './messages.ts';
import type { PackFiles } from '../fetch/pack-files.ts';
import { objectKeyOf, unpackBlock, type PackRef, type ReadKeys } from '../repository/block-reader.ts';
import { withMetaKey } from '../repository/meta-key.ts';
import { collectNative, noteNative, releaseNative } from '../repository/native-memory.ts';
import { endsReading } from '../repository/storage-failure.ts';

/** Bytes behind the blocks that are read at a time. */
const STEP = 1024 * 1024;

export interface PackCheckerOptions {
  files: PackFiles;
  keys: ReadKeys;
  /** Null where it is not known: then no id is recomputed. */
  blobIdKey: BlobIdKey | null;
  control: RunControl;
  counters: Float64Array;
}

export class PackChecker {
  readonly #o: PackCheckerOptions;
  readonly #ids: BlobIds | null;
  #sealed = new Uint8Array(STEP);
  #plain = new Uint8Array(STEP);

  constructor(options: PackCheckerOptions) {
    this.#o = options;
    this.#ids = options.blobIdKey === null ? null : new BlobIds(options.blobIdKey);
  }

  /** Errors: stopped, and what keeps the storage from being read at all. */
  async check(ordinal: number, pack: PackRef): Promise<PackCheckResult> {
    this.#o.control.checkSync();
    const result: PackCheckResult = {
      damage: [],
      blocks: null,
      blobs: 0,
      bytes: 0,
      proven: false,
      asNamed: false,
      unreadable: false,
    };
    try {
      await this.#checkBytes(ordinal, pack, result);
    } catch (error) {
      if (endsReading(error)) throw error;
      result.unreadable = error instanceof HoldfastError && error.code === 'object-unreadable';
      result.damage.push(result.unreadable ? text`the disk does not give it: ${describe(error)}` : describe(error));
    }
    return result;
  }

  /** One pass by the index, which is what a restore reads by; another where the pack itself says otherwise. */
  async #checkBytes(ordinal: number, pack: PackRef, result: PackCheckResult): Promise<void> {
    const hash = createHash('sha256');
    const table = new PackTable(pack.table, pack.size, pack.header.length, pack.name);
    const header = this.#read(ordinal, pack, 0, pack.header.length).slice();
    hash.update(header);
    result.bytes += header.length;
    if (!equal(header, pack.header)) result.damage.push(phrase('its header is not the one in the index'));
    const key = this.#keyOf(pack.header, pack, result);
    const blocks = await this.#blocks(ordinal, pack, table, { key, hash, result });
    // Padding, table and trailer: the table of a pack of tiny files can have as many bytes as its blocks.
    for (let at = blocks.end; at < pack.size; at += STEP) {
      const piece = this.#read(ordinal, pack, at, Math.min(STEP, pack.size - at));
      hash.update(piece);
      result.bytes += piece.length;
    }
    result.asNamed = hash.digest('hex') === pack.name.slice(pack.name.lastIndexOf('/') + 1);
    if (!result.asNamed) result.damage.unshift(phrase('its bytes do not match its name'));
    result.blobs = table.blobCount;
    result.blocks = blocks.bad;
    result.proven = blocks.bad !== null && this.#ids !== null;
    result.damage.push(...blocks.damage);
    if (!blocks.tagsMatch) result.damage.push(phrase('its blocks are not those of its table in the index'));
    const own = this.#otherTable(ordinal, pack, parseHeader(header, pack.name));
    if (own === null) return;
    result.damage.push(phrase('its table is not the one in the index'));
    const again = await this.#blocks(ordinal, pack, own, {
      key: this.#keyOf(header, pack, result),
      hash: null,
      result,
    });
    result.damage.push(...again.damage.map((line) => text`by its own table, ${sentence(line)}`));
    if (!again.tagsMatch) result.damage.push(phrase('its own table belongs to other blocks'));
  }

  /** Null where no key of this access opens blocks. */
  #keyOf(header: Uint8Array, pack: PackRef, result: PackCheckResult): ObjectKey | null {
    if (parseHeader(header, pack.name).sealed && this.#o.keys.readerSecrets.length === 0) return null;
    try {
      return objectKeyOf(header, pack.name, this.#o.keys);
    } catch (error) {
      if (endsReading(error)) throw error;
      result.damage.push(describe(error));
      return null;
    }
  }

  /** The table that the pack itself carries; null where it is the one in the index. Errors: object-damaged. */
  #otherTable(ordinal: number, pack: PackRef, header: ReturnType<typeof parseHeader>): PackTable | null {
    const aad = createHash('sha256').update(header.bytes).digest();
    const sealedTrailer = this.#read(ordinal, pack, pack.size - TRAILER_BYTES, TRAILER_BYTES);
    const { key, trailer } = withMetaKey(this.#o.keys, header, pack.name, (meta) => {
      const opener = tableKey(header, aad, meta);
      return { key: opener, trailer: openTrailer(opener, aad, sealedTrailer, pack.size, pack.name) };
    });
    const read = (at: number, length: number): Uint8Array => {
      // What is decrypted is memory of its own, slice by slice.
      noteNative(length);
      collectNative();
      return this.#read(ordinal, pack, trailer.tableOffset + at, length);
    };
    if (trailer.tableLength === pack.table.length + TAG_BYTES && isTable(key, aad, pack.table, read, pack.name)) {
      return null;
    }
    const sealed = this.#read(ordinal, pack, trailer.tableOffset, trailer.tableLength);
    return new PackTable(openTable(key, aad, sealed, pack.name), pack.size, header.bytes.length, pack.name);
  }

  /**
   * Passes over the blocks in order.
   *
   * @param o `hash`: null in a second pass, over bytes that were counted and hashed before
   * @returns `end`: where the last block ends; `bad`: blocks that do not open, null where no key opens any
   */
  async #blocks(
    ordinal: number,
    pack: PackRef,
    table: PackTable,
    o: { key: ObjectKey | null; hash: Hash | null; result: PackCheckResult },
  ): Promise<{ end: number; bad: Set<number> | null; damage: PackCheckResult['damage']; tagsMatch: boolean }> {
    const bad = new Set<number>();
    const damage: PackCheckResult['damage'] = [];
    const tags = createHash('sha256');
    let end = pack.header.length;
    let blob = 0;
    for (let i = 0; i < table.blockCount; i++) {
      this.#o.control.checkSync();
      const entry = table.block(i);
      await releaseNative();
      const sealed = this.#read(ordinal, pack, entry.offset, entry.stored);
      tags.update(sealed.subarray(entry.stored - TAG_BYTES));
      end = entry.offset + entry.stored;
      if (o.hash !== null) {
        o.hash.update(sealed);
        o.result.bytes += sealed.length;
        this.#o.counters[Counter.bytes] = (this.#o.counters[Counter.bytes] ?? 0) + sealed.length;
      }
      if (o.key === null) continue;
      try {
        const block = this.#open(o.key, pack, i, i === table.blockCount - 1, entry, sealed);
        // Blobs stand in the order of their blocks.
        for (; blob < table.blobCount && table.blob(blob).block === i; blob++) {
          const b = table.blob(blob);
          if (this.#ids === null) continue;
          if (this.#ids.fit(b.kind as BlobKind, block.subarray(b.offset, b.offset + b.length), b.id)) continue;
          bad.add(i);
          damage.push(text`blob ${toHex(b.id).slice(0, 16)} does not match its id`);
        }
      } catch (error) {
        if (endsReading(error)) throw error;
        bad.add(i);
        damage.push(text`block ${i}: ${describe(error)}`);
        while (blob < table.blobCount && table.blob(blob).block === i) blob++;
      }
    }
    if (o.key !== null && blob !== table.blobCount) damage.push(phrase('its table names blobs out of order'));
    return { end, bad: o.key === null ? null : bad, damage, tagsMatch: table.matchesTagsHash(tags.digest()) };
  }

  /** A view of the block's bytes, good until the next call. Errors: object-damaged. */
  #open(key: ObjectKey, pack: PackRef, i: number, last: boolean, entry: BlockEntry, sealed: Uint8Array): Uint8Array {
    if (this.#plain.length < entry.stored) this.#plain = new Uint8Array(entry.stored);
    const length = openInto(key.key, positionNonce(i, last), key.aad, sealed, this.#plain, 0, pack.name);
    const plaintext = this.#plain.subarray(0, length);
    if (plaintext[0] === Codec.stored && length - 1 === entry.raw) return plaintext.subarray(1);
    return unpackBlock(plaintext, entry.raw, pack.name);
  }

  /** A view of these bytes, good until the next call. Errors: object-damaged where the pack ends before. */
  #read(ordinal: number, pack: PackRef, at: number, length: number): Uint8Array {
    if (this.#sealed.length < length) this.#sealed = new Uint8Array(length);
    const view = this.#sealed.subarray(0, length);
    const have = this.#o.files.read(ordinal, view, at);
    if (have < length) throw damaged(pack.name, `it ends at byte ${at + have} where the index says ${pack.size}`);
    return view;
  }
}

/** The pack's name stands beside it. */
const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error instanceof HoldfastError && error.detail !== undefined ? error.detail : error.message;
};
