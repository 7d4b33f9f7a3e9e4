/** Changes that wait at a site that has lost the others. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqliteStore } from '../../../vault/store/sqlite.ts';
import { StoreError } from '../../../vault/store/store.ts';
import type { Store } from '../../../vault/store/store.ts';
import { changeOf, commitDone, newId, OneMachine, textOf } from '../../support/vault/ledger-world.ts';

let world: OneMachine;
beforeEach(async () => {
  world = await OneMachine.make();
});
afterEach(() => world.dispose());

it.each(['no-quorum', 'unknown'] as const)(
  'hear of it together (%s), since each would wait as long for the same, and may be made again',
  async (code) => {
    const real = await openSqliteStore({ file: world.file });
    let cut = false;
    let calls = 0;
    const store: Store = new Proxy(real, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (cut) calls++;
          if (cut) return Promise.reject(new StoreError(code, 'the line is cut'));
          return value.apply(target, args) as unknown;
        };
      },
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
