/**
 * The server of OPAQUE-3DH, RFC 9807. It never holds the two long-term secrets: evaluating the OPRF and the key
 * exchange with the AKE key are hooks that the HSM answers.
 */
import { randomBytes } from 'node:crypto';
import { checkLength, concat, equalSecret, wipe } from './bytes.ts';
import { deriveDhKeyPair, mask, preamble, sessionKeys, type OpaqueParameters } from './opaque-keys.ts';
import { checkPoint, multiplySecret } from './p256.ts';
import { HASH_BYTES, KE1_BYTES, KE3_BYTES, NONCE_BYTES, POINT_BYTES, RECORD_BYTES, SEED_BYTES } from './suite.ts';

export interface ServerHooks {
  /** BlindEvaluate of RFC 9497 with the record's key: 33 bytes to 33 bytes. */
  oprfEvaluate(blinded: Uint8Array): Promise<Uint8Array>;
  /** The AKE private key times a point, the whole point compressed: 33 bytes to 33 bytes. */
  akeDh(peer: Uint8Array): Promise<Uint8Array>;
}

/**
 * @param blinded 33 bytes
 * @throws ProtocolError `bad-point`
 */
export async function registrationResponse(
  blinded: Uint8Array,
  serverPublicKey: Uint8Array,
  hooks: Pick<ServerHooks, 'oprfEvaluate'>,
): Promise<{ evaluated: Uint8Array; serverPublicKey: Uint8Array }> {
  checkPoint(blinded);
  return { evaluated: await hooks.oprfEvaluate(blinded), serverPublicKey };
}

/**
 * To be called before a try is charged: a message that cannot be answered costs nothing.
 *
 * @throws ProtocolError `malformed`, `bad-point`
 */
export function checkKe1(ke1: Uint8Array): void {
  checkLength(ke1, KE1_BYTES, 'KE1');
  checkPoint(ke1.subarray(0, POINT_BYTES));
  checkPoint(ke1.subarray(POINT_BYTES + NONCE_BYTES));
}

/** To be called before a record is staged. @throws ProtocolError `malformed`, `bad-point` */
export function checkRecord(record: Uint8Array): void {
  checkLength(record, RECORD_BYTES, 'the OPAQUE record');
  checkPoint(record.subarray(0, POINT_BYTES));
}

export interface LoginResponseInput {
  /** 98 bytes. */
  ke1: Uint8Array;
  /** 129 bytes, as registered. */
  record: Uint8Array;
  /** The AKE public key, 33 bytes. */
  serverPublicKey: Uint8Array;
  parameters: OpaqueParameters;
  hooks: ServerHooks;
}

/** Fixed values for official vectors. */
export interface ServerRandomness {
  maskingNonce: Uint8Array;
  nonce: Uint8Array;
  keyShareSeed: Uint8Array;
}

export interface LoginResponse {
  /** 259 bytes. */
  ke2: Uint8Array;
  /** KE3 must be this (checkKe3). Secret until then. */
  clientMac: Uint8Array;
  /** Not to be used before KE3 has been checked. */
  sessionKey: Uint8Array;
}

/** GenerateKE2 of RFC 9807 section 6.2.3. @throws ProtocolError `malformed`, `bad-point`, and what the hooks throw */
export async function loginResponse(input: LoginResponseInput, fixed?: ServerRandomness): Promise<LoginResponse> {
  const { ke1, record, serverPublicKey, parameters, hooks } = input;
  checkKe1(ke1);
  checkRecord(record);
  const clientKeyShare = ke1.subarray(POINT_BYTES + NONCE_BYTES);
  const clientPublicKey = record.subarray(0, POINT_BYTES);
  const maskingKey = record.subarray(POINT_BYTES, POINT_BYTES + HASH_BYTES);
  const envelope = record.subarray(POINT_BYTES + HASH_BYTES);

  const evaluated = await hooks.oprfEvaluate(ke1.subarray(0, POINT_BYTES));
  const staticShared = await hooks.akeDh(clientKeyShare);
  checkLength(evaluated, POINT_BYTES, 'the evaluated element');
  checkLength(staticShared, POINT_BYTES, 'the shared point');

  const maskingNonce = fixed?.maskingNonce ?? randomBytes(NONCE_BYTES);
  const masked = mask(maskingKey, maskingNonce, concat(serverPublicKey, envelope));
  const seed = fixed?.keyShareSeed ?? randomBytes(SEED_BYTES);
  const keyShare = deriveDhKeyPair(seed);
  const nonce = fixed?.nonce ?? randomBytes(NONCE_BYTES);
  const inner = concat(evaluated, maskingNonce, masked, nonce, keyShare.publicKey);
  const shared = concat(
    multiplySecret(keyShare.secretKey, clientKeyShare),
    staticShared,
    multiplySecret(keyShare.secretKey, clientPublicKey),
  );
  const transcript = preamble(parameters, clientPublicKey, serverPublicKey, ke1, inner);
  const keys = sessionKeys(shared, transcript);
  wipe(keyShare.secretKey, shared, staticShared);
  return { ke2: concat(inner, keys.serverMac), clientMac: keys.clientMac, sessionKey: keys.sessionKey };
}

/** Whether KE3 proves the right password; takes the same time for every KE3 of 32 bytes. */
export function checkKe3(clientMac: Uint8Array, ke3: Uint8Array): boolean {
  return ke3.length === KE3_BYTES && equalSecret(clientMac, ke3);
}
