/** A vault service for tests: real HTTPS, and whatever HSM and ledger the test hands in. */
import { performance } from 'node:perf_hooks';
import { selfSigned, type Certificate } from '../../../vault/cli/certificate.ts';
import type { Hsm } from '../../../vault/hsm/hsm.ts';
import type { Ledger } from '../../../vault/ledger/ledger.ts';
import { signBundle, type VaultBundle } from '../../../vault/protocol/bundle.ts';
import type { SignedBundle } from '../../../vault/protocol/messages.ts';
import { SUITE } from '../../../vault/protocol/suite.ts';
import type { Clock } from '../../../vault/service/clock.ts';
import { startService, type Service, type ServiceOptions } from '../../../vault/service/service.ts';
import type { Limits } from '../../../vault/service/vault.ts';
import { FakeClock } from '../fake-clock.ts';
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

let certificate: Certificate | null = null;
/** One for all services of a test process; making it anew teaches nothing. */
export function testCertificate(): Certificate {
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
  const tls = testCertificate();
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
