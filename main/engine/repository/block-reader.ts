/** Reads blocks out of packs, synchronously: range read, decrypt, decompress; the last few are kept. */
import { HoldfastError } from '../../errors.ts';
import type { Line } from '../fetch/line.ts';
import { PackFiles, type PackFile } from '../fetch/pack-files.ts';
import { openHeader, parseHeader, type ObjectKey } from '../format/envelope.ts';
import { damaged } from '../format/damage.ts';
import { openInto, positionNonce } from '../format/gcm.ts';
import { Codec, PackTable } from '../format/pack.ts';
import { BlockCache } from './block-cache.ts';
import { collectNative, noteNative } from './native-memory.ts';
import { decompress } from './zstd.ts';

/** A pack as the workers know it; clones keep the table in shared memory. */
export interface PackRef extends PackFile {
  header: Uint8Array;
  table: Uint8Array;
}

export interface MetaKey {
  epoch: number;
  /** 32 bytes. */
  key: Uint8Array;
  /** Which of the computers that wrote the domain one after the other has it; absent for the first one. */
  writer?: number;
}

/** What opens packs: K_meta by epoch for metadata packs, the reader's secret keys for data packs. */
export interface ReadKeys {
  meta: MetaKey[];
  readerSecrets: Uint8Array[];
}

const CACHE_BYTES = 16 * 1024 * 1024;

export class BlockReader {
  readonly #packs: PackRef[];
  readonly #keys: ReadKeys;
  readonly #objectKeys = new Map<number, ObjectKey>();
  readonly #tables = new Map<number, PackTable>();
  readonly #files: PackFiles;
  readonly #cache: BlockCache;
  #buffer = new Uint8Array(1024 * 1024);
  /** Ciphertext of the block that is being opened. */
  #sealed = new Uint8Array(1024 * 1024);

  /**
   * @param line to the fetcher of packs that have no path
   * @param cacheBytes decompressed blocks that are kept
   */
  constructor(packs: PackRef[], keys: ReadKeys, line: Line | null = null, cacheBytes = CACHE_BYTES) {
    this.#cache = new BlockCache(cacheBytes);
    this.#packs = packs;
    this.#files = new PackFiles(packs, line);
    this.#keys = keys;
  }

  /** Plaintext of a blob; a view that is good until the next call. Errors: object-missing, object-damaged. */
  blob(place: { pack: number; block: number; offset: number; length: number }): Uint8Array {
    const block = this.block(place.pack, place.block);
    if (place.offset + place.length > block.length)
      throw damaged(this.#pack(place.pack).name, 'blob outside its block');
    return block.subarray(place.offset, place.offset + place.length);
  }

  /** Plaintext of a block; a view that is good until the next call. Errors: object-missing, object-damaged, locked. */
  block(pack: number, index: number): Uint8Array {
    const key = `${pack}:${index}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const block = this.#load(pack, index, this.#cache.room(this.table(pack).block(index).raw));
    this.#cache.keep(key, block);
    return block;
  }

  close(): void {
    this.#files.close();
    this.#cache.clear();
  }

  #pack(ordinal: number): PackRef {
    const pack = this.#packs[ordinal];
    if (pack === undefined) throw damaged('The index', `pack ordinal ${ordinal}`);
    return pack;
  }

  table(ordinal: number): PackTable {
    let table = this.#tables.get(ordinal);
    if (table === undefined) {
      const pack = this.#pack(ordinal);
      table = new PackTable(pack.table, pack.size, pack.header.length, pack.name);
      this.#tables.set(ordinal, table);
    }
    return table;
  }

  /** Key of a pack's blocks. Errors: locked (contents, and no reader key), object-damaged. */
  objectKey(ordinal: number): ObjectKey {
    let key = this.#objectKeys.get(ordinal);
    if (key === undefined) {
      const pack = this.#pack(ordinal);
      key = objectKeyOf(pack.header, pack.name, this.#keys);
      this.#objectKeys.set(ordinal, key);
    }
    return key;
  }

  #load(ordinal: number, index: number, into: Uint8Array): Uint8Array {
    const pack = this.#pack(ordinal);
    const table = this.table(ordinal);
    const entry = table.block(index);
    const key = this.objectKey(ordinal);
    if (this.#sealed.length < entry.stored) this.#sealed = new Uint8Array(entry.stored);
    const sealed = this.#sealed.subarray(0, entry.stored);
    if (this.#files.read(ordinal, sealed, entry.offset) < sealed.length) throw damaged(pack.name, 'cut short');
    if (this.#buffer.length < entry.stored) this.#buffer = new Uint8Array(entry.stored);
    const nonce = positionNonce(index, index === table.blockCount - 1);
    const length = openInto(key.key, nonce, key.aad, sealed, this.#buffer, 0, pack.name);
    into.set(unpackBlock(this.#buffer.subarray(0, length), entry.raw, pack.name));
    // A large file is read without a pause.
    noteNative(entry.stored);
    collectNative();
    return into;
  }
}

/** Codec byte and payload to the block's `raw` bytes; of a block that is stored as it is a view. Errors: object-damaged. */
export function unpackBlock(plaintext: Uint8Array, raw: number, what: string): Uint8Array {
  const payload = plaintext.subarray(1);
  if (plaintext[0] === Codec.stored) {
    if (payload.length !== raw) throw damaged(what, 'block length');
    return payload;
  }
  if (plaintext[0] !== Codec.zstd) throw damaged(what, 'unknown codec');
  return decompress(payload, raw);
}

/** Finds the key of an object's blocks among the known secrets. Errors: locked, object-damaged. */
export function objectKeyOf(headerBytes: Uint8Array, name: string, keys: ReadKeys): ObjectKey {
  const header = parseHeader(headerBytes, name);
  const secrets = header.sealed
    ? keys.readerSecrets
    : keys.meta.filter((item) => item.epoch === header.epoch).map((item) => item.key);
  for (const secret of secrets) {
    const opened = openHeader(header, secret);
    if (opened !== null) return opened;
  }
  if (header.sealed && secrets.length === 0) throw lockedContents();
  throw damaged(name, 'no key fits');
}

export function lockedContents(): HoldfastError {
  return new HoldfastError(
    'locked',
    'The contents of this backup are sealed: they open with your 64-digit key only.',
    'Nothing was changed. Unlock with the 64 digits (--key-file on the command line), then try again.',
  );
}
