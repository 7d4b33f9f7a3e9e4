/**
 * BLAKE3's keyed mode (O'Connor, Aumasson, Neves, Wilcox-O'Hearn: "BLAKE3: one function, fast everywhere", section 2.3).
 * Native where there is a binary for this system, else in JavaScript: the same hash, some forty times slower.
 */
import { blake3 } from '@noble/hashes/blake3.js';
import { createRequire } from 'node:module';

/** 32 bytes of keyed hash, which stay as they are. */
export type KeyedHash = (data: Uint8Array) => Buffer;

/** What is used of `@napi-rs/blake-hash`. */
export interface NativePackage {
  Blake3Hasher: { newKeyed(key: Buffer): NativeHasher };
}
interface NativeHasher {
  reset(): void;
  update(data: Uint8Array): this;
  digest(format: 'hex'): string;
}

/** One of BLAKE3's published vectors (test_vectors.json): long enough for what hashes sixteen chunks at once. */
const KNOWN = {
  key: 'whats the Elvish word for friend',
  bytes: 31_744,
  hash: 'efa53b389ab67c593dba624d898d0f7353ab99e4ac9d42302ee64cbf9939a419',
} as const;

let native: NativePackage | null | undefined;

function loadNative(): NativePackage | null {
  if (native !== undefined) return native;
  try {
    const loaded = createRequire(import.meta.url)('@napi-rs/blake-hash') as NativePackage;
    native = isRight(loaded) ? loaded : null;
  } catch {
    native = null;
  }
  return native;
}

/**
 * True where the package hashes as BLAKE3 does. It has code of its own for each kind of processor: one that went wrong
 * here would name blobs that verify here, and nowhere else.
 */
export function isRight(blake: NativePackage): boolean {
  const data = new Uint8Array(KNOWN.bytes);
  for (let i = 0; i < data.length; i++) data[i] = i % 251;
  return hashBy(blake, Buffer.from(KNOWN.key))(data).toString('hex') === KNOWN.hash;
}

function hashBy(blake: NativePackage, key: Uint8Array): KeyedHash {
  const hasher = blake.Blake3Hasher.newKeyed(Buffer.from(key));
  return (data) => {
    hasher.reset();
    // As text: a buffer that the package makes costs more than the hash of a small blob, to be let go of.
    return Buffer.from(hasher.update(data).digest('hex'), 'hex');
  };
}

/** Null where there is no binary for this system, or one that is wrong. Throws a RangeError for a key that is not of 32 bytes. */
export function nativeKeyedBlake3(key: Uint8Array): KeyedHash | null {
  // The package ends the process for another one.
  if (key.length !== 32) throw new RangeError(`a BLAKE3 key of ${key.length} bytes`);
  const blake = loadNative();
  return blake === null ? null : hashBy(blake, key);
}

export const portableKeyedBlake3 =
  (key: Uint8Array): KeyedHash =>
  (data) =>
    Buffer.from(blake3(data, { key }));

/** @param key 32 bytes */
export function keyedBlake3(key: Uint8Array): KeyedHash {
  return nativeKeyedBlake3(key) ?? portableKeyedBlake3(key);
}
