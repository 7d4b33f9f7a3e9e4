/** Ed25519 (RFC 8032) by node:crypto, over raw keys. */
import { createPrivateKey, createPublicKey, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { checkLength, plainView, wipe } from './bytes.ts';

export interface SigningKey {
  /** Secret, 32 bytes. */
  seed: Uint8Array;
  /** 32 bytes. */
  publicKey: Uint8Array;
}

// RFC 8410 wrappers round the 32 raw bytes, the only way node:crypto takes them.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

function privateKey(seed: Uint8Array): KeyObject {
  checkLength(seed, 32, 'an Ed25519 seed');
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  wipe(der);
  return key;
}

/** @throws ProtocolError `malformed` unless the seed has 32 bytes */
export function signingKey(seed: Uint8Array): SigningKey {
  const der = createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' });
  return { seed, publicKey: Uint8Array.from(der.subarray(SPKI_PREFIX.length)) };
}

/** A key of its own, e.g. a computer's device key; the seed goes to its keychain. */
export function newSigningKey(): SigningKey {
  return signingKey(plainView(randomBytes(32)));
}

/** 64 bytes. */
export function signEd25519(key: Pick<SigningKey, 'seed'>, message: Uint8Array): Uint8Array {
  return Uint8Array.from(sign(null, message, privateKey(key.seed)));
}

/** False for any key or signature that is not well-formed, too. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}
