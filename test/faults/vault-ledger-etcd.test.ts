/** etcd members that die, stop and come back under the store and under ledgers. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SiteLedger } from '../../vault/ledger/site-ledger.ts';
import { fsck } from '../../vault/ledger/verify.ts';
import { openEtcdStore } from '../../vault/store/etcd.ts';
import { type Store, StoreError } from '../../vault/store/store.ts';
import { EtcdCluster } from '../support/vault/etcd-cluster.ts';
import { changeOf, commitDone, newId, SiteWorld, textOf } from '../support/vault/ledger-world.ts';
import { change } from '../support/vault/store-conformance.ts';

/** ms within which the answer without a quorum comes: 3 s, and some for a busy machine. */
const NO_QUORUM_MS = 5000;

let cluster: EtcdCluster;
let store: Store;
beforeEach(async () => {
  cluster = await EtcdCluster.start(3);
  store = await openEtcdStore({ endpoints: cluster.endpoints, prefix: 'holdfast/' });
});
afterEach(async () => {
  await store.close();
  await cluster.dispose();
});

/** @param tries of the same operation, where a machine is too slow to tell whether it was made */
async function add(key: string, operationId?: string, tries = 1): Promise<number> {
  const entry = await store.get(key);
  const value = Buffer.from(String(Number(Buffer.from(entry?.value ?? []).toString()) + 1));
  const conditions = [{ key, revision: entry?.revision ?? 0 }];
  const parts = change({ conditions, puts: [{ key, value }], ...(operationId === undefined ? {} : { operationId }) });
  const again = async (left: number): ReturnType<Store['commit']> =>
    await store.commit(parts).catch(async (error: unknown) => {
      const slow = error instanceof StoreError && (error.code === 'unknown' || error.code === 'no-quorum');
      if (!slow || left <= 1) throw error;
      return await again(left - 1);
    });
  const result = await again(tries);
  if (result.outcome !== 'done') throw new Error('a conflict where none was expected');
  return Number(value.toString());
}

describe('the store over three members', () => {
  it('goes on without any one of them, and says how many answer', async () => {
    let expected = 0;
    for (const index of [await cluster.leader(), 0, 1]) {
      await cluster.kill(index);
      expect(await add('n')).toBe(++expected);
      expect(await store.members()).toEqual({ answering: 2, total: 3 });
      expect(await add('n')).toBe(++expected);
      await cluster.restart(index);
      expect(await add('n')).toBe(++expected);
    }
  });

  it('goes on while the leader stands still, and each change is made once', async () => {
    await add('n');
    const leader = await cluster.leader();
    cluster.pause(leader);
    // Sent to the paused member or not, known or looked up: each counts once.
    for (let i = 2; i <= 5; i++) expect(await add('n', undefined, 4)).toBe(i);
    cluster.resume(leader);
    for (let i = 6; i <= 9; i++) expect(await add('n', undefined, 4)).toBe(i);
    expect(Buffer.from((await store.get('n'))!.value).toString()).toBe('9');
  });

  it('says no-quorum without two of them, soon, and goes on when they are back', async () => {
    await add('n');
    await cluster.kill(0);
    await cluster.kill(1);
    const start = performance.now();
    // The change may be in the last member's log: that is said, and repeating it is safe.
    const operation = change({ puts: [{ key: 'm', value: Buffer.from('1') }] });
    const codeOf = (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => 'an answer',
        (error: { code?: unknown }) => error.code,
      );
    const [read, opened, committed] = await Promise.all([
      codeOf(store.get('n')),
      codeOf(openEtcdStore({ endpoints: cluster.endpoints, prefix: 'holdfast/' })),
      codeOf(store.commit(operation)),
    ]);
    expect(performance.now() - start).toBeLessThan(NO_QUORUM_MS);
    expect([read, opened]).toEqual(['no-quorum', 'no-quorum']);
    expect(['unknown', 'no-quorum']).toContain(committed);
    expect((await store.members()).answering).toBe(0);
    await Promise.all([cluster.restart(0), cluster.restart(1)]);
    const result = await store.commit(operation);
    expect(result.outcome).toBe('done');
    expect(await store.commit(operation)).toEqual(result);
    expect(await add('n')).toBe(2);
  });

  it('keeps all that was answered when the whole cluster is killed and started again', async () => {
    const [a, b] = [await add('n'), await add('n')];
    for (const index of [0, 1, 2]) await cluster.kill(index);
    await expect(store.get('n')).rejects.toMatchObject({ code: 'no-quorum' });
    await Promise.all([0, 1, 2].map((index) => cluster.restart(index)));
    expect([a, b, await add('n')]).toEqual([1, 2, 3]);
  });

  it('refuses to compact while a member is away, which would keep what was deleted', async () => {
    await add('n');
    await cluster.kill(2);
    await expect(store.compact()).rejects.toMatchObject({ code: 'no-quorum' });
    await cluster.restart(2);
    await store.compact();
    expect(await add('n')).toBe(2);
  });
});

describe('two sites over three members', () => {
  let folder: string;
  let worlds: [SiteWorld, SiteWorld];
  let ledgers: [SiteLedger, SiteLedger];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-sites-'));
    const openStore = (): Promise<Store> => openEtcdStore({ endpoints: cluster.endpoints, prefix: 'vault/' });
    worlds = [new SiteWorld('east', folder, openStore), new SiteWorld('west', folder, openStore)];
    const sites = worlds.map((world) => world.site);
    for (const world of worlds) world.sites = sites;
    const first = await worlds[0].create();
    ledgers = [first, await worlds[1].open()];
    for (const ledger of ledgers) await ledger.tick();
  });
  afterEach(async () => {
    for (const world of worlds) await world.crash();
    await rm(folder, { recursive: true });
  });

  it('commit through the death of the leader: no update is lost, none is made twice', async () => {
    const shared = newId();
    await commitDone(ledgers[0], changeOf(shared, 0, '0'));
    let done = 0;
    let killed: Promise<void> | null = null;
    const work = async (ledger: SiteLedger): Promise<void> => {
      for (let made = 0; made < 10;) {
        try {
          const found = await ledger.read(shared);
          const request = changeOf(shared, found!.revision, String(Number(textOf(found?.state)) + 1));
          // As a service does: the same change again until it knows.
          for (;;) {
            const result = await ledger.commit(request).catch((error: { code?: string }) => {
              if (error.code !== 'no-quorum') throw error;
              return null;
            });
            if (result === null) continue;
            if (result.outcome === 'done') {
              made++;
              done++;
            }
            break;
          }
          if (done >= 5) killed ??= cluster.leader().then((index) => cluster.kill(index));
        } catch (error) {
          if ((error as { code?: string }).code !== 'no-quorum') throw error;
        }
      }
    };
    await Promise.all([work(ledgers[0]), work(ledgers[1]), work(ledgers[0])]);
    await killed;
    expect(done).toBe(30);
    expect(textOf((await ledgers[1].read(shared))?.state)).toBe('30');
    const report = await fsck(ledgers[0], worlds[0].store!);
    expect(report.problems).toEqual([]);
    expect(report.log).toMatchObject({ problems: [], types: { create: 1, charge: 31 } });
  });

  it('answer nothing without a quorum, and go on with it', async () => {
    const id = newId();
    const revision = await commitDone(ledgers[0], changeOf(id, 0, 'one'));
    await cluster.kill(0);
    await cluster.kill(2);
    const request = changeOf(id, revision, 'two');
    await Promise.all([
      expect(ledgers[0].assertReady()).rejects.toMatchObject({ code: 'no-quorum' }),
      expect(ledgers[1].read(id)).rejects.toMatchObject({ code: 'no-quorum' }),
      expect(ledgers[0].commit(request)).rejects.toMatchObject({ code: 'no-quorum' }),
    ]);
    await Promise.all([cluster.restart(0), cluster.restart(2)]);
    expect((await ledgers[0].commit(request)).outcome).toBe('done');
    expect(textOf((await ledgers[1].read(id))?.state)).toBe('two');
    expect((await ledgers[0].entries(1, 10)).map((entry) => entry.type)).toEqual(['create', 'charge', 'charge']);
  });
});
