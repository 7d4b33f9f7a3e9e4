/**
 * The log as this site has seen and checked it: the head, the hashes of its newest part, which state every record that
 * changed lately is in, and which operations were applied. Each look at the store is held against it, so that neither
 * the store as a whole nor a single record can be put back unnoticed while a site remembers.
 *
 * What it remembers reaches back to where the data key before the current one began: an older copy of a record is sealed
 * under a key that is gone.
 */
import { equal } from '../protocol/bytes.ts';
import { StoreError } from '../store/store.ts';
import type { Entry, Store } from '../store/store.ts';
import { damaged, rolledBack } from './errors.ts';
import type { ServiceClock } from './clock.ts';
import type { DataKeys } from './data-keys.ts';
import { Lane } from './lane.ts';
import { checkMark, decodeHead, HEAD_KEY, LOG_PAGE, LOG_PREFIX, logKey, markHead, readChain, START } from './log.ts';
import type { Head, LogLine, Position } from './log.ts';

/** Entry types of the vault itself. Those of KEY_TYPES say that the data keys have changed. */
export const KEY_TYPES = ['create', 'rotate', 'rotated'];

export interface Seen {
  index: number;
  /** What the log calls the state; null where the record was deleted. */
  state: Uint8Array | null;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export class Chain {
  readonly #store: Store;
  readonly #keys: DataKeys;
  readonly #clock: ServiceClock;
  readonly #lane = new Lane();
  readonly #hashes = new Map<number, Uint8Array>();
  readonly #records = new Map<string, Seen>();
  readonly #operations = new Map<string, { index: number; record: string }>();
  #head: Head | null = null;
  #revision = 0;
  /** Why the log could last not be read. */
  #cut: StoreError | null = null;

  constructor(store: Store, keys: DataKeys, clock: ServiceClock) {
    this.#store = store;
    this.#keys = keys;
    this.#clock = clock;
  }

  get position(): Position {
    return this.#head ?? START;
  }

  get head(): Head {
    if (this.#head === null) throw new Error('the chain is used before it was loaded');
    return this.#head;
  }

  /** Revision of the head's entry in the store. */
  get revision(): number {
    return this.#revision;
  }

  /** Hash of an entry that is remembered; null of one that is older, or not there. */
  hashAt(index: number): Uint8Array | null {
    if (index === 0) return START.hash;
    return this.#hashes.get(index) ?? null;
  }

  seen(record: Uint8Array): Seen | null {
    return this.#records.get(hex(record)) ?? null;
  }

  /** Log index of an operation that was applied (to this record), as far back as is remembered. */
  applied(operationId: string, record: Uint8Array): number | null {
    const found = this.#operations.get(operationId);
    return found === undefined || found.record !== hex(record) ? null : found.index;
  }

  /**
   * Reads the log from entry `from` on, whose own word is taken for what came before it.
   *
   * @param floor what a seal or the token has seen: the log must reach it
   */
  async load(from: number, floor: number): Promise<void> {
    const entry = await this.#store.get(HEAD_KEY);
    if (entry === null) throw rolledBack('the store has no log, but this site has sealed one: it was wiped');
    const head = decodeHead(entry.value);
    if (head.index < floor) throw olderThan(floor, head.index);
    const { lines, hashes } = await this.#fetch(null, Math.max(1, from), head);
    this.#accept(lines, hashes, head, entry.revision);
  }

  /** Reads the head and what was added to the log since. */
  async refresh(): Promise<void> {
    const floor = this.position;
    await this.follow(await this.#store.get(HEAD_KEY), floor);
  }

  /**
   * @param entry the head's entry as it was read
   * @param floor `position` before it was asked for: what is read must not be older
   */
  follow(entry: Entry | null, floor: Position): Promise<void> {
    const before = this.#cut;
    return this.#lane.run(async () => {
      // Those that waited for one that could not read the log would wait as long, one after the other, for the same.
      if (this.#cut !== before) throw this.#cut;
      try {
        await this.#follow(entry, floor);
      } catch (error) {
        if (error instanceof StoreError) this.#cut = error;
        throw error;
      }
    });
  }

  async #follow(entry: Entry | null, floor: Position): Promise<void> {
    if (entry === null) throw rolledBack('the log is gone from the store');
    const head = decodeHead(entry.value);
    if (head.index < floor.index) throw olderThan(floor.index, head.index);
    const known = this.hashAt(head.index);
    if (head.index <= this.position.index) {
      if (known !== null && !equal(known, head.hash)) throw anotherHistory(head.index);
      return;
    }
    const before = this.position;
    const { lines, hashes } = await this.#fetch(before, before.index + 1, head);
    if (lines.some((line) => KEY_TYPES.includes(line.type))) {
      await this.#keys.reload();
      this.trim();
    }
    const expected = markHead(this.#keys.get(head.key), this.#store.clusterId, head);
    checkMark(expected, head.mark, "the log's head");
    this.#accept(lines, hashes, head, entry.revision);
  }

  /** What this site has just committed after `before`. */
  extend(before: Position, lines: LogLine[], hashes: Uint8Array[], head: Head, revision: number): void {
    if (!equal(before.hash, this.hashAt(before.index) ?? START.hash)) throw anotherHistory(before.index);
    this.#accept(lines, hashes, head, revision);
  }

  /** Forgets what is older than the data key before the current one. */
  trim(): void {
    const first = this.#keys.state.before;
    for (const index of this.#hashes.keys()) if (index < first) this.#hashes.delete(index);
    for (const [record, { index }] of this.#records) if (index < first) this.#records.delete(record);
    for (const [operation, { index }] of this.#operations) if (index < first) this.#operations.delete(operation);
  }

  /** @throws LedgerError `damaged` for the data keys' mark on the loaded head */
  checkLoaded(): void {
    const expected = markHead(this.#keys.get(this.head.key), this.#store.clusterId, this.head);
    checkMark(expected, this.head.mark, "the log's head");
  }

  /** Entries `first` to the head, checked to end in it. */
  async #fetch(
    before: Position | null,
    first: number,
    head: Head,
  ): Promise<{ lines: LogLine[]; hashes: Uint8Array[] }> {
    const lines: LogLine[] = [];
    const hashes: Uint8Array[] = [];
    let position = before;
    for (let next = first; next <= head.index; next += LOG_PAGE) {
      const limit = Math.min(LOG_PAGE, head.index - next + 1);
      const stored = await this.#store.range(LOG_PREFIX, { after: logKey(next - 1), limit });
      const [begin] = stored;
      if (stored.length !== limit || begin?.key !== logKey(next))
        throw damaged(`log entries after ${next - 1} are missing`);
      if (position !== null && next === first && position.index > 0) checkJoin(stored, position);
      const page = readChain(stored, position);
      lines.push(...page.lines);
      hashes.push(...page.hashes);
      const last = page.lines.at(-1);
      const hash = page.hashes.at(-1);
      if (last !== undefined && hash !== undefined) position = { index: last.index, hash };
    }
    const last = lines.at(-1);
    if (last !== undefined && (!equal(position?.hash ?? START.hash, head.hash) || last.at !== head.at)) {
      throw damaged('the log does not end in its head');
    }
    return { lines, hashes };
  }

  #accept(lines: LogLine[], hashes: Uint8Array[], head: Head, revision: number): void {
    for (const [i, line] of lines.entries()) {
      const hash = hashes[i];
      if (hash === undefined || line.index <= this.position.index) continue;
      this.#hashes.set(line.index, hash);
      if (line.record === null) continue;
      const record = hex(line.record);
      this.#records.set(record, { index: line.index, state: line.state });
      this.#operations.set(hex(line.operation), { index: line.index, record });
    }
    if (this.#head !== null && head.index <= this.#head.index) return;
    this.#head = head;
    this.#revision = revision;
    this.#clock.advanceTo(head.at);
  }
}

/** The first entry after what is known must follow it. */
function checkJoin(stored: readonly Entry[], position: Position): void {
  const [line] = readChain(stored.slice(0, 1), null).lines;
  if (line !== undefined && !equal(line.previous, position.hash)) throw anotherHistory(position.index);
}

function olderThan(seen: number, found: number): Error {
  return rolledBack(
    `the store's log ends at entry ${found}, but this site has seen entry ${seen}: the store was put back to an older copy`,
  );
}

function anotherHistory(index: number): Error {
  return rolledBack(
    `the store's log differs from what this site has seen up to entry ${index}: the store was put back to an older copy and went on from there`,
  );
}
