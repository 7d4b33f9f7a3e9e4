/** Blobs: the unit of deduplication, named by a keyed hash of their kind and plaintext. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

export const BlobKind = { data: 1, tree: 2, list: 3 } as const;
export type BlobKind = (typeof BlobKind)[keyof typeof BlobKind];

export const ID_BYTES = 32;
/** Ids are cut to 16 bytes in memory. */
export const SHORT_ID_BYTES = 16;

const KIND_BYTE = [0, 1, 2, 3].map((kind) => Uint8Array.of(kind));

/** `HMAC-SHA-256(K_blob-id, kind || plaintext)`; a KeyObject keeps the small calls fast. */
export class BlobIds {
  readonly #key: KeyObject;

  /** @param key K_blob-id, 32 bytes */
  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key);
  }

  /** 32 bytes. */
  of(kind: BlobKind, plaintext: Uint8Array): Buffer {
    const tag = KIND_BYTE[kind];
    if (tag === undefined) throw new RangeError(`blob kind ${kind}`);
    return createHmac('sha256', this.#key).update(tag).update(plaintext).digest();
  }
}
