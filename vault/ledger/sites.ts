/** The sites of a vault, as the configuration names them, and what they sign. */
import { encodeCbor } from '../protocol/cbor.ts';
import type { Cbor } from '../protocol/cbor.ts';
import { verifyEcdsa } from '../protocol/ecdsa.ts';

export interface Site {
  /** 1 to 32 of a-z, 0-9 and the hyphen. */
  name: string;
  /** Compressed P-256 point of its site key, 33 bytes: `Hsm.publicKeys.site`. */
  publicKey: Uint8Array;
}

/** Sites that make a majority of `total`. */
export function majorityOf(total: number): number {
  return Math.floor(total / 2) + 1;
}

/** Bytes that a site signs: what they are, in which store, and the facts. */
export function siteSigned(label: string, clusterId: string, facts: Cbor[]): Uint8Array {
  return encodeCbor([`holdfast/v1/${label}`, clusterId, ...facts]);
}

/** False for a site that the configuration does not name. */
export function verifySite(sites: readonly Site[], name: string, message: Uint8Array, signature: Uint8Array): boolean {
  const site = sites.find((other) => other.name === name);
  return site !== undefined && verifyEcdsa(site.publicKey, message, signature);
}

/** @throws RangeError for a configuration that cannot be meant */
export function checkSites(sites: readonly Site[], own: string): void {
  const names = sites.map((site) => site.name);
  if (new Set(names).size !== names.length) throw new RangeError('two sites have the same name');
  if (!names.includes(own)) throw new RangeError(`the sites do not include this one, ${own}`);
  for (const name of names) {
    if (!/^[a-z0-9-]{1,32}$/.test(name)) throw new RangeError(`"${name}" is no name for a site`);
  }
}
