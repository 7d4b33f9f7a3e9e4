/** Types of the verbs that change keys. */
import type { DestinationSpec } from '../../destinations/spec.ts';
import type { RepositoryFacts } from '../api.ts';

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

export interface KeyVerbs {
  /** Begins a new epoch: new keys for what is written from now on. Errors: busy, and those of unlock. */
  rotate: { input: RotateInput; output: RotateOutput };
}
