/**
 * A vault of three sites as it is run: three etcd members, three services over HTTPS, each with a SoftHSM2 token that the
 * shared keys were cloned to, all of them processes. One world for each test file: SoftHSM2 is set up once in a process.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { selfSigned } from '../../../vault/cli/certificate.ts';
import { init, open } from '../../../vault/hsm/open.ts';
import type { LogEntry } from '../../../vault/ledger/ledger.ts';
import { createLedger } from '../../../vault/ledger/open.ts';
import { verifyLog } from '../../../vault/ledger/verify.ts';
import type { LogReport } from '../../../vault/ledger/verify.ts';
import { fingerprint } from '../../../vault/protocol/bundle.ts';
import { fromBase64url } from '../../../vault/protocol/bytes.ts';
import { openEtcdStore } from '../../../vault/store/etcd.ts';
import { cloneKeys } from './clone-keys.ts';
import { makeBundle } from './service.ts';
import { makeSoftHsm } from './softhsm.ts';
import type { SoftHsm } from './softhsm.ts';
import { httpsTransport, TestClient } from './test-client.ts';
import type { Transport } from './test-client.ts';
import type { Asked, Said, SiteCall, SiteCalls, SiteInput } from './three-sites-child.ts';
import { endWithTests, Member } from './three-sites-etcd.ts';
import { NamespaceNetwork, SITE_NAMES } from './three-sites-network.ts';
import type { SiteIndex, SiteNetwork, SitePlace } from './three-sites-network.ts';
import { RelayNetwork } from './three-sites-relay.ts';

const PREFIX = 'holdfast/';
/** Turns after which sites that run must be ready. */
const TURNS = 20;

/** The service of one site. */
class SiteProcess {
  readonly #input: Omit<SiteInput, 'endpoints' | 'listen'>;
  readonly #script: string;
  readonly #place: SitePlace;
  /** Of SoftHSM2, with this site's token alone. */
  readonly #conf: string;
  #process: ChildProcess | null = null;
  #asked = new Map<number, { resolve: (value: never) => void; reject: (error: unknown) => void }>();
  #last = 0;

  constructor(script: string, place: SitePlace, conf: string, input: Omit<SiteInput, 'endpoints' | 'listen'>) {
    this.#script = script;
    this.#conf = conf;
    this.#place = place;
    this.#input = input;
  }

  get alive(): boolean {
    return this.#process !== null;
  }

  /** @param endpoints only for a site that talks to fewer members than there are @throws as the site, with its code */
  async start(endpoints = this.#place.endpoints): Promise<void> {
    const input: SiteInput = { ...this.#input, endpoints, listen: this.#place.service };
    const [command = process.execPath, ...before] = [...this.#place.inside, process.execPath];
    const child = spawn(command, [...before, this.#script, JSON.stringify(input)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, SOFTHSM2_CONF: this.#conf },
    });
    endWithTests(child);
    this.#process = child;
    child.once('exit', () => {
      if (this.#process === child) this.#process = null;
      for (const { reject } of this.#asked.values()) reject(new Error('the site has ended'));
      this.#asked.clear();
    });
    await new Promise<void>((resolve, reject) => {
      let failure = new Error('the site ended before it served');
      child.once('exit', () => reject(failure));
      child.on('message', (said: Said) => {
        if ('started' in said) resolve();
        else if ('failed' in said) failure = Object.assign(new Error(said.failed.message), { code: said.failed.code });
        else this.#hear(said);
      });
    });
  }

  #hear(said: Extract<Said, { id: number }>): void {
    const asked = this.#asked.get(said.id);
    this.#asked.delete(said.id);
    if ('error' in said) asked?.reject(Object.assign(new Error(said.error.message), { code: said.error.code }));
    else asked?.resolve(said.result as never);
  }

  ask<C extends SiteCall>(call: C, parameters: SiteCalls[C]['in']): Promise<SiteCalls[C]['out']> {
    const child = this.#process;
    if (child === null) return Promise.reject(new Error('the site does not run'));
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      child.send({ id, call, parameters } satisfies Asked, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    const ended = once(child, 'exit');
    await this.ask('stop', {});
    await ended;
  }

  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }
}

async function buildChild(): Promise<string> {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const outfile = path.join(root, 'node_modules/.cache/holdfast', `vault-site-${process.pid}.mjs`);
  await build({
    entryPoints: [path.join(root, 'test/support/vault/three-sites-child.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  });
  return outfile;
}

interface Parts {
  folder: string;
  network: SiteNetwork;
  soft: SoftHsm;
  members: Member[];
}

export class ThreeSites {
  readonly network: SiteNetwork;
  readonly folder: string;
  readonly members: readonly Member[];
  readonly services: SiteProcess[];
  readonly urls: string[];
  /** Of the bundle, in hex. */
  readonly fingerprint: string;
  readonly #soft: SoftHsm;
  readonly #script: string;
  readonly #transports: Transport[];

  private constructor(parts: Parts, script: string, input: Pick<SiteInput, 'sites' | 'chain' | 'tls'>) {
    const { folder, network, soft, members } = parts;
    this.folder = folder;
    this.network = network;
    this.members = members;
    this.#soft = soft;
    this.#script = script;
    this.urls = network.places.map(urlOf);
    this.fingerprint = Buffer.from(fingerprint(fromBase64url(input.chain.at(-1)?.bundle ?? ''))).toString('hex');
    this.services = SITE_NAMES.map((site, i) => {
      const hsm = { modulePath: soft.modulePath, tokenLabel: site, pin: soft.pin };
      return new SiteProcess(script, network.places[i]!, confOf(folder, site), {
        ...input,
        site,
        hsm,
        prefix: PREFIX,
        sealFile: path.join(folder, `${site}.seal`),
        evaluations: path.join(folder, 'evaluations'),
      });
    });
    this.#transports = this.urls.map((url) => httpsTransport(url, input.tls.cert));
  }

  /** Resolves when all three answer. */
  static async start(kind: SiteNetwork['kind'] = 'relays'): Promise<ThreeSites> {
    const network = kind === 'namespaces' ? new NamespaceNetwork() : await RelayNetwork.make();
    const folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-three-'));
    const [soft, script] = await Promise.all([makeSoftHsm([...SITE_NAMES]), buildChild()]);
    const members = SITE_NAMES.map((name, i) => new Member(name, network.places[i]!, path.join(folder, name)));
    const parts: Parts = { folder, network, soft, members };
    let world: ThreeSites | null = null;
    try {
      await Promise.all(members.map((member) => member.start(clusterOf(members))));
      const statuses = await Promise.all(members.map((member) => member.status()));
      network.know(statuses.map(({ id }) => BigInt(id).toString(16)));
      const input = await found(parts);
      await handOut(soft, folder);
      world = new ThreeSites(parts, script, input);
      await Promise.all(world.services.map((service) => service.start()));
      await world.settle();
      return world;
    } catch (error) {
      if (world !== null) await world.dispose();
      else await disposeParts(parts, script);
      throw error;
    }
  }

  get initialCluster(): string {
    return clusterOf(this.members);
  }

  /** A client of one site. */
  client(site: SiteIndex, who?: { recordId: string; rootKey: Uint8Array }): TestClient {
    const transport = this.#transports[site];
    if (transport === undefined) throw new RangeError(`there is no site ${site}`);
    return new TestClient(transport, who);
  }

  service(site: SiteIndex): SiteProcess {
    const service = this.services[site];
    if (service === undefined) throw new RangeError(`there is no site ${site}`);
    return service;
  }

  member(site: SiteIndex): Member {
    const member = this.members[site];
    if (member === undefined) throw new RangeError(`there is no site ${site}`);
    return member;
  }

  /** Asks all sites that run, and waits for all answers, whatever they are. */
  async askAll<C extends SiteCall>(call: C, parameters: SiteCalls[C]['in']): Promise<(SiteCalls[C]['out'] | null)[]> {
    const living = this.services.filter((service) => service.alive);
    return await Promise.all(living.map((service) => service.ask(call, parameters).catch(() => null)));
  }

  /** The regular work of the sites that run, until all of them answer. @param among by default all that run */
  async settle(among: readonly SiteIndex[] = [0, 1, 2]): Promise<void> {
    const living = among.map((site) => this.service(site)).filter((service) => service.alive);
    let last: unknown = null;
    for (let turn = 0; turn < TURNS; turn++) {
      await Promise.all(living.map((service) => service.ask('tick', {}).catch(() => null)));
      last = null;
      const ready = living.map((service) => service.ask('ready', {}).catch((error: unknown) => (last = error)));
      await Promise.all(ready);
      if (last === null) return;
    }
    throw last;
  }

  /** Lets service time pass at the sites that run. */
  async pass(ms: number, among?: readonly SiteIndex[]): Promise<void> {
    await this.askAll('advance', { ms });
    await this.settle(among);
  }

  /** Kills a site: its service and its member. */
  async kill(site: SiteIndex): Promise<void> {
    await Promise.all([this.service(site).kill(), this.member(site).kill()]);
  }

  /** Starts sites that were killed, on what they have on their disks. */
  async restart(...sites: SiteIndex[]): Promise<void> {
    await Promise.all(sites.map((site) => this.member(site).start(this.initialCluster)));
    await Promise.all(sites.map((site) => this.service(site).start()));
    await this.settle();
  }

  /** The site whose member leads. @param not one that may still take itself for the leader */
  async leader(not?: SiteIndex): Promise<SiteIndex> {
    for (;;) {
      for (const [site, member] of this.members.entries()) {
        const status = site === not ? null : await member.status().catch(() => null);
        if (status !== null && status.leader === status.id) return site;
      }
    }
  }

  /** The whole log, as `vault verify-log` reads it. */
  async log(): Promise<{ report: LogReport; entries: LogEntry[] }> {
    const endpoints = this.network.places.map((place) => place.adminUrl);
    const store = await openEtcdStore({ endpoints, prefix: PREFIX });
    try {
      const entries: LogEntry[] = [];
      return { report: await verifyLog(store, (entry) => entries.push(entry)), entries };
    } finally {
      await store.close();
    }
  }

  /** Blinded points (SHA-256, hex) that any module was asked to evaluate for the record, in order. */
  async evaluations(recordId?: string): Promise<string[]> {
    const text = await readFile(path.join(this.folder, 'evaluations'), 'utf8').catch(() => '');
    const wanted = recordId === undefined ? null : Buffer.from(fromBase64url(recordId)).toString('hex');
    const lines = text.split('\n').map((line) => line.split(' '));
    return lines.flatMap(([record, point]) =>
      point !== undefined && (wanted === null || record === wanted) ? [point] : [],
    );
  }

  /** ECDH derives of the modules since the services were started. */
  async derives(): Promise<{ oprf: number; ake: number }> {
    const sum = { oprf: 0, ake: 0 };
    for (const counts of await this.askAll('counts', {})) {
      if (counts === null) throw new Error('a site does not tell its counts');
      sum.oprf += counts.oprfDerives;
      sum.ake += counts.akeDerives;
    }
    return sum;
  }

  async dispose(): Promise<void> {
    for (const transport of this.#transports) transport.close();
    await Promise.all(this.services.map((service) => service.kill()));
    await disposeParts(
      { folder: this.folder, network: this.network, soft: this.#soft, members: [...this.members] },
      this.#script,
    );
  }
}

async function disposeParts({ members, network, folder, soft }: Parts, script: string): Promise<void> {
  await Promise.all(members.map((member) => member.kill()));
  await network.dispose();
  await Promise.all([soft.dispose(), rm(folder, { recursive: true, force: true }), rm(script, { force: true })]);
}

function urlOf({ service }: SitePlace): string {
  return `https://${service.host}:${service.port}`;
}

function clusterOf(members: readonly Member[]): string {
  return members.map((member) => `${member.name}=${member.place.peerUrl}`).join(',');
}

/** How the log knows the record. */
export function logName(recordId: string): string {
  return createHash('sha256').update('holdfast/v1/log-record').update(fromBase64url(recordId)).digest('hex');
}

function confOf(folder: string, site: string): string {
  return path.join(folder, `hsm-${site}`, 'softhsm2.conf');
}

/** Each site gets its token, by which SoftHSM2 in one process cannot meet what another is writing. */
async function handOut(soft: SoftHsm, folder: string): Promise<void> {
  const tokens = path.join(soft.folder, 'tokens');
  for (const name of await readdir(tokens)) {
    const token = await readFile(path.join(tokens, name, 'token.object'));
    const site = SITE_NAMES.find((label) => token.includes(label));
    if (site === undefined) throw new Error('a token of no site');
    const conf = confOf(folder, site);
    const own = path.join(path.dirname(conf), 'tokens');
    await mkdir(own, { recursive: true });
    await rename(path.join(tokens, name), path.join(own, name));
    await writeFile(conf, `directories.tokendir = ${own}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  }
}

/** What `vault init` does at three sites: keys in one token, cloned to the others; a ledger; a bundle. */
async function found({ folder, network, soft }: Parts): Promise<Pick<SiteInput, 'sites' | 'chain' | 'tls'>> {
  const tls = await selfSigned(
    ['localhost', ...new Set(network.places.map((place) => place.service.host))],
    Date.now(),
  );
  const tokens = SITE_NAMES.map((tokenLabel) => ({ modulePath: soft.modulePath, tokenLabel, pin: soft.pin }));
  const [first, ...others] = tokens;
  if (first === undefined) throw new Error('no sites');
  const options = { profile: 'A', extractable: 'wrapped' } as const;
  const publicKeys = [(await init({ ...first, ...options })).publicKeys];
  for (const token of others) {
    await cloneKeys(first, token);
    publicKeys.push((await init({ ...token, ...options })).publicKeys);
  }
  const sites = SITE_NAMES.map((name, i) => ({ name, publicKey: publicKeys[i]!.site }));
  const hsm = await open({ ...first, ...options });
  const store = await openEtcdStore({ endpoints: network.places.map((place) => place.adminUrl), prefix: PREFIX });
  const sealFile = path.join(folder, `${SITE_NAMES[0]}.seal`);
  const ledger = await createLedger({ store, hsm, site: SITE_NAMES[0], sites, sealFile });
  const bundle = await makeBundle(hsm, ledger, {
    sites: sites.map(({ name, publicKey }, i) => ({ name, url: urlOf(network.places[i]!), siteKey: publicKey })),
    tlsKeys: [tls.spkiHash],
  });
  await ledger.close();
  await store.close();
  await hsm.close();
  const inHex = sites.map(({ name, publicKey }) => ({ name, publicKey: Buffer.from(publicKey).toString('hex') }));
  return { sites: inHex, chain: [bundle], tls };
}
