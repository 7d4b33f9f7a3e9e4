/**
 * AES-256-GCM (NIST SP 800-38D) by node:crypto, in slices of 128 KiB: the size at which the native call is fastest.
 * No plaintext leaves `openInto` before the tag has been checked.
 */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { equal } from './bytes.ts';
import { damaged } from './damage.ts';

export const TAG_BYTES = 16;
const SLICE = 131_072;

export type AesKey = Uint8Array | KeyObject;

/** Nonce of segment `index`: 7 zero bytes, the index, and 1 where it is the last. 12 bytes. */
export function positionNonce(index: number, last: boolean): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(7, index);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** Ciphertext pieces and, last, the 16-byte tag; each is made when it is taken. */
export function* sealSlices(
  key: AesKey,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array[],
): Generator<Buffer, void> {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(aad);
  for (const part of plaintext) {
    for (let at = 0; at < part.length; at += SLICE) yield cipher.update(part.subarray(at, at + SLICE));
  }
  cipher.final();
  yield cipher.getAuthTag();
}

/** The same, all at once. */
export const sealPieces = (key: AesKey, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array[]): Buffer[] => [
  ...sealSlices(key, nonce, aad, plaintext),
];

export function seal(key: AesKey, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return Buffer.concat(sealPieces(key, nonce, aad, [plaintext]));
}

/**
 * Decrypts `sealed` (ciphertext and tag) into `target` at `at`; on a wrong tag the target is wiped and
 * `object-damaged` thrown.
 *
 * @returns bytes of plaintext
 */
export function openInto(
  key: AesKey,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
  target: Uint8Array,
  at: number,
  what: string,
): number {
  const length = sealed.length - TAG_BYTES;
  if (length < 0 || at + length > target.length) throw damaged(what, 'too short');
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(length));
  let to = at;
  for (let from = 0; from < length; from += SLICE) {
    const piece = decipher.update(sealed.subarray(from, Math.min(length, from + SLICE)));
    target.set(piece, to);
    to += piece.length;
  }
  try {
    decipher.final();
  } catch {
    target.fill(0, at, to);
    throw damaged(what, 'authentication failed');
  }
  return length;
}

/**
 * True where what is sealed opens to exactly `expected`. It passes slice by slice: a large value is not held twice over to
 * be compared with one that is known.
 *
 * @param read gives so many bytes of what is sealed (ciphertext and tag) from `at` on; a view may be good until the next
 *   call only
 * @throws HoldfastError `object-damaged` where the tag is wrong
 */
export function opensTo(
  key: AesKey,
  nonce: Uint8Array,
  aad: Uint8Array,
  expected: Uint8Array,
  read: (at: number, length: number) => Uint8Array,
  what: string,
): boolean {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(aad);
  let same = true;
  for (let at = 0; at < expected.length; at += SLICE) {
    const slice = expected.subarray(at, at + SLICE);
    const piece = decipher.update(read(at, slice.length));
    same = same && equal(piece, slice);
  }
  decipher.setAuthTag(read(expected.length, TAG_BYTES));
  try {
    decipher.final();
  } catch {
    throw damaged(what, 'authentication failed');
  }
  return same;
}

export function open(key: AesKey, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array, what: string): Uint8Array {
  const out = new Uint8Array(Math.max(0, sealed.length - TAG_BYTES));
  openInto(key, nonce, aad, sealed, out, 0, what);
  return out;
}
