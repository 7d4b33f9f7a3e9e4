/**
 * Where a vault keeps its state: a small ordered map with one atomic operation. SQLite for one machine, etcd for several
 * sites; both pass one conformance suite. There is no lock: whoever changes something names the revisions it has read,
 * and the change happens only if they still hold.
 */

export interface Entry {
  key: string;
  value: Uint8Array;
  /** Grows with every change of this key; 0 means that it does not exist. */
  revision: number;
}

export interface Commit {
  /**
   * 16 random bytes in hex, one for each intended change. A commit whose outcome is not known (a deadline, a lost
   * connection) is found by it: `commit` looks before it tries again, and never applies the same operation twice.
   */
  operationId: string;
  /** Every one must hold, else nothing happens. Revision 0: the key must not exist. */
  conditions: { key: string; revision: number }[];
  puts: { key: string; value: Uint8Array }[];
  deletes: string[];
}

/** `conflict`: a condition did not hold, and nothing was changed. */
export type CommitResult = { outcome: 'done'; revision: number } | { outcome: 'conflict' };

export type StoreErrorCode =
  | 'no-quorum' // too few members answer; whether the change happened was looked up, or is not known (`unknown`)
  | 'unknown' // the change may or may not have happened; repeating it with the same operation id is safe
  | 'damaged' // what is stored is not what was written
  | 'full'
  | 'closed';

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

export interface Store {
  readonly kind: 'sqlite' | 'etcd';
  /** Names this store for good; a seal made over one store is not taken for another. */
  readonly clusterId: string;
  /** Linearizable: what a finished commit wrote is seen. */
  get(key: string): Promise<Entry | null>;
  /** Linearizable, all at one revision. */
  getMany(keys: string[]): Promise<(Entry | null)[]>;
  /** Keys that begin with `prefix`, ascending, at most `limit` from `after` (exclusive) on. */
  range(prefix: string, options?: { after?: string; limit?: number }): Promise<Entry[]>;
  commit(change: Commit): Promise<CommitResult>;
  /** Members that answer, and how many there are: 1 of 1 for SQLite. */
  members(): Promise<{ answering: number; total: number }>;
  /** Drops old revisions so that what was deleted or replaced is gone from every copy. */
  compact(): Promise<void>;
  close(): Promise<void>;
}
