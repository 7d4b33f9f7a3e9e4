/**
 * Records as they lie in the store: version (1) || data key's number (u32) || AES-256-GCM(data key, salt (16) || state),
 * whose associated data is the version, the number and the record id.
 *
 * The log names a state by SHA-256 of label || record id || salt || state: sealing the record again under a new data key
 * leaves that as it is, and the salt, which goes with the record, keeps it from telling anything.
 */
import { randomBytes } from 'node:crypto';
import { concat, u32, utf8, wipe } from '../protocol/bytes.ts';
import { openGcm, sealGcm } from '../protocol/aead.ts';
import { damaged } from './errors.ts';
import { sha256 } from './log.ts';

export const RECORD_PREFIX = 'record/';
const VERSION = 1;
const SALT = 16;
const HEADER = 5;

export interface OpenRecord {
  /** salt || state. */
  salted: Uint8Array;
  state: Uint8Array;
  /** How the log names it, 32 bytes. */
  commitment: Uint8Array;
}

/** @param recordId 32 bytes */
export function recordKey(recordId: Uint8Array): string {
  if (recordId.length !== 32) throw new RangeError('a record id has 32 bytes');
  return RECORD_PREFIX + Buffer.from(recordId).toString('hex');
}

export function recordIdOf(key: string): Uint8Array {
  return new Uint8Array(Buffer.from(key.slice(RECORD_PREFIX.length), 'hex'));
}

export function addSalt(state: Uint8Array): Uint8Array {
  return concat(randomBytes(SALT), state);
}

export function commitmentOf(recordId: Uint8Array, salted: Uint8Array): Uint8Array {
  return sha256(concat(utf8('holdfast/v1/record-state'), recordId, salted));
}

function headerOf(number: number): Uint8Array {
  return concat(Uint8Array.of(VERSION), u32(number));
}

export function sealRecord(
  key: { number: number; key: Uint8Array },
  recordId: Uint8Array,
  salted: Uint8Array,
): Uint8Array {
  const header = headerOf(key.number);
  return concat(header, sealGcm(key.key, salted, concat(utf8('holdfast/v1/record'), header, recordId)));
}

/** Number of the data key that a record is sealed under. */
export function keyNumberOf(sealed: Uint8Array): number {
  if (sealed.length < HEADER || sealed[0] !== VERSION)
    throw damaged('a record is in a form that this version does not know');
  return Buffer.from(sealed).readUInt32BE(1);
}

/** @throws ProtocolError `not-authentic` */
export function openRecord(key: Uint8Array, recordId: Uint8Array, sealed: Uint8Array): OpenRecord {
  const header = sealed.subarray(0, HEADER);
  const aad = concat(utf8('holdfast/v1/record'), header, recordId);
  const salted = openGcm(key, sealed.subarray(HEADER), aad, 'a record');
  if (salted.length < SALT) {
    wipe(salted);
    throw damaged('a record is cut off');
  }
  return { salted, state: salted.subarray(SALT), commitment: commitmentOf(recordId, salted) };
}
