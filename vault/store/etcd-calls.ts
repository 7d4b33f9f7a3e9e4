/**
 * Calls to an etcd cluster: one client for each member, tried in turn within a time limit. What a failed call means
 * for a change is decided here: it never reached a member, it was refused, or nobody knows.
 */
import { Etcd3 } from 'etcd3';
import type { IOptions } from 'etcd3';
import { StoreError } from './store.ts';

export interface EtcdOptions {
  /** `https://host:port` of every member. */
  endpoints: string[];
  /** What every key of this vault begins with, e.g. `holdfast/`. */
  prefix: string;
  /** PEM. `key` and `certificate` are this site's, for members that ask for one. */
  tls?: { ca: Buffer; key?: Buffer; certificate?: Buffer };
  auth?: { username: string; password: string };
}

/** ms for one call to one member. */
const CALL_MS = 1500;
/** ms for all members together; the answer without a quorum comes after this. */
const TOTAL_MS = 3000;
/** Compaction and defragmentation read and write the whole database. */
const MAINTENANCE_MS = 60_000;
const DIAL_MS = 1000;
/** ms of rest before the members are asked once more, so that an election is not hammered. */
const ROUND_MS = 100;

export interface Call {
  client: Etcd3;
  /** For the call: `{ deadline }` in ms since 1970. */
  options: { deadline: number };
}

/** What became of a call that failed. */
type Failure = 'not-sent' | 'refused' | 'unknown';

const passing: NonNullable<NonNullable<IOptions['faultHandling']>['global']> = {
  // The library would repeat calls by itself, transactions too, and shut members out for 5 s: here that is decided above.
  _altReturn: undefined as never,
  onSuccess: () => ({ dispose: (): void => {} }),
  onFailure: () => ({ dispose: (): void => {} }),
  execute: async (work, signal) => await work({ signal: signal ?? new AbortController().signal }),
};

function makeClient(endpoint: string, options: EtcdOptions): Etcd3 {
  const { tls, auth } = options;
  return new Etcd3({
    hosts: [endpoint],
    dialTimeout: DIAL_MS,
    defaultCallOptions: (context) => (context.isStream ? {} : { deadline: Date.now() + CALL_MS }),
    faultHandling: { global: passing, host: () => passing },
    grpcOptions: {
      // A member that stopped answering is noticed; etcd itself hangs up on pings more often than every 5 s.
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': CALL_MS,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1000,
      'grpc.max_receive_message_length': 64 * 1024 * 1024,
    },
    ...(auth === undefined ? {} : { auth }),
    ...(tls === undefined
      ? {}
      : {
          credentials: {
            rootCertificate: tls.ca,
            ...(tls.key === undefined ? {} : { privateKey: tls.key }),
            ...(tls.certificate === undefined ? {} : { certChain: tls.certificate }),
          },
        }),
  });
}

/**
 * A transaction of etcd is applied or refused as a whole; what etcd says after a proposal was made (timeouts, a lost
 * leader, a cut connection) leaves it open.
 */
function failureOf(error: unknown): Failure {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (/ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|No connection established|Name resolution failed/.test(text)) {
    return 'not-sent';
  }
  if (/timed out|leader changed|no leader|stopped/.test(text)) return 'unknown';
  return /etcdserver:|etcdError|EtcdError|INVALID_ARGUMENT|PERMISSION_DENIED|RESOURCE_EXHAUSTED/.test(text)
    ? 'refused'
    : 'unknown';
}

function refusal(error: unknown): StoreError {
  const text = error instanceof Error ? error.message : String(error);
  if (/database space exceeded|NOSPACE/.test(text)) {
    return new StoreError('full', 'etcd has reached its space quota', { cause: error });
  }
  if (/corrupt/i.test(text)) return new StoreError('damaged', 'a member of etcd is corrupt', { cause: error });
  return new StoreError('unknown', `etcd refuses: ${text}`, { cause: error });
}

/** True where etcd no longer knows the lease that a put names; nothing was changed then. */
export function isLostLease(error: unknown): boolean {
  return error instanceof StoreError && /requested lease not found/.test(error.message);
}

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class EtcdCalls {
  readonly #clients: Etcd3[];
  /** The member that answered last: it is asked first. */
  #preferred = 0;
  #open = true;

  constructor(options: EtcdOptions) {
    if (options.endpoints.length === 0) throw new RangeError('etcd needs at least one endpoint');
    this.#clients = options.endpoints.map((endpoint) => makeClient(endpoint, options));
  }

  /** Times that a call may have reached a member without an answer, since `attempt` began. */
  async attempt<T>(work: (call: Call) => Promise<T>, onUnknown: () => void = () => {}): Promise<T> {
    // The wall clock may jump meanwhile.
    const end = performance.now() + TOTAL_MS;
    let last: unknown = null;
    for (let tries = 0; ; tries++) {
      if (!this.#open) throw new StoreError('closed', 'the store was closed');
      if (tries > 0 && tries % this.#clients.length === 0) await rest(ROUND_MS);
      const left = end - performance.now();
      if (left <= 0) break;
      const at = this.#preferred;
      const client = this.#clients[at];
      if (client === undefined) throw new RangeError('no such member');
      try {
        return await work({ client, options: { deadline: Date.now() + Math.min(CALL_MS, left) } });
      } catch (error) {
        const failure = failureOf(error);
        if (failure === 'refused') throw refusal(error);
        if (failure === 'unknown') onUnknown();
        last = error;
        // Another call may have moved on already.
        if (this.#preferred === at) this.#preferred = (at + 1) % this.#clients.length;
      }
    }
    throw new StoreError('no-quorum', 'too few members of the etcd cluster answer', { cause: last });
  }

  /** Asks each member by itself; null for those that do not answer. */
  async each<T>(work: (call: Call) => Promise<T>, ms = CALL_MS): Promise<(T | null)[]> {
    if (!this.#open) throw new StoreError('closed', 'the store was closed');
    const deadline = Date.now() + ms;
    return await Promise.all(this.#clients.map((client) => work({ client, options: { deadline } }).catch(() => null)));
  }

  /** As `each`, for what reads and writes a member's whole database. */
  maintain<T>(work: (call: Call) => Promise<T>): Promise<(T | null)[]> {
    return this.each(work, MAINTENANCE_MS);
  }

  close(): void {
    if (this.#open) for (const client of this.#clients) client.close();
    this.#open = false;
  }
}
