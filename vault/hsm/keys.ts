/** The vault's fixed keys in a token: which a profile has, how they are made, and what is checked before they are used. */
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { publicKeyOf, randomScalar } from '../protocol/p256.ts';
import { CKA, CKO } from './cryptoki.ts';
import type { Handle } from './cryptoki.ts';
import type { DhKey } from './dh-keys.ts';
import { HsmError } from './hsm.ts';
import type { Profile } from './hsm.ts';
import { macKindOf } from './modules.ts';
import type { Token } from './module.ts';
import { LABEL, findLabelled, findOnly, makeEcPair, makeMacKey, readBoolean, readPublicKey } from './objects.ts';
import type { Extractable, KeyUse } from './objects.ts';
import { calling, findMacKey, signDigest } from './operations.ts';
import type { MacKey } from './operations.ts';

interface PairKind {
  label: string;
  use: KeyUse;
  /** False for what belongs to one site: it is never cloned. */
  shared: boolean;
}

const SITE: PairKind = { label: LABEL.site, use: 'sign', shared: false };
const RECEIPT: PairKind = { label: LABEL.receipt, use: 'sign', shared: true };
const AKE: PairKind = { label: LABEL.ake, use: 'derive', shared: true };
const OPRF: PairKind = { label: LABEL.oprf, use: 'derive', shared: true };

const PAIRS: Record<Profile, PairKind[]> = {
  A: [OPRF, AKE, RECEIPT, SITE],
  B: [RECEIPT, SITE],
  C: [AKE, RECEIPT, SITE],
};

export interface MakeOptions {
  profile: Profile;
  extractable: Extractable;
  /** Null: HMAC where the module has it, else CMAC. */
  macKind: MacKey['kind'] | null;
}

/**
 * Makes the keys that are missing, and leaves those that are there: an interrupted `vault init` is finished by the next.
 *
 * @returns labels of the keys that were made
 */
export function makeKeys(token: Token, options: MakeOptions): Promise<string[]> {
  const { p11, info } = token;
  return token.sessions.use(async (session) => {
    const made: string[] = [];
    for (const { label, use, shared } of PAIRS[options.profile]) {
      if (findLabelled(p11, session, CKO.PRIVATE_KEY, label).length > 0) continue;
      await makeEcPair(p11, session, label, use, shared ? options.extractable : 'never');
      made.push(label);
    }
    if (findLabelled(p11, session, CKO.SECRET_KEY, LABEL.mac).length === 0) {
      const kind = options.macKind ?? macKindOf(info.mechanisms) ?? 'hmac';
      await makeMacKey(p11, session, LABEL.mac, kind, options.extractable);
      made.push(LABEL.mac);
    }
    return made;
  });
}

/**
 * Looks at the attributes of every fixed key of the profile.
 *
 * @throws HsmError `not-initialised` for a missing key, `swapped` for two of one name, `unfit` for a key that was not
 *   made in the token or may leave it
 */
export function checkKeys(token: Token, profile: Profile, extractable: Extractable): Promise<void> {
  return token.sessions.use((session) => {
    for (const { label, shared } of PAIRS[profile]) {
      checkKey(token, session, CKO.PRIVATE_KEY, label, shared ? extractable : 'never');
    }
    checkKey(token, session, CKO.SECRET_KEY, LABEL.mac, extractable);
  });
}

function checkKey(token: Token, session: Handle, objectClass: number, label: string, extractable: Extractable): void {
  const key = findOnly(token.p11, session, objectClass, label);
  if (key === null) {
    throw new HsmError(
      'not-initialised',
      `The token "${token.info.tokenLabel}" has no key ${label}: run "vault init".`,
    );
  }
  // A cloned key was unwrapped, so it is not local and was extractable once: only its being sensitive can be asked.
  const wanted: [name: string, type: number, value: boolean][] = [['sensitive', CKA.SENSITIVE, true]];
  if (extractable === 'never') {
    wanted.push(['always sensitive', CKA.ALWAYS_SENSITIVE, true], ['made in the token', CKA.LOCAL, true]);
    wanted.push(['extractable', CKA.EXTRACTABLE, false], ['never extractable', CKA.NEVER_EXTRACTABLE, true]);
  }
  for (const [name, type, value] of wanted) {
    const is = readBoolean(token.p11, session, key, type);
    if (is === value) continue;
    const told = is === null ? 'the module does not tell' : String(is);
    throw new HsmError('unfit', `The key ${label} in the token is not protected as it must be: "${name}" is ${told}.`);
  }
}

export interface SignKey {
  handle: Handle;
  publicKey: Uint8Array;
}

/** Finds a signing key and has it sign something, checked with its public key. */
export async function loadSignKey(token: Token, label: string): Promise<SignKey> {
  const key = await token.sessions.use((session) => {
    const handle = findOnly(token.p11, session, CKO.PRIVATE_KEY, label);
    if (handle === null) throw new HsmError('not-initialised', `The token has no key ${label}: run "vault init".`);
    return { handle, publicKey: readPublicKey(token.p11, session, label) };
  });
  const message = randomBytes(32);
  const signature = await calling(`sign with ${label}`, () => signDigest(token, key.handle, message));
  const { x, y } = p256.Point.fromBytes(key.publicKey).toAffine();
  const coordinate = (value: bigint): string =>
    Buffer.from(value.toString(16).padStart(64, '0'), 'hex').toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: coordinate(x), y: coordinate(y) };
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
  if (!verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)) {
    throw new HsmError('swapped', `The key ${label} in the token does not belong to its public key.`);
  }
  return key;
}

export async function loadMacKey(token: Token): Promise<MacKey> {
  const key = await token.sessions.use((session) => findMacKey(token, session, LABEL.mac));
  if (key === null) throw new HsmError('not-initialised', 'The token has no MAC key: run "vault init".');
  return key;
}

/** Multiplies a random point, which shows whether the private key belongs to the public one. @throws HsmError `swapped` */
export async function proveDhKey(key: DhKey): Promise<void> {
  await key.multiply(publicKeyOf(randomScalar()));
}

/**
 * Compares what the token holds with what the vault was set up with.
 *
 * @throws HsmError `swapped`
 */
export function checkPinned(name: string, publicKey: Uint8Array | null, pinned: Uint8Array | null | undefined): void {
  if (pinned === undefined) return;
  const same = publicKey === null || pinned === null ? publicKey === pinned : Buffer.from(publicKey).equals(pinned);
  if (same) return;
  throw new HsmError('swapped', `The ${name} key in the token is not the one that this vault was set up with.`);
}
