/** The operations with keys that a token has: ECDH, ECDSA, MAC. Each is one call of the module in a session of its own. */
import { createHash } from 'node:crypto';
import { CKA, CKD_NULL, CKK, CKM, CKO, PARAMS_EC_DH, asHsmError } from './cryptoki.ts';
import type { Handle } from './cryptoki.ts';
import { HsmError } from './hsm.ts';
import type { Token } from './module.ts';
import { findOnly, readNumber } from './objects.ts';

/** A MAC key in the token. */
export interface MacKey {
  handle: Handle;
  kind: 'hmac' | 'cmac';
}

const X_BYTES = 32;
const SIGNATURE_BYTES = 64;
const CMAC_BYTES = 16;

/**
 * CKM_ECDH1_DERIVE with CKD_NULL: the x coordinate of k times the point.
 *
 * @param point uncompressed, 65 bytes
 */
export async function deriveX(token: Token, session: Handle, key: Handle, point: Uint8Array): Promise<Uint8Array> {
  const { p11 } = token;
  const parameter = { type: PARAMS_EC_DH, kdf: CKD_NULL, publicData: Buffer.from(point) };
  const derived = await p11.C_DeriveKeyAsync(session, { mechanism: CKM.ECDH1_DERIVE, parameter }, key, [
    { type: CKA.CLASS, value: CKO.SECRET_KEY },
    { type: CKA.KEY_TYPE, value: CKK.GENERIC_SECRET },
    { type: CKA.TOKEN, value: false },
    { type: CKA.SENSITIVE, value: false },
    { type: CKA.EXTRACTABLE, value: true },
    { type: CKA.VALUE_LEN, value: X_BYTES },
  ]);
  try {
    const value = p11.C_GetAttributeValue(session, derived, [{ type: CKA.VALUE }])[0]?.value;
    if (value === undefined) throw new HsmError('unfit', 'The module does not give the result of ECDH.');
    return Uint8Array.from(value);
  } finally {
    p11.C_DestroyObject(session, derived);
  }
}

/** ECDSA over SHA-256(message): r || s, 64 bytes. The hash is made here, so that the module needs CKM_ECDSA only. */
export async function signDigest(token: Token, key: Handle, message: Uint8Array): Promise<Uint8Array> {
  const digest = createHash('sha256').update(message).digest();
  const signature = await token.sessions.use((session) => {
    token.p11.C_SignInit(session, { mechanism: CKM.ECDSA }, key);
    return token.p11.C_SignAsync(session, digest, Buffer.alloc(SIGNATURE_BYTES));
  });
  return Uint8Array.from(signature);
}

/**
 * 32 bytes: HMAC-SHA-256(message), or, where the module has only AES-CMAC (16 bytes), CMAC(1 || message) ||
 * CMAC(2 || message).
 */
export function mac(token: Token, key: MacKey, message: Uint8Array): Promise<Uint8Array> {
  return token.sessions.use(async (session) => {
    const one = (mechanism: number, input: Buffer, size: number): Promise<Buffer> => {
      token.p11.C_SignInit(session, { mechanism }, key.handle);
      // No bytes at all are a null pointer to C_Sign, which modules refuse.
      if (input.length === 0) return token.p11.C_SignFinalAsync(session, Buffer.alloc(size));
      return token.p11.C_SignAsync(session, input, Buffer.alloc(size));
    };
    if (key.kind === 'hmac') return Uint8Array.from(await one(CKM.SHA256_HMAC, Buffer.from(message), X_BYTES));
    const halves: Buffer[] = [];
    for (const half of [1, 2]) {
      halves.push(await one(CKM.AES_CMAC, Buffer.concat([Uint8Array.of(half), message]), CMAC_BYTES));
    }
    return Uint8Array.from(Buffer.concat(halves));
  });
}

/** The MAC key with this label, or null where there is none. Its type says how it MACs. */
export function findMacKey(token: Token, session: Handle, label: string): MacKey | null {
  const handle = findOnly(token.p11, session, CKO.SECRET_KEY, label);
  if (handle === null) return null;
  const type = readNumber(token.p11, session, handle, CKA.KEY_TYPE);
  return { handle, kind: type === CKK.AES ? 'cmac' : 'hmac' };
}

/** Runs one call of the module, with the room's errors. */
export async function calling<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asHsmError(error, doing);
  }
}
