/**
 * The store of a vault with several sites: etcd. Every change is one transaction that compares revisions, and puts a
 * key of its own, `op/<id>`, with the same breath: whoever does not know what became of a change looks for that key.
 * There are no locks (Jepsen's analysis of etcd 3.4: transactions are strictly serializable, locks are not safe).
 */
import { randomBytes } from 'node:crypto';
import type { IKeyValue, IRangeResponse, IRequestOp, ITxnRequest, ITxnResponse } from 'etcd3';
import { EtcdCalls, isLostLease } from './etcd-calls.ts';
import type { EtcdOptions } from './etcd-calls.ts';
import { checkCommit, checkKey, DEFAULT_RANGE, prefixEnd } from './keys.ts';
import { StoreError } from './store.ts';
import type { Commit, CommitResult, Entry, Store } from './store.ts';

export type { EtcdOptions } from './etcd-calls.ts';

/** An operation is remembered for at least an hour: its lease lives for two, and serves new operations for one. */
const LEASE_S = 7200;
const LEASE_USED_MS = 3_600_000;
/** Reads of one transaction; etcd takes 128. */
const READS = 100;

const DONE = Buffer.from('done');
/** Put in the place of an operation that must never be applied any more. */
const VOID = Buffer.from('void');

/** @throws StoreError `no-quorum` where too few members answer */
export async function openEtcdStore(options: EtcdOptions): Promise<Store> {
  const calls = new EtcdCalls(options);
  try {
    return new EtcdStore(calls, options.prefix, await nameOf(calls, options.prefix));
  } catch (error) {
    calls.close();
    throw error;
  }
}

/**
 * The cluster's id, which a restored snapshot does not keep, and a random name of the prefix, which a cluster that was
 * wiped and made again under the same name does not keep.
 */
async function nameOf(calls: EtcdCalls, prefix: string): Promise<string> {
  const key = Buffer.from(`${prefix}name`);
  const request: ITxnRequest = {
    compare: [{ key, result: 'Equal', target: 'Mod', mod_revision: '0' }],
    success: [{ request_put: { key, value: Buffer.from(randomBytes(16).toString('hex')) } }],
  };
  await calls.attempt(({ client, options }) => client.kv.txn(request, options));
  const found = await calls.attempt(({ client, options }) => client.kv.range({ key }, options));
  const name = found.kvs[0]?.value.toString('latin1');
  if (name === undefined) throw new StoreError('damaged', 'the name of the store is gone');
  return `${BigInt(found.header.cluster_id).toString(16).padStart(16, '0')}-${name}`;
}

/** Exact up to 2^53: at 10,000 commits a second that is 28,000 years. */
function revisionOf(text: string): number {
  const revision = Number(text);
  if (!Number.isSafeInteger(revision)) throw new StoreError('damaged', `revision ${text} is out of range`);
  return revision;
}

class EtcdStore implements Store {
  readonly kind = 'etcd';
  readonly clusterId: string;
  readonly #calls: EtcdCalls;
  readonly #prefix: string;
  #lease: { id: Promise<string>; until: number } | null = null;

  constructor(calls: EtcdCalls, prefix: string, clusterId: string) {
    this.#calls = calls;
    this.#prefix = prefix;
    this.clusterId = clusterId;
  }

  async get(key: string): Promise<Entry | null> {
    const name = this.#name(key);
    const found = await this.#calls.attempt(({ client, options }) => client.kv.range({ key: name }, options));
    return this.#entryOf(found);
  }

  async getMany(keys: string[]): Promise<(Entry | null)[]> {
    const names = keys.map((key) => this.#name(key));
    const entries: (Entry | null)[] = [];
    let revision: string | null = null;
    for (let at = 0; at < names.length; at += READS) {
      const success: IRequestOp[] = names
        .slice(at, at + READS)
        .map((key) => ({ request_range: revision === null ? { key } : { key, revision } })) as IRequestOp[];
      const answer = await this.#transaction({ success });
      revision ??= answer.header.revision;
      for (const { response_range } of answer.responses) entries.push(this.#entryOf(response_range));
    }
    return entries;
  }

  async range(prefix: string, options: { after?: string; limit?: number } = {}): Promise<Entry[]> {
    const { after } = options;
    const request = {
      key: after !== undefined && after >= prefix ? Buffer.from(`${this.#prefix}k/${after}\0`) : this.#name(prefix),
      range_end: Buffer.from(`${this.#prefix}k/${prefixEnd(prefix)}`),
      limit: options.limit ?? DEFAULT_RANGE,
    };
    // Past the prefix there is nothing; etcd would refuse a range that ends before it begins.
    if (request.limit === 0 || request.key.compare(request.range_end) >= 0) return [];
    const found = await this.#calls.attempt((call) => call.client.kv.range(request, call.options));
    return found.kvs.map((kv) => this.#asEntry(kv));
  }

  async commit(change: Commit): Promise<CommitResult> {
    checkCommit(change);
    let uncertain = false;
    const onUnknown = (): void => {
      uncertain = true;
    };
    try {
      const answer = await this.#propose(change, onUnknown);
      if (answer.succeeded) return { outcome: 'done', revision: revisionOf(answer.header.revision) };
      const before = resultOf(answer);
      if (before !== null) return before;
      // An earlier try may still be on its way and meet conditions that hold again by then: it is barred for good.
      return uncertain ? await this.#bar(change.operationId) : { outcome: 'conflict' };
    } catch (error) {
      if (!uncertain || !(error instanceof StoreError) || error.code === 'closed') throw error;
      throw new StoreError('unknown', 'it is not known whether the change was made', { cause: error });
    }
  }

  async members(): Promise<{ answering: number; total: number }> {
    const answers = await this.#calls.each(({ client, options }) => client.maintenance.status(options));
    // A member that is cut off from the others has no leader, and answers nobody's reads.
    const answering = answers.filter((status) => status !== null && BigInt(status.leader) !== 0n).length;
    return { answering, total: answers.length };
  }

  async compact(): Promise<void> {
    const { header } = await this.#calls.attempt(({ client, options }) =>
      client.kv.range({ key: Buffer.from(`${this.#prefix}name`) }, options),
    );
    const compactions = await this.#calls.maintain(async ({ client, options }) => {
      try {
        await client.kv.compact({ revision: header.revision, physical: true }, options);
      } catch (error) {
        // Each member is asked, so that each has finished; the first has made it for all.
        if (!/has been compacted/.test(String(error))) throw error;
      }
      // Freed pages keep their bytes until the file is written anew.
      await client.maintenance.defragment(options);
      return true;
    });
    if (compactions.includes(null)) {
      throw new StoreError(
        'no-quorum',
        'not every member of the etcd cluster was compacted; do it again when all answer',
      );
    }
  }

  close(): Promise<void> {
    this.#calls.close();
    return Promise.resolve();
  }

  #name(key: string): Buffer {
    checkKey(key);
    return Buffer.from(`${this.#prefix}k/${key}`);
  }

  #operation(id: string): Buffer {
    return Buffer.from(`${this.#prefix}op/${id}`);
  }

  #asEntry(kv: IKeyValue): Entry {
    const key = kv.key.toString('latin1').slice(this.#prefix.length + 2);
    return { key, value: Uint8Array.from(kv.value), revision: revisionOf(kv.mod_revision) };
  }

  #entryOf(found: IRangeResponse): Entry | null {
    const kv = found.kvs[0];
    return kv === undefined ? null : this.#asEntry(kv);
  }

  #transaction(request: ITxnRequest, onUnknown?: () => void): Promise<ITxnResponse> {
    return this.#calls.attempt(({ client, options }) => client.kv.txn(request, options), onUnknown);
  }

  /**
   * Safe to repeat within: a try that was applied without an answer has put the operation's key, so that the next one
   * fails its comparison and reads that key.
   */
  async #propose(change: Commit, onUnknown: () => void): Promise<ITxnResponse> {
    const operation = this.#operation(change.operationId);
    const compared = (key: Buffer, revision: number): NonNullable<ITxnRequest['compare']>[number] => ({
      key,
      result: 'Equal',
      target: 'Mod',
      mod_revision: String(revision),
    });
    const propose = async (): Promise<ITxnResponse> =>
      this.#transaction(
        {
          compare: [
            ...change.conditions.map(({ key, revision }) => compared(this.#name(key), revision)),
            compared(operation, 0),
          ],
          success: [
            ...change.puts.map(({ key, value }) => ({
              request_put: { key: this.#name(key), value: Buffer.from(value) },
            })),
            ...change.deletes.map((key) => ({ request_delete_range: { key: this.#name(key) } })),
            { request_put: { key: operation, value: DONE, lease: await this.#leaseId() } },
          ] as IRequestOp[],
          failure: [{ request_range: { key: operation } }] as IRequestOp[],
        },
        onUnknown,
      );
    try {
      return await propose();
    } catch (error) {
      if (!isLostLease(error)) throw error;
      this.#lease = null;
      return await propose();
    }
  }

  /** Sees to it that the operation is never applied from now on, or finds that it was. */
  async #bar(operationId: string): Promise<CommitResult> {
    const operation = this.#operation(operationId);
    const answer = await this.#transaction({
      compare: [{ key: operation, result: 'Equal', target: 'Mod', mod_revision: '0' }],
      success: [{ request_put: { key: operation, value: VOID, lease: await this.#leaseId() } }] as IRequestOp[],
      failure: [{ request_range: { key: operation } }] as IRequestOp[],
    });
    return answer.succeeded ? { outcome: 'conflict' } : (resultOf(answer) ?? { outcome: 'conflict' });
  }

  /** One lease for the operations of an hour. */
  #leaseId(): Promise<string> {
    if (this.#lease === null || Date.now() > this.#lease.until) {
      const id = this.#calls
        .attempt(({ client, options }) => client.leaseClient.leaseGrant({ TTL: LEASE_S }, options))
        .then((granted) => granted.ID);
      const lease = { id, until: Date.now() + LEASE_USED_MS };
      this.#lease = lease;
      id.catch(() => {
        if (this.#lease === lease) this.#lease = null;
      });
    }
    return this.#lease.id;
  }
}

/** What the operation's key says in the answer to a transaction that changed nothing; null where it is not there. */
function resultOf(answer: ITxnResponse): CommitResult | null {
  const kv = answer.responses[0]?.response_range.kvs[0];
  if (kv === undefined) return null;
  return kv.value.equals(DONE)
    ? { outcome: 'done', revision: revisionOf(kv.create_revision) }
    : { outcome: 'conflict' };
}
