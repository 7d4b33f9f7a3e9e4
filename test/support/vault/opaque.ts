/** Short words for tests of the vault's protocol. */
import { concat, utf8 } from '../../../vault/protocol/bytes.ts';
import { ProtocolError, type ProtocolErrorCode } from '../../../vault/protocol/errors.ts';
import { argon2id } from '../../../vault/protocol/ksf.ts';
import type { Ksf } from '../../../vault/protocol/messages.ts';
import type { Stretch } from '../../../vault/protocol/opaque-client.ts';
import { expandKey } from '../../../vault/protocol/opaque-keys.ts';
import type { ServerHooks } from '../../../vault/protocol/opaque-server.ts';
import { deriveKeyPair, multiplySecret } from '../../../vault/protocol/p256.ts';
import type { KsfBounds } from '../../../vault/protocol/suite.ts';

/** What the HSM does, with keys in memory. */
export function softwareHooks(oprfKey: Uint8Array, akeKey: Uint8Array): ServerHooks {
  return {
    oprfEvaluate: (blinded) => Promise.resolve(multiplySecret(oprfKey, blinded)),
    akeDh: (peer) => Promise.resolve(multiplySecret(akeKey, peer)),
  };
}

/** The record's OPRF key as a server makes it that derives all from one seed: RFC 9807 section 5.2.2. */
export function oprfKeyOf(seed: Uint8Array, credentialIdentifier: Uint8Array): Uint8Array {
  const own = expandKey(seed, concat(credentialIdentifier, utf8('OprfKey')), 32);
  return deriveKeyPair(own, utf8('OPAQUE-DeriveKeyPair')).secretKey;
}

/** KSF of the official vectors. */
export const identity: Stretch = (output) => Promise.resolve(output.slice());

/** Argon2id with next to no memory. */
export const TINY_KSF: Ksf = { memoryKiB: 8, iterations: 1, parallelism: 1 };
export const ANY_KSF: KsfBounds = { memoryKiB: [1, 4_194_304], iterations: [1, 16], parallelism: [1, 16] };
export const tiny: Stretch = argon2id(TINY_KSF, ANY_KSF);

/** Code of the ProtocolError that a call throws; null where it throws none; anything else that it throws comes out. */
export function protocolCode(call: () => unknown): ProtocolErrorCode | null {
  try {
    call();
    return null;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

export async function rejectedCode(promise: Promise<unknown>): Promise<ProtocolErrorCode | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}
