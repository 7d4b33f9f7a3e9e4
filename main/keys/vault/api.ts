/**
 * What the app and the command line do with a key vault. Passwords come in as strings, because text fields hold strings;
 * everything derived from them is bytes that are wiped.
 */
import type { HoldfastError } from '../../errors.ts';
import type { RootKey } from '../secret.ts';

/** Where a vault is and what proves it: typed, scanned, compiled in, or read from a signed repo.json. */
export interface VaultPlace {
  /** `https://host:port` of every site that is known, at least one. */
  urls: string[];
  /** SHA-256 of the pinned bundle, 32 bytes in hex. */
  fingerprint: string;
}

/** Kept in the signed repo.json, so that a new computer needs only the storage and the password. */
export interface VaultRecord extends VaultPlace {
  /** 16 bytes in hex. */
  vaultId: string;
  /** 32 bytes in hex. */
  recordId: string;
}

/** What a vault has proven of itself before anything was sent to it. */
export interface VaultFacts {
  place: VaultPlace;
  vaultId: string;
  profile: 'A' | 'B' | 'C';
  /** True for the one that runs on this computer, for trying out. */
  embedded: boolean;
  sites: { answering: number; total: number };
  maxAttempts: number;
  inviteNeeded: boolean;
}

/** Counts and waits, from what the vault has signed. */
export interface Attempts {
  used: number;
  limit: number;
  left: number;
  /** ms until the next try is taken, by the vault's time; 0 where it may be now. */
  waitMs: number;
}

/** How a try to unlock ended, where it did not open. */
export type UnlockRefusal =
  | { kind: 'wrong-password'; attempts: Attempts }
  | { kind: 'delayed'; attempts: Attempts }
  | { kind: 'destroyed'; byOwner: boolean }
  /** `untilMs`: a duration in ms from now, by the vault's time. */
  | { kind: 'frozen'; untilMs: number }
  | { kind: 'suspended' }
  /** What the vault says; the one refusal that it cannot prove. */
  | { kind: 'unknown-record' }
  /** Sites did not answer, or too few of them; `charged` null: it cannot be told whether that try counted. */
  | { kind: 'unreachable'; charged: false | null; error: HoldfastError }
  /** The vault did not prove to be the pinned one: nothing was sent. */
  | { kind: 'not-the-vault'; error: HoldfastError };

export type UnlockResult = { ok: true; rootKey: RootKey } | { ok: false; refusal: UnlockRefusal };

/** Steps of a registration or change of password, in order, for the screen and for crash safety. */
export type RegistrationStep = 'start' | 'stage' | 'prove' | 'expose' | 'done';

export interface SessionInfo {
  id: string;
  deviceId: string | null;
  thisComputer: boolean;
  openedAt: number;
  lastUsedAt: number;
  expiresAt: number;
  idleMs: number;
}

/** What is there to know after a registration was cut off (a crash, a lost answer) and this computer starts again. */
export type PendingRegistration =
  /** A new record that no repo.json may name yet: register() again goes on with it. */
  | { kind: 'first'; record: VaultRecord }
  /** A change of password of which it is not known whether it happened: try the new one first, then the old. */
  | { kind: 'change'; recordId: string };

export interface VaultStatus {
  state: 'live' | 'suspended' | 'destroyed';
  version: number;
  attempts: Attempts & { lifetime: number; lifetimeLimit: number };
  failures: { at: number; thisComputer: boolean; known: boolean }[];
  registrations: number;
  devices: { id: string; addedAt: number; thisComputer: boolean }[];
  sessions: number;
  frozenMs: number;
  sites: number;
  embedded: boolean;
  /**
   * Registrations that this computer did not make itself and that nobody here has acknowledged: another computer of the
   * owner has changed the password, or a corrupt vault gives itself guesses. Show it where it is not 0.
   */
  unknownRegistrations?: number;
}

export interface RegisterOptions {
  password: string;
  rootKey: RootKey;
  invite?: string | undefined;
  /** Told as each step ends; a registration can be killed after any of them. */
  onStep?: (step: RegistrationStep) => void;
}

/** One owner's record in one vault, seen from this computer. */
export interface VaultKeys {
  /** Connects, checks the bundle chain against the fingerprint and the TLS key. Errors: vault-unreachable, vault-not-proven. */
  probe(place: VaultPlace): Promise<VaultFacts>;
  /** First registration: a new record, staged, proven, exposed; this computer's device key enrolled. */
  register(place: VaultPlace, options: RegisterOptions): Promise<VaultRecord>;
  /** A new password (or none there yet) on the same record: the new lock is proven before the old one goes. */
  changePassword(record: VaultRecord, options: RegisterOptions): Promise<void>;
  unlock(record: VaultRecord, password: string): Promise<UnlockResult>;
  /**
   * Owner's: needs RK. The vault's copy is gone for good, and its receipt has proven that. Also of a record that is over.
   *
   * @throws HoldfastError vault-refused where the vault says that it has no such record, which it cannot prove; then
   *   nothing here is erased
   */
  turnOff(record: VaultRecord, rootKey: RootKey): Promise<void>;
  /** Signed by this computer's device key; by the owner's where `rootKey` is given (a computer that is not enrolled). */
  status(record: VaultRecord, rootKey?: RootKey): Promise<VaultStatus>;
  /**
   * A person has seen the `unknownRegistrations` of the newest Status: they are told no more. The vault is not asked.
   * Until then every Status tells them again, also after a restart.
   */
  acknowledge(record: VaultRecord): Promise<void>;
  freeze(record: VaultRecord, days: number, rootKey?: RootKey): Promise<void>;
  unfreeze(record: VaultRecord, rootKey: RootKey): Promise<void>;
  clearFailures(record: VaultRecord, rootKey: RootKey): Promise<void>;
  enrolDevice(record: VaultRecord, rootKey: RootKey): Promise<void>;
  revokeDevice(record: VaultRecord, rootKey: RootKey, deviceId: string): Promise<void>;

  /** Keeps this computer unlocked over restarts: S in the keychain, V in the vault, RK's ciphertext on disk. */
  openSession(record: VaultRecord, rootKey: RootKey, options: { idleMs: number; lifeMs: number }): Promise<void>;
  /** RK by the session, or null where there is none that still lives (then its remains are erased). */
  resumeSession(record: VaultRecord): Promise<RootKey | null>;
  /** @throws HoldfastError `locked` where the vault says that the session is over; its remains are erased then */
  touchSession(record: VaultRecord): Promise<void>;
  /** Revokes this computer's session and erases S and the file; never throws for an unreachable vault. */
  closeSession(record: VaultRecord): Promise<void>;
  sessions(record: VaultRecord, rootKey?: RootKey): Promise<SessionInfo[]>;
  revokeSession(record: VaultRecord, sessionId: string, rootKey?: RootKey): Promise<void>;
}

/** VaultKeys with what its owner takes care of. */
export interface VaultClient extends VaultKeys {
  /** Registrations that were cut off on this computer, until the vault has told how they ended. */
  pendingRegistrations(): Promise<PendingRegistration[]>;
  /**
   * Overwrites logins that were begun and not ended (a lost answer), password and all: on Lock now, sleep and quit.
   * The same password typed later then costs another try.
   */
  forgetLogins(): void;
  /** Ends connections. */
  close(): void;
}
