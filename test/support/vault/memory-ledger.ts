/** A ledger in memory with a clock that tests turn: the semantics of ledger.ts without store, seals and files. */
import { createHash, randomBytes } from 'node:crypto';
import {
  LedgerError,
  type Change,
  type ChangeResult,
  type Ledger,
  type LedgerErrorCode,
  type LogEntry,
  type StoredRecord,
} from '../../../vault/ledger/ledger.ts';

const sha256 = (...parts: (string | Uint8Array)[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

export class MemoryLedger implements Ledger {
  readonly vaultId = new Uint8Array(randomBytes(16));
  readonly site = 'memory';
  readonly log: LogEntry[] = [];
  /** Service time, ms. */
  timeMs = 1_000_000;
  rotations = 0;
  /** Told of each. */
  onRotation: () => void = () => {};
  /** What assertReady throws, if anything. */
  unready: LedgerErrorCode | null = null;
  /** Commits that conflict although nothing changed, as where another site was faster. */
  conflicts = 0;
  readonly #records = new Map<string, StoredRecord>();
  readonly #done = new Map<string, ChangeResult>();

  now(): number {
    return this.timeMs;
  }

  async read(recordId: Uint8Array): Promise<StoredRecord | null> {
    const found = this.#records.get(Buffer.from(recordId).toString('hex'));
    return found === undefined ? null : { state: found.state.slice(), revision: found.revision };
  }

  async commit(change: Change): Promise<ChangeResult> {
    const done = this.#done.get(change.operationId);
    if (done !== undefined) return done;
    if (this.conflicts > 0) {
      this.conflicts -= 1;
      return { outcome: 'conflict' };
    }
    const key = Buffer.from(change.recordId).toString('hex');
    if ((this.#records.get(key)?.revision ?? 0) !== change.revision) return { outcome: 'conflict' };
    const index = this.log.length + 1;
    if (change.state === null) this.#records.delete(key);
    else this.#records.set(key, { state: change.state.slice(), revision: index });
    this.log.push({
      index,
      at: this.timeMs,
      type: change.type,
      record: sha256('holdfast/v1/log-record', change.recordId),
      state: change.state === null ? null : sha256(change.state),
      site: this.site,
      previous: (await this.head()).hash,
      facts: change.facts ?? {},
    });
    const result: ChangeResult = { outcome: 'done', revision: index, logIndex: index };
    this.#done.set(change.operationId, result);
    return result;
  }

  async recordIds(options: { after?: Uint8Array; limit?: number } = {}): Promise<Uint8Array[]> {
    const after = options.after === undefined ? '' : Buffer.from(options.after).toString('hex');
    const keys = [...this.#records.keys()].filter((key) => key > after).sort();
    return keys.slice(0, options.limit).map((key) => new Uint8Array(Buffer.from(key, 'hex')));
  }

  async head(): Promise<{ index: number; hash: Uint8Array }> {
    const last = this.log.at(-1);
    return { index: this.log.length, hash: last === undefined ? new Uint8Array(32) : sha256(JSON.stringify(last)) };
  }

  async entries(fromIndex: number, limit: number): Promise<LogEntry[]> {
    return this.log.slice(fromIndex - 1, fromIndex - 1 + limit);
  }

  async assertReady(): Promise<void> {
    if (this.unready !== null) throw new LedgerError(this.unready, 'told to be unready');
  }

  async rotate(): Promise<void> {
    this.rotations += 1;
    this.onRotation();
  }

  async checkpoint(): Promise<void> {}
  async close(): Promise<void> {}
}
