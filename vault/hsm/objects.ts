/** Objects in a token: how they are named, made, found, read and destroyed. Everything here runs in one session. */
import { p256 } from '@noble/curves/nist.js';
import { CKA, CKK, CKM, CKO, P256_PARAMS, asHsmError } from './cryptoki.ts';
import type { Attribute, Handle, PKCS11 } from './cryptoki.ts';
import { HsmError } from './hsm.ts';

/**
 * Labels are what objects are found by: every module keeps them, while some choose CKA_ID themselves. At most 40 bytes,
 * which is what a YubiHSM 2 takes.
 */
export const LABEL = {
  oprf: 'hkv1-oprf',
  ake: 'hkv1-ake',
  receipt: 'hkv1-receipt',
  site: 'hkv1-site',
  mac: 'hkv1-mac',
  wrap: 'hkv1-w-',
  epoch: 'hkv1-e-',
  record: 'hkv1-r-',
  head: 'hkv1-head',
} as const;

/** `never`: the private part leaves the module in no form. `wrapped`: only encrypted by a key of the module, to clone it. */
export type Extractable = 'never' | 'wrapped';
export type KeyUse = 'derive' | 'sign';

const FIND_AT_ONCE = 100;

/** Attributes that every private or secret key of the vault has. */
function protectedKey(label: string, extractable: Extractable): Attribute[] {
  return [
    { type: CKA.TOKEN, value: true },
    { type: CKA.PRIVATE, value: true },
    { type: CKA.SENSITIVE, value: true },
    { type: CKA.EXTRACTABLE, value: extractable === 'wrapped' },
    { type: CKA.LABEL, value: label },
  ];
}

/** Makes a P-256 key pair in the token; both objects get the label. */
export async function makeEcPair(
  p11: PKCS11,
  session: Handle,
  label: string,
  use: KeyUse,
  extractable: Extractable,
  extra: { publicKey?: Attribute[]; privateKey?: Attribute[] } = {},
): Promise<void> {
  try {
    await p11.C_GenerateKeyPairAsync(
      session,
      { mechanism: CKM.EC_KEY_PAIR_GEN },
      [
        { type: CKA.TOKEN, value: true },
        { type: CKA.PRIVATE, value: false },
        { type: CKA.LABEL, value: label },
        { type: CKA.EC_PARAMS, value: P256_PARAMS },
        { type: CKA.VERIFY, value: use === 'sign' },
        ...(extra.publicKey ?? []),
      ],
      [
        ...protectedKey(label, extractable),
        { type: CKA.DERIVE, value: use === 'derive' },
        { type: CKA.SIGN, value: use === 'sign' },
        ...(extra.privateKey ?? []),
      ],
    );
  } catch (error) {
    throw asHsmError(error, `make the key ${label}`);
  }
}

/** Makes a secret key of 32 bytes for MACs. */
export async function makeMacKey(
  p11: PKCS11,
  session: Handle,
  label: string,
  kind: 'hmac' | 'cmac',
  extractable: Extractable,
): Promise<void> {
  const hmac = kind === 'hmac';
  try {
    await p11.C_GenerateKeyAsync(session, { mechanism: hmac ? CKM.GENERIC_SECRET_KEY_GEN : CKM.AES_KEY_GEN }, [
      { type: CKA.CLASS, value: CKO.SECRET_KEY },
      { type: CKA.KEY_TYPE, value: hmac ? CKK.GENERIC_SECRET : CKK.AES },
      ...protectedKey(label, extractable),
      { type: CKA.SIGN, value: true },
      { type: CKA.VERIFY, value: true },
      { type: CKA.ENCRYPT, value: false },
      { type: CKA.DERIVE, value: false },
      { type: CKA.VALUE_LEN, value: 32 },
    ]);
  } catch (error) {
    throw asHsmError(error, `make the key ${label}`);
  }
}

/** Token objects that fit the template. */
export function find(p11: PKCS11, session: Handle, template: Attribute[]): Handle[] {
  const found: Handle[] = [];
  try {
    p11.C_FindObjectsInit(session, [{ type: CKA.TOKEN, value: true }, ...template]);
    try {
      for (;;) {
        const some = p11.C_FindObjects(session, FIND_AT_ONCE);
        found.push(...some);
        if (some.length === 0) return found;
      }
    } finally {
      p11.C_FindObjectsFinal(session);
    }
  } catch (error) {
    throw asHsmError(error, 'list its objects');
  }
}

/** Objects of a class whose label is `label`. */
export function findLabelled(p11: PKCS11, session: Handle, objectClass: number, label: string): Handle[] {
  return find(p11, session, [
    { type: CKA.CLASS, value: objectClass },
    { type: CKA.LABEL, value: label },
  ]);
}

/**
 * The only object of a class with this label, or null.
 *
 * @throws HsmError `swapped` where there are several: one of them is not the vault's
 */
export function findOnly(p11: PKCS11, session: Handle, objectClass: number, label: string): Handle | null {
  const found = findLabelled(p11, session, objectClass, label);
  if (found.length > 1) throw new HsmError('swapped', `The token holds ${found.length} keys named ${label}, not one.`);
  return found[0] ?? null;
}

/** One attribute's bytes, or null where the module has none or does not tell. */
export function read(p11: PKCS11, session: Handle, object: Handle, type: number): Buffer | null {
  try {
    return p11.C_GetAttributeValue(session, object, [{ type }])[0]?.value ?? null;
  } catch {
    return null;
  }
}

export function readBoolean(p11: PKCS11, session: Handle, object: Handle, type: number): boolean | null {
  const value = read(p11, session, object, type);
  return value === null || value.length === 0 ? null : value[0] !== 0;
}

/** CK_ULONG, in this computer's byte order, which is little-endian wherever this runs. */
export function readNumber(p11: PKCS11, session: Handle, object: Handle, type: number): number | null {
  const value = read(p11, session, object, type);
  return value === null || value.length < 4 ? null : value.readUInt32LE(0);
}

/** What follows `prefix` in the labels of objects of a class. */
export function listSuffixes(p11: PKCS11, session: Handle, objectClass: number, prefix: string): string[] {
  const suffixes: string[] = [];
  for (const object of find(p11, session, [{ type: CKA.CLASS, value: objectClass }])) {
    const label = read(p11, session, object, CKA.LABEL)?.toString('latin1') ?? '';
    if (label.startsWith(prefix)) suffixes.push(label.slice(prefix.length));
  }
  return suffixes;
}

/**
 * The public key of a pair, from its public object or, where a module keeps none, from the private one.
 *
 * @returns compressed point, 33 bytes
 * @throws HsmError `not-initialised` where there is none, `unfit` for another curve
 */
export function readPublicKey(p11: PKCS11, session: Handle, label: string): Uint8Array {
  const objects = [findOnly(p11, session, CKO.PUBLIC_KEY, label), findOnly(p11, session, CKO.PRIVATE_KEY, label)];
  for (const object of objects) {
    const value = object === null ? null : read(p11, session, object, CKA.EC_POINT);
    if (value === null) continue;
    // A DER octet string by the standard; some modules give the bare point, whose sizes are 33 and 65 bytes.
    const point = value.length === 35 || value.length === 67 ? value.subarray(2) : value;
    try {
      return p256.Point.fromBytes(Uint8Array.from(point)).toBytes(true);
    } catch (error) {
      throw new HsmError('unfit', `The key ${label} in the token is not a P-256 key.`, { cause: error });
    }
  }
  throw new HsmError('not-initialised', `The token has no public key ${label}: run "vault init".`);
}

/** Destroys every object of these classes with this label, in the order of the classes; none is fine. */
export function destroyLabelled(p11: PKCS11, session: Handle, classes: number[], label: string): void {
  for (const objectClass of classes) {
    for (const object of findLabelled(p11, session, objectClass, label)) {
      try {
        p11.C_DestroyObject(session, object);
      } catch (error) {
        throw asHsmError(error, `destroy ${label}`);
      }
    }
  }
}
