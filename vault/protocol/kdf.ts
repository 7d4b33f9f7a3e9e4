/** HKDF-SHA-256 (RFC 5869) with an empty salt: the info says what a key is for and what it belongs to. */
import { createHmac } from 'node:crypto';
import { plainView, utf8, wipe } from './bytes.ts';

const EMPTY = new Uint8Array(0);
const ONE = Uint8Array.of(1);

/** HMAC-SHA-256 of the parts one after the other, 32 bytes. Native: nothing of a key or a part is copied on the heap. */
export function mac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return plainView(hmac.digest());
}

/** HKDF-Extract with an empty salt. */
export function extractKey(...ikm: readonly Uint8Array[]): Uint8Array {
  return mac(EMPTY, ...ikm);
}

/**
 * 32 bytes of HKDF(secret, label || parts...). The parts of one label have fixed sizes.
 *
 * @param label begins with "holdfast/v1/"
 */
export function deriveKey(secret: Uint8Array, label: string, ...parts: Uint8Array[]): Uint8Array {
  const prk = extractKey(secret);
  try {
    // HKDF-Expand of one block.
    return mac(prk, utf8(label), ...parts, ONE);
  } finally {
    wipe(prk);
  }
}
