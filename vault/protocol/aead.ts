/** AES-256-GCM by node:crypto: nonce (12) || ciphertext || tag (16), the nonce random. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { concat, plainView } from './bytes.ts';
import { ProtocolError } from './errors.ts';

const NONCE = 12;
const TAG = 16;
export const GCM_OVERHEAD = NONCE + TAG;

/** @param key 32 bytes */
export function sealGcm(key: Uint8Array, plain: Uint8Array, aad: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
  cipher.setAAD(aad);
  return concat(nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

/**
 * @param key 32 bytes
 * @throws ProtocolError `not-authentic`
 */
export function openGcm(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array, what: string): Uint8Array {
  if (sealed.length < GCM_OVERHEAD) throw new ProtocolError('not-authentic', `${what} is cut off`);
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  const plain = decipher.update(sealed.subarray(NONCE, sealed.length - TAG));
  try {
    decipher.final();
  } catch (error) {
    plain.fill(0);
    throw new ProtocolError('not-authentic', `${what} does not open`, { cause: error });
  }
  return plainView(plain);
}
