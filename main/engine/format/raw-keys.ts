/** Raw 32-byte keys of the Edwards and Montgomery curves for node:crypto, which takes them only in the wrappers of RFC 8410. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

export type Curve = 'ed25519' | 'x25519';

/** Bytes of a raw key. */
const RAW_BYTES = 32;
/** What stands before the raw key: PrivateKeyInfo (PKCS #8) and SubjectPublicKeyInfo. */
const HEADS: Record<Curve, { pkcs8: Buffer; spki: Buffer }> = {
  ed25519: {
    pkcs8: Buffer.from('302e020100300506032b657004220420', 'hex'),
    spki: Buffer.from('302a300506032b6570032100', 'hex'),
  },
  x25519: {
    pkcs8: Buffer.from('302e020100300506032b656e04220420', 'hex'),
    spki: Buffer.from('302a300506032b656e032100', 'hex'),
  },
};

/** @param raw 32 bytes: the seed of Ed25519, the scalar of X25519 */
export function privateKeyOf(curve: Curve, raw: Uint8Array): KeyObject {
  const key = Buffer.concat([HEADS[curve].pkcs8, raw]);
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } finally {
    key.fill(0);
  }
}

/** @param raw 32 bytes */
export function publicKeyOf(curve: Curve, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([HEADS[curve].spki, raw]), format: 'der', type: 'spki' });
}

/** The raw public key of a private one, 32 bytes. */
export function rawPublicKeyOf(key: KeyObject): Uint8Array {
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return new Uint8Array(der.subarray(der.length - RAW_BYTES));
}
