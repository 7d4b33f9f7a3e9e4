/**
 * A data key on its way to a site: ECIES over P-256. Ephemeral ECDH with the site's wrap key -> HKDF-SHA-256 ->
 * AES-256-GCM, and the signature of the site that wrapped it, so that nobody else can put a key of his own there.
 */
import { createECDH } from 'node:crypto';
import { z } from 'zod';
import type { Hsm } from '../hsm/hsm.ts';
import { openGcm, sealGcm } from '../protocol/aead.ts';
import { utf8, wipe } from '../protocol/bytes.ts';
import { decodeCbor, encodeCbor } from '../protocol/cbor.ts';
import { deriveKey } from '../protocol/kdf.ts';
import { binary, checked, pointBytes } from '../protocol/schema.ts';
import { damaged } from './errors.ts';
import { siteSigned, verifySite } from './sites.ts';
import type { Site } from './sites.ts';

/** Where a wrap belongs: the store, the data key's number, the site that can open it. */
export interface WrapPlace {
  clusterId: string;
  number: number;
  site: string;
}

/** A site's key for receiving data keys. */
export interface WrapKey {
  /** 16 bytes in hex. */
  id: string;
  /** Compressed point. */
  publicKey: Uint8Array;
}

const Wrap = z.strictObject({
  wrapKey: z.string().regex(/^[0-9a-f]{32}$/),
  ephemeral: pointBytes,
  sealed: binary(12 + 32 + 16),
  by: z.string(),
  signature: binary(64),
});

const PublishedKey = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  publicKey: pointBytes,
  /** Number of the newest data key when it was made. */
  number: z.number().int().nonnegative(),
  signature: binary(64),
});

function placeOf(place: WrapPlace): Uint8Array {
  return encodeCbor([place.clusterId, place.number, place.site]);
}

function wrapSigned(place: WrapPlace, wrapKey: string, ephemeral: Uint8Array, sealed: Uint8Array): Uint8Array {
  return siteSigned('data-key', place.clusterId, [place.number, place.site, wrapKey, ephemeral, sealed]);
}

/** HKDF over x of the shared point, both public keys and the place. */
function sealingKey(shared: Uint8Array, ephemeral: Uint8Array, publicKey: Uint8Array, place: WrapPlace): Uint8Array {
  return deriveKey(shared, 'holdfast/v1/data-key-wrap', ephemeral, publicKey, placeOf(place));
}

/**
 * @param by this site, whose module signs
 * @returns the bytes for the store
 */
export async function wrapDataKey(
  hsm: Hsm,
  by: string,
  place: WrapPlace,
  to: WrapKey,
  dataKey: Uint8Array,
): Promise<Uint8Array> {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  const ephemeral = Uint8Array.from(ecdh.getPublicKey(null, 'compressed'));
  const shared = ecdh.computeSecret(to.publicKey);
  const key = sealingKey(shared, ephemeral, to.publicKey, place);
  const sealed = sealGcm(key, dataKey, utf8(to.id));
  wipe(shared, key);
  const signature = await hsm.siteSign(wrapSigned(place, to.id, ephemeral, sealed));
  return encodeCbor({ wrapKey: to.id, ephemeral, sealed, by, signature });
}

/** Id of the wrap key that opens these bytes. */
export function wrapKeyIdOf(bytes: Uint8Array): string {
  return checked(Wrap, decodeCbor(bytes, 'a wrapped data key'), 'a wrapped data key').wrapKey;
}

/** @throws LedgerError `damaged` where no site of the configuration wrapped it; HsmError where the module lacks the key */
export async function unwrapDataKey(
  hsm: Hsm,
  sites: readonly Site[],
  place: WrapPlace,
  own: readonly WrapKey[],
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const wrap = checked(Wrap, decodeCbor(bytes, 'a wrapped data key'), 'a wrapped data key');
  const signed = wrapSigned(place, wrap.wrapKey, wrap.ephemeral, wrap.sealed);
  if (!verifySite(sites, wrap.by, signed, wrap.signature)) {
    throw damaged(`data key ${place.number} was wrapped for ${place.site} by something that is no site of this vault`);
  }
  const key = own.find((other) => other.id === wrap.wrapKey);
  if (key === undefined) throw damaged(`the module has no wrap key ${wrap.wrapKey}`);
  const shared = await hsm.wrapKeyDh(key.id, wrap.ephemeral);
  const sealing = sealingKey(shared, wrap.ephemeral, key.publicKey, place);
  try {
    return openGcm(sealing, wrap.sealed, utf8(key.id), `data key ${place.number}`);
  } finally {
    wipe(shared, sealing);
  }
}

/** What a site publishes under `site/<name>`: its wrap key, signed by its site key. */
export async function publishWrapKey(
  hsm: Hsm,
  clusterId: string,
  site: string,
  key: WrapKey,
  number: number,
): Promise<Uint8Array> {
  const signature = await hsm.siteSign(siteSigned('wrap-key', clusterId, [site, key.id, key.publicKey, number]));
  return encodeCbor({ id: key.id, publicKey: key.publicKey, number, signature });
}

/** Null where it is not signed by the site of that name. */
export function readWrapKey(
  sites: readonly Site[],
  clusterId: string,
  site: string,
  bytes: Uint8Array,
): (WrapKey & { number: number }) | null {
  const key = checked(PublishedKey, decodeCbor(bytes, 'a wrap key'), 'a wrap key');
  const signed = siteSigned('wrap-key', clusterId, [site, key.id, key.publicKey, key.number]);
  return verifySite(sites, site, signed, key.signature)
    ? { id: key.id, publicKey: key.publicKey, number: key.number }
    : null;
}
