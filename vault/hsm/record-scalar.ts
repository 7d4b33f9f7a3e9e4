/** What the module's MAC key makes of a name: the tweak of profile A, the keys of profile B. */
import { hashToScalar } from '../protocol/p256.ts';
import { NONCE_BYTES, RECORD_ID_BYTES } from '../protocol/suite.ts';
import type { RecordKey } from './hsm.ts';

/** `tweak` multiplies the module's OPRF key (profile A); `record-key` is a key by itself (profile B). */
export type RecordPurpose = 'tweak' | 'record-key';

/**
 * The bytes that the module MACs: purpose || record id || nonce. The last two have fixed sizes and no purpose is the
 * end of another, so no two inputs meet.
 *
 * @throws RangeError for an id or a nonce of another size
 */
export function recordInput(purpose: RecordPurpose, record: RecordKey): Uint8Array {
  if (record.recordId.length !== RECORD_ID_BYTES || record.nonce.length !== NONCE_BYTES) {
    throw new RangeError(`a record's key is named by ${RECORD_ID_BYTES} and ${NONCE_BYTES} bytes`);
  }
  return Buffer.concat([Buffer.from(purpose), record.recordId, record.nonce]);
}

/**
 * HashToScalar of RFC 9497 section 4.3 over a MAC, which is wiped.
 *
 * @param mac 32 bytes that only this vault's module can make
 * @returns 32 bytes, never 0; whoever uses it wipes it
 */
export function macToScalar(mac: Uint8Array): Uint8Array {
  const scalar = hashToScalar(mac);
  mac.fill(0);
  return scalar;
}
