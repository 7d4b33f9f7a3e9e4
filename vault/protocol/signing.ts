/**
 * What a client signs, and with which keys. Signed bytes everywhere are deterministic CBOR of
 * ["HKV1", call, vault id, record id, request id, challenge, fields]; the fields are the call's own, taken from its
 * schema, so that client and service cannot disagree about what is signed.
 */
import { fromBase64url, toBase64url } from './bytes.ts';
import { encodeCbor } from './cbor.ts';
import { signEd25519, signingKey, verifyEd25519, type SigningKey } from './ed25519.ts';
import { ProtocolError } from './errors.ts';
import { deriveKey } from './kdf.ts';
import { calls, type CallName, type Proof, type Request } from './messages.ts';
import { PROTOCOL, RECORD_ID_BYTES, REQUEST_ID_BYTES } from './suite.ts';

/** Fields of a message that hold a signature, and so are not signed themselves. */
const PROOFS = ['proof', 'device'] as const;
type ProofField = (typeof PROOFS)[number];

/** Calls that can carry a signature. */
export type SignedCall = {
  [N in CallName]: Extract<keyof Request<N>, ProofField> extends never ? never : N;
}[CallName];

/** A request without its signature. */
export type Unsigned<N extends SignedCall> = Omit<Request<N>, ProofField>;

export type ProofFields = Record<string, string | number | boolean | null>;

/**
 * The signed fields of a request: all of its schema's but the record id, which stands before them, and the signature.
 * One that is optional and absent is left out. Bytes stay in their canonical base64url.
 *
 * @throws ProtocolError `malformed` for a field that is no plain value
 */
export function proofFields<N extends SignedCall>(name: N, request: Unsigned<N>): ProofFields {
  const values = request as Record<string, unknown>;
  const fields: ProofFields = {};
  for (const field of Object.keys(calls[name].input.shape)) {
    if (field === 'recordId' || PROOFS.some((proof) => proof === field)) continue;
    const value = values[field];
    if (value === undefined) continue;
    if (value !== null && typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new ProtocolError('malformed', `field ${field} of ${name} cannot be signed`);
    }
    fields[field] = value;
  }
  return fields;
}

export interface SignedHead {
  /** 16 bytes. */
  vaultId: Uint8Array;
  /** 32 bytes. */
  recordId: Uint8Array;
  /** 16 bytes; the same when a request is repeated. */
  requestId: Uint8Array;
  /** As the vault gave it, single use. */
  challenge: Uint8Array;
}

export function signedBytes(type: string, head: SignedHead, fields: ProofFields): Uint8Array {
  return encodeCbor([PROTOCOL, type, head.vaultId, head.recordId, head.requestId, head.challenge, fields]);
}

/**
 * The proof of a request.
 *
 * @param requestId 16 bytes
 * @param challenge as the vault's `challenge` call answered, base64url
 */
export function proveCall<N extends SignedCall>(
  name: N,
  request: Unsigned<N>,
  vaultId: Uint8Array,
  requestId: Uint8Array,
  challenge: string,
  key: Pick<SigningKey, 'seed'>,
): Proof {
  const proof = { requestId: toBase64url(requestId), challenge };
  const message = callBytes(name, request, vaultId, proof);
  return { ...proof, signature: toBase64url(signEd25519(key, message)) };
}

/**
 * Whether `publicKey` signed this very request. That the challenge is a live one of this vault, and that the key may
 * do this, the service checks.
 *
 * @throws ProtocolError `malformed` for a request that is not valid by its schema
 */
export function verifyCall<N extends SignedCall>(
  name: N,
  request: Unsigned<N>,
  vaultId: Uint8Array,
  proof: Proof,
  publicKey: Uint8Array,
): boolean {
  return verifyEd25519(publicKey, callBytes(name, request, vaultId, proof), fromBase64url(proof.signature));
}

function callBytes<N extends SignedCall>(
  name: N,
  request: Unsigned<N>,
  vaultId: Uint8Array,
  proof: Pick<Proof, 'requestId' | 'challenge'>,
): Uint8Array {
  const { recordId } = request as Pick<Request<SignedCall>, 'recordId'>;
  const head: SignedHead = {
    vaultId,
    recordId: fromBase64url(recordId, RECORD_ID_BYTES),
    requestId: fromBase64url(proof.requestId, REQUEST_ID_BYTES),
    challenge: fromBase64url(proof.challenge),
  };
  return signedBytes(name, head, proofFields(name, request));
}

/**
 * The vault-owner key of a record: whoever has RK can replace or destroy it, and nobody else.
 *
 * @param rootKey RK, 32 bytes
 * @param recordId 32 bytes
 */
export function vaultOwnerKey(rootKey: Uint8Array, recordId: Uint8Array): SigningKey {
  return signingKey(deriveKey(rootKey, 'holdfast/v1/vault-owner', recordId));
}

/**
 * The key that fetches V of a session.
 *
 * @param s S, 32 bytes, from the keychain
 */
export function sessionSigningKey(
  s: Uint8Array,
  vaultId: Uint8Array,
  recordId: Uint8Array,
  sessionId: Uint8Array,
): SigningKey {
  return signingKey(deriveKey(s, 'holdfast/v1/session-key', vaultId, recordId, sessionId));
}
