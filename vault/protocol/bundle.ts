/**
 * What a vault is: its keys, limits and sites, signed. A client pins one bundle by its hash (the fingerprint) and
 * follows the chain from there: every later bundle is signed by the receipt key of the one before it.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { equal, fromBase64url, toBase64url } from './bytes.ts';
import { decodeCbor, encodeCbor, type Cbor } from './cbor.ts';
import { verifyEcdsa, type Signer } from './ecdsa.ts';
import { ProtocolError } from './errors.ts';
import type { SignedBundle } from './messages.ts';
import { binary, checked, pointBytes } from './schema.ts';
import { HASH_BYTES, PROTOCOL, SUITE, VAULT_ID_BYTES } from './suite.ts';
import { isOrigin } from './vault-uri.ts';

const KIND = 'bundle';
const WHAT = 'a vault bundle';
/** As in messages.ts. */
const MAX_BYTES = 8192;
const MAX_CHAIN = 64;

export const VaultBundle = z.strictObject({
  vaultId: binary(VAULT_ID_BYTES),
  /** From 1; every bundle has the next one. */
  epoch: z.number().int().min(1),
  suite: z.literal(SUITE),
  profile: z.enum(['A', 'B', 'C']),
  /** Null in profiles B and C, where each record has a key of its own. */
  oprfKey: pointBytes.nullable(),
  akeKey: pointBytes,
  receiptKey: pointBytes,
  /** Consecutive wrong tries until a record is destroyed; a registration may ask for fewer. */
  maxAttempts: z.number().int().min(1).max(10),
  /** True for the one on the user's own computer, for trying out. */
  embedded: z.boolean(),
  sites: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(64),
        /** `https://host:port`, no path. */
        url: z.string().max(256).refine(isOrigin, 'not the origin of an https address'),
        siteKey: pointBytes,
      }),
    )
    .min(1)
    .max(16)
    .refine((sites) => new Set(sites.map((site) => site.name)).size === sites.length, 'two sites of one name'),
  /** SHA-256 of SubjectPublicKeyInfo of TLS keys that are accepted beside those that public CAs vouch for. */
  tlsKeys: z.array(binary(HASH_BYTES)).max(16),
  inviteNeeded: z.boolean(),
  /** SHA-256 of the bundle before; null in the first. */
  previous: binary(HASH_BYTES).nullable(),
  /** ms since 1970, for display. */
  created: z.number().int().nonnegative(),
});
export type VaultBundle = z.infer<typeof VaultBundle>;

/** Deterministic CBOR of ["HKV1", "bundle", {...}]. @throws ProtocolError `malformed` */
export function encodeBundle(bundle: VaultBundle): Uint8Array {
  const valid = checked(VaultBundle, bundle, WHAT);
  if ((valid.epoch === 1) !== (valid.previous === null)) {
    throw new ProtocolError('malformed', 'only the first bundle has none before it');
  }
  if ((valid.profile === 'A') !== (valid.oprfKey !== null)) {
    throw new ProtocolError('malformed', 'an OPRF key for all records belongs to profile A and to no other');
  }
  const bytes = encodeCbor([PROTOCOL, KIND, valid as Cbor]);
  if (bytes.length > MAX_BYTES) throw new ProtocolError('malformed', `a bundle of ${bytes.length} bytes`);
  return bytes;
}

/** @throws ProtocolError `malformed` for anything that encodeBundle does not make */
export function decodeBundle(bytes: Uint8Array): VaultBundle {
  const value = bytes.length > MAX_BYTES ? null : decodeCbor(bytes, WHAT);
  if (!Array.isArray(value) || value.length !== 3 || value[0] !== PROTOCOL || value[1] !== KIND) {
    throw new ProtocolError('malformed', `not ${WHAT}`);
  }
  const bundle = checked(VaultBundle, value[2], WHAT);
  encodeBundle(bundle);
  return bundle;
}

/** SHA-256 of an encoded bundle, 32 bytes. Of the one that is pinned: the vault's fingerprint. */
export function fingerprint(encoded: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(encoded).digest());
}

/**
 * @param sign with the receipt key of the bundle before, or with its own where it is the first
 * @throws ProtocolError `malformed`
 */
export async function signBundle(bundle: VaultBundle, sign: Signer): Promise<SignedBundle> {
  const encoded = encodeBundle(bundle);
  return { bundle: toBase64url(encoded), signature: toBase64url(await sign(encoded)) };
}

/**
 * Walks from the pinned bundle to the newest one.
 *
 * @param chain from the oldest to the newest, as `GET /v1/bundle` gives it; bundles before the pinned one are ignored
 * @param pinned the fingerprint, 32 bytes
 * @param options.minEpoch the newest epoch that this client has seen; an older end means that it is being lied to
 * @returns the newest bundle
 * @throws ProtocolError `not-the-vault` where the pinned one is missing, a link or a signature does not match, or the
 *   chain ends too early; `malformed` for a bundle that is none
 */
export function verifyChain(
  chain: readonly SignedBundle[],
  pinned: Uint8Array,
  options: { minEpoch?: number } = {},
): VaultBundle {
  if (chain.length === 0 || chain.length > MAX_CHAIN) throw notTheVault('it shows no usable chain');
  const encoded = chain.map((signed) => fromBase64url(signed.bundle));
  const start = encoded.findIndex((bytes) => equal(fingerprint(bytes), pinned));
  const first = encoded[start];
  if (first === undefined) throw notTheVault('its fingerprint is another');
  let current = decodeBundle(first);
  // A later one that was pinned is vouched for by its hash alone: its signer is a key that this client never trusted.
  if (current.previous === null) checkSignature(current.receiptKey, first, chain[start]);
  for (let i = start + 1; i < encoded.length; i++) {
    const bytes = encoded[i] ?? first;
    const next = decodeBundle(bytes);
    if (next.previous === null || !equal(next.previous, fingerprint(encoded[i - 1] ?? first))) {
      throw notTheVault('a bundle does not follow the one before it');
    }
    if (next.epoch !== current.epoch + 1) throw notTheVault('an epoch is missing');
    if (!equal(next.vaultId, current.vaultId)) throw notTheVault('a bundle is of another vault');
    if (next.embedded !== current.embedded) throw notTheVault('an embedded vault stays one, and no other becomes one');
    checkSignature(current.receiptKey, bytes, chain[i]);
    current = next;
  }
  if (current.epoch < (options.minEpoch ?? 0)) throw notTheVault('it hides its newest bundle');
  return current;
}

function checkSignature(key: Uint8Array, bytes: Uint8Array, signed: SignedBundle | undefined): void {
  if (signed === undefined || !verifyEcdsa(key, bytes, fromBase64url(signed.signature))) {
    throw notTheVault('a signature does not match');
  }
}

function notTheVault(why: string): ProtocolError {
  return new ProtocolError('not-the-vault', `not the pinned vault: ${why}`);
}
