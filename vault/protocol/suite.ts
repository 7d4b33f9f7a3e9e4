/** The one suite of version 1: OPAQUE-3DH (RFC 9807) with OPRF(P-256, SHA-256) (RFC 9497), HKDF, HMAC and Argon2id. */
import { ProtocolError } from './errors.ts';
import type { Ksf } from './messages.ts';

export const PROTOCOL = 'HKV1';
export const SUITE = 'HKV1-P256-SHA256-A2ID';

/** Sizes in bytes, by the names of RFC 9807 section 1.2 (Noe = Npk, Nh = Nm = Nx). */
export const POINT_BYTES = 33;
export const SCALAR_BYTES = 32;
export const HASH_BYTES = 32;
export const NONCE_BYTES = 32;
export const SEED_BYTES = 32;
export const ENVELOPE_BYTES = NONCE_BYTES + HASH_BYTES;
export const RECORD_BYTES = POINT_BYTES + HASH_BYTES + ENVELOPE_BYTES;
export const KE1_BYTES = POINT_BYTES + NONCE_BYTES + POINT_BYTES;
/** Masked response: server public key and envelope. */
export const MASKED_BYTES = POINT_BYTES + ENVELOPE_BYTES;
export const CREDENTIAL_RESPONSE_BYTES = POINT_BYTES + NONCE_BYTES + MASKED_BYTES;
export const KE2_BYTES = CREDENTIAL_RESPONSE_BYTES + NONCE_BYTES + POINT_BYTES + HASH_BYTES;
export const KE3_BYTES = HASH_BYTES;

export const VAULT_ID_BYTES = 16;
export const RECORD_ID_BYTES = 32;
export const REQUEST_ID_BYTES = 16;
export const ROOT_KEY_BYTES = 32;

/** Argon2id for new registrations: 256 MiB, about 1.2 s on a desktop of 2020. */
export const DEFAULT_KSF: Readonly<Ksf> = Object.freeze({ memoryKiB: 262_144, iterations: 3, parallelism: 4 });

/** Inclusive bounds for Argon2id parameters that came from elsewhere. */
export interface KsfBounds {
  memoryKiB: readonly [min: number, max: number];
  iterations: readonly [min: number, max: number];
  parallelism: readonly [min: number, max: number];
}

/**
 * 64 MiB to 2 GiB, at most 10 passes and 16 lanes. Less would let a corrupt vault ask for a password that is cheap to
 * guess; more would let it take the computer's memory.
 */
export const KSF_BOUNDS: Readonly<KsfBounds> = Object.freeze({
  memoryKiB: [65_536, 2_097_152],
  iterations: [1, 10],
  parallelism: [1, 16],
} as const);

/**
 * Refuses Argon2id parameters outside the bounds, before memory is taken for them.
 *
 * @param bounds the suite's own; only tests pass others
 * @throws ProtocolError `ksf-refused`
 */
export function checkKsf(ksf: Ksf, bounds: KsfBounds = KSF_BOUNDS): void {
  for (const name of ['memoryKiB', 'iterations', 'parallelism'] as const) {
    const value = ksf[name];
    const [min, max] = bounds[name];
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new ProtocolError('ksf-refused', `Argon2id ${name} is ${value}, not ${min} to ${max}`);
    }
  }
}
