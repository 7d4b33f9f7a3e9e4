/**
 * What must prove itself before anything is sent: attack 9, and what a vault that lies gets to know. Before a vault in
 * memory, and before one with SoftHSM2 and SQLite.
 */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../../../vault/cli/certificate.ts';
import { fingerprint } from '../../../vault/protocol/bundle.ts';
import { fromBase64url } from '../../../vault/protocol/bytes.ts';
import { toHoldfastError } from '../../../main/errors.ts';
import { RootKey } from '../../../main/keys/secret.ts';
import type { UnlockResult, VaultRecord } from '../../../main/keys/vault/api.ts';
import { CLIENT_VAULTS, ClientWorld, type Computer } from '../../support/vault/client-world.ts';
import { MemoryLedger } from '../../support/vault/memory-ledger.ts';
import { makeBundle, SoftSite, startTestService, testCertificate } from '../../support/vault/service.ts';
import { SoftwareHsm } from '../../support/vault/software-hsm.ts';

const RIGHT = 'correct horse battery staple';

let site: SoftSite;
let world: ClientWorld;
let computer: Computer;
let rootKey: RootKey;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  site = await SoftSite.make();
});
afterAll(() => site?.dispose());
const begin = async (real: boolean): Promise<void> => {
  world = await ClientWorld.make({ site: real ? site : null });
  computer = await world.computer();
  rootKey = RootKey.generate();
};
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await world.close();
});

const register = (): Promise<VaultRecord> => computer.keys.register(world.place, { password: RIGHT, rootKey });
const opens = (result: UnlockResult): boolean => result.ok && result.rootKey.equals(rootKey);
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => toHoldfastError(error).code,
  );
const NOT_THE_VAULT = { ok: false, refusal: { kind: 'not-the-vault', error: { code: 'vault-not-proven' } } };

/** Somebody in between, who hears everything that is sent and answers the question for the bundles as told. */
async function inBetween(bundles: unknown, tls?: { key: string; cert: string }) {
  const heard: string[] = [];
  const { key, cert } = tls ?? (await selfSigned(['127.0.0.1', 'localhost'], Date.now()));
  const server = createServer({ key, cert }, (request, response) => {
    heard.push(`${request.method ?? ''} ${request.url ?? ''}`);
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (body !== '') heard.push(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(bundles));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return { heard, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const trueChain = async (): Promise<unknown> => (await fetchChain(world.relay.url)) as unknown;
async function fetchChain(url: string): Promise<unknown> {
  const { cert } = await testCertificate();
  const { httpsTransport } = await import('../../support/vault/test-client.ts');
  const transport = httpsTransport(url, cert);
  const { text } = await transport.send('GET', '/v1/bundle', null);
  transport.close();
  return JSON.parse(text) as unknown;
}

describe.each(CLIENT_VAULTS)('$vault', ({ real }) => {
  beforeEach(() => begin(real));

  describe('attack 9: a man in the middle at first contact and at registration', () => {
    it('who shows his own vault hears the question for the bundles, and nothing more', async () => {
      const hsm = new SoftwareHsm();
      const ledger = new MemoryLedger();
      const { spkiHash, key, cert } = await selfSigned(['127.0.0.1'], Date.now());
      const mine = await makeBundle(hsm, ledger, { tlsKeys: [spkiHash] });
      const man = await inBetween({ chain: [mine] }, { key, cert });
      const place = { ...world.place, urls: [man.url] };
      const error = await computer.keys.probe(place).catch((thrown: unknown) => toHoldfastError(thrown));
      expect(error).toMatchObject({ code: 'vault-not-proven' });
      expect((error as Error).message).toContain('Nothing was sent');
      expect(await codeOf(computer.keys.register(place, { password: RIGHT, rootKey }))).toBe('vault-not-proven');
      expect(new Set(man.heard)).toEqual(new Set(['GET /v1/bundle']));
      // With his own fingerprint he is a vault like any other: that is why it is compared by people.
      const his = Buffer.from(fingerprint(fromBase64url(mine.bundle))).toString('hex');
      expect(await computer.keys.probe({ urls: [man.url], fingerprint: his })).toMatchObject({ maxAttempts: 10 });
    });

    it('who passes on the true bundles has not the key of the TLS connection', async () => {
      const record = await register();
      const man = await inBetween(await trueChain());
      const place = { ...world.place, urls: [man.url] };
      expect(await codeOf(computer.keys.probe(place))).toBe('vault-not-proven');
      expect(await codeOf(computer.keys.register(place, { password: RIGHT, rootKey }))).toBe('vault-not-proven');
      const fresh = computer.restart();
      expect(await fresh.unlock({ ...record, urls: [man.url] }, RIGHT)).toMatchObject(NOT_THE_VAULT);
      expect(new Set(man.heard)).toEqual(new Set(['GET /v1/bundle']));
    });

    it('who comes in between later, with a key of his own, is sent nothing', async () => {
      const record = await register();
      const man = await inBetween(await trueChain());
      // The true vault proves itself, and then goes away; its other address leads to him.
      const both = { ...record, urls: [world.relay.url, man.url] };
      expect(opens(await computer.restart().unlock(both, RIGHT))).toBe(true);
      world.relay.rule = () => 'request';
      expect(await computer.keys.unlock(both, RIGHT)).toMatchObject({ ok: false });
      expect(man.heard.filter((line) => !line.startsWith('GET /v1/bundle'))).toEqual([]);
    });

    it('with a wrong fingerprint, another vault id or an old chain nobody is the vault', async () => {
      const record = await register();
      const wrong = { ...world.place, fingerprint: '00'.repeat(32) };
      expect(await codeOf(computer.keys.probe(wrong))).toBe('vault-not-proven');
      const other = { ...record, vaultId: '00'.repeat(16) };
      expect(await computer.restart().unlock(other, RIGHT)).toMatchObject(NOT_THE_VAULT);
      expect(world.relay.calls.filter((call) => call === 'loginStart')).toEqual([]);
    });

    it('a server that is no vault, or shows a page, is not one', async () => {
      for (const bundles of [{}, { chain: [] }, [], 'page', { chain: [{ bundle: 'AAAA', signature: 'AAAA' }] }]) {
        const man = await inBetween(bundles);
        expect(await codeOf(computer.keys.probe({ ...world.place, urls: [man.url] }))).toBe('vault-not-proven');
      }
      expect(await codeOf(computer.keys.probe({ ...world.place, urls: ['https://127.0.0.1:1'] }))).toBe(
        'vault-unreachable',
      );
      expect(await codeOf(computer.keys.probe({ ...world.place, urls: ['http://127.0.0.1:1'] }))).toBe(
        'vault-unreachable',
      );
    });
  });

  describe('sites', () => {
    it('another takes over in the middle: a challenge goes back to the site that gave it, a login goes on', async () => {
      const second = await startTestService(world.hsm, world.ledger, { chain: world.chain });
      closing.push(() => second.close());
      const place = { ...world.place, urls: [world.relay.url, second.url] };
      const record = await computer.keys.register(place, { password: RIGHT, rootKey });
      expect(record.urls).toEqual([world.relay.url, second.url]);
      for (const name of ['loginStart', 'loginFinish', 'sessionOpen', 'regProve', 'regExpose', 'challenge']) {
        // Before: the first site. From this call on: nothing of it.
        let gone = false;
        world.relay.rule = (call) => {
          if (call === name) gone = true;
          return gone ? 'answer' : null;
        };
        const keys = computer.restart();
        expect([name, opens(await keys.unlock(record, RIGHT))]).toEqual([name, true]);
        await keys.openSession(record, rootKey, { idleMs: 900_000, lifeMs: 900_000 });
        expect([name, (await keys.resumeSession(record))?.equals(rootKey)]).toEqual([name, true]);
        await keys.changePassword(record, { password: RIGHT, rootKey });
        expect(await keys.status(record)).toMatchObject({
          attempts: { used: 0, lifetime: 0 },
          unknownRegistrations: 0,
        });
        expect([name, gone]).toEqual([name, true]);
        world.relay.rule = () => null;
      }
    });

    it('are tried in turn: one that does not answer, or is not the vault, costs nothing', async () => {
      const record = await register();
      const man = await inBetween(await trueChain());
      const urls = ['https://127.0.0.1:1', man.url, world.relay.url];
      expect(await computer.keys.probe({ ...world.place, urls })).toMatchObject({ sites: { answering: 1, total: 1 } });
      expect(opens(await computer.restart().unlock({ ...record, urls }, RIGHT))).toBe(true);
      expect(new Set(man.heard)).toEqual(new Set(['GET /v1/bundle']));
    });
  });
});
