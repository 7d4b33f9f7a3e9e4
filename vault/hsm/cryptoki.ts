/** The numbers of PKCS#11 v2.40 that this room uses, and how a module's answer becomes an HsmError. */
import type { Attribute, Handle, PKCS11 } from 'pkcs11js';
import { HsmError } from './hsm.ts';

export type { Attribute, Handle, PKCS11 };

export const CKA = {
  CLASS: 0x0,
  TOKEN: 0x1,
  PRIVATE: 0x2,
  LABEL: 0x3,
  APPLICATION: 0x10,
  VALUE: 0x11,
  KEY_TYPE: 0x100,
  ID: 0x102,
  SENSITIVE: 0x103,
  ENCRYPT: 0x104,
  WRAP: 0x106,
  UNWRAP: 0x107,
  SIGN: 0x108,
  VERIFY: 0x10a,
  DERIVE: 0x10c,
  VALUE_LEN: 0x161,
  EXTRACTABLE: 0x162,
  LOCAL: 0x163,
  NEVER_EXTRACTABLE: 0x164,
  ALWAYS_SENSITIVE: 0x165,
  MODIFIABLE: 0x170,
  EC_PARAMS: 0x180,
  EC_POINT: 0x181,
} as const;
export const CKO = { DATA: 0, PUBLIC_KEY: 2, PRIVATE_KEY: 3, SECRET_KEY: 4 } as const;
export const CKK = { EC: 0x3, GENERIC_SECRET: 0x10, AES: 0x1f, SHA256_HMAC: 0x2b } as const;
export const CKM = {
  SHA256_HMAC: 0x251,
  GENERIC_SECRET_KEY_GEN: 0x350,
  EC_KEY_PAIR_GEN: 0x1040,
  ECDSA: 0x1041,
  ECDH1_DERIVE: 0x1050,
  AES_KEY_GEN: 0x1080,
  AES_CMAC: 0x108a,
} as const;
/** CKF_ of C_Initialize, C_OpenSession and CK_TOKEN_INFO. */
export const CKF = {
  OS_LOCKING_OK: 0x2,
  RW_SESSION: 0x2,
  SERIAL_SESSION: 0x4,
  TOKEN_INITIALIZED: 0x400,
  USER_PIN_INITIALIZED: 0x8,
  USER_PIN_FINAL_TRY: 0x20000,
  USER_PIN_LOCKED: 0x40000,
} as const;
export const CKU_USER = 1;
export const CKS_RW_USER_FUNCTIONS = 3;
export const CKD_NULL = 1;
/** pkcs11js: which parameter structure follows. */
export const PARAMS_EC_DH = 6;

export const CKR = {
  KEY_HANDLE_INVALID: 0x60,
  KEY_FUNCTION_NOT_PERMITTED: 0x68,
  MECHANISM_INVALID: 0x70,
  MECHANISM_PARAM_INVALID: 0x71,
  OBJECT_HANDLE_INVALID: 0x82,
  OPERATION_ACTIVE: 0x90,
  PIN_INCORRECT: 0xa0,
  PIN_INVALID: 0xa1,
  PIN_LEN_RANGE: 0xa2,
  PIN_LOCKED: 0xa4,
  SESSION_CLOSED: 0xb0,
  SESSION_HANDLE_INVALID: 0xb3,
  USER_ALREADY_LOGGED_IN: 0x100,
  USER_NOT_LOGGED_IN: 0x101,
  USER_PIN_NOT_INITIALIZED: 0x102,
  CRYPTOKI_ALREADY_INITIALIZED: 0x191,
} as const;

const ATTRIBUTE_REFUSED = [0x10, 0x12, 0x13, 0xd0, 0xd1]; // read-only, type or value invalid, template incomplete or inconsistent

/** OID of P-256 in DER (RFC 5480, 2.1.1.1). */
export const P256_PARAMS = Buffer.from('06082a8648ce3d030107', 'hex');

/** The CKR_ number of what pkcs11js threw, or null for another error. */
export function returnValue(error: unknown): number | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' && code > 0 ? code : null;
}

/**
 * What a failed call means for the vault.
 *
 * @param doing the sentence's start: "The module could not <doing>"
 */
export function asHsmError(error: unknown, doing: string): HsmError {
  if (error instanceof HsmError) return error;
  const rv = returnValue(error);
  const told = error instanceof Error ? error.message : 'no reason given';
  const options = { cause: error };
  switch (rv) {
    case CKR.PIN_INCORRECT:
    case CKR.PIN_INVALID:
    case CKR.PIN_LEN_RANGE:
      return new HsmError(
        'wrong-pin',
        'The token refuses this PIN. It was not tried again: tokens lock after a few.',
        options,
      );
    case CKR.PIN_LOCKED:
      return new HsmError(
        'wrong-pin',
        'The token is locked after too many wrong PINs; its security officer can unlock it.',
        options,
      );
    case CKR.USER_PIN_NOT_INITIALIZED:
      return new HsmError('not-initialised', 'The token has no user PIN yet; its security officer sets one.', options);
    case CKR.KEY_HANDLE_INVALID:
    case CKR.OBJECT_HANDLE_INVALID:
      return new HsmError(
        'not-initialised',
        `The module could not ${doing}: the key is no longer in the token.`,
        options,
      );
    case CKR.MECHANISM_INVALID:
    case CKR.MECHANISM_PARAM_INVALID:
    case CKR.KEY_FUNCTION_NOT_PERMITTED:
      return new HsmError('unfit', `The module could not ${doing}: it does not offer that (${told}).`, options);
    default:
      if (rv !== null && ATTRIBUTE_REFUSED.includes(rv)) {
        return new HsmError('unfit', `The module could not ${doing}: it refuses an attribute (${told}).`, options);
      }
      return new HsmError('unavailable', `The module could not ${doing} (${told}).`, options);
  }
}

/** True where the session is gone or cannot be used any more, and another one may work. */
export function sessionIsLost(error: unknown): boolean {
  const rv = returnValue(error instanceof HsmError ? error.cause : error);
  return rv === CKR.SESSION_CLOSED || rv === CKR.SESSION_HANDLE_INVALID || rv === CKR.OPERATION_ACTIVE;
}
