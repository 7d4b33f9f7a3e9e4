/** The key stretching function: Argon2id (RFC 9106), native and off the main thread. */
import { plainView } from './bytes.ts';
import type { Ksf } from './messages.ts';
import type { Stretch } from './opaque-client.ts';
import { checkKsf, HASH_BYTES, KSF_BOUNDS, type KsfBounds } from './suite.ts';

/**
 * Salt of RFC 9807 section 7: zeros. The OPRF output that is stretched is salted by the record's key already, which
 * nobody can compute guesses ahead for.
 */
const SALT = new Uint8Array(16);

/** `Algorithm.Argon2id` and `Version.V0x13` of the library, whose const enums this compiler setting cannot read. */
const ARGON2ID = 2;
const VERSION_13 = 1;

/**
 * Stretch with these parameters: 32 bytes in, 32 bytes out.
 *
 * @param bounds the suite's own; only tests pass others
 * @throws ProtocolError `ksf-refused`, before any memory is taken
 */
export function argon2id(ksf: Ksf, bounds: KsfBounds = KSF_BOUNDS): Stretch {
  checkKsf(ksf, bounds);
  const options = {
    algorithm: ARGON2ID,
    version: VERSION_13,
    memoryCost: ksf.memoryKiB,
    timeCost: ksf.iterations,
    parallelism: ksf.parallelism,
    outputLen: HASH_BYTES,
    salt: SALT,
  };
  return async (oprfOutput) => {
    // Native code, loaded by whoever types a password and by nobody else.
    const { hashRaw } = await import('@node-rs/argon2');
    return plainView(await hashRaw(oprfOutput, options));
  };
}
