/**
 * Profile C: how a module is told to let a key be used so many times and no more. Each maker has an attribute of its
 * own; what differs is here and nowhere else.
 */
import type { Attribute } from './cryptoki.ts';

export interface UseLimit {
  name: string;
  /** Attributes that make a new key pair usable `derives` times. */
  attributes(derives: number): { publicKey: Attribute[]; privateKey: Attribute[] };
  /** The private key's attribute that tells uses left or the limit; read back after the key is made, to be certain of it. */
  readBack: number;
  /** CKR_ numbers that a used-up key answers with. */
  usedUp: number[];
  /** Only for modules without a limit of their own, so for tests: counts one derive, false once there are none left. */
  spend?(label: string): boolean;
  /** The same: told of a key that was made. */
  made?(label: string, derives: number): void;
}

const VENDOR = 0x8000_0000;
const CKR_KEY_FUNCTION_NOT_PERMITTED = 0x68;

/** Thales Luna: CKA_USAGE_LIMIT counts every operation with the key; then CKR_KEY_NOT_ACTIVE. */
export const LUNA_USAGE_LIMIT: UseLimit = {
  name: 'Luna CKA_USAGE_LIMIT',
  attributes: (derives) => ({ publicKey: [], privateKey: [{ type: VENDOR + 0x200, value: derives }] }),
  readBack: VENDOR + 0x200,
  usedUp: [VENDOR + 0x136, CKR_KEY_FUNCTION_NOT_PERMITTED],
};

/**
 * SmartCard-HSM and Nitrokey HSM 2 with CardContact's own module (sc-hsm-embedded): CKA_SC_HSM_KEY_USE_COUNTER in the
 * public key's template, 4 bytes big-endian, counted down by the card. OpenSC's module has no such attribute.
 */
export const SMARTCARD_HSM_USE_COUNTER: UseLimit = {
  name: 'SmartCard-HSM CKA_SC_HSM_KEY_USE_COUNTER',
  attributes: (derives) => {
    const value = Buffer.alloc(4);
    value.writeUInt32BE(derives);
    return { publicKey: [{ type: VENDOR + 0x108, value }], privateKey: [] };
  },
  readBack: VENDOR + 0x108,
  usedUp: [CKR_KEY_FUNCTION_NOT_PERMITTED],
};
