/**
 * BLAKE3's keyed mode (O'Connor, Aumasson, Neves, Wilcox-O'Hearn: "BLAKE3: one function, fast everywhere", section 2.3).
 * Native where there is a binary for this system, else in JavaScript: the same hash, some forty times slower.
 */
import { blake3 } from '@noble/hashes/blake3.js';
import { createRequire } from 'node:module';

/** 32 bytes of keyed hash, in a buffer of its own. */
export type KeyedHash = (data: Uint8Array) => Buffer;

interface NativePackage {
  Blake3Hasher: { newKeyed(key: Buffer): NativeHasher };
}
interface NativeHasher {
  reset(): void;
  update(data: Uint8Array): this;
  digest(format: 'hex'): string;
}

function loadNative(): NativePackage | null {
  try {
    return createRequire(import.meta.url)('@napi-rs/blake-hash') as NativePackage;
  } catch {
    return null;
  }
}

/** Null where there is no binary for this system. Throws a RangeError for a key that is not of 32 bytes. */
export function nativeKeyedBlake3(key: Uint8Array): KeyedHash | null {
  // The package ends the process for another one.
  if (key.length !== 32) throw new RangeError(`a BLAKE3 key of ${key.length} bytes`);
  const hasher = loadNative()?.Blake3Hasher.newKeyed(Buffer.from(key));
  if (hasher === undefined) return null;
  return (data) => {
    hasher.reset();
    // As text: a buffer that the package makes costs more than the hash of a small blob, to be let go of.
    return Buffer.from(hasher.update(data).digest('hex'), 'hex');
  };
}

export const portableKeyedBlake3 =
  (key: Uint8Array): KeyedHash =>
  (data) =>
    Buffer.from(blake3(data, { key }));

/** @param key 32 bytes */
export function keyedBlake3(key: Uint8Array): KeyedHash {
  return nativeKeyedBlake3(key) ?? portableKeyedBlake3(key);
}
