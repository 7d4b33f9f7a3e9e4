/**
 * Every message between a client and the vault: one list of calls, whose zod schemas give the types, the validators of
 * both sides and the routes. Each is `POST /v1/<name>` with a JSON body but `bundle`, which is `GET`. Bytes are
 * base64url without padding. Errors are RFC 9457 problem documents (problem.ts).
 */
import { z } from 'zod';

/** Exactly `size` bytes, as base64url without padding, in its one canonical spelling. */
function bytes(size: number): z.ZodString {
  return text(size, size);
}

/** `min` to `max` bytes. */
function text(min: number, max: number): z.ZodString {
  const encoded = (length: number): number => Math.ceil((length * 8) / 6);
  return z
    .string()
    .min(encoded(min))
    .max(encoded(max))
    .regex(/^[A-Za-z0-9_-]*$/)
    .refine((value) => Buffer.from(value, 'base64url').toString('base64url') === value, 'not canonical base64url');
}

/** A record's name: 256 random bits. Whoever does not have it cannot even ask. */
export const RecordId = bytes(32);
/** Chosen by the client, 128 random bits; a repeat of the same request carries the same one. */
export const RequestId = bytes(16);
/** A compressed P-256 point, SEC 1. */
export const Point = bytes(33);
export const Hash = bytes(32);
const Ed25519Key = bytes(32);
const Ed25519Signature = bytes(64);
/** ECDSA P-256 with SHA-256, r || s, made in the vault's token. */
const VaultSignature = bytes(64);
const Challenge = text(40, 200);
/** A code that the operator gives out: letters, digits, - and _, as it stands in the vault's configuration. */
export const Invite = z.string().regex(/^[A-Za-z0-9_-]{4,170}$/);
/** ms of the vault's own service time, which stands still while it is down and never goes back. */
const ServiceMs = z.number().int().nonnegative();

/** KE1 of RFC 9807: blinded element (33) || client nonce (32) || client key share (33). */
export const Ke1 = bytes(98);
/** KE2: evaluated element (33) || masking nonce (32) || masked response (97) || server nonce (32) || key share (33) || MAC (32). */
export const Ke2 = bytes(259);
/** KE3: the client's MAC. */
export const Ke3 = bytes(32);
/** The OPAQUE registration record: client public key (33) || masking key (32) || envelope (nonce 32, MAC 32). */
export const OpaqueRecord = bytes(129);
/** nonce (12) || AES-256-GCM of the 32 bytes of RK || tag (16). */
export const Blob = bytes(60);

/** Argon2id (RFC 9106): memory in KiB. */
export const Ksf = z.strictObject({
  memoryKiB: z.number().int().min(1).max(0xffff_ffff),
  iterations: z.number().int().min(1).max(0xffff_ffff),
  parallelism: z.number().int().min(1).max(0xff_ffff),
});
export type Ksf = z.infer<typeof Ksf>;

/** Something the vault vouches for: deterministic CBOR, and the receipt key's signature over it (receipt.ts). */
export const Signed = z.strictObject({ payload: text(1, 4096), signature: VaultSignature });
export type Signed = z.infer<typeof Signed>;

/** A request signed by the vault-owner key, a device key or a session key (signing.ts). The challenge is single use. */
export const Proof = z.strictObject({ requestId: RequestId, challenge: Challenge, signature: Ed25519Signature });
export type Proof = z.infer<typeof Proof>;
const DeviceProof = Proof.extend({ deviceId: bytes(16) });
/** Signed by the owner key, or by the named device's. */
const AnyProof = z.union([DeviceProof, Proof]);

export const SignedBundle = z.strictObject({ bundle: text(1, 8192), signature: VaultSignature });
export type SignedBundle = z.infer<typeof SignedBundle>;

export const AttemptFailure = z.strictObject({
  /** ms since 1970 by the vault's wall clock, for display only. */
  at: z.number().int().nonnegative(),
  /** The enrolled computer that tried, or null for one that the record does not know. */
  deviceId: bytes(16).nullable(),
});
export const SessionFacts = z.strictObject({
  sessionId: bytes(16),
  deviceId: bytes(16).nullable(),
  openedAt: z.number().int().nonnegative(),
  lastUsedAt: z.number().int().nonnegative(),
  expiresAt: z.number().int().nonnegative(),
  idleMs: z.number().int().positive(),
});
export type SessionFacts = z.infer<typeof SessionFacts>;

const Status = z.strictObject({
  state: z.enum(['live', 'suspended', 'destroyed']),
  version: z.number().int().nonnegative(),
  attempts: z.strictObject({
    consecutive: z.number().int().nonnegative(),
    limit: z.number().int().positive(),
    lifetime: z.number().int().nonnegative(),
    lifetimeLimit: z.number().int().positive(),
    /** ms until the next try is taken; 0 where it may be now. */
    waitMs: z.number().int().nonnegative(),
    /** Newest last, at most 100, since the owner last cleared them. */
    failures: z.array(AttemptFailure).max(100),
  }),
  registrations: z.number().int().nonnegative(),
  devices: z.array(z.strictObject({ deviceId: bytes(16), addedAt: z.number().int().nonnegative() })),
  sessions: z.number().int().nonnegative(),
  frozenMs: z.number().int().nonnegative(),
  sites: z.number().int().positive(),
  embedded: z.boolean(),
  /** CBOR of StatusFacts (receipt.ts): the numbers to be believed, signed. */
  receipt: Signed,
});
export type Status = z.infer<typeof Status>;

function call<I extends z.ZodType, O extends z.ZodType>(input: I, output: O): { input: I; output: O } {
  return { input, output };
}
const record = { recordId: RecordId };
const Receipt = z.strictObject({ receipt: Signed });

export const calls = {
  /** A value to sign, used once within 60 s. Given for any id, so that it tells nothing of whether a record exists. */
  challenge: call(z.strictObject(record), z.strictObject({ challenge: Challenge })),

  /** `version` = last + 1. On a live record signed by the owner. `invite`: where the vault asks for one. */
  regStart: call(
    z.strictObject({
      ...record,
      registrationId: RequestId,
      version: z.number().int().positive(),
      blinded: Point,
      invite: Invite.optional(),
      proof: Proof.optional(),
    }),
    z.strictObject({ evaluated: Point, serverPublicKey: Point, nonceCommitment: Hash, receipt: Signed }),
  ),
  regStage: call(
    z.strictObject({
      ...record,
      registrationId: RequestId,
      opaqueRecord: OpaqueRecord,
      blob: Blob,
      ksf: Ksf,
      maxAttempts: z.number().int().min(1).max(10),
      ownerPublicKey: Ed25519Key,
    }),
    Receipt,
  ),
  /** An owner-signed login against what is staged; costs no attempt. */
  regProve: call(
    z.strictObject({ ...record, registrationId: RequestId, ke1: Ke1, proof: Proof }),
    z.strictObject({ ke2: Ke2, ksf: Ksf }),
  ),
  regProveFinish: call(
    z.strictObject({ ...record, registrationId: RequestId, ke3: Ke3 }),
    z.strictObject({ sealed: text(28, 4096) }),
  ),
  /** Idempotent: the staged version is live, the old one's nonce destroyed. Only after regProveFinish. */
  regExpose: call(z.strictObject({ ...record, registrationId: RequestId, proof: Proof }), Receipt),

  loginStart: call(
    z.strictObject({ ...record, loginId: RequestId, ke1: Ke1, device: DeviceProof.optional() }),
    z.strictObject({
      ke2: Ke2,
      ksf: Ksf,
      version: z.number().int().positive(),
      /** CBOR of LoginFacts (receipt.ts): the count that this try is, the limit, version, log index. */
      facts: Signed,
    }),
  ),
  /** Constant-time check of KE3; the same answer again for 24 h. `sealed`: AES-256-GCM under a key of the session key. */
  loginFinish: call(
    z.strictObject({ ...record, loginId: RequestId, ke3: Ke3 }),
    z.strictObject({ sealed: text(28, 4096), receipt: Signed }),
  ),
  /** The client could not open the envelope. Ends the record where this was the last try. */
  loginGiveUp: call(z.strictObject({ ...record, loginId: RequestId, ke1Hash: Hash }), Receipt),

  status: call(z.strictObject({ ...record, proof: AnyProof }), Status),
  freeze: call(
    z.strictObject({ ...record, days: z.number().int().min(1).max(90), proof: AnyProof }),
    z.strictObject({ frozenMs: ServiceMs }),
  ),
  unfreeze: call(z.strictObject({ ...record, proof: Proof }), Receipt),
  clearFailures: call(z.strictObject({ ...record, proof: Proof }), Receipt),
  destroy: call(z.strictObject({ ...record, proof: Proof }), Receipt),
  deviceAdd: call(z.strictObject({ ...record, deviceId: bytes(16), publicKey: Ed25519Key, proof: Proof }), Receipt),
  deviceRevoke: call(z.strictObject({ ...record, deviceId: bytes(16), proof: Proof }), Receipt),

  sessionOpen: call(
    z.strictObject({
      ...record,
      sessionId: bytes(16),
      deviceId: bytes(16).nullable(),
      publicKey: Ed25519Key,
      /** Idle time and whole time in ms, measured by the vault. */
      idleMs: z.number().int().min(60_000).max(2_592_000_000),
      lifeMs: z.number().int().min(60_000).max(2_592_000_000),
      proof: Proof,
    }),
    z.strictObject({ v: bytes(32), receipt: Signed }),
  ),
  /** Proof by the session's own key. */
  sessionGet: call(z.strictObject({ ...record, sessionId: bytes(16), proof: Proof }), z.strictObject({ v: bytes(32) })),
  sessionTouch: call(z.strictObject({ ...record, sessionId: bytes(16), proof: Proof }), z.strictObject({})),
  sessionList: call(
    z.strictObject({ ...record, proof: AnyProof }),
    z.strictObject({ sessions: z.array(SessionFacts) }),
  ),
  /** Proof by the owner, any device, or the session itself (`self`). Of one that is not there: done already. */
  sessionRevoke: call(z.strictObject({ ...record, sessionId: bytes(16), self: z.boolean(), proof: AnyProof }), Receipt),

  /** The newest snapshot of a computer's chain, so that another computer notices a rolled-back storage. */
  headPut: call(
    z.strictObject({
      ...record,
      clientId: bytes(16),
      sequence: z.number().int().positive(),
      head: Hash,
      proof: AnyProof,
    }),
    z.strictObject({}),
  ),
  headGet: call(
    z.strictObject({ ...record, clientId: bytes(16), proof: AnyProof }),
    z.strictObject({ sequence: z.number().int().nonnegative(), head: Hash.nullable() }),
  ),
} as const;

/** `GET /v1/bundle`: from the oldest to the current one, each signed by the key of the one before it. */
export const BundleChain = z.strictObject({ chain: z.array(SignedBundle).min(1).max(64) });
export type BundleChain = z.infer<typeof BundleChain>;

export type Calls = typeof calls;
export type CallName = keyof Calls;
export type Request<N extends CallName> = z.infer<Calls[N]['input']>;
export type Response<N extends CallName> = z.infer<Calls[N]['output']>;
