/** `keys` and `vault`: opening the backup, and the vault that guards its key. */
import { z } from 'zod';
import { ErrorInfo, Groups, KeyCheck, Ms, Nothing, Ok, Password, Said, method } from './parts.ts';

/** Which vault is to guard the key: the one on this computer, or one whose address and identity were typed or pasted. */
export const VaultChoice = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('embedded') }),
  z.object({
    kind: z.literal('own'),
    /** `https://host[:port]`, or several, apart by spaces or commas. */
    address: z.string().max(2048),
    /** The 32 bytes as people write them, or the text of a vault's square code. */
    fingerprint: z.string().max(512),
  }),
]);
export type VaultChoice = z.infer<typeof VaultChoice>;

/** Who a vault is, for showing. */
export const VaultIdentity = z.object({
  urls: z.array(z.string()),
  /** In groups of four characters, apart by spaces. */
  fingerprint: z.string(),
  /** It runs on this computer, for trying out. */
  embedded: z.boolean(),
});
export type VaultIdentity = z.infer<typeof VaultIdentity>;

/** What a vault has proven of itself before anything was sent to it. */
export const VaultProof = VaultIdentity.extend({
  profile: z.enum(['A', 'B', 'C']),
  sites: z.object({ answering: z.number(), total: z.number() }),
  maxAttempts: z.number(),
  inviteNeeded: z.boolean(),
  /** The 64-digit kit must be made beside the password: losing this vault is too easy. */
  kitNeeded: z.boolean(),
});
export type VaultProof = z.infer<typeof VaultProof>;

/** Counts as the vault signed them. */
export const Tries = z.object({
  used: z.number(),
  limit: z.number(),
  left: z.number(),
  /** When the next try is taken, by the vault's time turned into this computer's; null where it may be now. */
  waitUntil: Ms.nullable(),
});
export type Tries = z.infer<typeof Tries>;

/** How a try with a password ended. */
export const PasswordAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('opened') }),
  z.object({ kind: z.literal('wrong-password'), tries: Tries }),
  z.object({ kind: z.literal('delayed'), tries: Tries }),
  z.object({ kind: z.literal('destroyed'), byOwner: z.boolean() }),
  z.object({ kind: z.literal('frozen'), until: Ms }),
  z.object({ kind: z.literal('suspended') }),
  z.object({ kind: z.literal('unknown-record') }),
  /** `charged` null: it cannot be told whether that try counted. */
  z.object({ kind: z.literal('unreachable'), charged: z.literal(false).nullable(), error: ErrorInfo }),
  /** It did not prove to be the pinned vault: nothing was sent. */
  z.object({ kind: z.literal('not-the-vault'), error: ErrorInfo }),
  /** The vault gave a key, and it does not open this backup. */
  z.object({ kind: z.literal('other-key') }),
]);
export type PasswordAnswer = z.infer<typeof PasswordAnswer>;

/** The step that a registration finished last; `begin` before the first. */
export const RegistrationStep = z.enum(['begin', 'start', 'stage', 'prove', 'expose', 'done']);
export type RegistrationStep = z.infer<typeof RegistrationStep>;

/** What the vault said of the record when it was last asked. */
export const VaultReport = z.object({
  at: Ms,
  state: z.enum(['live', 'suspended', 'destroyed', 'unknown']),
  tries: Tries,
  lifetime: z.object({ used: z.number(), limit: z.number() }),
  /** Wrong tries since the owner cleared them, newest last. */
  failures: z.array(z.object({ at: Ms, thisComputer: z.boolean(), known: z.boolean() })),
  /** Times that a password was set for this record. */
  registrations: z.number(),
  /** Those of others that nobody on this computer has marked as seen. */
  unknownRegistrations: z.number(),
  devices: z.array(z.object({ id: z.string(), addedAt: Ms, thisComputer: z.boolean() })),
  frozenUntil: Ms.nullable(),
  sites: z.number(),
});
export type VaultReport = z.infer<typeof VaultReport>;

/** What a person can mark as seen; one must not hide the other. */
export const Seen = z.enum(['tries', 'registrations']);
export type Seen = z.infer<typeof Seen>;

/** The key vault of the backup that is being looked at. */
export const VaultState = VaultIdentity.extend({
  /** The last signed count that is known, from a try or from a report. */
  tries: Tries.nullable(),
  /** How the last try ended where it leaves nothing to try. */
  ended: z.enum(['destroyed', 'destroyed-by-owner', 'suspended', 'unknown']).nullable(),
  report: VaultReport.nullable(),
  /** Why there is no newer report. */
  reportError: ErrorInfo.nullable(),
  /** Wrong tries that nobody has marked as seen, and when the first of them was. */
  unseen: z.object({ count: z.number(), since: Ms }).nullable(),
  /** This computer stays unlocked over a restart until then, at the latest. */
  sessionUntil: Ms.nullable(),
  /** The backup names another vault now than this computer knows, or none; shown until the digits accept it. */
  renamed: z.object({ to: VaultIdentity.nullable() }).nullable(),
});
export type VaultState = z.infer<typeof VaultState>;

export const VaultSession = z.object({
  id: z.string(),
  thisComputer: z.boolean(),
  openedAt: Ms,
  lastUsedAt: Ms,
  expiresAt: Ms,
});
export type VaultSession = z.infer<typeof VaultSession>;

export const keysMethods = {
  unlock: method(z.object({ groups: Groups }), KeyCheck),
  /** Costs a try where the password is wrong. */
  unlockWithPassword: method(z.object({ password: Password }), PasswordAnswer),
  lock: method(Nothing, Ok),
  /** Practice: compares and forgets; wrong entries never count. */
  test: method(z.object({ groups: Groups }), KeyCheck),
} as const;

export const vaultMethods = {
  /** Lets a vault prove itself; nothing is sent to it before. Main remembers which one it was. */
  prove: method(z.object({ vault: VaultChoice }), VaultProof),
  /** Six random words, 66 bits. */
  suggestPassword: method(Nothing, z.object({ password: z.string() })),
  /** Takes the password that is to be registered; main holds it until it is registered or dropped. */
  choosePassword: method(z.object({ password: Password, invite: z.string().max(128).optional() }), Said),
  /** The same password once more, to be sure of it. */
  repeatPassword: method(z.object({ password: Password }), Said),
  dropPassword: method(Nothing, Ok),
  /** Gives this unlocked backup the chosen password at the proven vault. */
  /** `oldRecord`: why the record that was in use before could not be destroyed; null where there is none left. */
  register: method(Nothing, z.object({ oldRecord: ErrorInfo.nullable() })),
  /** Replaces the password at the vault that is in use: the new one is proven before the old one goes. */
  changePassword: method(Nothing, Ok),
  /** Back to the 64 digits alone, which must be typed; the vault's copy is destroyed. */
  turnOff: method(
    z.object({
      groups: Groups,
      /** Goes on although the vault does not answer; its copy stays there. */
      withoutVault: z.boolean().default(false),
    }),
    KeyCheck,
  ),
  /** Asks the vault for a report now; it arrives in the state. */
  refresh: method(Nothing, Ok),
  /** The wrong tries or the foreign registrations of the last report: they are told no more. */
  markSeen: method(z.object({ what: Seen }), Ok),
  /** Tells the vault that the failures were the owner's own. */
  clearFailures: method(Nothing, Ok),
  /** Refuses computers that the vault does not know, for 1 to 90 days. */
  freeze: method(z.object({ days: z.number().int().min(1).max(90) }), Ok),
  unfreeze: method(Nothing, Ok),
  sessions: method(Nothing, z.array(VaultSession)),
  revokeSession: method(z.object({ id: z.string() }), Ok),
  revokeDevice: method(z.object({ id: z.string() }), Ok),
} as const;
