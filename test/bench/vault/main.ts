/**
 * `npm run bench -- --vault`: how many logins one core of one vault site answers, with SoftHSM2, on SQLite and on three
 * etcd members. The site runs in a process that is kept on one core; clients and etcd run on the others.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { EtcdCluster } from '../../support/vault/etcd-cluster.ts';
import { makeSoftHsm } from '../../support/vault/softhsm.ts';
import { httpsTransport, TestClient, type Transport } from '../../support/vault/test-client.ts';
import { machineFacts } from '../facts.ts';
import { vaultReport } from './report.ts';
import type { Figures, Load, SiteSettings, StoreKind } from './types.ts';

const RECORDS = 16;
const PASSWORD = 'the right one of every record';

const HELP = `npm run bench -- --vault [options]

  --seconds N   of each measurement (default 20)
  --clients L   logins at once, a list (default 1,4,16)
  --stores L    sqlite,etcd (default both)
  --out FILE    a FILE.md is written beside it (default test/bench/results/vault.json)
`;

export async function main(argv: string[], root: string, siteScript: string): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      vault: { type: 'boolean' },
      seconds: { type: 'string', default: '20' },
      clients: { type: 'string', default: '1,4,16' },
      stores: { type: 'string', default: 'sqlite,etcd' },
      out: { type: 'string', default: path.join(root, 'test/bench/results/vault.json') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const seconds = Number(values.seconds);
  const clients = values.clients.split(',').map(Number);
  const stores = values.stores.split(',').filter((name): name is StoreKind => name === 'sqlite' || name === 'etcd');
  const whole = [seconds, ...clients].every((value) => Number.isSafeInteger(value) && value > 0);
  if (!whole || stores.length === 0) {
    process.stderr.write(HELP);
    return 2;
  }
  const machine = machineFacts(root, os.tmpdir());
  const loads: Load[] = [];
  for (const store of stores) loads.push(...(await measureStore(store, clients, seconds, siteScript)));
  const report = { version: 1, machine, seconds, loads };
  const markdown = vaultReport(report);
  const out = path.resolve(values.out);
  await mkdir(path.dirname(out), { recursive: true });
  await writeFile(out, `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(out.replace(/(\.json)?$/, '.md'), markdown);
  process.stdout.write(`\n${markdown}\nWritten: ${out}\n`);
  return loads.every(({ evaluationsOff }) => evaluationsOff === 0) ? 0 : 1;
}

async function measureStore(store: StoreKind, clients: number[], seconds: number, script: string): Promise<Load[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-vault-bench-'));
  const soft = await makeSoftHsm(['holdfast-bench']);
  const etcd = store === 'etcd' ? await EtcdCluster.start(3) : null;
  const { modulePath, tokenLabel, pin, conf } = soft;
  const site = new Site({
    store,
    endpoints: etcd?.endpoints ?? [],
    folder,
    token: { modulePath, tokenLabel, pin, conf },
  });
  try {
    const transport = await site.start(script);
    const owners = Array.from({ length: RECORDS }, () => new TestClient(transport));
    for (const owner of owners) await owner.register(PASSWORD);
    const loads: Load[] = [];
    for (const count of clients) {
      const load = await measure(site, owners, store, count, seconds);
      process.stdout.write(
        `${store}  ${String(count).padStart(3)} at once  ${(load.logins / load.seconds).toFixed(1)} logins/s  p50 ${load.p50.toFixed(1)} ms  p99 ${load.p99.toFixed(1)} ms\n`,
      );
      loads.push(load);
    }
    return loads;
  } finally {
    await site.end();
    await etcd?.dispose();
    await soft.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Logins for so many seconds, each at once with `count - 1` others; each must open. */
async function measure(
  site: Site,
  owners: TestClient[],
  store: StoreKind,
  count: number,
  seconds: number,
): Promise<Load> {
  await Promise.all(owners.map((owner) => owner.open(PASSWORD)));
  const before = await site.figures();
  const waits: number[] = [];
  const started = performance.now();
  const until = started + seconds * 1000;
  let next = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      const owner = owners[next++ % owners.length];
      if (owner === undefined) return;
      waits.push(await oneLogin(owner));
    }
  };
  await Promise.all(Array.from({ length: count }, one));
  const elapsed = (performance.now() - started) / 1000;
  const after = await site.figures();
  const logins = waits.length;
  const sorted = waits.sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(logins - 1, Math.floor(logins * share))] ?? Number.NaN;
  return {
    store,
    clients: count,
    logins,
    seconds: elapsed,
    p50: at(0.5),
    p99: at(0.99),
    cpuMsPerLogin: (after.cpuMs - before.cpuMs) / logins,
    evaluationsOff: (after.counts.oprfDerives - before.counts.oprfDerives) / 2 - logins,
    partsPerLogin: Object.entries(after.parts).map(([name, { calls, ms }]) => ({
      name,
      calls: (calls - (before.parts[name]?.calls ?? 0)) / logins,
      ms: (ms - (before.parts[name]?.ms ?? 0)) / logins,
    })),
  };
}

/** @returns ms that the vault took of it; the client's own work between the two calls is left out */
async function oneLogin(owner: TestClient): Promise<number> {
  const login = owner.login(PASSWORD);
  const asked = performance.now();
  const started = await owner.start(login);
  const answered = performance.now();
  const { limit } = await owner.facts(started);
  const { ke3 } = await login.finish(started.ke2, started.ksf, limit);
  const proven = performance.now();
  await owner.call('loginFinish', { recordId: owner.recordId, loginId: login.loginId, ke3 });
  return answered - asked + (performance.now() - proven);
}

/** The process of the site, on the first core; this one and its etcd members stay on the others. */
class Site {
  readonly #settings: SiteSettings;
  #child: ChildProcess | null = null;
  #lines: AsyncIterator<string> | null = null;
  #transport: Transport | null = null;

  constructor(settings: SiteSettings) {
    this.#settings = settings;
  }

  async start(script: string): Promise<Transport> {
    const args = ['-c', '0', process.execPath, script, JSON.stringify(this.#settings)];
    const child = spawn('taskset', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { url, ca } = (await this.#answer()) as { url: string; ca: string };
    this.#transport = httpsTransport(url, ca);
    return this.#transport;
  }

  async #answer(): Promise<unknown> {
    const line = await this.#lines?.next();
    if (line === undefined || line.done === true) throw new Error('the vault ended; its reason is above');
    return JSON.parse(line.value);
  }

  async figures(): Promise<Figures> {
    this.#child?.stdin?.write('figures\n');
    return (await this.#answer()) as Figures;
  }

  async end(): Promise<void> {
    this.#transport?.close();
    const child = this.#child;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.stdin?.end();
    await ended;
  }
}
