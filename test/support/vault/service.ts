/** A vault service for tests: real HTTPS, and whatever HSM and ledger the test hands in. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { selfSigned, type Certificate } from '../../../vault/cli/certificate.ts';
import type { Hsm } from '../../../vault/hsm/hsm.ts';
import type { TokenOptions } from '../../../vault/hsm/module.ts';
import { init as initHsm, open as openHsm } from '../../../vault/hsm/open.ts';
import type { Ledger } from '../../../vault/ledger/ledger.ts';
import { createLedger } from '../../../vault/ledger/open.ts';
import type { SiteLedger } from '../../../vault/ledger/site-ledger.ts';
import { decodeBundle, signBundle, type VaultBundle } from '../../../vault/protocol/bundle.ts';
import { fromBase64url } from '../../../vault/protocol/bytes.ts';
import type { SignedBundle } from '../../../vault/protocol/messages.ts';
import { SUITE } from '../../../vault/protocol/suite.ts';
import type { Clock } from '../../../vault/service/clock.ts';
import { startService, type Service, type ServiceOptions } from '../../../vault/service/service.ts';
import type { Limits } from '../../../vault/service/vault.ts';
import { openSqliteStore } from '../../../vault/store/sqlite.ts';
import type { Store } from '../../../vault/store/store.ts';
import { FakeClock } from '../fake-clock.ts';
import { GuardedHsm } from './hsm-faults.ts';
import { makeSoftHsm, type SoftHsm } from './softhsm.ts';
import { httpsTransport, TestClient, type Transport } from './test-client.ts';

/** A clock that tests turn, for challenges and address limits. */
export class ServiceClock extends FakeClock implements Clock {
  monotonic(): number {
    return this.now();
  }
}

/** Limits that no test meets by accident. */
export const WIDE: Partial<Limits> = {
  requests: { burst: 1e9, perMinute: 1e9 },
  unknown: { burst: 1e9, perMinute: 1e9 },
  registrations: { burst: 1e9, perMinute: 1e9 },
  challenges: { burst: 1e9, perMinute: 1e9 },
  atOnce: 1e9,
};

export async function makeBundle(hsm: Hsm, ledger: Ledger, parts: Partial<VaultBundle> = {}): Promise<SignedBundle> {
  const bundle: VaultBundle = {
    vaultId: ledger.vaultId,
    epoch: 1,
    suite: SUITE,
    profile: hsm.profile,
    oprfKey: hsm.publicKeys.oprf,
    akeKey: hsm.publicKeys.ake,
    receiptKey: hsm.publicKeys.receipt,
    maxAttempts: 10,
    embedded: false,
    sites: [{ name: ledger.site, url: 'https://localhost', siteKey: hsm.publicKeys.site }],
    tlsKeys: [],
    inviteNeeded: false,
    previous: null,
    created: 1_700_000_000_000,
    ...parts,
  };
  return signBundle(bundle, (message) => hsm.sign(message));
}

let certificate: Promise<Certificate> | null = null;
/** One for all services of a test process; making it anew teaches nothing. */
export function testCertificate(): Promise<Certificate> {
  certificate ??= selfSigned(['localhost', '127.0.0.1'], Date.now());
  return certificate;
}

export interface TestService extends Service {
  clock: ServiceClock;
  /** Lines of the log. */
  lines: string[];
  transport: Transport;
  client(options?: ConstructorParameters<typeof TestClient>[1]): TestClient;
}

export async function startTestService(
  hsm: Hsm,
  ledger: Ledger,
  options: Partial<ServiceOptions> & { bundle?: Partial<VaultBundle> } = {},
): Promise<TestService> {
  const clock = new ServiceClock(performance.timeOrigin);
  const lines: string[] = [];
  const tls = await testCertificate();
  const { bundle = {}, ...rest } = options;
  const service = await startService({
    ledger,
    hsm,
    chain: [await makeBundle(hsm, ledger, bundle)],
    tls,
    listen: { host: '127.0.0.1', port: 0 },
    limits: WIDE,
    clock,
    logTo: { write: (line) => void lines.push(line) },
    ...rest,
  });
  const transport = httpsTransport(service.url, tls.cert);
  return {
    ...service,
    clock,
    lines,
    transport,
    client: (who) => new TestClient(transport, who),
    async close() {
      transport.close();
      await service.close();
    },
  };
}

interface OpenSite {
  hsm: GuardedHsm;
  ledger: SiteLedger;
  store: Store;
  service: TestService;
}

export interface SoftSiteOptions {
  /** Where it listens, at each start anew; its bundle then names this address and the key of its certificate. */
  listen?: { host: string; port: number };
  /** ms since 1970 at which its time begins. */
  nowMs?: number;
}

/** One machine with SoftHSM2 and SQLite, which a test stops, starts, copies and puts back; its time is the test's. */
export class SoftSite {
  readonly folder: string;
  readonly clock: ServiceClock;
  readonly #soft: SoftHsm;
  readonly #listen: SoftSiteOptions['listen'];
  #open: OpenSite | null = null;
  /** Made at the first start: another token is not the vault that it was. */
  #chain: SignedBundle[] | null = null;

  private constructor(folder: string, soft: SoftHsm, { listen, nowMs }: SoftSiteOptions) {
    this.folder = folder;
    this.#soft = soft;
    this.#listen = listen;
    this.clock = new ServiceClock(nowMs);
  }

  static async make(options: SoftSiteOptions = {}): Promise<SoftSite> {
    const soft = await makeSoftHsm(['holdfast-site']);
    const site = new SoftSite(await mkdtemp(path.join(os.tmpdir(), 'holdfast-site-')), soft, options);
    await initHsm({ ...site.token, profile: 'A' });
    await site.start();
    return site;
  }

  /** What opens the token, for whoever has the PIN. */
  get token(): TokenOptions {
    const { modulePath, tokenLabel, pin } = this.#soft;
    return { modulePath, tokenLabel, pin };
  }

  get #opened(): OpenSite {
    if (this.#open === null) throw new Error('the site is stopped');
    return this.#open;
  }
  get hsm(): GuardedHsm {
    return this.#opened.hsm;
  }
  get ledger(): SiteLedger {
    return this.#opened.ledger;
  }
  get service(): TestService {
    return this.#opened.service;
  }
  get store(): Store {
    return this.#opened.store;
  }
  get database(): string {
    return path.join(this.folder, 'vault.sqlite');
  }
  /** Where the token keeps its objects. */
  get tokens(): string {
    return path.join(this.#soft.folder, 'tokens');
  }

  /** The token in a session of its own, beside what else has it open. @throws HsmError `swapped`, as a vault that starts */
  async openModule(): Promise<GuardedHsm> {
    const last = this.#chain?.at(-1);
    const bundle = last === undefined ? null : decodeBundle(fromBase64url(last.bundle));
    const pinned = bundle === null ? {} : { oprf: bundle.oprfKey, ake: bundle.akeKey, receipt: bundle.receiptKey };
    return new GuardedHsm(await openHsm({ ...this.token, profile: 'A', pinned }));
  }

  async start(): Promise<void> {
    const hsm = await this.openModule();
    const store = await openSqliteStore({ file: this.database });
    try {
      const ledger = await createLedger({
        store,
        hsm,
        site: 'one',
        sites: [{ name: 'one', publicKey: hsm.publicKeys.site }],
        sealFile: path.join(this.folder, 'seal'),
        clock: this.clock,
      });
      try {
        const { listen, bundle } = await this.#address(hsm, ledger);
        const chain = (this.#chain ??= [await makeBundle(hsm, ledger, bundle)]);
        const service = await startTestService(hsm, ledger, { clock: this.clock, listen, chain });
        this.#open = { hsm, ledger, store, service };
      } catch (error) {
        await ledger.close();
        throw error;
      }
    } catch (error) {
      await store.close();
      await hsm.close();
      throw error;
    }
  }

  async #address(
    hsm: Hsm,
    { site: name }: Ledger,
  ): Promise<Pick<ServiceOptions, 'listen'> & { bundle: Partial<VaultBundle> }> {
    const listen = this.#listen;
    if (listen === undefined) return { listen: { host: '127.0.0.1', port: 0 }, bundle: {} };
    const site = { name, url: `https://${listen.host}:${listen.port}`, siteKey: hsm.publicKeys.site };
    return { listen, bundle: { sites: [site], tlsKeys: [(await testCertificate()).spkiHash] } };
  }

  async stop(): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    await open.service.close();
    await open.ledger.close();
    await open.store.close();
    await open.hsm.close();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Lets service time pass, in steps that the ledger's own work keeps up with. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.ledger.checkpoint();
  }

  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
    await this.#soft.dispose();
  }
}
