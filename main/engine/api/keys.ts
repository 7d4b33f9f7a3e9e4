/** Types of the verbs that change keys. */
import type { DestinationSpec } from '../../destinations/spec.ts';
import type { RepositoryFacts, VaultLocator } from '../api.ts';

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

export interface KeyVerbs {
  /** Begins a new epoch: new keys for what is written from now on. Errors: busy, and those of unlock. */
  rotate: { input: RotateInput; output: RotateOutput };
  /**
   * Replaces the root key at one place. May be repeated with the same two keys, also after it was interrupted. Errors:
   * wrong-key (neither opens it), bad-input, busy, and those of unlock.
   */
  changeKey: { input: ChangeKeyInput; output: ChangeKeyOutput };
}
