/** Blobs: the unit of deduplication, named by a keyed hash of their kind and plaintext. */
import { createHmac, createSecretKey } from 'node:crypto';
import { equal } from './bytes.ts';
import { keyedBlake3, type KeyedHash } from './keyed-blake3.ts';
import { deriveKey } from './keys.ts';
import type { Suite } from './suite.ts';

export const BlobKind = { data: 1, tree: 2, list: 3 } as const;
export type BlobKind = (typeof BlobKind)[keyof typeof BlobKind];

export const ID_BYTES = 32;
/** Ids are cut to 16 bytes in memory. */
export const SHORT_ID_BYTES = 16;

/** What a domain's blobs are named with. */
export interface BlobIdKey {
  suite: Suite;
  /** K_blob-id, 32 bytes. */
  key: Uint8Array;
}

/** Suite 1: `HMAC-SHA-256(K_blob-id, kind || plaintext)`; a KeyObject keeps the small calls fast. */
function byHmac(key: Uint8Array): (kind: BlobKind) => KeyedHash {
  const secret = createSecretKey(key);
  return (kind) => {
    const tag = Uint8Array.of(kind);
    return (plaintext) => createHmac('sha256', secret).update(tag).update(plaintext).digest();
  };
}

/**
 * Suite 2: `BLAKE3(K(K_blob-id, "blob-kind", kind), plaintext)`. A key for each kind, where HMAC takes the kind in front
 * of the plaintext: one byte in front would put all that follows across BLAKE3's blocks.
 */
const byBlake3 =
  (key: Uint8Array) =>
  (kind: BlobKind): KeyedHash =>
    keyedBlake3(deriveKey(key, 'blob-kind', Uint8Array.of(kind)));

/** Names blobs. */
export class BlobIds {
  readonly #hashes: readonly KeyedHash[];
  readonly #key: BlobIdKey;
  /** In the other suite. */
  #others: BlobIds | null = null;

  constructor(key: BlobIdKey) {
    this.#key = key;
    this.#hashes = Object.values(BlobKind).map(key.suite === 1 ? byHmac(key.key) : byBlake3(key.key));
  }

  /** 32 bytes. */
  of(kind: BlobKind, plaintext: Uint8Array): Buffer {
    const hash = this.#hashes[kind - 1];
    if (hash === undefined) throw new RangeError(`blob kind ${kind}`);
    return hash(plaintext);
  }

  /**
   * True where this is the blob of that id, in the repository's suite or else in the other: nobody without the key can
   * make one that fits in either. A repo.json that was made again says what the storage then showed: saying the wrong
   * suite must not make what was backed up unreadable.
   *
   * @param id 32 bytes
   */
  fit(kind: BlobKind, plaintext: Uint8Array, id: Uint8Array): boolean {
    if (equal(this.of(kind, plaintext), id)) return true;
    const { suite, key } = this.#key;
    this.#others ??= new BlobIds({ suite: suite === 1 ? 2 : 1, key });
    return equal(this.#others.of(kind, plaintext), id);
  }
}
