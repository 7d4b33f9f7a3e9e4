/** RK wrapped by the password, and the sealed answer in which the vault hands it over. */
import { openGcm, sealGcm } from './aead.ts';
import { checkLength, concat, fromBase64url, toBase64url, u32, utf8, wipe } from './bytes.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { ProtocolError } from './errors.ts';
import { deriveKey } from './kdf.ts';
import { RECORD_ID_BYTES, REQUEST_ID_BYTES, ROOT_KEY_BYTES, VAULT_ID_BYTES } from './suite.ts';

/** nonce (12) || RK (32) || tag (16). */
export const BLOB_BYTES = 60;

/** What a blob belongs to: it opens nowhere else. */
export interface BlobPlace {
  recordId: Uint8Array;
  /** Of the record: each registration wraps RK anew. */
  version: number;
  vaultId: Uint8Array;
}

function blobAad(place: BlobPlace): Uint8Array {
  checkLength(place.recordId, RECORD_ID_BYTES, 'a record id');
  checkLength(place.vaultId, VAULT_ID_BYTES, 'a vault id');
  return concat(place.recordId, u32(place.version), place.vaultId);
}

const WRAP = 'holdfast/v1/vault-wrap';

/**
 * @param exportKey of OPAQUE, 32 bytes: known to the client alone
 * @param rootKey RK, 32 bytes
 * @returns 60 bytes
 */
export function sealBlob(exportKey: Uint8Array, rootKey: Uint8Array, place: BlobPlace): Uint8Array {
  checkLength(rootKey, ROOT_KEY_BYTES, 'a root key');
  const key = deriveKey(exportKey, WRAP);
  const blob = sealGcm(key, rootKey, blobAad(place));
  wipe(key);
  return blob;
}

/**
 * @returns RK, 32 bytes; the caller wipes it
 * @throws ProtocolError `not-authentic`, `malformed`
 */
export function openBlob(exportKey: Uint8Array, blob: Uint8Array, place: BlobPlace): Uint8Array {
  checkLength(blob, BLOB_BYTES, 'a blob');
  const key = deriveKey(exportKey, WRAP);
  try {
    return openGcm(key, blob, blobAad(place), 'the wrapped key');
  } finally {
    wipe(key);
  }
}

/** What only the holder of this login's session key may read. */
export interface SealedAnswer {
  /** 60 bytes. */
  blob: Uint8Array;
  version: number;
}

/** Which answer it is: none can be passed off as another. `requestId`: login id or registration id. */
export interface AnswerPlace {
  call: 'loginFinish' | 'regProveFinish';
  recordId: Uint8Array;
  requestId: Uint8Array;
}

const ANSWER = 'holdfast/v1/vault-answer';
const ANSWER_WHAT = 'the sealed answer';

function answerAad(place: AnswerPlace): Uint8Array {
  checkLength(place.recordId, RECORD_ID_BYTES, 'a record id');
  checkLength(place.requestId, REQUEST_ID_BYTES, 'a request id');
  return concat(place.recordId, place.requestId, utf8(place.call));
}

/**
 * @param sessionKey of OPAQUE, 32 bytes
 * @returns base64url, the field `sealed` of both answers
 */
export function sealAnswer(sessionKey: Uint8Array, answer: SealedAnswer, place: AnswerPlace): string {
  checkLength(answer.blob, BLOB_BYTES, 'a blob');
  const key = deriveKey(sessionKey, ANSWER);
  const sealed = sealGcm(key, encodeCbor([answer.version, answer.blob]), answerAad(place));
  wipe(key);
  return toBase64url(sealed);
}

/** @throws ProtocolError `not-authentic`, `malformed` */
export function openAnswer(sessionKey: Uint8Array, sealed: string, place: AnswerPlace): SealedAnswer {
  const key = deriveKey(sessionKey, ANSWER);
  let plain: Uint8Array;
  try {
    plain = openGcm(key, fromBase64url(sealed), answerAad(place), ANSWER_WHAT);
  } finally {
    wipe(key);
  }
  const value = decodeCbor(plain, ANSWER_WHAT);
  const [version, blob] = Array.isArray(value) && value.length === 2 ? value : [];
  if (typeof version !== 'number' || version < 1 || !(blob instanceof Uint8Array)) {
    throw new ProtocolError('malformed', ANSWER_WHAT);
  }
  checkLength(blob, BLOB_BYTES, 'a blob');
  return { blob, version };
}
