/** What client and server of OPAQUE-3DH (RFC 9807) derive alike: envelope keys, the transcript, the key schedule. */
import { createHash } from 'node:crypto';
import { concat, plainView, u16, unpooled, utf8, wipe } from './bytes.ts';
import { encodeCbor } from './cbor.ts';
import { extractKey, mac } from './kdf.ts';
import type { Ksf } from './messages.ts';
import { deriveKeyPair, type KeyPair } from './p256.ts';
import { HASH_BYTES, MASKED_BYTES, PROTOCOL, SEED_BYTES, SUITE } from './suite.ts';

/** What both sides must agree on besides keys and password. */
export interface OpaqueParameters {
  /** Application context, bound into the transcript. */
  context: Uint8Array;
  /** The record id. Where it is undefined the client's public key stands for it (RFC 9807 section 4). */
  clientIdentity?: Uint8Array;
  /** The vault id. Where it is undefined the server's public key stands for it. */
  serverIdentity?: Uint8Array;
}

/**
 * Identities and context of one record. A vault that lies about the limit, the suite or the Argon2id parameters has
 * another context than the client, and the login fails.
 *
 * @param vaultId 16 bytes
 * @param recordId 32 bytes
 * @param maxAttempts consecutive wrong tries until the record is destroyed
 */
export function opaqueParameters(
  vaultId: Uint8Array,
  recordId: Uint8Array,
  maxAttempts: number,
  ksf: Ksf,
): Required<OpaqueParameters> {
  return {
    context: opaqueContext(vaultId, maxAttempts, ksf),
    clientIdentity: recordId,
    serverIdentity: vaultId,
  };
}

/** Deterministic CBOR of ["HKV1", suite, vault id, max attempts, [memory in KiB, iterations, parallelism]]. */
export function opaqueContext(vaultId: Uint8Array, maxAttempts: number, ksf: Ksf): Uint8Array {
  return encodeCbor([PROTOCOL, SUITE, vaultId, maxAttempts, [ksf.memoryKiB, ksf.iterations, ksf.parallelism]]);
}

const EMPTY = new Uint8Array(0);

/** SHA-256 of the parts one after the other. */
export function hash(...parts: readonly Uint8Array[]): Uint8Array {
  const sha256 = createHash('sha256');
  for (const part of parts) sha256.update(part);
  return plainView(sha256.digest());
}

/** HKDF-Expand (RFC 5869 section 2.3) with SHA-256. @param length up to 8,160 bytes */
export function expandKey(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const out = unpooled(length);
  let block: Uint8Array = EMPTY;
  for (let at = 0, i = 1; at < length; at += HASH_BYTES, i++) {
    const next = mac(prk, block, info, Uint8Array.of(i));
    wipe(block);
    block = next;
    out.set(block.subarray(0, length - at), at);
  }
  wipe(block);
  return out;
}

/** DeriveDiffieHellmanKeyPair of RFC 9807 section 2.1. @param seed 32 bytes */
export function deriveDhKeyPair(seed: Uint8Array): KeyPair {
  return deriveKeyPair(seed, utf8('OPAQUE-DeriveDiffieHellmanKeyPair'));
}

export interface EnvelopeKeys {
  client: KeyPair;
  exportKey: Uint8Array;
  /** 32 bytes: the MAC that makes an envelope open or not. */
  authTag: Uint8Array;
}

/** Store and Recover of RFC 9807 section 4.1 differ only in whether the tag is written or compared. */
export function envelopeKeys(
  randomizedPassword: Uint8Array,
  nonce: Uint8Array,
  serverPublicKey: Uint8Array,
  parameters: OpaqueParameters,
): EnvelopeKeys {
  const key = (label: string, length: number): Uint8Array =>
    expandKey(randomizedPassword, concat(nonce, utf8(label)), length);
  const client = deriveDhKeyPair(key('PrivateKey', SEED_BYTES));
  const server = parameters.serverIdentity ?? serverPublicKey;
  const identity = parameters.clientIdentity ?? client.publicKey;
  const cleartext = concat(serverPublicKey, u16(server.length), server, u16(identity.length), identity);
  return {
    client,
    exportKey: key('ExportKey', HASH_BYTES),
    authTag: mac(key('AuthKey', HASH_BYTES), concat(nonce, cleartext)),
  };
}

export function maskingKeyOf(randomizedPassword: Uint8Array): Uint8Array {
  return expandKey(randomizedPassword, utf8('MaskingKey'), HASH_BYTES);
}

/** Masks or unmasks server public key || envelope, RFC 9807 section 6.3.2. */
export function mask(maskingKey: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Uint8Array {
  const pad = expandKey(maskingKey, concat(nonce, utf8('CredentialResponsePad')), MASKED_BYTES);
  return plain.map((byte, i) => byte ^ (pad[i] ?? 0));
}

/** The transcript of RFC 9807 section 6.4.2. @param inner KE2 without its MAC */
export function preamble(
  parameters: OpaqueParameters,
  clientPublicKey: Uint8Array,
  serverPublicKey: Uint8Array,
  ke1: Uint8Array,
  inner: Uint8Array,
): Uint8Array {
  const client = parameters.clientIdentity ?? clientPublicKey;
  const server = parameters.serverIdentity ?? serverPublicKey;
  const { context } = parameters;
  return concat(
    utf8('OPAQUEv1-'),
    u16(context.length),
    context,
    u16(client.length),
    client,
    ke1,
    u16(server.length),
    server,
    inner,
  );
}

export interface SessionKeys {
  sessionKey: Uint8Array;
  serverMac: Uint8Array;
  clientMac: Uint8Array;
}

/** DeriveKeys of RFC 9807 section 6.4.2, and both MACs. @param shared dh1 || dh2 || dh3, 99 bytes */
export function sessionKeys(shared: Uint8Array, transcript: Uint8Array): SessionKeys {
  const prk = extractKey(shared);
  const transcriptHash = hash(transcript);
  const handshake = expandLabel(prk, 'HandshakeSecret', transcriptHash);
  const serverMac = mac(expandLabel(handshake, 'ServerMAC', EMPTY), transcriptHash);
  return {
    sessionKey: expandLabel(prk, 'SessionKey', transcriptHash),
    serverMac,
    clientMac: mac(expandLabel(handshake, 'ClientMAC', EMPTY), hash(transcript, serverMac)),
  };
}

/** Expand-Label of RFC 9807 section 6.4.2, 32 bytes. */
function expandLabel(secret: Uint8Array, label: string, context: Uint8Array): Uint8Array {
  const name = utf8(`OPAQUE-${label}`);
  const info = concat(u16(HASH_BYTES), Uint8Array.of(name.length), name, Uint8Array.of(context.length), context);
  return expandKey(secret, info, HASH_BYTES);
}
