/**
 * A whole point out of ECDH, which tells only x coordinates: x(kB) says kB up to its sign, and x(k(B + G)) says which
 * sign, once K = kG is known for certain. The same for a key in the module (k) and for a scalar in this process (t).
 */
import { createECDH, timingSafeEqual } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { HsmError } from './hsm.ts';

export type P256Point = InstanceType<typeof p256.Point>;

export const G: P256Point = p256.Point.BASE;
export const POINT_BYTES = 33;
const COORDINATE_BYTES = 32;
const CURVE = 'prime256v1';

/**
 * Reads a compressed point (SEC 1, 2.3.4) of P-256; every such point has the group's prime order.
 *
 * @throws HsmError `bad-point` for another size, x not on the curve, x >= p; the identity has no compressed form
 */
export function readPoint(bytes: Uint8Array): P256Point {
  if (bytes.length === POINT_BYTES) {
    try {
      const point = p256.Point.fromBytes(bytes);
      point.assertValidity();
      return point;
    } catch {
      // told below
    }
  }
  throw new HsmError('bad-point', 'not a compressed point of P-256');
}

/** x of a point that is not the identity, 32 bytes. */
function xOf(point: P256Point): Uint8Array {
  return point.toBytes(true).subarray(1);
}

function sameX(point: P256Point, x: Uint8Array): boolean {
  return !point.is0() && timingSafeEqual(xOf(point), x);
}

/**
 * Of the two points with x1 = x(kB), the one for which x(point + K) = x2 = x(k(B + G)). Exactly one of them fits if B
 * is neither G nor -G and all of x1, x2 and K belong to one k.
 *
 * @throws HsmError `swapped` when neither fits: whoever computed x1 and x2 does not hold the k of K
 */
export function liftFromTwoX(x1: Uint8Array, x2: Uint8Array, pinned: P256Point): P256Point {
  if (x1.length === COORDINATE_BYTES && x2.length === COORDINATE_BYTES) {
    let even: P256Point | null = null;
    try {
      even = p256.Point.fromBytes(Buffer.concat([Uint8Array.of(2), x1]));
    } catch {
      // not the x of any point: nor of kB
    }
    if (even !== null) {
      const odd = even.negate();
      const fits = [even, odd].filter((candidate) => sameX(candidate.add(pinned), x2));
      if (fits.length === 1 && fits[0] !== undefined) return fits[0];
    }
  }
  throw new HsmError('swapped', 'the key in the module is not the one whose public key is pinned');
}

/**
 * kB from two ECDH derives with k. G and -G are answered with the pinned K and -K, without the derives: for -G the
 * second one would be the identity, for G both signs would fit.
 *
 * @param point not the identity
 * @param pinned K = kG
 * @param deriveX x(kP) for a point P that is not the identity, 32 bytes
 * @throws HsmError `swapped`, and whatever `deriveX` throws
 */
export async function multiplyByTwoX(
  point: P256Point,
  pinned: P256Point,
  deriveX: (point: P256Point) => Promise<Uint8Array>,
): Promise<P256Point> {
  if (point.equals(G)) return pinned;
  if (point.equals(G.negate())) return pinned.negate();
  const x1 = await deriveX(point);
  const x2 = await deriveX(point.add(G));
  return liftFromTwoX(x1, x2, pinned);
}

/**
 * tB for a secret scalar, through OpenSSL, whose P-256 takes the same time for every scalar; arithmetic on bigints
 * would not.
 *
 * @param scalar 32 bytes big-endian, 1 <= t < n
 */
export function multiplySecret(scalar: Uint8Array, point: P256Point): P256Point {
  const ecdh = createECDH(CURVE);
  ecdh.setPrivateKey(scalar);
  const pinned = p256.Point.fromBytes(ecdh.getPublicKey());
  if (point.equals(G)) return pinned;
  if (point.equals(G.negate())) return pinned.negate();
  const x1 = ecdh.computeSecret(point.toBytes(false));
  const x2 = ecdh.computeSecret(point.add(G).toBytes(false));
  return liftFromTwoX(x1, x2, pinned);
}
