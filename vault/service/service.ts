/** One site of a vault, serving. Everything it needs is handed in; nothing is global. */
import type { AddressInfo } from 'node:net';
import type { Hsm } from '../hsm/hsm.ts';
import { LedgerError, type Ledger, type LogEntry } from '../ledger/ledger.ts';
import { decodeBundle, type VaultBundle } from '../protocol/bundle.ts';
import { equal, fromBase64url } from '../protocol/bytes.ts';
import type { SignedBundle } from '../protocol/messages.ts';
import { Challenges } from './challenges.ts';
import { systemClock, type Clock } from './clock.ts';
import { createHttp } from './http.ts';
import { Invites } from './invites.ts';
import { logOptions, type LogStream } from './log.ts';
import { createMetrics } from './metrics.ts';
import { Buckets } from './rate.ts';
import { startSweeper } from './sweeper.ts';
import type { TlsMaterial } from './tls.ts';
import { DEFAULT_LIMITS, type Limits, type Vault } from './vault.ts';

export interface ServiceOptions {
  ledger: Ledger;
  hsm: Hsm;
  /** From the oldest to the current one, at least one. */
  chain: SignedBundle[];
  tls: TlsMaterial;
  /** Port 0: a free one. */
  listen: { host: string; port: number };
  limits?: Partial<Limits>;
  /** Codes that make new records; null: none is asked for. */
  invites?: string[] | null;
  clock?: Clock;
  /** `silent` or a level of pino; by default `info`. */
  logLevel?: string;
  /** By default standard output. */
  logTo?: LogStream;
}

export interface Service {
  /** `https://host:port`. */
  url: string;
  bundle: VaultBundle;
  /** Applies to every record what is due by time; done by itself, a page a minute. @returns records changed */
  sweep(): Promise<number>;
  /** Finishes what it works on, takes nothing new; leaves ledger and HSM open. */
  close(): Promise<void>;
}

export class ServiceError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ServiceError';
  }
}

/**
 * It starts also where it cannot answer yet: of sites that start together each waits for the seals of the others.
 *
 * @throws ServiceError where the bundle is not that of this HSM and ledger; LedgerError where the store was put back or
 *   is damaged; what listening throws
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { ledger, hsm, chain, tls, listen, clock = systemClock } = options;
  const bundle = currentBundle(chain);
  checkOwn(bundle, ledger, hsm);
  const invites = new Invites(options.invites ?? null);
  if (invites.needed !== bundle.inviteNeeded) {
    throw new ServiceError('the bundle and the configuration do not agree on whether invitations are needed');
  }
  await assertMayServe(ledger);

  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const vault: Vault = {
    ledger,
    hsm,
    bundle,
    chain,
    clock,
    challenges: new Challenges(clock),
    invites,
    metrics: createMetrics(hsm),
    registrations: new Buckets(limits.registrations, clock),
    unknown: new Buckets(limits.unknown, clock),
    limits,
    health: { failing: false },
  };
  const app = createHttp(
    vault,
    tls,
    logOptions(ledger.site, options.logLevel ?? 'info', options.logTo ?? process.stdout),
  );
  const sweeper = startSweeper(vault, app.log, () => lastRotation(ledger));
  try {
    await app.listen({ host: listen.host, port: listen.port });
  } catch (error) {
    await sweeper.stop();
    throw error;
  }
  const { port } = app.server.address() as AddressInfo;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return {
    url: `https://${host}:${port}`,
    bundle,
    sweep: () => sweeper.sweep(),
    async close() {
      await sweeper.stop();
      await app.close();
    },
  };
}

function currentBundle(chain: SignedBundle[]): VaultBundle {
  const last = chain.at(-1);
  if (last === undefined) throw new ServiceError('there is no bundle: run "vault init"');
  return decodeBundle(fromBase64url(last.bundle));
}

/** A service with another token or another store than its bundle's would give answers that no client takes. */
function checkOwn(bundle: VaultBundle, ledger: Ledger, hsm: Hsm): void {
  const keys = hsm.publicKeys;
  const oprf = bundle.oprfKey === null ? keys.oprf === null : keys.oprf !== null && equal(bundle.oprfKey, keys.oprf);
  if (!oprf || !equal(bundle.akeKey, keys.ake) || !equal(bundle.receiptKey, keys.receipt)) {
    throw new ServiceError('the token does not hold the keys of the bundle');
  }
  if (!equal(bundle.vaultId, ledger.vaultId)) throw new ServiceError('the store is of another vault than the bundle');
  if (bundle.profile !== hsm.profile) throw new ServiceError(`the bundle is for profile ${bundle.profile}`);
}

/** What passes by itself is said in every answer, not by ending. */
async function assertMayServe(ledger: Ledger): Promise<void> {
  try {
    await ledger.assertReady();
  } catch (error) {
    const passes = error instanceof LedgerError && (error.code === 'not-ready' || error.code === 'no-quorum');
    if (!passes) throw error;
  }
}

const PAGE = 1000;

/** Service time of the newest rotation in the log; that of the first entry where there was none yet. */
async function lastRotation(ledger: Ledger): Promise<number> {
  const { index } = await ledger.head();
  let oldest: LogEntry | undefined;
  for (let to = index; to > 0; to -= PAGE) {
    const from = Math.max(1, to - PAGE + 1);
    const entries = await ledger.entries(from, to - from + 1);
    const found = entries.findLast((entry) => entry.type === 'rotate');
    if (found !== undefined) return found.at;
    oldest = entries[0] ?? oldest;
  }
  return oldest?.at ?? ledger.now();
}
