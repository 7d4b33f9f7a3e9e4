/**
 * One of three sites dies, or two, under the app's own client: HTTPS, SoftHSM2 with cloned keys, three etcd members, all
 * processes of their own that are killed with SIGKILL.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../main/errors.ts';
import { RootKey } from '../../../main/keys/secret.ts';
import { openSystemStore, type Keychain } from '../../../main/keys/store.ts';
import type { UnlockResult, VaultClient, VaultPlace, VaultRecord } from '../../../main/keys/vault/api.ts';
import { createVaultKeys } from '../../../main/keys/vault/vault-keys.ts';
import { QUICK_KSF } from '../../support/vault/client-world.ts';
import { ThreeSites } from '../../support/vault/three-sites.ts';

const PASSWORD = 'seven plums in a row';
const NEW = 'eight pears in a heap';

let world: ThreeSites;
const computers: VaultClient[] = [];
beforeAll(async () => {
  world = await ThreeSites.start();
});
afterAll(async () => {
  for (const keys of computers) keys.close();
  await world?.dispose();
});

class MemoryKeychain implements Keychain {
  readonly #entries = new Map<string, string>();
  async getPassword(_: string, account: string): Promise<string | null> {
    return this.#entries.get(account) ?? null;
  }
  async setPassword(_: string, account: string, password: string): Promise<void> {
    this.#entries.set(account, password);
  }
  async deletePassword(_: string, account: string): Promise<boolean> {
    return this.#entries.delete(account);
  }
}

async function computer(): Promise<VaultClient> {
  const store = await openSystemStore({ load: async () => new MemoryKeychain() });
  const folder = path.join(world.folder, `computer-${computers.length}`);
  const keys = createVaultKeys({ folder, store, ksf: QUICK_KSF });
  computers.push(keys);
  return keys;
}

/** The vault's address with this site first. */
function placeFrom(site: number): VaultPlace {
  const urls = [...world.urls.slice(site), ...world.urls.slice(0, site)];
  return { urls, fingerprint: world.fingerprint };
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: unknown) => {
      if (error instanceof HoldfastError) return error.code;
      throw error;
    },
  );

function expectOpened(result: UnlockResult, rootKey: RootKey): void {
  expect(result).toMatchObject({ ok: true });
  expect(result.ok && result.rootKey.equals(rootKey)).toBe(true);
}

async function used(keys: VaultClient, record: VaultRecord, rootKey: RootKey): Promise<number> {
  return (await keys.status(record, rootKey)).attempts.used;
}

describe('without one of three sites', () => {
  it.each(process.env['HOLDFAST_SOAK'] === '1' ? [0, 1, 2] : [0, 2])(
    '(site %i) registration, unlock and change of password go on',
    async (site) => {
      const old = await computer();
      const rootKey = RootKey.generate();
      const record = await old.register(placeFrom(site), { password: PASSWORD, rootKey });
      expect((await old.unlock(record, 'wrong')).ok).toBe(false);
      await world.kill(site);

      // A computer with an open connection to the dead site, and one that has yet to find a site that lives.
      expectOpened(await old.unlock(record, PASSWORD), rootKey);
      const fresh = await computer();
      expectOpened(await fresh.unlock({ ...record, ...placeFrom(site) }, PASSWORD), rootKey);
      await old.changePassword(record, { password: NEW, rootKey });
      expect((await fresh.unlock(record, PASSWORD)).ok).toBe(false);
      expectOpened(await fresh.unlock(record, NEW), rootKey);
      expect(await fresh.probe(placeFrom(site))).toMatchObject({ sites: { answering: 2, total: 3 } });
      const meanwhile = RootKey.generate();
      const another = await fresh.register(placeFrom(site), { password: PASSWORD, rootKey: meanwhile });

      await world.restart(site);
      // The site that was away knows all of it.
      const late = await computer();
      expectOpened(await late.unlock({ ...record, ...placeFrom(site) }, NEW), rootKey);
      expectOpened(await late.unlock({ ...another, ...placeFrom(site) }, PASSWORD), meanwhile);
      expect(await used(late, record, rootKey)).toBe(0);
    },
  );
});

describe('without two of three sites', () => {
  it('the vault cannot be reached, nothing is charged, and all goes on when they are back', async () => {
    const keys = await computer();
    const rootKey = RootKey.generate();
    const record = await keys.register(placeFrom(0), { password: PASSWORD, rootKey });
    for (let i = 0; i < 2; i++) expect((await keys.unlock(record, 'wrong')).ok).toBe(false);
    const { entries: before } = await world.log();
    const evaluated = await world.evaluations();
    await world.kill(0);
    await world.kill(1);

    const others = [await computer(), await computer(), await computer()] as const;
    const [unlocked, registered, asked] = await Promise.all([
      others[0].unlock(record, PASSWORD),
      codeOf(others[1].register(placeFrom(0), { password: PASSWORD, rootKey: RootKey.generate() })),
      codeOf(others[2].status(record, rootKey)),
    ]);
    const few = { code: 'vault-unreachable', message: 'Too few sites of the key vault can be reached.' };
    expect(unlocked).toMatchObject({ ok: false, refusal: { kind: 'unreachable', error: few } });
    expect([registered, asked]).toEqual(['vault-unreachable', 'vault-unreachable']);
    const refusal = await world.client(2).transport.send('GET', '/healthz', null);
    expect([refusal.status, JSON.parse(refusal.text)]).toEqual([503, { status: 'no-quorum' }]);

    await world.restart(0, 1);
    const { entries: after, report } = await world.log();
    expect(report.problems).toEqual([]);
    expect(after.length).toBe(before.length);
    expect(await world.evaluations()).toEqual(evaluated);
    expect(await used(keys, record, rootKey)).toBe(2);
    // The try that reached nobody is gone on with, under one charge.
    expectOpened(await others[0].unlock(record, PASSWORD), rootKey);
    expect(await used(keys, record, rootKey)).toBe(0);
  });
});
