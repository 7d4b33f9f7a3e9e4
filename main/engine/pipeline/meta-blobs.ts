/** Gathers tree and list blobs into solid blocks of about 1 MiB in metadata packs. */
import { BlobIds, type BlobIdKey, type BlobKind } from '../format/blob.ts';
import { IdWords, type SharedIndex } from '../repository/shared-index.ts';
import type { NewBlob, PackWriter } from './pack-writer.ts';

const SOLID_TARGET = 1024 * 1024;

export class MetaBlobs {
  readonly #ids: BlobIds;
  readonly #index: SharedIndex;
  readonly #usedPacks: Uint8Array;
  readonly #writer: PackWriter;
  readonly #words = new IdWords();
  readonly #solid = Buffer.allocUnsafeSlow(2 * SOLID_TARGET);
  #length = 0;
  #blobs: NewBlob[] = [];

  constructor(blobIdKey: BlobIdKey, index: SharedIndex, usedPacks: Uint8Array, writer: PackWriter) {
    this.#ids = new BlobIds(blobIdKey);
    this.#index = index;
    this.#usedPacks = usedPacks;
    this.#writer = writer;
  }

  /** Stores a blob of up to 1 MiB unless it is there already. Returns its id, 32 bytes. */
  add(kind: BlobKind, bytes: Uint8Array): Uint8Array {
    const id = this.#ids.of(kind, bytes);
    const entry = this.#words.load(id).claimIn(this.#index);
    if (entry >= 0) {
      this.#use(entry);
      return id;
    }
    if (this.#length + bytes.length > this.#solid.length) this.#flush();
    this.#index.publish(~entry, { ...this.#writer.reserve(), offset: this.#length, length: bytes.length });
    this.#solid.set(bytes, this.#length);
    this.#blobs.push({ id, kind, offset: this.#length, length: bytes.length });
    this.#length += bytes.length;
    if (this.#length >= SOLID_TARGET) this.#flush();
    return id;
  }

  /** True where the blob is in the index; its pack is then marked as used. */
  has(id: Uint8Array): boolean {
    const entry = this.#words.load(id).findIn(this.#index);
    if (entry < 0) return false;
    this.#use(entry);
    return true;
  }

  /** Closes the open pack. */
  finish(): void {
    this.#flush();
    this.#writer.close();
  }

  #use(entry: number): void {
    const pack = this.#index.packOf(entry);
    if (pack < this.#usedPacks.length) this.#usedPacks[pack] = 1;
  }

  #flush(): void {
    if (this.#length === 0) return;
    const raw = this.#solid.subarray(0, this.#length);
    const blobs = this.#blobs;
    this.#length = 0;
    this.#blobs = [];
    this.#writer.addBlock(raw, blobs);
  }
}
