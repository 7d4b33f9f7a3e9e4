/** What each site has sealed, published in the store under `seal/<site>` and signed by the site. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Hsm } from '../hsm/hsm.ts';
import { decodeCbor, encodeCbor } from '../protocol/cbor.ts';
import { binary, checked } from '../protocol/schema.ts';
import type { Entry, Store } from '../store/store.ts';
import type { Position } from './log.ts';
import { siteSigned, verifySite } from './sites.ts';
import type { Site } from './sites.ts';

export interface PublishedSeal extends Position {
  /** Service time, ms. */
  at: number;
}

const Published = z.strictObject({
  index: z.number().int().nonnegative(),
  hash: binary(32),
  at: z.number().int().nonnegative(),
  signature: binary(64),
});

export function siteSealKey(site: string): string {
  return `seal/${site}`;
}

export const newOperationId = (): string => randomBytes(16).toString('hex');

function signedBytes(clusterId: string, site: string, seal: PublishedSeal): Uint8Array {
  return siteSigned('site-seal', clusterId, [site, seal.index, seal.hash, seal.at]);
}

export async function publishSeal(store: Store, hsm: Hsm, site: string, seal: PublishedSeal): Promise<void> {
  const signature = await hsm.siteSign(signedBytes(store.clusterId, site, seal));
  const { index, hash, at } = seal;
  const value = encodeCbor({ index, hash, at, signature });
  // Nobody else writes this key: whatever is there is older.
  const puts = [{ key: siteSealKey(site), value }];
  await store.commit({ operationId: newOperationId(), conditions: [], puts, deletes: [] });
}

/** Null where the site has sealed nothing, or it is not the site that says so. */
export function readSeal(
  clusterId: string,
  sites: readonly Site[],
  site: string,
  entry: Entry | null,
): PublishedSeal | null {
  if (entry === null) return null;
  const { signature, ...seal } = checked(Published, decodeCbor(entry.value, 'a published seal'), 'a published seal');
  return verifySite(sites, site, signedBytes(clusterId, site, seal), signature) ? seal : null;
}
