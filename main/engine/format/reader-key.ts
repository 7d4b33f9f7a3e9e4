/**
 * The reader's key pair: X-Wing (ML-KEM-768 + X25519, draft-connolly-cfrg-xwing-kem-10). Contents are sealed to its
 * public key, so a computer that backs up cannot read what it wrote, and neither can a future quantum computer.
 */
import { ml_kem768_x25519 as xwing } from '@noble/post-quantum/hybrid.js';
import { createHash } from 'node:crypto';

export const READER_PUBLIC_KEY_BYTES = 1216;
export const KEM_CIPHERTEXT_BYTES = 1120;

export interface ReaderKeyPair {
  publicKey: Uint8Array;
  /** The 32-byte seed; X-Wing expands it at each decapsulation. */
  secretKey: Uint8Array;
}

export function readerKeyPair(seed: Uint8Array): ReaderKeyPair {
  return xwing.keygen(seed);
}

/** @param eseed 64 bytes of encapsulation randomness */
export function encapsulate(publicKey: Uint8Array, eseed: Uint8Array): { ciphertext: Uint8Array; shared: Uint8Array } {
  const { cipherText, sharedSecret } = xwing.encapsulate(publicKey, eseed);
  return { ciphertext: cipherText, shared: sharedSecret };
}

/** Never fails on a wrong ciphertext (implicit rejection): the key commitment tells. */
export function decapsulate(ciphertext: Uint8Array, secretKey: Uint8Array): Uint8Array {
  return xwing.decapsulate(ciphertext, secretKey);
}

export const readerKeyHash = (publicKey: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(publicKey).digest());
