/**
 * The reader's key pair: X-Wing (ML-KEM-768 + X25519, draft-connolly-cfrg-xwing-kem-10). Contents are sealed to its
 * public key, so a computer that backs up cannot read what it wrote, and neither can a future quantum computer.
 *
 * X25519 is Node's own: in JavaScript it costs each thread a table of points, more time than all else that a short
 * thread does. SHA-3 is not, because BoringSSL, which Electron brings, does not offer it.
 */
import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { ml_kem768 as lattice } from '@noble/post-quantum/ml-kem.js';
import { createHash, diffieHellman, type KeyObject } from 'node:crypto';
import { concat, utf8 } from './bytes.ts';
import { privateKeyOf, publicKeyOf, rawPublicKeyOf } from './raw-keys.ts';

const LATTICE_PUBLIC_KEY_BYTES = 1184;
const LATTICE_CIPHERTEXT_BYTES = 1088;
const POINT_BYTES = 32;
export const READER_PUBLIC_KEY_BYTES = LATTICE_PUBLIC_KEY_BYTES + POINT_BYTES;
export const KEM_CIPHERTEXT_BYTES = LATTICE_CIPHERTEXT_BYTES + POINT_BYTES;
const SECRET_KEY_BYTES = 32;
const ESEED_BYTES = 64;
const LABEL = utf8('\\.//^\\');

export interface ReaderKeyPair {
  publicKey: Uint8Array;
  /** The 32-byte seed; X-Wing expands it at each decapsulation. */
  secretKey: Uint8Array;
}

/** @param seed 32 bytes */
export function readerKeyPair(seed: Uint8Array): ReaderKeyPair {
  return expanded(seed, ({ pair, curve }) => ({
    publicKey: concat(pair.publicKey, rawPublicKeyOf(curve)),
    secretKey: new Uint8Array(seed),
  }));
}

/** @param eseed 64 bytes of encapsulation randomness */
export function encapsulate(publicKey: Uint8Array, eseed: Uint8Array): { ciphertext: Uint8Array; shared: Uint8Array } {
  expectLength(publicKey, READER_PUBLIC_KEY_BYTES);
  expectLength(eseed, ESEED_BYTES);
  const inner = lattice.encapsulate(publicKey.subarray(0, LATTICE_PUBLIC_KEY_BYTES), eseed.subarray(0, 32));
  const theirs = publicKey.subarray(LATTICE_PUBLIC_KEY_BYTES);
  const ephemeral = privateKeyOf('x25519', eseed.subarray(32));
  const point = rawPublicKeyOf(ephemeral);
  const shared = diffieHellman({ privateKey: ephemeral, publicKey: publicKeyOf('x25519', theirs) });
  return { ciphertext: concat(inner.cipherText, point), shared: combine(inner.sharedSecret, shared, point, theirs) };
}

/** Never fails on a wrong ciphertext (implicit rejection): the key commitment tells. */
export function decapsulate(ciphertext: Uint8Array, secretKey: Uint8Array): Uint8Array {
  expectLength(ciphertext, KEM_CIPHERTEXT_BYTES);
  return expanded(secretKey, ({ pair, curve }) => {
    const inner = lattice.decapsulate(ciphertext.subarray(0, LATTICE_CIPHERTEXT_BYTES), pair.secretKey);
    const point = ciphertext.subarray(LATTICE_CIPHERTEXT_BYTES);
    return combine(inner, sharedWith(curve, point), point, rawPublicKeyOf(curve));
  });
}

export const readerKeyHash = (publicKey: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(publicKey).digest());

interface Expanded {
  pair: { publicKey: Uint8Array; secretKey: Uint8Array };
  curve: KeyObject;
}

/** Gives what the seed expands to, and wipes it. */
function expanded<T>(seed: Uint8Array, use: (keys: Expanded) => T): T {
  expectLength(seed, SECRET_KEY_BYTES);
  const wide = shake256(seed, { dkLen: 96 });
  const pair = lattice.keygen(wide.subarray(0, 64));
  try {
    return use({ pair, curve: privateKeyOf('x25519', wide.subarray(64)) });
  } finally {
    wide.fill(0);
    pair.secretKey.fill(0);
  }
}

function combine(inner: Uint8Array, shared: Uint8Array, point: Uint8Array, publicPart: Uint8Array): Uint8Array {
  const parts = concat(inner, shared, point, publicPart, LABEL);
  try {
    return sha3_256(parts);
  } finally {
    for (const secret of [inner, shared, parts]) secret.fill(0);
  }
}

/** X25519 as X-Wing has it, without a check: zero for the few points that make every secret zero, which OpenSSL refuses. */
function sharedWith(curve: KeyObject, point: Uint8Array): Uint8Array {
  const publicKey = publicKeyOf('x25519', point);
  try {
    return diffieHellman({ privateKey: curve, publicKey });
  } catch {
    return new Uint8Array(POINT_BYTES);
  }
}

function expectLength(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new RangeError(`${bytes.length} bytes where X-Wing has ${length}`);
}
