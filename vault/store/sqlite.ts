/**
 * The store of a vault on one machine: one SQLite database in WAL mode. A commit has happened when it is on the disk
 * (`synchronous = FULL`), and what is deleted is overwritten (`secure_delete`).
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import { checkCommit, checkKey, DEFAULT_RANGE, prefixEnd } from './keys.ts';
import { StoreError } from './store.ts';
import type { Commit, CommitResult, Entry, Store, StoreErrorCode } from './store.ts';

/** Steps of a commit, in order, at which a process can die. */
export type CommitStep = 'begun' | 'checked' | 'written' | 'committed';

export interface SqliteOptions {
  /** The database; made with mode 0600, its folder with 0700, where they are missing. */
  file: string;
  /** Told of each step of each commit, for tests that kill the process there. */
  onStep?: (step: CommitStep) => void;
}

/** Commits after which an operation is forgotten. */
const REMEMBERED_OPERATIONS = 100_000;
/** ms that a statement waits for another process of this machine. */
const BUSY_MS = 5000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS operation (id TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS operation_revision ON operation (revision);
  INSERT OR IGNORE INTO counter (id, revision) VALUES (1, 0);
`;

interface Row {
  key: string;
  value: ArrayBuffer | Uint8Array;
  revision: number;
}

/** Opens the database, making it where it is missing. @throws StoreError `damaged`, `full`, `unknown` */
export function openSqliteStore(options: SqliteOptions): Promise<Store> {
  return attempt(() => new SqliteStore(options));
}

/** The library is synchronous; whatever it throws becomes the rejection of a promise, as a StoreError. */
function attempt<T>(work: () => T): Promise<T> {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(asStoreError(error));
  }
}

function asStoreError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('SQLITE_')) return error;
  const kinds: [RegExp, StoreErrorCode, string][] = [
    [/^SQLITE_(CORRUPT|NOTADB)/, 'damaged', 'the database file is damaged'],
    [/^SQLITE_FULL/, 'full', 'the disk with the database is full'],
  ];
  const [, kind, words] = kinds.find(([pattern]) => pattern.test(code)) ?? [null, 'unknown', 'the database failed'];
  return new StoreError(kind as StoreErrorCode, `${words} (${code})`, { cause: error });
}

class SqliteStore implements Store {
  readonly kind = 'sqlite';
  readonly clusterId: string;
  readonly #database: Database.Database;
  readonly #onStep: (step: CommitStep) => void;
  #open = true;

  constructor(options: SqliteOptions) {
    this.#onStep = options.onStep ?? ((): void => {});
    makePrivate(options.file);
    this.#database = new Database(options.file, { timeout: BUSY_MS } as Database.Options);
    try {
      for (const setting of ['journal_mode = WAL', 'synchronous = FULL', 'secure_delete = ON']) {
        this.#database.prepare(`PRAGMA ${setting}`).all();
      }
      this.#transaction(() => {
        this.#database.exec(SCHEMA);
        this.#database
          .prepare('INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)')
          .run('cluster', randomBytes(16).toString('hex'));
      });
      const row = this.#database.prepare('SELECT value FROM meta WHERE name = ?').get('cluster') as { value: string };
      this.clusterId = row.value;
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  get(key: string): Promise<Entry | null> {
    return attempt(() => this.#get(key));
  }

  getMany(keys: string[]): Promise<(Entry | null)[]> {
    return attempt(() => {
      this.#checkOpen();
      // One read transaction: all of them as of one revision, whatever another process commits meanwhile.
      this.#database.exec('BEGIN');
      try {
        return keys.map((key) => this.#get(key));
      } finally {
        this.#database.exec('COMMIT');
      }
    });
  }

  range(prefix: string, options: { after?: string; limit?: number } = {}): Promise<Entry[]> {
    return attempt(() => {
      this.#checkOpen();
      const end = prefixEnd(prefix);
      const first =
        'SELECT key, value, revision FROM entry WHERE key >= ? AND key < ? AND key > ? ORDER BY key LIMIT ?';
      const rows = this.#database
        .prepare(first)
        .all(prefix, end, options.after ?? '', options.limit ?? DEFAULT_RANGE) as Row[];
      return rows.map(asEntry);
    });
  }

  commit(change: Commit): Promise<CommitResult> {
    return attempt(() => {
      this.#checkOpen();
      checkCommit(change);
      const result = this.#transaction(() => this.#apply(change));
      this.#onStep('committed');
      return result;
    });
  }

  members(): Promise<{ answering: number; total: number }> {
    return attempt(() => {
      this.#checkOpen();
      return { answering: 1, total: 1 };
    });
  }

  compact(): Promise<void> {
    return attempt(() => {
      this.#checkOpen();
      this.#database.exec('VACUUM');
      const [row] = this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all() as { busy: number }[];
      if (row?.busy !== 0) throw new StoreError('unknown', 'another process reads the database; compact again later');
    });
  }

  close(): Promise<void> {
    return attempt(() => {
      if (!this.#open) return;
      this.#open = false;
      // The library keeps the connection until its statements are collected: no checkpoint would come with the close.
      this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
      this.#database.close();
    });
  }

  #checkOpen(): void {
    if (!this.#open) throw new StoreError('closed', 'the store was closed');
  }

  #get(key: string): Entry | null {
    this.#checkOpen();
    checkKey(key);
    const row = this.#database.prepare('SELECT key, value, revision FROM entry WHERE key = ?').get(key);
    return row === undefined ? null : asEntry(row as Row);
  }

  /** IMMEDIATE: the lock to write is taken before anything is read, so that conditions hold until the end. */
  #transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #apply(change: Commit): CommitResult {
    this.#onStep('begun');
    const done = this.#database.prepare('SELECT revision FROM operation WHERE id = ?').get(change.operationId);
    if (done !== undefined) return { outcome: 'done', revision: (done as { revision: number }).revision };
    for (const { key, revision } of change.conditions) {
      if ((this.#get(key)?.revision ?? 0) !== revision) return { outcome: 'conflict' };
    }
    this.#onStep('checked');
    this.#database.prepare('UPDATE counter SET revision = revision + 1').run();
    // One counter for all keys: a key that is deleted and made again goes on where others are, never below.
    const { revision } = this.#database.prepare('SELECT revision FROM counter').get() as { revision: number };
    const put = this.#database.prepare('INSERT OR REPLACE INTO entry (key, value, revision) VALUES (?, ?, ?)');
    for (const { key, value } of change.puts) put.run(key, Buffer.from(value), revision);
    const remove = this.#database.prepare('DELETE FROM entry WHERE key = ?');
    for (const key of change.deletes) remove.run(key);
    this.#database.prepare('INSERT INTO operation (id, revision) VALUES (?, ?)').run(change.operationId, revision);
    this.#database.prepare('DELETE FROM operation WHERE revision <= ?').run(revision - REMEMBERED_OPERATIONS);
    this.#onStep('written');
    return { outcome: 'done', revision };
  }
}

/** The library gives bytes as a Buffer or as an ArrayBuffer, depending on the call. */
function asEntry(row: Row): Entry {
  const value = row.value instanceof Uint8Array ? Uint8Array.from(row.value) : new Uint8Array(row.value);
  return { key: row.key, value, revision: row.revision };
}

/** SQLite gives the files beside the database its mode. */
function makePrivate(file: string): void {
  const folder = path.dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const handle = openSync(file, 'a', 0o600);
  fsyncSync(handle);
  closeSync(handle);
  chmodSync(file, 0o600);
}
