/** Types that every group of verbs speaks of. */
import type { Said } from '../../errors.ts';

/**
 * What opens a repository. `key`: 32 bytes of the root key; reads everything. `capability`: this computer's write
 * capability (CBOR of FORMAT.md, already unsealed) and the reader public key (1,216 bytes); backs up, lists, verifies.
 */
export type Access =
  { kind: 'key'; rootKey: Uint8Array } | { kind: 'capability'; capability: Uint8Array; readerPublicKey: Uint8Array };

/**
 * `attributes`: the item was taken or given back, without some of what the system keeps beside its contents. `in-use`:
 * a program holds it closed to others. `away`: the drive or server that it lies on does not answer.
 */
export type SkipReason =
  | 'denied'
  | 'vanished'
  | 'changed'
  | 'in-use'
  | 'away'
  | 'io-error'
  | 'attributes'
  | 'unsupported'
  | 'destination-inside'
  | 'other';

/** One item that a run could not take or give back. */
export interface Skipped {
  path: string;
  reason: SkipReason;
  /** What happened, one sentence. */
  message: string;
  /** What to do, one sentence. */
  guidance: string;
  /** Where values stand in them: what other languages say them from. */
  said?: Said | undefined;
}

export type EntryKind = 'folder' | 'file' | 'symlink' | 'fifo' | 'socket' | 'block' | 'char';
export interface EntryFacts {
  /** Raw bytes of the name as base64url; a path inside a snapshot is these joined by `/`. */
  id: string;
  /** Name for display; bytes that are not UTF-8 are shown as \xNN. */
  name: string;
  kind: EntryKind;
  size: number;
  /** ns since the epoch as decimal string. */
  mtimeNs: string;
  mode: number;
  uid: number;
  gid: number;
  user: string;
  group: string;
  linkTarget: string | null;
}

/** The key vault named in repo.json: what a new computer needs beside the password. */
export interface VaultLocator {
  /** 16 bytes in hex. */
  vaultId: string;
  /** 32 bytes in hex. */
  recordId: string;
  /** `https://host:port` of each known site, at least one. */
  urls: string[];
  /** SHA-256 of the pinned bundle, 32 bytes in hex. */
  fingerprint: string;
}

export interface RepositoryFacts {
  /** 16 bytes in hex. */
  repoId: string;
  createdMs: number;
  generation: number;
  /** Client ids (hex) found in the repository. */
  clients: string[];
  /** Null where the 64 digits are the only way in. */
  vault: VaultLocator | null;
  /**
   * True where this computer has opened this backup before and its owner's key is still the same: what repo.json says
   * of a vault is then the owner's word. Where it is false, storage may have put it there: show the fingerprint.
   */
  ownerKnown: boolean;
  /**
   * True where this computer has seen a newer repo.json of this backup elsewhere: this place was away while it was
   * changed, and what it says of a vault may be out of date. Told by `inspect` and `unlock` with a `stateFolder`.
   */
  behind?: boolean | undefined;
  /**
   * False where this computer's capability was made from the keys that are in force: told by `unlock` with a
   * `stateFolder`. Else it has to be enrolled again under its client id, or its next backup may stop.
   */
  keysRenewed?: boolean | undefined;
}

export interface EnrolResult {
  /** CBOR of the capability, to be sealed by main/keys. */
  capability: Uint8Array;
  /** X-Wing public key of the reader, 1,216 bytes. */
  readerPublicKey: Uint8Array;
  clientId: string;
  repoId: string;
}
