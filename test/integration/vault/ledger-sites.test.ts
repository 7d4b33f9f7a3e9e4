/** Sites of one vault over the same store: joining, committing at the same time, readiness, rotation, a site that was away. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishWrapKey, wrapDataKey } from '../../../vault/ledger/key-wrap.ts';
import { publishSeal } from '../../../vault/ledger/site-seals.ts';
import type { SiteLedger } from '../../../vault/ledger/site-ledger.ts';
import { fsck } from '../../../vault/ledger/verify.ts';
import { openSqliteStore } from '../../../vault/store/sqlite.ts';
import { changeOf, commitDone, newId, SiteWorld, textOf } from '../../support/vault/ledger-world.ts';

const NAMES = ['amsterdam', 'berlin', 'cracow'];

let folder: string;
let worlds: SiteWorld[];
let a: SiteWorld;
let b: SiteWorld;
let c: SiteWorld;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-sites-'));
  const file = path.join(folder, 'state', 'vault.db');
  worlds = NAMES.map((name) => new SiteWorld(name, folder, () => openSqliteStore({ file })));
  const sites = worlds.map((world) => world.site);
  for (const world of worlds) world.sites = sites;
  [a, b, c] = worlds as [SiteWorld, SiteWorld, SiteWorld];
});
afterEach(async () => {
  for (const world of worlds) await world.crash();
  await rm(folder, { recursive: true });
});

/** Three sites that run, know the data key and have sealed. */
async function startAll(): Promise<[SiteLedger, SiteLedger, SiteLedger]> {
  const first = await a.create();
  const [second, third] = [await b.open(), await c.open()];
  await first.tick(); // wraps the data key for the two that joined
  await second.tick();
  await third.tick();
  return [first, second, third];
}

describe('a site that joins', () => {
  it('answers nothing until a running site has wrapped the data key for it', async () => {
    const first = await a.create();
    const id = newId();
    await commitDone(first, changeOf(id, 0, 'one'));
    const second = await b.open();
    await expect(second.read(id)).rejects.toMatchObject({ code: 'not-ready' });
    await expect(second.commit(changeOf(newId(), 0, 'x'))).rejects.toMatchObject({ code: 'not-ready' });
    await expect(second.assertReady()).rejects.toMatchObject({ code: 'not-ready' });
    await first.tick();
    expect(textOf((await second.read(id))?.state)).toBe('one');
    await commitDone(second, changeOf(newId(), 0, 'x'));
  });

  it('gets no data key for a wrap key that its site key has not signed', async () => {
    const first = await a.create();
    const stranger = new SiteWorld('berlin', folder, () => openSqliteStore({ file: path.join(folder, 'x.db') }));
    const hsm = stranger.token.open();
    const key = await hsm.createWrapKey();
    const value = await publishWrapKey(hsm, a.store!.clusterId, 'berlin', key, 0);
    const operationId = '00'.repeat(16);
    await a.store!.commit({ operationId, conditions: [], puts: [{ key: 'site/berlin', value }], deletes: [] });
    await first.tick();
    expect((await a.store!.range('datakey/')).map((entry) => entry.key)).toEqual(['datakey/00000001/amsterdam']);
  });

  it('takes no data key that no site has wrapped', async () => {
    const first = await a.create();
    const second = await b.open();
    await first.tick();
    await b.stop(second);
    // A stranger wraps a key of its own for Berlin, in the name of Amsterdam.
    const [key] = await b.token.open().listWrapKeys();
    const place = { clusterId: a.store!.clusterId, number: 1, site: 'berlin' };
    const stranger = new SiteWorld('amsterdam', folder, () => Promise.reject(new Error('unused'))).token.open();
    const value = await wrapDataKey(stranger, 'amsterdam', place, key!, new Uint8Array(32));
    const puts = [{ key: 'datakey/00000001/berlin', value }];
    await a.store!.commit({ operationId: '00'.repeat(16), conditions: [], puts, deletes: [] });
    await expect(b.open()).rejects.toMatchObject({ code: 'damaged' });
  });
});

describe('two sites that commit at the same time', () => {
  it('lose no update, and the log is one chain', async () => {
    const [first, second] = await startAll();
    const shared = newId();
    await commitDone(first, changeOf(shared, 0, '0'));
    let evaluations = 0;
    const add = async (ledger: SiteLedger): Promise<void> => {
      for (;;) {
        const found = await ledger.read(shared);
        const next = String(Number(textOf(found?.state)) + 1);
        const change = changeOf(shared, found!.revision, next, { facts: { evaluations: 1 } });
        if ((await ledger.commit(change)).outcome === 'done') break;
      }
      evaluations++;
      await commitDone(ledger, changeOf(newId(), 0, 'own', { facts: { evaluations: 1 } }));
      evaluations++;
    };
    await Promise.all(Array.from({ length: 24 }, (_, i) => add(i % 2 === 0 ? first : second)));
    expect(textOf((await first.read(shared))?.state)).toBe('24');
    const report = await fsck(second, b.store!);
    expect(report).toMatchObject({ records: 25, problems: [], log: { problems: [] } });
    expect(report.log.facts['evaluations']).toBe(evaluations);
    const writers = new Set((await first.entries(1, 100)).map((entry) => entry.site));
    expect(writers).toEqual(new Set(['amsterdam', 'berlin']));
  });

  it('see each other: what one has answered the other reads', async () => {
    const [first, second] = await startAll();
    const id = newId();
    let revision = 0;
    for (let i = 0; i < 10; i++) {
      revision = await commitDone(i % 2 === 0 ? first : second, changeOf(id, revision, String(i)));
      expect(textOf((await (i % 2 === 0 ? second : first).read(id))?.state)).toBe(String(i));
    }
  });

  it('apply a change once that a client brings to both', async () => {
    const [first, second] = await startAll();
    const change = changeOf(newId(), 0, 'one');
    const results = await Promise.all([first.commit(change), second.commit(change)]);
    expect(results.map((result) => result.outcome)).toEqual(['done', 'done']);
    expect(results[0]).toEqual(results[1]);
  });

  it('agree on the time: it goes on from the later one', async () => {
    const [first, second] = await startAll();
    a.clock.advance(50_000);
    await commitDone(first, changeOf(newId(), 0, 'x'));
    await second.head();
    expect(second.now()).toBe(first.now());
  });
});

describe('readiness', () => {
  it('needs a majority that has sealed since this site was started', async () => {
    const first = await a.create();
    await expect(first.assertReady()).rejects.toMatchObject({ code: 'not-ready' });
    const second = await b.open();
    await first.tick();
    b.clock.advance(1000);
    await second.tick();
    await first.assertReady();
    // Started again, it does not take Berlin's seal of before for news: with the store, that could have been put back.
    await a.stop(first);
    const again = await a.open();
    await expect(again.assertReady()).rejects.toMatchObject({ code: 'not-ready' });
    b.clock.advance(1000);
    await second.tick();
    await again.assertReady();
  });

  it('ends when the others fall silent for a minute, and comes back with them', async () => {
    const [first, second] = await startAll();
    a.clock.advance(1);
    b.clock.advance(1000);
    await second.tick();
    await first.assertReady();
    a.clock.advance(59_000);
    await first.assertReady();
    a.clock.advance(5000);
    await expect(first.assertReady()).rejects.toMatchObject({ code: 'not-ready' });
    b.clock.advance(64_000);
    await second.tick();
    await first.assertReady();
  });

  it('does not count a seal that is not the site’s own', async () => {
    const [first] = await startAll();
    await a.stop(first);
    const again = await a.open();
    const { index, hash } = await again.head();
    const stranger = new SiteWorld('x', folder, () => Promise.reject(new Error('unused'))).token.open();
    await publishSeal(a.store!, stranger, 'berlin', { index, hash, at: again.now() + 1 });
    a.clock.advance(2);
    await expect(again.assertReady()).rejects.toMatchObject({ code: 'not-ready' });
    const real = b.token.open();
    await publishSeal(a.store!, real, 'berlin', { index, hash: new Uint8Array(32), at: again.now() });
    await expect(again.assertReady()).rejects.toMatchObject({ code: 'not-ready' });
    await publishSeal(a.store!, real, 'berlin', { index, hash, at: again.now() });
    await again.assertReady();
  });

  it('comes by itself as the clock goes on', async () => {
    const [first, second] = await startAll();
    a.clock.advance(20_000);
    b.clock.advance(20_000);
    // The turns run in the background; a question to each waits behind what they do.
    await second.checkpoint();
    await first.checkpoint();
    await first.assertReady();
  });
});

describe('rotation with several sites', () => {
  it('reaches all of them, and each makes its wrap key anew', async () => {
    const [first, second, third] = await startAll();
    const id = newId();
    await commitDone(first, changeOf(id, 0, 'one'));
    for (const ledger of [first, second, third]) await ledger.tick();
    const before = worlds.map((world) => [...world.token.wrapKeys.keys()]);
    await second.rotate();
    for (const ledger of [first, second, third]) {
      expect(textOf((await ledger.read(id))?.state)).toBe('one');
      await ledger.tick();
    }
    for (const [i, world] of worlds.entries()) {
      expect(world.token.wrapKeys.size).toBe(1);
      expect(before[i]).not.toContain([...world.token.wrapKeys.keys()][0]);
    }
    await a.stop(first);
    const again = await a.open();
    expect(textOf((await again.read(id))?.state)).toBe('one');
    expect((await fsck(third, c.store!)).problems).toEqual([]);
  });

  it('by two at once ends in one key that all use', async () => {
    const [first, second, third] = await startAll();
    const ids = Array.from({ length: 20 }, newId);
    await Promise.all(ids.map((id) => commitDone(first, changeOf(id, 0, 'x'))));
    await Promise.all([first.rotate(), second.rotate()]);
    for (const ledger of [first, second, third]) {
      for (const id of ids) expect(textOf((await ledger.read(id))?.state)).toBe('x');
      await ledger.tick();
    }
    expect((await fsck(third, c.store!)).problems).toEqual([]);
    const numbers = new Set((await a.store!.range('datakey/')).map((entry) => entry.key.split('/')[1]));
    expect(numbers.size).toBe(1);
    for (const world of worlds) expect(world.token.wrapKeys.size).toBe(1);
  });

  it('that a site missed is no trouble: it comes back, and its old wrap key goes', async () => {
    const [first, second, third] = await startAll();
    const id = newId();
    let revision = await commitDone(first, changeOf(id, 0, '0'));
    await c.stop(third);
    const [old] = [...c.token.wrapKeys.keys()];
    for (let i = 1; i <= 3; i++) {
      await (i % 2 === 0 ? first : second).rotate();
      await first.tick();
      await second.tick();
      revision = (await first.read(id))!.revision;
      revision = await commitDone(first, changeOf(id, revision, String(i)));
    }
    const back = await c.open();
    expect(textOf((await back.read(id))?.state)).toBe('3');
    await back.tick();
    expect(c.token.wrapKeys.has(old!)).toBe(false);
    expect(c.token.wrapKeys.size).toBe(1);
  });

  it('a site whose module was replaced publishes a new wrap key and is served', async () => {
    const [first, , third] = await startAll();
    const id = newId();
    await commitDone(first, changeOf(id, 0, 'one'));
    await c.stop(third);
    c.token.wrapKeys.clear();
    const back = await c.open();
    await expect(back.read(id)).rejects.toMatchObject({ code: 'not-ready' });
    await first.tick();
    expect(textOf((await back.read(id))?.state)).toBe('one');
  });

  it('that died half way is ended by another site', async () => {
    const [first, second] = await startAll();
    const id = newId();
    await commitDone(first, changeOf(id, 0, 'one'));
    await a.stop(first);
    const dying = await a.open({
      onRotation: (step) => {
        if (step === 'committed') throw new Error('killed here');
      },
    });
    await expect(dying.rotate()).rejects.toThrow('killed here');
    await a.crash();
    expect(textOf((await second.read(id))?.state)).toBe('one');
    await second.rotate();
    expect(textOf((await second.read(id))?.state)).toBe('one');
    const back = await a.open();
    expect(textOf((await back.read(id))?.state)).toBe('one');
    await back.tick();
    expect(a.token.wrapKeys.size).toBe(1);
  });
});
