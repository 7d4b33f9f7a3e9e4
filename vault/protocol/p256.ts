/**
 * P-256 for this protocol. Points come from @noble/curves. Multiplication by a secret scalar goes through ECDH of
 * node:crypto, which is constant time but gives away only x(kB); two of them recover the point ("two-x trick"): of the
 * two points with x-coordinate x(kB), the right one plus kG has the x-coordinate of k(B + G).
 */
import { createECDH, randomBytes } from 'node:crypto';
import { p256, p256_hasher } from '@noble/curves/nist.js';
import { concat, equal, u16, utf8 } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { POINT_BYTES, SCALAR_BYTES, SEED_BYTES } from './suite.ts';

export type P256Point = InstanceType<typeof p256.Point>;

const { BASE: G, Fn } = p256.Point;

/** contextString of RFC 9497 section 3.1: OPRF mode, P256-SHA256. */
const OPRF_CONTEXT = concat(utf8('OPRFV1-'), Uint8Array.of(0), utf8('-P256-SHA256'));
const HASH_TO_GROUP = concat(utf8('HashToGroup-'), OPRF_CONTEXT);
const HASH_TO_SCALAR = concat(utf8('HashToScalar-'), OPRF_CONTEXT);
const DERIVE_KEY_PAIR = concat(utf8('DeriveKeyPair'), OPRF_CONTEXT);

/** G, compressed (33 bytes). */
export const GENERATOR: Uint8Array = G.toBytes(true);

export interface KeyPair {
  /** Scalar, 32 bytes. */
  secretKey: Uint8Array;
  /** Compressed point, 33 bytes. */
  publicKey: Uint8Array;
}

/**
 * @param bytes compressed point of SEC 1, 33 bytes
 * @throws ProtocolError `bad-point` for the identity, a point off the curve, x >= p, or any other form
 */
export function decodePoint(bytes: Uint8Array): P256Point {
  if (bytes.length !== POINT_BYTES) throw new ProtocolError('bad-point', `a point has ${POINT_BYTES} bytes`);
  try {
    const point = p256.Point.fromBytes(bytes);
    point.assertValidity();
    return point;
  } catch (error) {
    throw new ProtocolError('bad-point', 'not a point of P-256', { cause: error });
  }
}

/** @throws ProtocolError `bad-point`, as decodePoint */
export function checkPoint(bytes: Uint8Array): void {
  decodePoint(bytes);
}

/**
 * Compressed, 33 bytes.
 *
 * @throws ProtocolError `bad-point` for the identity, which has no place in any message
 */
export function encodePoint(point: P256Point): Uint8Array {
  if (point.is0()) throw new ProtocolError('bad-point', 'the identity');
  return point.toBytes(true);
}

/** What a two-x evaluation of k on B must ask whoever holds k. */
export type TwoXQuestion =
  /** B is G or -G: the answer is the public key or its negative, compressed; nobody needs to be asked. */
  | { known: Uint8Array }
  /** B and B + G, uncompressed (65 bytes): ask for the x-coordinate of k times each. */
  | { ask: readonly [Uint8Array, Uint8Array] };

/**
 * @param point B, compressed
 * @param pinned K = kG, compressed
 * @throws ProtocolError `bad-point`
 */
export function twoXQuestion(point: Uint8Array, pinned: Uint8Array): TwoXQuestion {
  const b = decodePoint(point);
  // B + G would be the identity for -G, which no ECDH takes; for G the lift works, but there is nothing to ask.
  if (b.equals(G)) return { known: encodePoint(decodePoint(pinned)) };
  if (b.equals(G.negate())) return { known: encodePoint(decodePoint(pinned).negate()) };
  return { ask: [b.toBytes(false), b.add(G).toBytes(false)] };
}

/**
 * kB from two x-coordinates. What was made with another key is found out; that the answers are in order is not: of
 * exchanged ones it gives -k(B + G).
 *
 * @param x1 x(kB), 32 bytes
 * @param x2 x(k(B + G)), 32 bytes
 * @param pinned K = kG, compressed
 * @returns kB compressed, or null where the answers were not made with the pinned key
 * @throws ProtocolError `bad-point` for a pinned key that is no point
 */
export function liftFromTwoX(x1: Uint8Array, x2: Uint8Array, pinned: Uint8Array): Uint8Array | null {
  const k = decodePoint(pinned);
  if (x1.length !== SCALAR_BYTES || x2.length !== SCALAR_BYTES) return null;
  let y: P256Point;
  try {
    y = decodePoint(concat(Uint8Array.of(2), x1));
  } catch {
    return null;
  }
  for (const candidate of [y, y.negate()]) {
    const sum = candidate.add(k);
    if (!sum.is0() && equal(sum.toBytes(true).subarray(1), x2)) return candidate.toBytes(true);
  }
  return null;
}

/**
 * kB for a secret k of this process, in constant time with regard to k.
 *
 * @param scalar k, 32 bytes, not 0
 * @param point B, compressed
 * @returns compressed point, 33 bytes
 * @throws ProtocolError `bad-point`; `malformed` for a scalar that is 0 or too large
 */
export function multiplySecret(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  const ecdh = ecdhOf(scalar);
  const pinned = new Uint8Array(ecdh.getPublicKey(null, 'compressed'));
  const question = twoXQuestion(point, pinned);
  if ('known' in question) return question.known;
  const [x1, x2] = question.ask.map((each) => ecdh.computeSecret(each));
  const product = x1 && x2 ? liftFromTwoX(x1, x2, pinned) : null;
  if (product === null) throw new Error('ECDH of node:crypto does not agree with itself');
  return product;
}

function ecdhOf(scalar: Uint8Array): ReturnType<typeof createECDH> {
  if (scalar.length !== SCALAR_BYTES) throw new ProtocolError('malformed', `a scalar has ${SCALAR_BYTES} bytes`);
  const ecdh = createECDH('prime256v1');
  try {
    ecdh.setPrivateKey(scalar);
  } catch (error) {
    throw new ProtocolError('malformed', 'not a scalar of P-256', { cause: error });
  }
  return ecdh;
}

/** kG, compressed. @throws ProtocolError `malformed` for a scalar that is 0 or too large */
export function publicKeyOf(scalar: Uint8Array): Uint8Array {
  return new Uint8Array(ecdhOf(scalar).getPublicKey(null, 'compressed'));
}

/** A uniformly random scalar from 1 to n - 1, 32 bytes. */
export function randomScalar(): Uint8Array {
  for (;;) {
    // n is 2^256 - 2^224 + ...: one in 2^32 is refused.
    const candidate = new Uint8Array(randomBytes(SCALAR_BYTES));
    if (p256.utils.isValidSecretKey(candidate)) return candidate;
  }
}

/**
 * 1/k mod n. The inversion itself runs on k times a random mask, so that its time tells nothing of k.
 *
 * @param scalar k, 32 bytes, not 0
 */
export function invertScalar(scalar: Uint8Array): Uint8Array {
  const mask = Fn.fromBytes(randomScalar());
  return Fn.toBytes(Fn.mul(mask, Fn.inv(Fn.mul(mask, Fn.fromBytes(scalar)))));
}

/**
 * HashToScalar of RFC 9497 section 4.3. For the tweak of a record: never 0.
 *
 * @param input a secret, e.g. an HMAC over the record id and the nonce
 * @returns 32 bytes
 */
export function hashToScalar(input: Uint8Array): Uint8Array {
  return nonZero(p256_hasher.hashToScalar(input, { DST: HASH_TO_SCALAR }));
}

/** One hash in 2^256 is 0; who meets it should not go on. */
function nonZero(scalar: bigint): Uint8Array {
  if (scalar === 0n) throw new ProtocolError('malformed', 'a hash gave the scalar 0');
  return Fn.toBytes(scalar);
}

/** HashToGroup of RFC 9497 section 4.3, compressed. @throws ProtocolError `bad-point` for the identity */
export function hashToGroup(input: Uint8Array): Uint8Array {
  return encodePoint(p256_hasher.hashToCurve(input, { DST: HASH_TO_GROUP }));
}

/**
 * DeriveKeyPair of RFC 9497 section 3.2.1.
 *
 * @param seed 32 bytes
 */
export function deriveKeyPair(seed: Uint8Array, info: Uint8Array): KeyPair {
  if (seed.length !== SEED_BYTES) throw new ProtocolError('malformed', `a seed has ${SEED_BYTES} bytes`);
  for (let counter = 0; counter < 256; counter++) {
    const input = concat(seed, u16(info.length), info, Uint8Array.of(counter));
    const scalar = p256_hasher.hashToScalar(input, { DST: DERIVE_KEY_PAIR });
    if (scalar === 0n) continue;
    const secretKey = Fn.toBytes(scalar);
    return { secretKey, publicKey: publicKeyOf(secretKey) };
  }
  throw new ProtocolError('malformed', 'no key comes from this seed');
}
