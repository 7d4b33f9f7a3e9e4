/**
 * Key hierarchy (FORMAT.md, "Keys"). HKDF is RFC 5869 with SHA-256; every derived key is 32 bytes, so Expand is one
 * block.
 */
import { createHmac, sign, verify } from 'node:crypto';
import { concat, u32, utf8 } from './bytes.ts';
import { privateKeyOf, publicKeyOf, rawPublicKeyOf } from './raw-keys.ts';

export const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Uint8Array => {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return new Uint8Array(mac.digest());
};

/** HKDF-Extract(salt, ikm), RFC 5869 section 2.2. */
export const extract = (salt: Uint8Array, ikm: Uint8Array): Uint8Array => hmac(salt, ikm);

/** HKDF-Expand(prk, info, 32), RFC 5869 section 2.3 for a single block. */
export const expand = (prk: Uint8Array, info: Uint8Array): Uint8Array => hmac(prk, info, Uint8Array.of(1));

/** `K = HKDF-Expand(root, "holdfast/v1/" || label || 0 || clientId, 32)`; clientId is empty for repository-wide keys. */
export function deriveKey(root: Uint8Array, label: string, clientId: Uint8Array = new Uint8Array(0)): Uint8Array {
  return expand(root, concat(utf8(`holdfast/v1/${label}\0`), clientId));
}

/** `PRK = HKDF-Extract(salt = repoId, ikm = RK)`: the root of epoch 0 and of the keys held only by who has RK. */
export const rootOf = (rootKey: Uint8Array, repoId: Uint8Array): Uint8Array => extract(repoId, rootKey);

/** The five keys of one computer in one epoch; `blobId` and `chunker` come from the epoch that the client joined in. */
export interface ClientKeys {
  meta: Uint8Array;
  hedge: Uint8Array;
  localCache: Uint8Array;
  blobId: Uint8Array;
  chunker: Uint8Array;
}

/**
 * A key of one of the computers that wrote a domain one after the other: none has those of the next.
 *
 * @param writer how many times the domain was taken over before: 0 for its first computer
 */
export function deriveWriterKey(
  root: Uint8Array,
  label: 'meta' | 'hedge' | 'local-cache',
  clientId: Uint8Array,
  writer: number,
): Uint8Array {
  return deriveKey(root, label, writer === 0 ? clientId : concat(clientId, u32(writer)));
}

/**
 * @param epochRoot root (32 bytes) of the epoch that objects are written in
 * @param domainRoot root (32 bytes) of the epoch that the client joined in
 * @param writer as of `deriveWriterKey`
 */
export function clientKeys(
  epochRoot: Uint8Array,
  domainRoot: Uint8Array,
  clientId: Uint8Array,
  writer = 0,
): ClientKeys {
  return {
    meta: deriveWriterKey(epochRoot, 'meta', clientId, writer),
    hedge: deriveWriterKey(epochRoot, 'hedge', clientId, writer),
    localCache: deriveWriterKey(epochRoot, 'local-cache', clientId, writer),
    blobId: deriveKey(domainRoot, 'blob-id', clientId),
    chunker: deriveKey(domainRoot, 'chunker', clientId),
  };
}

/** Ed25519 public key (32 bytes, RFC 8032) of a 32-byte seed. */
export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  return rawPublicKeyOf(privateKeyOf('ed25519', seed));
}

/** Ed25519 signature, 64 bytes. */
export function ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, message, privateKeyOf('ed25519', seed)));
}

export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  return verify(null, message, publicKeyOf('ed25519', publicKey), signature);
}
