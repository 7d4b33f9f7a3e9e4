/** Whole points out of ECDH, which tells only x coordinates, with this room's errors. The arithmetic is the protocol's. */
import { ProtocolError } from '../protocol/errors.ts';
import { decodePoint, liftFromTwoX, multiplySecret, twoXQuestion } from '../protocol/p256.ts';
import { HsmError } from './hsm.ts';

/** x(kP) for an uncompressed point P (65 bytes), 32 bytes: one ECDH with the key k. */
export type DeriveX = (point: Uint8Array) => Promise<Uint8Array>;

const X_BYTES = 32;

/**
 * Refuses what is not a compressed point of P-256; every such point has the group's prime order.
 *
 * @throws HsmError `bad-point`; the identity has no compressed form, so it is refused too
 */
export function checkPoint(point: Uint8Array): void {
  asHsmError(() => decodePoint(point));
}

/**
 * kB for a key k that only answers ECDH: two derives, none for B = G and B = -G, which K and -K answer.
 *
 * @param point B, compressed, 33 bytes
 * @param pinned K = kG, compressed
 * @param name of the key, for the error
 * @returns compressed point, 33 bytes
 * @throws HsmError `bad-point`; `swapped` when the derives were not made with the k of K; what `deriveX` throws
 */
export async function multiplyPinned(
  point: Uint8Array,
  pinned: Uint8Array,
  deriveX: DeriveX,
  name: string,
): Promise<Uint8Array> {
  const question = asHsmError(() => twoXQuestion(point, pinned));
  if ('known' in question) return question.known;
  const x1 = await deriveX(question.ask[0]);
  const x2 = await deriveX(question.ask[1]);
  if (x1.length !== X_BYTES || x2.length !== X_BYTES) {
    throw new HsmError('unfit', `The module does not answer ECDH with the bare x coordinate (${x1.length} bytes).`);
  }
  const product = liftFromTwoX(x1, x2, pinned);
  if (product !== null) return product;
  throw new HsmError('swapped', `The key ${name} in the token is not the one whose public key is pinned.`);
}

/**
 * tB for a secret scalar of this process, in constant time.
 *
 * @param scalar 32 bytes, not 0
 * @throws HsmError `bad-point`
 */
export function multiplyInProcess(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  return asHsmError(() => multiplySecret(scalar, point));
}

function asHsmError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'bad-point') {
      throw new HsmError('bad-point', 'Not a point of P-256 in its compressed form.', { cause: error });
    }
    throw error;
  }
}
