/** Types of the verbs that change keys. */
import type { DestinationSpec } from '../../destinations/spec.ts';
import type { EnrolResult, RepositoryFacts, VaultLocator } from './common.ts';

export interface RotateInput {
  destination: DestinationSpec;
  rootKey: Uint8Array;
  /** The engine's: what is written is then newer than any that this computer has seen, wherever that was. */
  stateFolder?: string | undefined;
}

export interface RotateOutput {
  repository: RepositoryFacts;
  /** How many there are now. */
  epochs: number;
  /** SHA-256 of the current keyring, in hex: a capability that names another one has to be renewed. */
  keyring: string;
}

export interface ChangeKeyInput {
  destination: DestinationSpec;
  /** The key until now, and the one from now on: 32 bytes each. */
  rootKey: Uint8Array;
  newRootKey: Uint8Array;
  /** The record that keeps the new key; null where the new 64 digits are the only way in. */
  vault: VaultLocator | null;
  /** The engine's: several places, one after the other, then get the same epoch. */
  stateFolder?: string | undefined;
}

export interface ChangeKeyOutput {
  repository: RepositoryFacts;
  /** SHA-256 of the current keyring, in hex. */
  keyring: string;
  /** Older keyrings that were removed here. */
  removedKeyrings: number;
}

export interface ComputerInput {
  destination: DestinationSpec;
  rootKey: Uint8Array;
}

export interface ListComputersInput extends ComputerInput {
  /** The engine's: tells which computer this one is. */
  stateFolder?: string | undefined;
}

export interface ComputerFacts {
  /** 16 bytes in hex. */
  clientId: string;
  /** As its newest snapshot has it; empty where none opens. */
  name: string;
  snapshots: number;
  /** End of its newest backup, ms since 1970; null where there is none. */
  newestMs: number | null;
  /** Bytes of all its objects. */
  storedBytes: number;
  retired: boolean;
  /** How many times another computer has taken it over. */
  adopted: number;
  /** True where the one that did is not the computer with this state folder: were this id its own, it has to stop. */
  elsewhere: boolean;
}

export interface RetireInput extends ComputerInput {
  clientId: string;
  /** The engine's: what is written is then newer than any that this computer has seen, and carries no old settings on. */
  stateFolder?: string | undefined;
}
export interface RetireOutput {
  repository: RepositoryFacts;
}

export interface ClaimInput extends ComputerInput {
  clientId: string;
  /** The engine's, of the computer that is the one. */
  stateFolder: string;
}
export interface ClaimOutput {
  removedMarkers: number;
  /** Id of the snapshot that counts as this computer's newest; null where there is none. */
  newest: string | null;
}

export interface AdoptInput extends ComputerInput {
  /** Whose backups this computer goes on with. */
  clientId: string;
  /** The engine's: it remembers which computer this is. */
  stateFolder: string;
  /** Of `leftOut`, those that are to count from now on: ids, or beginnings of 4 digits or more. */
  takeIn?: readonly string[] | undefined;
}
/** A snapshot of a former computer that does not count: the owner has not named it. */
export interface LeftOutSnapshot {
  /** SHA-256 name in hex. */
  id: string;
  sequence: number;
  /** By the former computer's word, as all of it: ms since 1970, and its name. */
  endedMs: number;
  computerName: string;
}
/** What lets this computer back up as that one from now on, and what it goes on with. */
export interface AdoptOutput extends EnrolResult {
  /** How many times that computer was taken over, this time included. */
  writer: number;
  /** As its newest snapshot has it; empty where there is none. */
  name: string;
  snapshots: number;
  newestMs: number | null;
  /** What lies at this place and does not count; nothing of it is removed. */
  leftOut: LeftOutSnapshot[];
}

export interface KeyVerbs {
  /** Begins a new epoch: new keys for what is written from now on. Errors: busy, and those of unlock. */
  rotate: { input: RotateInput; output: RotateOutput };
  /**
   * Replaces the root key at one place. May be repeated with the same two keys, also after it was interrupted. Errors:
   * wrong-key (neither opens it), bad-input, busy, and those of unlock.
   */
  changeKey: { input: ChangeKeyInput; output: ChangeKeyOutput };
  /** Which computers have stored something, the one that backed up last first. Errors: those of unlock. */
  listComputers: { input: ListComputersInput; output: ComputerFacts[] };
  /** Tells a computer to stop for ever; what it has stored stays. Errors: bad-input, busy, and those of unlock. */
  retire: { input: RetireInput; output: RetireOutput };
  /**
   * Takes over another computer's backups at one place: this one goes on with its history, and that one stops as soon as
   * it sees this. May be repeated, also at further places of the backup, and to take in snapshots that did not count.
   * Errors: bad-input, busy, snapshot-not-found (of `takeIn`), those of unlock.
   */
  adopt: { input: AdoptInput; output: AdoptOutput };
  /** Says that this computer is the only one of its id. Errors: bad-input, busy, cloned-computer, those of unlock. */
  claim: { input: ClaimInput; output: ClaimOutput };
}
