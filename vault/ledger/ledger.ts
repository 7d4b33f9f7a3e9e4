/**
 * The records of a vault site over its store: sealed at rest, every change in a hash-chained log, and no answer from a
 * store that was put back to an older copy. The service sees plaintext states and revisions; keys, seals and rotation
 * stay behind this interface.
 */

/** One line of the log. It names no person: the record appears as a hash. */
export interface LogEntry {
  /** From 1, without gaps. */
  index: number;
  /** Service time of the site that wrote it, ms. */
  at: number;
  /** What happened: `charge`, `reset`, `expose`, `destroy`, ... (record/). */
  type: string;
  /** SHA-256("holdfast/v1/log-record" || record id); null for entries of the vault itself. */
  record: Uint8Array | null;
  /**
   * Names the record's state after the change (at-rest.ts: SHA-256 over it and a random salt that is sealed with it, so
   * that it stays when the record is sealed again); null where it was deleted.
   */
  state: Uint8Array | null;
  /** Name of the site that wrote it. */
  site: string;
  /** SHA-256 of the entry before, 32 zero bytes for the first. */
  previous: Uint8Array;
  /** Public facts of the change that `verify-log` reconciles with the HSM's own count, e.g. evaluations charged. */
  facts: Record<string, number>;
}

export interface StoredRecord {
  state: Uint8Array;
  revision: number;
}

export interface Change {
  /** As in the store: the same one is applied once. */
  operationId: string;
  recordId: Uint8Array;
  /** The revision that was read; 0 where there was no record. */
  revision: number;
  /** The new plaintext state; null deletes the record. */
  state: Uint8Array | null;
  type: string;
  facts?: Record<string, number>;
}

/**
 * `revision`: that of the record after the change; 0 where it was deleted, and where a repeated change finds that the
 * record has gone on since.
 */
export type ChangeResult = { outcome: 'done'; revision: number; logIndex: number } | { outcome: 'conflict' };

export type LedgerErrorCode =
  | 'rolled-back' // the store does not extend what this site has sealed, or the token has seen a newer head
  | 'no-quorum'
  | 'not-ready' // no majority has sealed an index at most 60 s old, or the HSM does not answer
  | 'damaged';

export class LedgerError extends Error {
  readonly code: LedgerErrorCode;
  constructor(code: LedgerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LedgerError';
    this.code = code;
  }
}

export interface Ledger {
  /** Names this vault: 16 bytes. */
  readonly vaultId: Uint8Array;
  readonly site: string;
  /**
   * Service time in ms: it stands still while no site runs, never goes back, and takes no notice of the wall clock
   * (which may jump): the time of the newest log entry seen plus what the monotonic clock counted since.
   */
  now(): number;
  read(recordId: Uint8Array): Promise<StoredRecord | null>;
  /** Reads, changes and logs in one transaction. When it resolves with `done` the head is sealed as strict mode asks. */
  commit(change: Change): Promise<ChangeResult>;
  /** Ids of the records, ascending, from `after` (exclusive) on. For sweeps, fsck and rotation. */
  recordIds(options?: { after?: Uint8Array; limit?: number }): Promise<Uint8Array[]>;
  head(): Promise<{ index: number; hash: Uint8Array }>;
  entries(fromIndex: number, limit: number): Promise<LogEntry[]>;
  /** Throws LedgerError where this site must not answer logins now. */
  assertReady(): Promise<void>;
  /** A new data key, wrapped to every site; all records sealed again; the old keys destroyed; the store compacted. */
  rotate(): Promise<void>;
  /** A new epoch key and a new seal; done by itself every 100 attempts or 60 s. */
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}
