/** The client of OPAQUE-3DH, RFC 9807. State lives in memory and is forgotten by forget(). */
import { randomBytes } from 'node:crypto';
import { checkLength, concat, equal, equalSecret, ownCopy, u16, utf8, wipe } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import {
  deriveDhKeyPair,
  envelopeKeys,
  hash,
  mask,
  maskingKeyOf,
  preamble,
  sessionKeys,
  type OpaqueParameters,
} from './opaque-keys.ts';
import { extractKey } from './kdf.ts';
import { checkPoint, hashToGroup, invertScalar, multiplySecret, randomScalar } from './p256.ts';
import {
  CREDENTIAL_RESPONSE_BYTES,
  HASH_BYTES,
  KE1_BYTES,
  KE2_BYTES,
  NONCE_BYTES,
  POINT_BYTES,
  SEED_BYTES,
} from './suite.ts';

/** Stretch of RFC 9807 section 2.2: from 32 bytes to 32 bytes, slowly (ksf.ts). */
export type Stretch = (oprfOutput: Uint8Array) => Promise<Uint8Array>;

export interface RegistrationState {
  /** A copy; wiped by forget(). */
  password: Uint8Array;
  blind: Uint8Array;
}

export interface LoginState extends RegistrationState {
  /** Secret of the client's key share. */
  keyShareSecret: Uint8Array;
  ke1: Uint8Array;
}

/** Overwrites the secrets of a registration or login that is over. */
export function forget(state: RegistrationState | LoginState): void {
  wipe(state.password, state.blind);
  if ('keyShareSecret' in state) wipe(state.keyShareSecret);
}

/**
 * @param password 1 to 65,535 bytes (password.ts)
 * @param blind only for official vectors
 * @returns blinded element (33 bytes) for RegStart
 */
export function startRegistration(
  password: Uint8Array,
  blind: Uint8Array = randomScalar(),
): { blinded: Uint8Array; state: RegistrationState } {
  const state = { password: ownCopy(password), blind: ownCopy(blind) };
  return { blinded: blindPassword(state), state };
}

export interface RegistrationResult {
  /** Client public key (33) || masking key (32) || envelope (64). */
  record: Uint8Array;
  /** 32 bytes, the same at every login with this password until the next registration. */
  exportKey: Uint8Array;
}

/**
 * @param response what RegStart answered
 * @param pinnedServerKey the AKE public key of the verified bundle, 33 bytes
 * @param nonce only for official vectors
 * @throws ProtocolError `bad-point`; `server-key-mismatch` where the answer names another key than the pinned one
 */
export async function finishRegistration(
  state: RegistrationState,
  response: { evaluated: Uint8Array; serverPublicKey: Uint8Array },
  pinnedServerKey: Uint8Array,
  parameters: OpaqueParameters,
  stretch: Stretch,
  nonce: Uint8Array = randomBytes(NONCE_BYTES),
): Promise<RegistrationResult> {
  const { serverPublicKey } = response;
  checkPoint(serverPublicKey);
  if (!equal(serverPublicKey, pinnedServerKey)) {
    throw new ProtocolError('server-key-mismatch', 'the answer names another server key than the bundle');
  }
  const randomized = await randomizedPassword(state, response.evaluated, stretch);
  const keys = envelopeKeys(randomized, nonce, serverPublicKey, parameters);
  const record = concat(keys.client.publicKey, maskingKeyOf(randomized), nonce, keys.authTag);
  wipe(randomized, keys.client.secretKey);
  return { record, exportKey: keys.exportKey };
}

/** Fixed values for official vectors. */
export interface LoginRandomness {
  blind: Uint8Array;
  nonce: Uint8Array;
  keyShareSeed: Uint8Array;
}

/** @returns KE1: blinded element (33) || nonce (32) || key share (33) */
export function startLogin(password: Uint8Array, fixed?: LoginRandomness): { ke1: Uint8Array; state: LoginState } {
  const blind = ownCopy(fixed?.blind ?? randomScalar());
  const seed = fixed?.keyShareSeed ?? randomBytes(SEED_BYTES);
  const keyShare = deriveDhKeyPair(seed);
  const own = ownCopy(password);
  const blinded = blindPassword({ password: own, blind });
  const ke1 = concat(blinded, fixed?.nonce ?? randomBytes(NONCE_BYTES), keyShare.publicKey);
  return { ke1, state: { password: own, blind, keyShareSecret: keyShare.secretKey, ke1 } };
}

export interface LoginResult {
  /** The client's MAC, 32 bytes: proof that the password was right. */
  ke3: Uint8Array;
  sessionKey: Uint8Array;
  exportKey: Uint8Array;
  /** As stored in the envelope at registration. */
  serverPublicKey: Uint8Array;
}

/**
 * @param ke2 259 bytes
 * @throws ProtocolError `envelope-failed` (wrong password, or credentials that were tampered with),
 *   `server-mac-failed` (not the server, another context, or a message that was tampered with), `bad-point`, `malformed`
 */
export async function finishLogin(
  state: LoginState,
  ke2: Uint8Array,
  parameters: OpaqueParameters,
  stretch: Stretch,
): Promise<LoginResult> {
  checkLength(state.ke1, KE1_BYTES, 'KE1');
  checkLength(ke2, KE2_BYTES, 'KE2');
  const inner = ke2.subarray(0, KE2_BYTES - HASH_BYTES);
  const evaluated = ke2.subarray(0, POINT_BYTES);
  const maskingNonce = ke2.subarray(POINT_BYTES, POINT_BYTES + NONCE_BYTES);
  const masked = ke2.subarray(POINT_BYTES + NONCE_BYTES, CREDENTIAL_RESPONSE_BYTES);
  const serverKeyShare = inner.subarray(CREDENTIAL_RESPONSE_BYTES + NONCE_BYTES);
  // Before a second of Argon2id is spent on an answer that cannot be right. The evaluated element is checked as it is used.
  checkPoint(serverKeyShare);

  const randomized = await randomizedPassword(state, evaluated, stretch);
  const opened = mask(maskingKeyOf(randomized), maskingNonce, masked);
  const serverPublicKey = opened.slice(0, POINT_BYTES);
  const nonce = opened.subarray(POINT_BYTES, POINT_BYTES + NONCE_BYTES);
  const keys = envelopeKeys(randomized, nonce, serverPublicKey, parameters);
  wipe(randomized);
  const { client, exportKey } = keys;
  try {
    if (!equalSecret(keys.authTag, opened.subarray(POINT_BYTES + NONCE_BYTES))) {
      throw new ProtocolError('envelope-failed', 'the envelope does not open');
    }
    const shared = concat(
      multiplySecret(state.keyShareSecret, serverKeyShare),
      multiplySecret(state.keyShareSecret, serverPublicKey),
      multiplySecret(client.secretKey, serverKeyShare),
    );
    const transcript = preamble(parameters, client.publicKey, serverPublicKey, state.ke1, inner);
    const session = sessionKeys(shared, transcript);
    wipe(shared);
    if (!equalSecret(session.serverMac, ke2.subarray(KE2_BYTES - HASH_BYTES))) {
      throw new ProtocolError('server-mac-failed', 'the server has not proven its key');
    }
    return { ke3: session.clientMac, sessionKey: session.sessionKey, exportKey: ownCopy(exportKey), serverPublicKey };
  } finally {
    wipe(client.secretKey, exportKey);
  }
}

/** Blind of RFC 9497 section 3.3.1. */
function blindPassword(state: RegistrationState): Uint8Array {
  return multiplySecret(state.blind, hashToGroup(state.password));
}

/** Finalize of RFC 9497 section 3.3.1. @throws ProtocolError `bad-point` */
export function oprfFinalize(input: Uint8Array, blind: Uint8Array, evaluated: Uint8Array): Uint8Array {
  const element = multiplySecret(invertScalar(blind), evaluated);
  return hash(u16(input.length), input, u16(element.length), element, utf8('Finalize'));
}

/** RFC 9807 section 6.3.2.3 (RecoverCredentials) and 5.2.3: Extract("", y || Stretch(y)). */
async function randomizedPassword(
  state: RegistrationState,
  evaluated: Uint8Array,
  stretch: Stretch,
): Promise<Uint8Array> {
  const output = oprfFinalize(state.password, state.blind, evaluated);
  try {
    const stretched = await stretch(output);
    const randomized = extractKey(output, stretched);
    wipe(stretched);
    return randomized;
  } finally {
    wipe(output);
  }
}
