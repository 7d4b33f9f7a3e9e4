/** ECDSA P-256 with SHA-256 as the vault's token makes it: r || s, 64 bytes. */
import { createPublicKey, verify } from 'node:crypto';
import { decodePoint } from './p256.ts';

// SubjectPublicKeyInfo of an uncompressed P-256 point, RFC 5480.
const SPKI_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

/**
 * @param publicKey compressed point, 33 bytes
 * @param signature r || s
 * @throws ProtocolError `bad-point` for a key that is none
 */
export function verifyEcdsa(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const point = decodePoint(publicKey).toBytes(false);
  if (signature.length !== 64) return false;
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, point]), format: 'der', type: 'spki' });
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/** Signs with the receipt key: `Hsm.sign`. */
export type Signer = (message: Uint8Array) => Promise<Uint8Array>;
