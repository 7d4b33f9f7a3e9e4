/**
 * One vault site as a process of its own, for `npm run bench -- --vault`: SoftHSM2 and the store that is asked for. It
 * prints one JSON line when it listens, answers each line of its standard input with one of figures, and ends with it.
 */
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { init, open } from '../../../vault/hsm/open.ts';
import type { Hsm } from '../../../vault/hsm/hsm.ts';
import { createLedger } from '../../../vault/ledger/open.ts';
import { startService } from '../../../vault/service/service.ts';
import { openEtcdStore } from '../../../vault/store/etcd.ts';
import { openSqliteStore } from '../../../vault/store/sqlite.ts';
import type { Store } from '../../../vault/store/store.ts';
import { makeBundle, testCertificate, WIDE } from '../../support/vault/service.ts';
import type { Figures, SiteSettings } from './types.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as SiteSettings;
process.env['SOFTHSM2_CONF'] = settings.token.conf;

/** ms that the methods of an object took, from call to answer, and how often each was called. */
function timed<T extends object>(target: T, names: (keyof T & string)[], into: Figures['parts'], label: string): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== 'function') return value;
      const method = value.bind(object) as (...args: unknown[]) => unknown;
      if (!names.includes(name as keyof T & string)) return method;
      return async (...args: unknown[]) => {
        const part = (into[`${label} ${String(name)}`] ??= { calls: 0, ms: 0 });
        const started = performance.now();
        try {
          return await method(...args);
        } finally {
          part.calls += 1;
          part.ms += performance.now() - started;
        }
      };
    },
  });
}

const parts: Figures['parts'] = {};
const token = { ...settings.token, profile: 'A' as const };
await init(token);
const hsm = timed<Hsm>(await open(token), ['evaluate', 'akeDh', 'sign', 'writeHead'], parts, 'HSM');
const opened =
  settings.store === 'sqlite'
    ? await openSqliteStore({ file: path.join(settings.folder, 'vault.sqlite') })
    : await openEtcdStore({ endpoints: settings.endpoints, prefix: 'bench/' });
const store = timed<Store>(opened, ['get', 'getMany', 'commit'], parts, 'store');
const ledger = await createLedger({
  store,
  hsm,
  site: 'one',
  sites: [{ name: 'one', publicKey: hsm.publicKeys.site }],
  sealFile: path.join(settings.folder, 'seal'),
  strict: settings.store === 'sqlite',
});
const tls = await testCertificate();
const service = await startService({
  ledger,
  hsm,
  chain: [await makeBundle(hsm, ledger)],
  tls,
  listen: { host: '127.0.0.1', port: 0 },
  limits: WIDE,
  logLevel: 'silent',
});
process.stdout.write(`${JSON.stringify({ url: service.url, ca: tls.cert })}\n`);

const questions = createInterface({ input: process.stdin });
questions.on('line', () => {
  const cpu = process.cpuUsage();
  const figures: Figures = { counts: { ...hsm.counts }, parts, cpuMs: (cpu.user + cpu.system) / 1000 };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
});
await once(questions, 'close');
await service.close();
await ledger.close();
await opened.close();
await hsm.close();
