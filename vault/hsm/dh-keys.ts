/** Keys that a point is multiplied by: in the module (profiles A and C), or made by the module's MAC (profile B). */
import { publicKeyOf } from '../protocol/p256.ts';
import { CKO } from './cryptoki.ts';
import type { Handle } from './cryptoki.ts';
import { checkPoint, multiplyInProcess, multiplyPinned } from './ecdh.ts';
import { HsmError } from './hsm.ts';
import type { Token } from './module.ts';
import { findOnly, readPublicKey } from './objects.ts';
import { calling, deriveX, mac } from './operations.ts';
import type { MacKey } from './operations.ts';
import { macToScalar } from './record-scalar.ts';

export interface DhKey {
  /** Compressed point, 33 bytes. */
  readonly publicKey: Uint8Array;
  /** kP, compressed. @throws HsmError `bad-point`, `swapped`, `not-initialised`, `unavailable` */
  multiply(point: Uint8Array): Promise<Uint8Array>;
}

/** An EC key pair of the token; its private part answers ECDH only. */
export class ModuleDhKey implements DhKey {
  readonly publicKey: Uint8Array;
  readonly #token: Token;
  readonly #handle: Handle;
  readonly #label: string;
  readonly #beforeDerive: () => void;

  /** @param beforeDerive told of every derive, before it: what may have happened in the module is counted */
  constructor(token: Token, handle: Handle, publicKey: Uint8Array, label: string, beforeDerive: () => void = () => {}) {
    this.#token = token;
    this.#handle = handle;
    this.publicKey = publicKey;
    this.#label = label;
    this.#beforeDerive = beforeDerive;
  }

  multiply(point: Uint8Array): Promise<Uint8Array> {
    checkPoint(point);
    return calling(`use the key ${this.#label}`, () =>
      this.#token.sessions.use((session) =>
        multiplyPinned(
          point,
          this.publicKey,
          (each) => {
            this.#beforeDerive();
            return deriveX(this.#token, session, this.#handle, each);
          },
          this.#label,
        ),
      ),
    );
  }
}

/** A key that is HashToScalar of a MAC by the module; it is in this process only while it is used. */
export class MacDhKey implements DhKey {
  readonly publicKey: Uint8Array;
  readonly #scalar: () => Promise<Uint8Array>;

  private constructor(publicKey: Uint8Array, scalar: () => Promise<Uint8Array>) {
    this.publicKey = publicKey;
    this.#scalar = scalar;
  }

  static async make(token: Token, key: MacKey, purpose: string, beforeMac: () => void = () => {}): Promise<MacDhKey> {
    const scalar = (): Promise<Uint8Array> =>
      calling('use its MAC key', async () => {
        beforeMac();
        return macToScalar(await mac(token, key, Buffer.from(purpose)));
      });
    return new MacDhKey(await withScalar(scalar, publicKeyOf), scalar);
  }

  async multiply(point: Uint8Array): Promise<Uint8Array> {
    checkPoint(point);
    return await withScalar(this.#scalar, (scalar) => multiplyInProcess(scalar, point));
  }
}

/** Lends a secret scalar to `work` and wipes it. */
export async function withScalar<T>(make: () => Promise<Uint8Array>, work: (scalar: Uint8Array) => T): Promise<T> {
  const scalar = await make();
  try {
    return work(scalar);
  } finally {
    scalar.fill(0);
  }
}

/**
 * The key pair with this label.
 *
 * @throws HsmError `not-initialised` where it is not there, `swapped` where there are several
 */
export function findDhKey(token: Token, session: Handle, label: string, beforeDerive?: () => void): ModuleDhKey {
  const handle = findOnly(token.p11, session, CKO.PRIVATE_KEY, label);
  if (handle === null) throw new HsmError('not-initialised', `The token has no key ${label}.`);
  return new ModuleDhKey(token, handle, readPublicKey(token.p11, session, label), label, beforeDerive);
}
