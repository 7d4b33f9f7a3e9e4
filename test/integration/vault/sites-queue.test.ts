/** What waits at a site that has lost the others. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqliteStore } from '../../../vault/store/sqlite.ts';
import { StoreError } from '../../../vault/store/store.ts';
import type { Store } from '../../../vault/store/store.ts';
import { changeOf, commitDone, newId, OneMachine, SiteWorld, textOf } from '../../support/vault/ledger-world.ts';

/** The store with some of its methods taken over. */
function over(real: Store, take: (name: string, work: () => Promise<unknown>) => Promise<unknown>): Store {
  return new Proxy(real, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown =>
        take(String(name), async () => (await value.apply(target, args)) as unknown);
    },
  });
}

let world: OneMachine;
beforeEach(async () => {
  world = await OneMachine.make();
});
afterEach(() => world.dispose());

it.each(['no-quorum', 'unknown'] as const)(
  'changes hear of it together (%s), since each would wait as long for the same, and may be made again',
  async (code) => {
    const real = await openSqliteStore({ file: world.file });
    let cut = false;
    let calls = 0;
    const store = over(real, (_, work) => {
      if (!cut) return work();
      calls++;
      return Promise.reject(new StoreError(code, 'the line is cut'));
    });
    const ledger = await world.create({ store });
    const id = newId();
    const revision = await commitDone(ledger, changeOf(id, 0, 'old'));
    cut = true;
    // Of one record, so that each needs a transaction of its own.
    const changes = Array.from({ length: 20 }, (_, i) => changeOf(id, revision, `new ${i}`));
    const results = await Promise.allSettled(changes.map((change) => ledger.commit(change)));
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'no-quorum' } });
    // One that is not known to have been made is tried again by itself before anybody hears of it.
    expect(calls).toBe(code === 'unknown' ? 3 : 1);
    cut = false;
    const again = await Promise.all(changes.map((change) => ledger.commit(change)));
    expect(again.filter((result) => result.outcome === 'done')).toHaveLength(1);
    expect(textOf((await ledger.read(id))?.state)).toBe('new 0');
  },
);

it('reads hear of it together, where what another site has added to the log cannot be read', async () => {
  const READERS = 20;
  const real = await openSqliteStore({ file: world.file });
  let cut = false;
  let [heads, logs] = [0, 0];
  const store = over(real, async (name, work) => {
    if (!cut) return await work();
    if (name === 'range') {
      logs++;
      // The line is cut when all have read the head and none the log.
      while (heads < READERS) await turn();
      await turn();
      throw new StoreError('no-quorum', 'the line is cut');
    }
    const result = await work();
    heads++;
    return result;
  });
  const other = new SiteWorld('two', world.folder, () => openSqliteStore({ file: world.file }));
  for (const site of [world, other]) site.sites = [world.site, other.site];
  const ledger = await world.create({ store });
  const second = await other.open();
  await ledger.tick();
  const id = newId();
  await commitDone(second, changeOf(id, 0, 'old'));
  cut = true;
  const results = await Promise.allSettled(Array.from({ length: READERS }, () => ledger.read(id)));
  for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'no-quorum' } });
  expect(logs).toBe(1);
  cut = false;
  expect(textOf((await ledger.read(id))?.state)).toBe('old');
  await other.stop(second);
});
