/** Verifies one pack, every byte: name, header, table, tags and, where keys allow, every block and blob id. */
import { createHash } from 'node:crypto';
import type { RunControl } from '../control.ts';
import { HoldfastError } from '../../errors.ts';
import { BlobIds, type BlobKind } from '../format/blob.ts';
import { equal, toHex } from '../format/bytes.ts';
import { parseHeader, tableKey, type ObjectKey } from '../format/envelope.ts';
import { openInto, positionNonce, TAG_BYTES } from '../format/gcm.ts';
import { openTable, openTrailer, PackTable, TRAILER_BYTES } from '../format/pack.ts';
import { Counter, type PackCheckResult } from './messages.ts';
import type { PackFiles } from '../fetch/pack-files.ts';
import { objectKeyOf, unpackBlock, type PackRef, type ReadKeys } from '../repository/block-reader.ts';
import { endsReading } from '../repository/storage-failure.ts';

/** Bytes read between two looks at a pause, a stop or the counters. */
const STEP = 8 * 1024 * 1024;

export interface PackCheckerOptions {
  files: PackFiles;
  keys: ReadKeys;
  blobIdKey: Uint8Array;
  control: RunControl;
  counters: Float64Array;
}

export class PackChecker {
  readonly #o: PackCheckerOptions;
  readonly #ids: BlobIds;
  #file = new Uint8Array(0);

  constructor(options: PackCheckerOptions) {
    this.#o = options;
    this.#ids = new BlobIds(options.blobIdKey);
  }

  /** Errors: stopped, and what keeps the storage from being read at all. */
  check(ordinal: number, pack: PackRef): PackCheckResult {
    this.#o.control.checkSync();
    const result: PackCheckResult = { damage: [], blocks: null, blobs: 0, bytes: 0, proven: false };
    try {
      const bytes = this.#readWhole(ordinal, pack);
      result.bytes = bytes.length;
      this.#checkBytes(pack, bytes, result);
    } catch (error) {
      if (endsReading(error)) throw error;
      result.damage.push(error instanceof Error ? describe(error) : String(error));
    }
    return result;
  }

  #readWhole(ordinal: number, pack: PackRef): Uint8Array {
    if (this.#file.length < pack.size) this.#file = new Uint8Array(pack.size);
    let have = 0;
    while (have < pack.size) {
      this.#o.control.checkSync();
      const n = this.#o.files.read(ordinal, this.#file.subarray(have, Math.min(pack.size, have + STEP)), have);
      if (n === 0) break;
      have += n;
      this.#o.counters[Counter.bytes] = (this.#o.counters[Counter.bytes] ?? 0) + n;
    }
    return this.#file.subarray(0, have);
  }

  #checkBytes(pack: PackRef, bytes: Uint8Array, result: PackCheckResult): void {
    if (bytes.length !== pack.size) {
      result.damage.push(`has ${bytes.length} bytes where the index says ${pack.size}`);
      return;
    }
    const name = pack.name.slice(pack.name.lastIndexOf('/') + 1);
    if (toHex(createHash('sha256').update(bytes).digest()) !== name) {
      result.damage.push('its bytes do not match its name');
    }
    const header = parseHeader(bytes, pack.name);
    if (!equal(header.bytes, pack.header)) result.damage.push('its header is not the one in the index');
    const aad = createHash('sha256').update(header.bytes).digest();
    const meta = this.#o.keys.meta.find((item) => item.epoch === header.epoch);
    if (meta === undefined) {
      result.damage.push(`no key for epoch ${header.epoch}`);
      return;
    }
    const key = tableKey(header, aad, meta.key);
    const trailer = openTrailer(key, aad, bytes.subarray(bytes.length - TRAILER_BYTES), bytes.length, pack.name);
    const sealed = bytes.subarray(trailer.tableOffset, trailer.tableOffset + trailer.tableLength);
    const plaintext = openTable(key, aad, sealed, pack.name);
    const table = new PackTable(plaintext, pack.size, header.bytes.length, pack.name);
    if (!equal(plaintext, pack.table)) result.damage.push('its table is not the one in the index');
    if (!table.matchesTags(tagsOf(table, bytes))) result.damage.push('its table belongs to other blocks');
    result.blobs = table.blobCount;
    if (header.sealed && this.#o.keys.readerSecrets.length === 0) return;
    this.#checkBlocks(pack, bytes, table, objectKeyOf(header.bytes, pack.name, this.#o.keys), result);
  }

  #checkBlocks(pack: PackRef, bytes: Uint8Array, table: PackTable, key: ObjectKey, result: PackCheckResult): void {
    const buffer = new Uint8Array(largestBlock(table));
    const bad = new Set<number>();
    let blob = 0;
    for (let i = 0; i < table.blockCount; i++) {
      this.#o.control.checkSync();
      const entry = table.block(i);
      const sealed = bytes.subarray(entry.offset, entry.offset + entry.stored);
      let block: Uint8Array;
      try {
        const last = i === table.blockCount - 1;
        const length = openInto(key.key, positionNonce(i, last), key.aad, sealed, buffer, 0, pack.name);
        block = unpackBlock(buffer.subarray(0, length), entry.raw, pack.name);
      } catch (error) {
        bad.add(i);
        result.damage.push(`block ${i}: ${error instanceof Error ? describe(error) : String(error)}`);
        while (blob < table.blobCount && table.blob(blob).block === i) blob++;
        continue;
      }
      // Blobs stand in the order of their blocks.
      for (; blob < table.blobCount; blob++) {
        const b = table.blob(blob);
        if (b.block !== i) break;
        const id = this.#ids.of(b.kind as BlobKind, block.subarray(b.offset, b.offset + b.length));
        if (equal(id, b.id)) continue;
        bad.add(i);
        result.damage.push(`blob ${toHex(b.id).slice(0, 16)} does not match its id`);
      }
    }
    if (blob !== table.blobCount) result.damage.push('its table names blobs out of order');
    result.blocks = bad;
    result.proven = true;
  }
}

function* tagsOf(table: PackTable, bytes: Uint8Array): Iterable<Uint8Array> {
  for (let i = 0; i < table.blockCount; i++) {
    const { offset, stored } = table.block(i);
    yield bytes.subarray(offset + stored - TAG_BYTES, offset + stored);
  }
}

function largestBlock(table: PackTable): number {
  let largest = 0;
  for (let i = 0; i < table.blockCount; i++) largest = Math.max(largest, table.block(i).stored);
  return largest;
}

const describe = (error: Error): string =>
  error instanceof HoldfastError && error.detail !== undefined ? `${error.message} (${error.detail})` : error.message;
