/**
 * RK on this computer's disk while a session lasts. It takes S from the keychain and V from the vault to open it, and
 * the vault never has anything that was made from RK.
 */
import { randomBytes } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { checkLength, concat, unpooled, wipe } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { deriveKey } from './kdf.ts';
import { RECORD_ID_BYTES, REQUEST_ID_BYTES, ROOT_KEY_BYTES, VAULT_ID_BYTES } from './suite.ts';

const NONCE = 24;
const TAG = 16;
/** nonce (24) || RK (32) || tag (16). */
export const SESSION_WRAP_BYTES = NONCE + ROOT_KEY_BYTES + TAG;

export interface SessionSecrets {
  /** S, 32 bytes, of the keychain. */
  s: Uint8Array;
  /** V, 32 bytes, of the vault. */
  v: Uint8Array;
  vaultId: Uint8Array;
  recordId: Uint8Array;
  /** 16 bytes. */
  sessionId: Uint8Array;
}

function sessionKey(secrets: SessionSecrets): Uint8Array {
  const { s, v, vaultId, recordId, sessionId } = secrets;
  checkLength(s, 32, 'S');
  checkLength(v, 32, 'V');
  checkLength(vaultId, VAULT_ID_BYTES, 'a vault id');
  checkLength(recordId, RECORD_ID_BYTES, 'a record id');
  checkLength(sessionId, REQUEST_ID_BYTES, 'a session id');
  const both = concat(s, v);
  const key = deriveKey(both, 'holdfast/v1/session', vaultId, recordId, sessionId);
  wipe(both);
  return key;
}

/** @param rootKey RK, 32 bytes @returns 72 bytes, XChaCha20-Poly1305 */
export function wrapForSession(secrets: SessionSecrets, rootKey: Uint8Array): Uint8Array {
  checkLength(rootKey, ROOT_KEY_BYTES, 'a root key');
  const key = sessionKey(secrets);
  const nonce = randomBytes(NONCE);
  // It is encrypted in place: in an array of the library's own a copy of RK would stay behind (bytes.ts, unpooled).
  const sealed = xchacha20poly1305(key, nonce).encrypt(rootKey, unpooled(ROOT_KEY_BYTES + TAG));
  wipe(key);
  return concat(nonce, sealed);
}

/** @returns RK, 32 bytes; the caller wipes it @throws ProtocolError `not-authentic`, `malformed` */
export function unwrapForSession(secrets: SessionSecrets, wrapped: Uint8Array): Uint8Array {
  checkLength(wrapped, SESSION_WRAP_BYTES, 'a wrapped key');
  const key = sessionKey(secrets);
  try {
    const cipher = xchacha20poly1305(key, wrapped.subarray(0, NONCE));
    return cipher.decrypt(wrapped.subarray(NONCE), unpooled(ROOT_KEY_BYTES));
  } catch (error) {
    throw new ProtocolError('not-authentic', 'the session does not open the key', { cause: error });
  } finally {
    wipe(key);
  }
}
