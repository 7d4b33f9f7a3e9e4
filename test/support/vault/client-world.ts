/**
 * A vault over HTTPS with a relay in front of it that cuts, and computers that use it with the app's own client. The
 * relay has the vault's TLS key, so that it can tell one call from another.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createVaultKeys } from '../../../main/keys/vault/vault-keys.ts';
import type { VaultClient, VaultPlace } from '../../../main/keys/vault/api.ts';
import { openSystemStore, type Keychain, type SecretStore } from '../../../main/keys/store.ts';
import type { Hsm } from '../../../vault/hsm/hsm.ts';
import type { Ledger } from '../../../vault/ledger/ledger.ts';
import type { VaultBundle } from '../../../vault/protocol/bundle.ts';
import { fingerprint } from '../../../vault/protocol/bundle.ts';
import { fromBase64url } from '../../../vault/protocol/bytes.ts';
import type { SignedBundle } from '../../../vault/protocol/messages.ts';
import { PROBLEM_TYPE, PROBLEMS } from '../../../vault/protocol/problem.ts';
import type { FaultyHsm } from './hsm-faults.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { makeBundle, startTestService, testCertificate, type SoftSite, type TestService } from './service.ts';
import { SoftwareHsm } from './software-hsm.ts';

/** The least that the suite takes: some ten milliseconds. */
export const QUICK_KSF = { memoryKiB: 65_536, iterations: 1, parallelism: 4 };

/** `request`: it never arrives. `answer`: it is done, and the answer is lost. `status`: a proxy's error page. */
export type Cut = 'request' | 'answer' | 'status';

/** The vault is not asked: a problem document of this code, without any proof, is the answer. */
export interface Refusal {
  refuse: string;
}

export interface Relay {
  url: string;
  /** Names of the calls that arrived, in order; `bundle` among them. */
  calls: string[];
  /** What happens to a call; by its name and how often it came before. */
  rule: (name: string, nth: number) => Cut | Refusal | null;
  /** What becomes of an answer, by its call; null: as it is. */
  bend: ((name: string, body: Record<string, unknown>) => Promise<unknown>) | null;
  /** Called once when the vault has answered the next call whose answer is cut. */
  afterNext: (() => void) | null;
  close(): Promise<void>;
}

const STATUSES: Readonly<Record<string, number>> = PROBLEMS;

/** @param target origin of the service, once it is known */
async function startRelay(target: () => string): Promise<Relay> {
  const { key, cert } = await testCertificate();
  const agent = new https.Agent({ keepAlive: true });
  const seen = new Map<string, number>();
  const relay: Relay = {
    url: '',
    calls: [],
    rule: () => null,
    bend: null,
    afterNext: null,
    close: () => Promise.resolve(),
  };
  const server = https.createServer({ key, cert, minVersion: 'TLSv1.3' }, (request, response) => {
    const name = (request.url ?? '').replace('/v1/', '');
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    relay.calls.push(name);
    const cut = relay.rule(name, nth);
    if (cut === 'request') return void request.socket.destroy();
    if (cut === 'status')
      return void response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
    if (cut !== null && cut !== 'answer') {
      const { type, status } = { type: `${PROBLEM_TYPE}${cut.refuse}`, status: STATUSES[cut.refuse] ?? 418 };
      return void response
        .writeHead(status, { 'content-type': 'application/problem+json' })
        .end(JSON.stringify({ type, title: 'No.', status }));
    }
    const { method, headers } = request;
    const onward = https.request(`${target()}${request.url ?? ''}`, { method, headers, agent, ca: cert }, (answer) => {
      if (cut === 'answer') {
        answer.resume();
        answer.on('end', () => {
          relay.afterNext?.();
          relay.afterNext = null;
          request.socket.destroy();
        });
        return;
      }
      if (relay.bend === null || name === 'bundle') {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
        return;
      }
      void bent(relay.bend, name, answer, response);
    });
    onward.on('error', () => request.socket.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  relay.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  relay.close = () => {
    agent.destroy();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return relay;
}

async function bent(
  bend: NonNullable<Relay['bend']>,
  name: string,
  answer: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  const body = JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>;
  response.writeHead(answer.statusCode ?? 500, { 'content-type': answer.headers['content-type'] ?? '' });
  response.end(JSON.stringify(await bend(name, body)));
}

/** A keychain that lives as long as its computer, over restarts of the app. */
class FakeKeychain implements Keychain {
  readonly entries = new Map<string, string>();

  async getPassword(_: string, account: string): Promise<string | null> {
    return this.entries.get(account) ?? null;
  }

  async setPassword(_: string, account: string, password: string): Promise<void> {
    this.entries.set(account, password);
  }

  async deletePassword(_: string, account: string): Promise<boolean> {
    return this.entries.delete(account);
  }
}

export interface Computer {
  folder: string;
  keychain: FakeKeychain;
  store: SecretStore;
  keys: VaultClient;
  /** The app is started again: what was in memory is gone. */
  restart(): VaultClient;
}

export interface ClientWorldOptions {
  bundle?: Partial<VaultBundle>;
  invites?: string[];
  /** Module, ledger and clock are those of this machine (SoftHSM2, SQLite), which outlives the world; else in memory. */
  site?: SoftSite | null;
}

/** For `describe.each`: what a world is made over. */
export const CLIENT_VAULTS = [
  { vault: 'a module and a ledger in memory', real: false },
  { vault: 'SoftHSM2 and SQLite', real: true },
];

interface ClientWorldParts {
  hsm: FaultyHsm & Hsm;
  ledger: Ledger;
  chain: SignedBundle[];
  relay: Relay;
  service: TestService;
  wait: (ms: number) => void;
}

function inMemory(): Pick<ClientWorldParts, 'hsm' | 'ledger' | 'wait'> {
  const ledger = new MemoryLedger();
  return { hsm: new SoftwareHsm(), ledger, wait: (ms) => void (ledger.timeMs += ms) };
}

function onMachine({ hsm, ledger, clock }: SoftSite): Pick<ClientWorldParts, 'hsm' | 'ledger' | 'wait'> {
  return { hsm, ledger, wait: (ms) => clock.advance(ms) };
}

export class ClientWorld {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'holdfast-vault-client-')));
  readonly ledger: Ledger;
  readonly hsm: FaultyHsm & Hsm;
  readonly chain: SignedBundle[];
  readonly relay: Relay;
  readonly service: TestService;
  readonly place: VaultPlace;
  /** Lets service time pass. */
  readonly wait: (ms: number) => void;
  #computers: Computer[] = [];

  private constructor({ hsm, ledger, chain, relay, service, wait }: ClientWorldParts) {
    this.hsm = hsm;
    this.chain = chain;
    this.ledger = ledger;
    this.relay = relay;
    this.service = service;
    this.wait = wait;
    this.place = {
      urls: [relay.url],
      fingerprint: Buffer.from(fingerprint(fromBase64url(chain.at(-1)?.bundle ?? ''))).toString('hex'),
    };
  }

  static async make({ bundle, invites, site = null }: ClientWorldOptions = {}): Promise<ClientWorld> {
    const parts = site === null ? inMemory() : onMachine(site);
    const { hsm, ledger } = parts;
    const holder: { url: string } = { url: '' };
    const relay = await startRelay(() => holder.url);
    const { spkiHash } = await testCertificate();
    const signed = await makeBundle(hsm, ledger, {
      sites: [{ name: ledger.site, url: relay.url, siteKey: hsm.publicKeys.site }],
      tlsKeys: [spkiHash],
      inviteNeeded: invites !== undefined,
      ...bundle,
    });
    const service = await startTestService(hsm, ledger, {
      chain: [signed],
      ...(invites === undefined ? {} : { invites }),
      ...(site === null ? {} : { clock: site.clock }),
    });
    holder.url = service.url;
    return new ClientWorld({ ...parts, chain: [signed], relay, service });
  }

  async computer(name = 'one'): Promise<Computer> {
    const folder = path.join(this.folder, name);
    const keychain = new FakeKeychain();
    const store = await openSystemStore({ load: async () => keychain });
    const start = (): VaultClient => createVaultKeys({ folder, store, ksf: QUICK_KSF });
    const computer: Computer = {
      folder,
      keychain,
      store,
      keys: start(),
      restart() {
        computer.keys.close();
        computer.keys = start();
        return computer.keys;
      },
    };
    this.#computers.push(computer);
    return computer;
  }

  async close(): Promise<void> {
    for (const { keys } of this.#computers) keys.close();
    await this.relay.close();
    await this.service.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
