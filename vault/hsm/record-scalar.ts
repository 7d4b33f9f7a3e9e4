/** What an HMAC key of the module makes of a record's name: the tweak of profile A, the key of profile B. */
import { p256, p256_hasher } from '@noble/curves/nist.js';
import type { RecordKey } from './hsm.ts';
import { HsmError } from './hsm.ts';

/** `tweak` multiplies the module's OPRF key (profile A); `record-key` is a key by itself (profile B). */
export type ScalarPurpose = 'tweak' | 'record-key';

export const RECORD_ID_BYTES = 32;
export const NONCE_BYTES = 32;

const UTF8 = new TextEncoder();
/** RFC 9497, 2.1 and 4.3: "HashToScalar-" || contextString of OPRF(P-256, SHA-256), mode 0. */
const HASH_TO_SCALAR = UTF8.encode('HashToScalar-OPRFV1-\u0000-P256-SHA256');

/** The bytes that the module MACs: purpose || record id || nonce; the last two have fixed sizes, so no two records meet. */
export function scalarInput(purpose: ScalarPurpose, record: RecordKey): Uint8Array {
  checkRecord(record);
  return Buffer.concat([UTF8.encode(purpose), record.recordId, record.nonce]);
}

/**
 * HashToScalar of RFC 9497.
 *
 * @param mac 32 bytes that only this vault's module can make
 * @returns a scalar of P-256, 32 bytes big-endian, never 0
 */
export function macToScalar(mac: Uint8Array): Uint8Array {
  const scalar = p256_hasher.hashToScalar(mac, { DST: HASH_TO_SCALAR });
  // 0 has a chance of 2^-256; 1 is as good as any other, and keeps the answer a point.
  return p256.Point.Fn.toBytes(scalar === 0n ? 1n : scalar);
}

function checkRecord(record: RecordKey): void {
  if (record.recordId.length !== RECORD_ID_BYTES || record.nonce.length !== NONCE_BYTES) {
    throw new HsmError('unavailable', 'a record is named by 32 bytes and a nonce of 32 bytes');
  }
}
