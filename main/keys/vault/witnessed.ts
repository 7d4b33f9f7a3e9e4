/**
 * What the vault signs, checked against what it has signed before: every desktop is a witness that its state only goes
 * forward.
 */
import { equal } from '../../../vault/protocol/bytes.ts';
import type { Signed } from '../../../vault/protocol/messages.ts';
import { verifyFacts, type Facts, type FactsKind } from '../../../vault/protocol/receipt.ts';
import type { Connection } from './connection.ts';
import { untrue } from './failures.ts';
import type { RecordFolder, Witness } from './record-folder.ts';

export class Witnessed {
  readonly #connection: Connection;
  readonly #recordId: Uint8Array;
  readonly #folder: RecordFolder;
  #seen: Witness;
  /** What was seen before this flow began: answers that are repeated within it may be older than its newest. */
  readonly #floor: Readonly<Witness>;

  private constructor(connection: Connection, recordId: Uint8Array, folder: RecordFolder, seen: Witness) {
    this.#connection = connection;
    this.#recordId = recordId;
    this.#folder = folder;
    this.#seen = seen;
    this.#floor = seen;
  }

  static async begin(connection: Connection, recordId: Uint8Array, folder: RecordFolder): Promise<Witnessed> {
    return new Witnessed(connection, recordId, folder, await folder.witness());
  }

  get seen(): Readonly<Witness> {
    return this.#seen;
  }

  /**
   * Facts to be believed: signed, about this record and one of these requests, and not older than what was seen.
   *
   * @throws HoldfastError vault-not-proven
   */
  async check<K extends FactsKind>(kind: K, signed: Signed, requestIds: readonly Uint8Array[]): Promise<Facts<K>> {
    let facts: Facts<K>;
    try {
      facts = verifyFacts(kind, signed, this.#connection.bundle.receiptKey);
    } catch (error) {
      throw untrue(`${kind}: ${error instanceof Error ? error.message : String(error)}`, error);
    }
    const { recordId, logIndex } = facts;
    const requestId = 'loginId' in facts ? facts.loginId : facts.requestId;
    if (!equal(recordId, this.#recordId)) throw untrue(`${kind} of another record`);
    if (!requestIds.some((id) => equal(id, requestId))) throw untrue(`${kind} of another request`);
    if (logIndex < this.#floor.logIndex) throw untrue(`${kind} at ${logIndex}, ${this.#floor.logIndex} was seen`);
    // A receipt of a record that is gone has none.
    if (kind !== 'receipt' && 'version' in facts && facts.version < this.#floor.version) {
      throw untrue(`version ${facts.version}, ${this.#floor.version} was seen`);
    }
    await this.#folder.addReceipt(signed);
    if (logIndex > this.#seen.logIndex) await this.keep({ logIndex });
    return facts;
  }

  /** Remembers more of what was seen; what another flow has seen meanwhile stays. */
  async keep(more: Partial<Witness>): Promise<void> {
    const now = await this.#folder.witness().catch(() => this.#seen);
    const seen: Witness = {
      epoch: Math.max(now.epoch, this.#connection.bundle.epoch),
      logIndex: Math.max(now.logIndex, more.logIndex ?? 0),
      version: Math.max(now.version, more.version ?? 0),
      registrations: more.registrations ?? now.registrations,
      foreign: more.foreign ?? now.foreign,
    };
    this.#seen = seen;
    await this.#folder.keepWitness(seen).catch(() => undefined);
  }
}
