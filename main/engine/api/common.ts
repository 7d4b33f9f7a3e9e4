/** Types that every group of verbs speaks of. */

/**
 * What opens a repository. `key`: 32 bytes of the root key; reads everything. `capability`: this computer's write
 * capability (CBOR of FORMAT.md, already unsealed) and the reader public key (1,216 bytes); backs up, lists, verifies.
 */
export type Access =
  { kind: 'key'; rootKey: Uint8Array } | { kind: 'capability'; capability: Uint8Array; readerPublicKey: Uint8Array };

/** `attributes`: the item was taken or given back, without some of what the system keeps beside its contents. */
export type SkipReason =
  'denied' | 'vanished' | 'changed' | 'io-error' | 'attributes' | 'unsupported' | 'destination-inside' | 'other';

/** One item that a run could not take or give back. */
export interface Skipped {
  path: string;
  reason: SkipReason;
  /** What happened, one sentence. */
  message: string;
  /** What to do, one sentence. */
  guidance: string;
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
