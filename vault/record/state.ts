/** All that the vault keeps of one record, and its bytes: deterministic CBOR, sealed by the ledger before it is stored. */
import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { z } from 'zod';

function bytes(size: number): z.ZodCustom<Uint8Array, Uint8Array> {
  return z.instanceof(Uint8Array).refine((value) => value.length === size, `${size} bytes`) as z.ZodCustom<
    Uint8Array,
    Uint8Array
  >;
}
const anyBytes = z.instanceof(Uint8Array) as z.ZodCustom<Uint8Array, Uint8Array>;
const uint = z.number().int().nonnegative();
const positive = z.number().int().positive();

const Ksf = z.strictObject({ memoryKiB: positive, iterations: positive, parallelism: positive });

/** What one version of a password opens. */
const Lock = z.strictObject({
  version: positive,
  /** Names the record's OPRF key (hsm.ts); whoever forgets it has destroyed the key. */
  nonce: bytes(32),
  opaqueRecord: bytes(129),
  blob: bytes(60),
  ksf: Ksf,
  maxAttempts: z.number().int().min(1).max(10),
});
export type Lock = z.infer<typeof Lock>;

/** What the vault answered to one KE1, and what it needs to check the KE3 that follows. */
const Answer = z.strictObject({
  ke2: anyBytes,
  /** The KE3 that a client with the right password sends. */
  clientMac: bytes(32),
  /** Emptied once the login is decided. */
  sessionKey: anyBytes,
});
export type Answer = z.infer<typeof Answer>;

/** One charged login. */
const Login = z.strictObject({
  id: bytes(16),
  ke1Hash: bytes(32),
  /** Number of this charge in the record's life, from 1. */
  charge: positive,
  /** The consecutive count that this charge made it. */
  used: positive,
  chargedMs: uint,
  answeredMs: uint.nullable(),
  answer: Answer.nullable(),
  outcome: z.enum(['pending', 'right', 'wrong']),
  /** What the right KE3 is answered with, again and again. */
  sealed: anyBytes.nullable(),
});
export type Login = z.infer<typeof Login>;

/** A new version on its way: started, staged, proven. Nothing of it is served until it is exposed. */
const Registration = z.strictObject({
  id: bytes(16),
  version: positive,
  nonce: bytes(32),
  blindedHash: bytes(32),
  startedMs: uint,
  staged: z
    .strictObject({
      opaqueRecord: bytes(129),
      blob: bytes(60),
      ksf: Ksf,
      maxAttempts: z.number().int().min(1).max(10),
      ownerPublicKey: bytes(32),
    })
    .nullable(),
  /** Different KE1 asked for so far. */
  proofs: uint,
  proof: z.strictObject({ ke1Hash: bytes(32), answer: Answer.nullable(), sealed: anyBytes.nullable() }).nullable(),
  proven: z.boolean(),
});
export type Registration = z.infer<typeof Registration>;

const Device = z.strictObject({ id: bytes(16), publicKey: bytes(32), addedAt: uint });
export type Device = z.infer<typeof Device>;

const Session = z.strictObject({
  id: bytes(16),
  publicKey: bytes(32),
  v: bytes(32),
  deviceId: bytes(16).nullable(),
  idleMs: positive,
  openedAt: uint,
  lastUsedAt: uint,
  lastUsedMs: uint,
  endsMs: uint,
});
export type Session = z.infer<typeof Session>;

/** `*Ms` are service time, `*At` wall time for people (ms since 1970). */
const State = z.strictObject({
  format: z.literal(1),
  /** Fixed by the first registration that is exposed; null before. */
  ownerPublicKey: bytes(32).nullable(),
  /** Null before the first exposure and after destruction. */
  lock: Lock.nullable(),
  /** Newest version that was ever live; 0: none. */
  version: uint,
  registrations: uint,
  registration: Registration.nullable(),
  /** The registration that made `lock`, so that exposing it again changes nothing. */
  exposedId: bytes(16).nullable(),
  /** Charges in the record's life. */
  charges: uint,
  consecutive: uint,
  lastChargeMs: uint,
  suspendedMs: uint.nullable(),
  logins: z.array(Login),
  /** Charges that no right KE3 followed (yet), since the owner last cleared them: the lifetime count is their number. */
  failures: z.array(z.strictObject({ charge: positive, at: uint, deviceId: bytes(16).nullable() })),
  devices: z.array(Device),
  sessions: z.array(Session),
  heads: z.array(z.strictObject({ clientId: bytes(16), sequence: positive, head: bytes(32) })),
  /** Times at which unknown computers were or are refused. */
  freezes: z.array(z.strictObject({ fromMs: uint, untilMs: uint })),
  destroyed: z.strictObject({ by: z.enum(['failures', 'owner', 'suspension']), ms: uint, at: uint }).nullable(),
});
export type RecordState = z.infer<typeof State>;

export const NEW_RECORD: RecordState = {
  format: 1,
  ownerPublicKey: null,
  lock: null,
  version: 0,
  registrations: 0,
  registration: null,
  exposedId: null,
  charges: 0,
  consecutive: 0,
  lastChargeMs: 0,
  suspendedMs: null,
  logins: [],
  failures: [],
  devices: [],
  sessions: [],
  heads: [],
  freezes: [],
  destroyed: null,
};

export class StateError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StateError';
  }
}

export function encodeState(state: RecordState): Uint8Array {
  return encode(state, rfc8949EncodeOptions);
}

/** @throws StateError for bytes that no version of this program wrote */
export function decodeState(encoded: Uint8Array): RecordState {
  let value: unknown;
  try {
    value = decode(encoded, { strict: true, allowIndefinite: false, rejectDuplicateMapKeys: true });
  } catch (error) {
    throw new StateError('a stored record is not CBOR', { cause: error });
  }
  const parsed = State.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new StateError(`a stored record has a damaged field: ${where}`);
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
