/** What the vault vouches for: deterministic CBOR of ["HKV1", kind, {...}], signed by the receipt key. */
import { z } from 'zod';
import { fromBase64url, toBase64url } from './bytes.ts';
import { decodeCbor, encodeCbor, type Cbor } from './cbor.ts';
import { verifyEcdsa, type Signer } from './ecdsa.ts';
import { ProtocolError } from './errors.ts';
import type { Signed } from './messages.ts';
import { PROBLEMS, type ProblemCode } from './problem.ts';
import { binary, checked } from './schema.ts';
import { HASH_BYTES, PROTOCOL, RECORD_ID_BYTES, REQUEST_ID_BYTES } from './suite.ts';

const MAX_BYTES = 4096;

const count = z.number().int().nonnegative();
const recordId = binary(RECORD_ID_BYTES);
const requestId = binary(REQUEST_ID_BYTES);
/** Entry of the vault's log that the answer rests on. */
const logIndex = count;
/** ms of the vault's service time. */
const serviceMs = count;
const problemCode = z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]);

const FACTS = {
  /** Goes with KE2: this try is charged as number `used` of `limit`. */
  'login-facts': z.strictObject({
    recordId,
    loginId: requestId,
    used: count,
    limit: count,
    version: z.number().int().positive(),
    logIndex,
    serviceMs,
  }),
  /** Goes with a refusal: how many tries are used, and how long to wait (ms). */
  'refusal-facts': z.strictObject({
    code: problemCode,
    recordId,
    /** The login id, where a login was refused. */
    requestId,
    used: count,
    limit: count,
    waitMs: count,
    logIndex,
  }),
  /** Goes with an answer to Status. */
  'status-facts': z.strictObject({
    recordId,
    requestId,
    state: z.enum(['live', 'suspended', 'destroyed']),
    used: count,
    limit: count,
    lifetime: count,
    lifetimeLimit: count,
    waitMs: count,
    version: count,
    registrations: count,
    logIndex,
    serviceMs,
  }),
  /** A change that is in the log. */
  receipt: z.strictObject({
    /** The call that made it. */
    type: z.string().min(1).max(32),
    recordId,
    requestId,
    /** Of the record, after the change. */
    version: count,
    logIndex,
    /** Hash of the log's entry `logIndex`. */
    head: binary(HASH_BYTES),
    serviceMs,
  }),
} as const;

export type FactsKind = keyof typeof FACTS;
export type Facts<K extends FactsKind> = z.infer<(typeof FACTS)[K]>;
export type LoginFacts = Facts<'login-facts'>;
export type RefusalFacts = Facts<'refusal-facts'>;
export type StatusFacts = Facts<'status-facts'>;
export type Receipt = Facts<'receipt'>;

/** The compiler does not follow an index by a type parameter. */
function schemaOf<K extends FactsKind>(kind: K): z.ZodType<Facts<K>> {
  const schema: unknown = FACTS[kind];
  return schema as z.ZodType<Facts<K>>;
}

/** @throws ProtocolError `malformed` */
export function encodeFacts<K extends FactsKind>(kind: K, facts: Facts<K>): Uint8Array {
  return encodeCbor([PROTOCOL, kind, checked(schemaOf(kind), facts, kind) as Cbor]);
}

/** @throws ProtocolError `malformed` for anything that encodeFacts does not make of this kind */
export function decodeFacts<K extends FactsKind>(kind: K, bytes: Uint8Array): Facts<K> {
  const value = bytes.length > MAX_BYTES ? null : decodeCbor(bytes, kind);
  if (!Array.isArray(value) || value.length !== 3 || value[0] !== PROTOCOL || value[1] !== kind) {
    throw new ProtocolError('malformed', `not ${kind}`);
  }
  return checked(schemaOf(kind), value[2], kind);
}

/** @param sign with the receipt key @throws ProtocolError `malformed` */
export async function signFacts<K extends FactsKind>(kind: K, facts: Facts<K>, sign: Signer): Promise<Signed> {
  const payload = encodeFacts(kind, facts);
  return { payload: toBase64url(payload), signature: toBase64url(await sign(payload)) };
}

/**
 * Facts to be believed. That they are about this record and this request, the caller checks.
 *
 * @param receiptKey of the verified bundle, 33 bytes
 * @throws ProtocolError `bad-signature`, `malformed`
 */
export function verifyFacts<K extends FactsKind>(kind: K, signed: Signed, receiptKey: Uint8Array): Facts<K> {
  const payload = fromBase64url(signed.payload);
  if (!verifyEcdsa(receiptKey, payload, fromBase64url(signed.signature))) {
    throw new ProtocolError('bad-signature', `the vault has not signed these ${kind}`);
  }
  return decodeFacts(kind, payload);
}
