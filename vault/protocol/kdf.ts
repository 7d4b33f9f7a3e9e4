/** HKDF-SHA-256 (RFC 5869) with an empty salt: the info says what a key is for and what it belongs to. */
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, utf8 } from './bytes.ts';

/**
 * 32 bytes of HKDF(secret, label || parts...). The parts of one label have fixed sizes.
 *
 * @param label begins with "holdfast/v1/"
 */
export function deriveKey(secret: Uint8Array, label: string, ...parts: Uint8Array[]): Uint8Array {
  return hkdf(sha256, secret, new Uint8Array(0), concat(utf8(label), ...parts), 32);
}
