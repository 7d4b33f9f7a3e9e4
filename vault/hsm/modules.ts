/**
 * PKCS#11 modules that are known here: what each offers, what it calls for. `tested` ones are used by this project's
 * tests; of the others it is what their makers' manuals say, and a vault's start checks it all again in the token.
 */
import { HsmError } from './hsm.ts';
import type { HsmInfo, Profile } from './hsm.ts';
import type { Extractable } from './objects.ts';
import { LUNA_USAGE_LIMIT, SMARTCARD_HSM_USE_COUNTER } from './use-limit.ts';
import type { UseLimit } from './use-limit.ts';

export interface KnownModule {
  name: string;
  tested: boolean;
  /** Found by the token's manufacturer and model. */
  matches: RegExp;
  profiles: Profile[];
  /** How keys of a vault on several sites get from module to module; one that stands alone has `never`. */
  cloning: { extractable: Extractable; how: string };
  useLimit: UseLimit | null;
  notes: string;
}

export const KNOWN_MODULES: KnownModule[] = [
  {
    name: 'SoftHSM2',
    tested: true,
    matches: /softhsm/iu,
    profiles: ['A', 'B'],
    cloning: { extractable: 'wrapped', how: 'CKM_AES_KEY_WRAP_PAD between tokens, or a copy of the token folder' },
    useLimit: null,
    notes: 'Keys lie in files, encrypted by the PIN: for trying out only.',
  },
  {
    name: 'YubiHSM 2',
    tested: false,
    matches: /yubihsm|yubico/iu,
    profiles: ['A'],
    cloning: {
      extractable: 'wrapped',
      how: 'wrap keys with the capability exportable-under-wrap (CKA_EXTRACTABLE), put together by their custodians',
    },
    useLimit: null,
    notes: 'Labels of at most 40 bytes, 256 objects, 16 sessions; the connector must run.',
  },
  {
    name: 'Nitrokey HSM 2 / SmartCard-HSM',
    tested: false,
    matches: /smartcard-hsm|cardcontact|nitrokey/iu,
    profiles: ['A', 'C'],
    cloning: {
      extractable: 'never',
      how: 'a device key encryption key (DKEK) that is shared when the devices are initialised',
    },
    useLimit: SMARTCARD_HSM_USE_COUNTER,
    notes:
      'CMAC instead of HMAC; about 150 EC keys; one operation at a time, some 10 a second. Profile C needs sc-hsm-embedded.',
  },
  {
    name: 'Thales Luna',
    tested: false,
    matches: /safenet|thales|luna/iu,
    profiles: ['A', 'C'],
    cloning: { extractable: 'never', how: 'a cloning domain or an HA group' },
    useLimit: LUNA_USAGE_LIMIT,
    notes: 'Raw ECDH (CKD_NULL) is off in FIPS mode of some firmware.',
  },
  {
    name: 'AWS CloudHSM',
    tested: false,
    matches: /cavium|marvell|cloudhsm|liquidsecurity/iu,
    profiles: ['B'],
    cloning: { extractable: 'never', how: 'the service itself, which keeps the modules of a cluster alike' },
    useLimit: null,
    notes: 'No raw ECDH and no data objects: profile B, and not strict mode.',
  },
  {
    name: 'Entrust nShield',
    tested: false,
    matches: /ncipher|entrust|nshield/iu,
    profiles: ['A', 'B'],
    cloning: { extractable: 'never', how: 'a security world that the modules share' },
    useLimit: null,
    notes: 'CKNFAST_OVERRIDE_SECURITY_ASSURANCES may be needed for derived keys whose value is read.',
  },
];

/** The known module that this token belongs to, or null. */
export function knownModule(info: Pick<HsmInfo, 'manufacturer' | 'model'>): KnownModule | null {
  return KNOWN_MODULES.find((known) => known.matches.test(`${info.manufacturer} ${info.model}`)) ?? null;
}

const SIGNING = ['CKM_EC_KEY_PAIR_GEN', 'CKM_ECDSA'];
const HMAC = ['CKM_GENERIC_SECRET_KEY_GEN', 'CKM_SHA256_HMAC'];
const CMAC = ['CKM_AES_KEY_GEN', 'CKM_AES_CMAC'];

/** HMAC-SHA-256 where the module has it, else AES-CMAC; null where it has neither. */
export function macKindOf(mechanisms: string[]): 'hmac' | 'cmac' | null {
  if (HMAC.every((name) => mechanisms.includes(name))) return 'hmac';
  return CMAC.every((name) => mechanisms.includes(name)) ? 'cmac' : null;
}

/** CKM_ names that a profile needs and this module does not offer. */
export function missingMechanisms(profile: Profile, mechanisms: string[]): string[] {
  const needed = profile === 'B' ? SIGNING : [...SIGNING, 'CKM_ECDH1_DERIVE'];
  const missing = needed.filter((name) => !mechanisms.includes(name));
  return macKindOf(mechanisms) === null ? [...missing, ...HMAC.filter((name) => !mechanisms.includes(name))] : missing;
}

/**
 * Refuses keys that may leave the module where they need not.
 *
 * @throws HsmError `unfit` for `wrapped` with a module that clones its keys in another way
 */
export function checkCloning(extractable: Extractable, info: HsmInfo): void {
  const known = knownModule(info);
  if (extractable !== 'wrapped' || known === null || known.cloning.extractable === 'wrapped') return;
  throw new HsmError(
    'unfit',
    `${known.name} brings keys to another site by ${known.cloning.how}: they must not be extractable under wrap.`,
  );
}

/**
 * Refuses a module that cannot serve a profile.
 *
 * @throws HsmError `unfit`, with what is missing and the profiles that would do
 */
export function checkFit(profile: Profile, info: HsmInfo): void {
  const missing = missingMechanisms(profile, info.mechanisms);
  if (missing.length === 0) return;
  const known = knownModule(info);
  const others = (known?.profiles ?? (['A', 'B'] as const)).filter(
    (other) => other !== profile && missingMechanisms(other, info.mechanisms).length === 0,
  );
  const advice = others.length > 0 ? ` Profile ${others.join(' or ')} would do.` : '';
  throw new HsmError(
    'unfit',
    `Profile ${profile} needs ${missing.join(', ')}, which ${known?.name ?? info.model} does not offer.${advice}`,
  );
}
