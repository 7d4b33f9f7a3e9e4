/**
 * Commits of this process, many in one transaction of the store: their records, their log entries, one head. Another
 * site that was faster moves the head; then the log is followed and the batch tried again, without those whose record
 * has changed: they are told.
 */
import { randomBytes } from 'node:crypto';
import type { Commit, CommitResult, Entry, Store } from '../store/store.ts';
import { StoreError } from '../store/store.ts';
import { addSalt, commitmentOf, recordKey, sealRecord } from './at-rest.ts';
import type { Chain } from './chain.ts';
import type { ServiceClock } from './clock.ts';
import type { DataKey, DataKeys } from './data-keys.ts';
import { asLedgerError, notReady } from './errors.ts';
import type { Change, ChangeResult } from './ledger.ts';
import { LedgerError } from './ledger.ts';
import { HEAD_KEY, recordHash } from './log.ts';
import type { Position } from './log.ts';
import { newOperationId } from './site-seals.ts';
import { checkChange, writeEntries } from './write.ts';
import type { WritePlace, Written } from './write.ts';

/** Changes of one batch: two keys each, and the head, stay below what a store takes. */
const BATCH = 50;
/** Bytes of records in one batch; etcd takes requests of 1.5 MB. */
const BATCH_BYTES = 512 * 1024;
/** Times that a batch of unknown outcome is repeated under the same operation, and ms after which its callers are told. */
const REPEATS = 2;
const REPEAT_MS = 1000;
/** Conflicts in a row after which something else than a busy site must be wrong. */
const MAX_CONFLICTS = 1000;

/** An entry of the vault itself, with what it changes beside the log. */
export interface OwnEntry {
  type: string;
  facts: Record<string, number>;
  /**
   * What else is changed, given the index that the entry gets; called for each try.
   * Null: it is no longer wanted.
   */
  build(
    index: number,
  ): { conditions: Commit['conditions']; puts: Commit['puts']; deletes: string[]; key: DataKey } | null;
  /** Called with the revision as soon as it is done, before anything else is committed. */
  onDone(index: number, revision: number): void;
}

interface Waiting {
  change: Change;
  record: Uint8Array;
  resolve: (result: ChangeResult) => void;
  reject: (error: unknown) => void;
}

interface WaitingOwn {
  own: OwnEntry;
  resolve: (index: number | null) => void;
  reject: (error: unknown) => void;
}

export interface CommitParts {
  store: Store;
  chain: Chain;
  keys: DataKeys;
  time: ServiceClock;
  site: string;
  /** Called before anything is answered: strict mode and checkpoints. */
  cover: () => Promise<void>;
}

export class Commits {
  readonly #parts: CommitParts;
  #queue: Waiting[] = [];
  #own: WaitingOwn[] = [];
  readonly #pending = new Map<string, Promise<ChangeResult>>();
  #running: Promise<void> | null = null;
  /** The outcome of a batch is not known: the log is read before anything else is done. */
  #uncertain = false;
  #closed = false;

  constructor(parts: CommitParts) {
    this.#parts = parts;
  }

  commit(change: Change): Promise<ChangeResult> {
    checkChange(change);
    const key = `${change.operationId} ${recordKey(change.recordId)}`;
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const result = new Promise<ChangeResult>((resolve, reject) => {
      this.#queue.push({ change, record: recordHash(change.recordId), resolve, reject });
    }).finally(() => this.#pending.delete(key));
    this.#pending.set(key, result);
    this.#start();
    return result;
  }

  /** Index that the entry got; null where `build` no longer wanted it. */
  commitOwn(own: OwnEntry): Promise<number | null> {
    const result = new Promise<number | null>((resolve, reject) => {
      this.#own.push({ own, resolve, reject });
    });
    this.#start();
    return result;
  }

  /** What is queued is still done. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  #start(): void {
    if (this.#running !== null) return;
    // The turn of the event loop that asks first may ask for more: they share a transaction.
    this.#running = new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.#run())
      .finally(() => {
        this.#running = null;
        if (this.#queue.length + this.#own.length > 0) this.#start();
      });
  }

  async #run(): Promise<void> {
    while (this.#queue.length + this.#own.length > 0) {
      const own = this.#own.shift();
      if (own !== undefined) {
        await this.#runOwn(own);
        continue;
      }
      const batch = this.#takeBatch();
      try {
        if (this.#closed) throw notReady('the ledger was closed');
        await this.#runBatch(batch);
      } catch (error) {
        const known = asLedgerError(error);
        // Those behind it would wait as long, one after the other, to hear the same; nothing of them was sent.
        const behind = known instanceof LedgerError && known.code === 'no-quorum' ? this.#queue.splice(0) : [];
        for (const waiting of [...batch, ...behind]) waiting.reject(known);
      }
    }
  }

  /** Each record at most once: the second change of one is decided when the first is done. */
  #takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const later: Waiting[] = [];
    const records = new Set<string>();
    let bytes = 0;
    for (const waiting of this.#queue) {
      const key = recordKey(waiting.change.recordId);
      const size = waiting.change.state?.length ?? 0;
      const fits = batch.length === 0 || (batch.length < BATCH && bytes + size <= BATCH_BYTES);
      if (records.has(key) || later.length > 0 || !fits) {
        later.push(waiting);
        continue;
      }
      records.add(key);
      bytes += size;
      batch.push(waiting);
    }
    this.#queue = later;
    return batch;
  }

  async #runBatch(batch: Waiting[]): Promise<void> {
    const { store, chain } = this.#parts;
    let open = batch;
    if (this.#uncertain) {
      await chain.refresh();
      this.#uncertain = false;
    }
    for (let conflicts = 0; ; conflicts++) {
      open = await this.#settleApplied(open, new Map());
      if (open.length === 0) return;
      if (conflicts > MAX_CONFLICTS) throw notReady('other sites are always faster');
      const before: Position = chain.position;
      const { commit, written } = this.#build(open, before);
      const result = await this.#send(commit);
      if (result.outcome === 'done') {
        chain.extend(before, written.lines, written.hashes, written.head, result.revision);
        await this.#parts.cover();
        for (const [i, { change, resolve }] of open.entries()) {
          const revision = change.state === null ? 0 : result.revision;
          resolve({ outcome: 'done', revision, logIndex: written.head.index - open.length + 1 + i });
        }
        return;
      }
      const floor = chain.position;
      const [head, ...records] = await store.getMany([
        HEAD_KEY,
        ...open.map(({ change }) => recordKey(change.recordId)),
      ]);
      await chain.follow(head ?? null, floor);
      const found = new Map(open.map((waiting, i) => [waiting, records[i] ?? null]));
      open = await this.#settleApplied(open, found);
      for (const waiting of open) {
        if ((found.get(waiting)?.revision ?? 0) !== waiting.change.revision) waiting.resolve({ outcome: 'conflict' });
      }
      open = open.filter((waiting) => (found.get(waiting)?.revision ?? 0) === waiting.change.revision);
    }
  }

  /** Answers those whose operation the log already has: an earlier try, here or at another site. */
  async #settleApplied(open: Waiting[], found: Map<Waiting, Entry | null>): Promise<Waiting[]> {
    const { chain } = this.#parts;
    const rest: Waiting[] = [];
    for (const waiting of open) {
      const index = chain.applied(waiting.change.operationId, waiting.record);
      if (index === null) {
        rest.push(waiting);
        continue;
      }
      await this.#parts.cover();
      // Known only while nothing changed the record since; 0 makes the caller read again before it changes more.
      const seen = chain.seen(waiting.record);
      const entry = found.get(waiting) ?? (await this.#parts.store.get(recordKey(waiting.change.recordId)));
      const revision = seen?.index === index ? (entry?.revision ?? 0) : 0;
      waiting.resolve({ outcome: 'done', revision, logIndex: index });
    }
    return rest;
  }

  #build(open: Waiting[], before: Position): { commit: Commit; written: Written } {
    const { keys } = this.#parts;
    const sealed = open.map(({ change: { recordId, state } }) => {
      if (state === null) return null;
      const salted = addSalt(state);
      const bytes = sealRecord(keys.current, recordId, salted);
      return { bytes, commitment: commitmentOf(recordId, salted) };
    });
    const entries = open.map(({ change, record }, i) => ({
      type: change.type,
      record,
      state: sealed[i]?.commitment ?? null,
      facts: change.facts ?? {},
      operation: new Uint8Array(Buffer.from(change.operationId, 'hex')),
    }));
    const written = writeEntries(this.#place(), before, entries, keys.current);
    const commit: Commit = {
      operationId: newOperationId(),
      conditions: [
        { key: HEAD_KEY, revision: this.#parts.chain.revision },
        ...open.map(({ change }) => ({ key: recordKey(change.recordId), revision: change.revision })),
      ],
      puts: [
        ...written.puts,
        ...open.flatMap(({ change }, i) => {
          const bytes = sealed[i]?.bytes;
          return bytes === undefined ? [] : [{ key: recordKey(change.recordId), value: bytes }];
        }),
      ],
      deletes: open.filter(({ change }) => change.state === null).map(({ change }) => recordKey(change.recordId)),
    };
    return { commit, written };
  }

  #place(): WritePlace {
    const { site, time, store, chain } = this.#parts;
    return { clusterId: store.clusterId, site, at: Math.max(time.now(), chain.head.at) };
  }

  async #runOwn({ own, resolve, reject }: WaitingOwn): Promise<void> {
    const { chain } = this.#parts;
    const operation = new Uint8Array(randomBytes(16));
    try {
      for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
        await chain.refresh();
        this.#uncertain = false;
        const before: Position = chain.position;
        const wanted = own.build(before.index + 1);
        if (wanted === null) return resolve(null);
        const entry = { type: own.type, record: null, state: null, facts: own.facts, operation };
        const written = writeEntries(this.#place(), before, [entry], wanted.key);
        const result = await this.#send({
          operationId: newOperationId(),
          conditions: [{ key: HEAD_KEY, revision: chain.revision }, ...wanted.conditions],
          puts: [...written.puts, ...wanted.puts],
          deletes: wanted.deletes,
        });
        if (result.outcome === 'conflict') continue;
        own.onDone(written.head.index, result.revision);
        chain.extend(before, written.lines, written.hashes, written.head, result.revision);
        await this.#parts.cover();
        return resolve(written.head.index);
      }
      throw notReady('other sites are always faster');
    } catch (error) {
      reject(asLedgerError(error));
    }
  }

  async #send(commit: Commit): Promise<CommitResult> {
    const start = performance.now();
    for (let repeats = 0; ; repeats++) {
      try {
        return await this.#parts.store.commit(commit);
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'unknown') throw error;
        this.#uncertain = true;
        if (repeats >= REPEATS || performance.now() - start > REPEAT_MS) throw error;
      }
    }
  }
}
