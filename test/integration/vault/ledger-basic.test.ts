/** The ledger of one machine: records, log, time and what is refused. */
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLedger } from '../../../vault/ledger/open.ts';
import type { SiteLedger } from '../../../vault/ledger/site-ledger.ts';
import { writeEntries } from '../../../vault/ledger/write.ts';
import { StoreError } from '../../../vault/store/store.ts';
import type { Store } from '../../../vault/store/store.ts';
import { changeOf, commitDone, newId, OneMachine, stateOf, textOf } from '../../support/vault/ledger-world.ts';

let world: OneMachine;
let ledger: SiteLedger;
beforeEach(async () => {
  world = await OneMachine.make();
  ledger = await world.create();
});
afterEach(() => world.dispose());

async function restart(): Promise<void> {
  await world.stop(ledger);
  ledger = await world.open();
}

describe('records', () => {
  it('are read as they were committed, also after a restart', async () => {
    const id = newId();
    expect(await ledger.read(id)).toBeNull();
    const first = await commitDone(ledger, changeOf(id, 0, 'one'));
    expect(await ledger.read(id)).toEqual({ state: stateOf('one'), revision: first });
    const second = await commitDone(ledger, changeOf(id, first, 'two'));
    expect(second).toBeGreaterThan(first);
    await restart();
    expect(await ledger.read(id)).toEqual({ state: stateOf('two'), revision: second });
    await commitDone(ledger, changeOf(id, second, null));
    expect(await ledger.read(id)).toBeNull();
    await restart();
    expect(await ledger.read(id)).toBeNull();
  });

  it('change only from the revision that they have', async () => {
    const id = newId();
    const first = await commitDone(ledger, changeOf(id, 0, 'one'));
    for (const revision of [0, first - 1, first + 1]) {
      expect(await ledger.commit(changeOf(id, revision, 'no'))).toEqual({ outcome: 'conflict' });
    }
    expect(await ledger.commit(changeOf(newId(), first, 'no'))).toEqual({ outcome: 'conflict' });
    expect(textOf((await ledger.read(id))?.state)).toBe('one');
    expect((await ledger.head()).index).toBe(2);
  });

  it('take an operation once, within a run and over a restart', async () => {
    const id = newId();
    const change = changeOf(id, 0, 'one');
    const [a, b] = await Promise.all([ledger.commit(change), ledger.commit(change)]);
    expect(b).toEqual(a);
    expect(await ledger.commit(change)).toEqual(a);
    await restart();
    expect(await ledger.commit(change)).toEqual(a);
    const { revision } = a as { revision: number };
    await commitDone(ledger, changeOf(id, revision, 'two'));
    expect(await ledger.commit(change)).toMatchObject({ outcome: 'done', logIndex: 2 });
    expect(textOf((await ledger.read(id))?.state)).toBe('two');
    expect((await ledger.head()).index).toBe(3);
  });

  it('of many that race for one record one wins each round', async () => {
    const id = newId();
    await commitDone(ledger, changeOf(id, 0, '0'));
    const add = async (): Promise<void> => {
      for (;;) {
        const found = await ledger.read(id);
        const next = String(Number(textOf(found?.state)) + 1);
        if ((await ledger.commit(changeOf(id, found!.revision, next))).outcome === 'done') return;
      }
    };
    await Promise.all(Array.from({ length: 10 }, add));
    expect(textOf((await ledger.read(id))?.state)).toBe('10');
    expect((await ledger.head()).index).toBe(12);
  });

  it('are listed in order, page by page', async () => {
    const ids = Array.from({ length: 7 }, newId);
    await Promise.all(ids.map((id) => commitDone(ledger, changeOf(id, 0, 'x'))));
    const sorted = ids.map((id) => Buffer.from(id).toString('hex')).sort();
    const hexOf = (list: Uint8Array[]): string[] => list.map((id) => Buffer.from(id).toString('hex'));
    expect(hexOf(await ledger.recordIds())).toEqual(sorted);
    const page = await ledger.recordIds({ limit: 3 });
    expect(hexOf(page)).toEqual(sorted.slice(0, 3));
    expect(hexOf(await ledger.recordIds({ after: page[2]!, limit: 10 }))).toEqual(sorted.slice(3));
  });

  it('are not in the database in the clear, and a stranger to the token reads nothing', async () => {
    const canary = 'canary-of-a-record-state';
    await commitDone(ledger, changeOf(newId(), 0, canary));
    await world.store!.compact();
    const bytes = await readFile(world.file, 'latin1');
    expect(bytes).not.toContain(canary);
  });
});

describe('the log', () => {
  it('says what happened, chained, without the name of a record', async () => {
    world.clock.advance(5000);
    const id = newId();
    await commitDone(ledger, changeOf(id, 0, 'one', { type: 'stage', facts: { evaluations: 1 } }));
    const revision = (await ledger.read(id))!.revision;
    world.clock.advance(2500);
    await commitDone(ledger, changeOf(id, revision, null, { type: 'destroy' }));
    const entries = await ledger.entries(1, 10);
    expect(entries.map((entry) => [entry.index, entry.type, entry.at])).toEqual([
      [1, 'create', 0],
      [2, 'stage', 5000],
      [3, 'destroy', 7500],
    ]);
    expect(entries[1]).toMatchObject({ site: 'one', facts: { evaluations: 1 } });
    expect(entries[1]!.state).toHaveLength(32);
    expect(entries[2]!.state).toBeNull();
    expect(Buffer.from(entries[1]!.record!).equals(Buffer.from(id))).toBe(false);
    expect(await ledger.entries(2, 1)).toEqual([entries[1]]);
  });

  it('takes many commits of one moment in one transaction of the store', async () => {
    let commits = 0;
    await world.stop(ledger);
    const options = await world.options();
    const { store } = options;
    const counting: Store = countCommits(store, () => commits++);
    ledger = await world.open({ store: counting });
    commits = 0;
    const ids = Array.from({ length: 40 }, newId);
    await Promise.all(ids.map((id) => commitDone(ledger, changeOf(id, 0, 'x'))));
    expect(commits).toBe(1);
    expect((await ledger.entries(2, 100)).map((entry) => entry.index)).toEqual(ids.map((_, i) => i + 2));
  });
});

function countCommits(store: Store, count: () => void): Store {
  return {
    kind: store.kind,
    clusterId: store.clusterId,
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    range: (prefix, options) => store.range(prefix, options),
    commit: (change) => {
      count();
      return store.commit(change);
    },
    members: () => store.members(),
    compact: () => store.compact(),
    close: () => store.close(),
  };
}

describe('service time', () => {
  it('goes on over a restart from where it was, and stands still in between', async () => {
    world.clock.advance(30_000);
    expect(ledger.now()).toBe(30_000);
    await world.stop(ledger);
    world.clock.advance(3_600_000);
    ledger = await world.open();
    expect(ledger.now()).toBe(30_000);
    world.clock.advance(1000);
    expect(ledger.now()).toBe(31_000);
  });
});

describe('an answer that is lost', () => {
  it('after the store has applied the change: it is applied once', async () => {
    await world.stop(ledger);
    const { store } = await world.options();
    let lose = 0;
    let applied = 0;
    const losing: Store = {
      ...countCommits(store, () => {}),
      commit: async (change) => {
        const result = await store.commit(change);
        if (lose > 0) {
          lose--;
          applied++;
          throw new StoreError('unknown', 'the answer is lost');
        }
        return result;
      },
    };
    ledger = await world.open({ store: losing });
    const id = newId();
    lose = 1;
    const revision = await commitDone(ledger, changeOf(id, 0, 'one'));
    // So often that the ledger gives up: the caller repeats the same change and learns that it was made.
    lose = 3;
    const change = changeOf(id, revision, 'two');
    await expect(ledger.commit(change)).rejects.toMatchObject({ code: 'no-quorum' });
    const result = await ledger.commit(change);
    expect(result).toMatchObject({ outcome: 'done', logIndex: 3 });
    expect(applied).toBe(4);
    expect(await ledger.read(id)).toEqual({
      state: stateOf('two'),
      revision: (result as { revision: number }).revision,
    });
    expect((await ledger.head()).index).toBe(3);
  });

  it('of the token, in strict mode: the change counts and is answered when it is repeated', async () => {
    const id = newId();
    const change = changeOf(id, 0, 'one');
    world.hsm!.failNext('unavailable', { method: 'writeHead' });
    await expect(ledger.commit(change)).rejects.toMatchObject({ code: 'not-ready' });
    expect(await ledger.commit(change)).toMatchObject({ outcome: 'done', logIndex: 2 });
    expect((await ledger.head()).index).toBe(2);
  });
});

describe('a store that was put back', () => {
  /** An older state of everything on the disk but the token. */
  async function keepCopy(): Promise<void> {
    await world.stop(ledger);
    await copyFile(world.file, `${world.file}.old`);
    await copyFile(world.sealFile, `${world.sealFile}.old`);
    ledger = await world.open();
  }

  it('by one commit is refused with a sentence, database alone', async () => {
    const id = newId();
    const revision = await commitDone(ledger, changeOf(id, 0, 'one'));
    await keepCopy();
    await commitDone(ledger, changeOf(id, revision, 'two'));
    await world.stop(ledger);
    await world.putBack(`${world.file}.old`);
    await expect(world.open()).rejects.toMatchObject({
      code: 'rolled-back',
      message: expect.stringContaining('put back to an older copy'),
    });
  });

  it('after a crash, with an answer that was the last thing to leave, is refused', async () => {
    const id = newId();
    await keepCopy();
    await commitDone(ledger, changeOf(id, 0, 'two'));
    await world.crash();
    await world.putBack(`${world.file}.old`);
    // The seal is of before the commit: it is the token's head that knows.
    await expect(world.open()).rejects.toMatchObject({ code: 'rolled-back' });
  });

  it('together with its seal is refused: the old seal was made with a destroyed key', async () => {
    await keepCopy();
    await commitDone(ledger, changeOf(newId(), 0, 'two'));
    await world.stop(ledger);
    await world.putBack(`${world.file}.old`);
    await copyFile(`${world.sealFile}.old`, world.sealFile);
    await expect(world.open({ strict: false })).rejects.toMatchObject({
      code: 'rolled-back',
      message: expect.stringContaining('older copy'),
    });
  });

  it('and went on from there is refused: another history', async () => {
    await keepCopy();
    await commitDone(ledger, changeOf(newId(), 0, 'two'));
    await world.stop(ledger);
    // Somebody goes on from the old copy with a clone of the module that has forgotten everything.
    const seal = await readFile(world.sealFile);
    await world.putBack(`${world.file}.old`);
    await rm(world.sealFile);
    const own = world.token;
    world.token = own.copy();
    world.token.head = null;
    world.token.epochKeys.clear();
    await expect(world.open()).rejects.toMatchObject({ code: 'rolled-back' });
    const deletes = ['seal/one'];
    await world.store!.commit({ operationId: '00'.repeat(16), conditions: [], puts: [], deletes });
    await world.crash();
    const other = await world.open();
    for (let i = 0; i < 5; i++) await commitDone(other, changeOf(newId(), 0, 'other'));
    await world.stop(other);
    world.token = own;
    await writeFile(world.sealFile, seal);
    for (const strict of [true, false]) {
      await expect(world.open({ strict })).rejects.toMatchObject({ code: 'rolled-back' });
      await world.crash();
    }
  });

  it('to before an answer that only the token has seen, and went on from there, is refused', async () => {
    await keepCopy();
    const seal = await readFile(world.sealFile);
    const own = world.token;
    const epochs = new Map(own.epochKeys);
    world.token = own.copy();
    await commitDone(ledger, changeOf(newId(), 0, 'answered'));
    await world.crash();
    own.epochKeys = epochs;
    // A clone of the module goes on from the copy; the seal is of before both.
    await world.putBack(`${world.file}.old`);
    const other = await world.open();
    for (let i = 0; i < 3; i++) await commitDone(other, changeOf(newId(), 0, 'other'));
    await world.crash();
    world.token = own;
    await writeFile(world.sealFile, seal);
    await expect(world.open()).rejects.toMatchObject({
      code: 'rolled-back',
      message: expect.stringContaining('token'),
    });
    await world.crash();
    // The seal alone does not know: this is what strict mode is for.
    await expect(world.open({ strict: false })).resolves.toBeDefined();
  });

  it('or made longer by something that does not hold the data key is refused, running and at a start', async () => {
    const entry = { type: 'reset', record: newId(), state: null, facts: {}, operation: new Uint8Array(16) };
    const place = { clusterId: world.store!.clusterId, site: 'one', at: ledger.now() };
    const { puts } = writeEntries(place, await ledger.head(), [entry], { number: 1, key: newId() });
    await world.store!.commit({ operationId: '00'.repeat(16), conditions: [], puts, deletes: [] });
    await expect(ledger.read(newId())).rejects.toMatchObject({ code: 'damaged' });
    await expect(ledger.commit(changeOf(newId(), 0, 'x'))).rejects.toMatchObject({ code: 'damaged' });
    await world.stop(ledger);
    await expect(world.open()).rejects.toMatchObject({ code: 'damaged' });
  });

  it('under a running vault is noticed at the next question, for good', async () => {
    const id = newId();
    const old = await world.store!.getMany(['head', `record/${Buffer.from(id).toString('hex')}`]);
    await commitDone(ledger, changeOf(id, 0, 'one'));
    await world.store!.commit({
      operationId: '00'.repeat(16),
      conditions: [],
      puts: [{ key: 'head', value: old[0]!.value }],
      deletes: [],
    });
    await expect(ledger.read(id)).rejects.toMatchObject({ code: 'rolled-back' });
    await expect(ledger.assertReady()).rejects.toMatchObject({ code: 'rolled-back' });
    await expect(ledger.commit(changeOf(newId(), 0, 'x'))).rejects.toMatchObject({ code: 'rolled-back' });
  });

  it('by a single record is noticed: its older copy, its deletion, another record in its place', async () => {
    const [id, other] = [newId(), newId()];
    const key = (record: Uint8Array): string => `record/${Buffer.from(record).toString('hex')}`;
    const put = async (value: Uint8Array | null, operation: string): Promise<void> => {
      const puts = value === null ? [] : [{ key: key(id), value }];
      await world.store!.commit({
        operationId: operation.repeat(32),
        conditions: [],
        puts,
        deletes: value === null ? [key(id)] : [],
      });
    };
    const first = await commitDone(ledger, changeOf(id, 0, 'one try'));
    const old = (await world.store!.get(key(id)))!.value;
    await commitDone(ledger, changeOf(id, first, 'two tries'));
    await commitDone(ledger, changeOf(other, 0, 'no tries'));
    const now = (await world.store!.get(key(id)))!.value;
    for (const [i, value] of [old, null, (await world.store!.get(key(other)))!.value].entries()) {
      await put(value, String(i + 1));
      await expect(ledger.read(id)).rejects.toMatchObject({ code: 'damaged' });
      // Also by a site that was started since.
      await world.stop(ledger);
      ledger = await world.open();
      await expect(ledger.read(id)).rejects.toMatchObject({ code: 'damaged' });
    }
    await put(now, 'a');
    expect(textOf((await ledger.read(id))?.state)).toBe('two tries');
  });

  it('that was wiped is refused, and no new vault is made in its place', async () => {
    await world.stop(ledger);
    for (const end of ['', '-wal', '-shm']) await rm(world.file + end, { force: true });
    await expect(world.open()).rejects.toMatchObject({ code: 'rolled-back' });
    await world.crash();
    await expect(world.create()).rejects.toMatchObject({ code: 'rolled-back' });
  });

  it('with its seal gone, or changed, is refused', async () => {
    await commitDone(ledger, changeOf(newId(), 0, 'x'));
    await world.stop(ledger);
    const seal = await readFile(world.sealFile);
    await rm(world.sealFile);
    await expect(world.open()).rejects.toMatchObject({
      code: 'rolled-back',
      message: expect.stringContaining('seal file is missing'),
    });
    const changed = Uint8Array.from(seal);
    changed[changed.length - 1]! ^= 1;
    await writeFile(world.sealFile, changed);
    await expect(world.open()).rejects.toMatchObject({ code: 'damaged' });
    await writeFile(world.sealFile, seal);
    await world.open();
  });
});

describe('the first start', () => {
  it('that died between its epoch key and its seal is taken up', async () => {
    await world.stop(ledger);
    await rm(world.sealFile);
    await world.store!.close();
    const fresh = await OneMachine.make();
    fresh.token.epochKeys.set('00'.repeat(16), new Uint8Array(32));
    // The epoch key alone, over an empty store, is a store that was wiped.
    await expect(createLedger(await fresh.options())).rejects.toMatchObject({ code: 'rolled-back' });
    fresh.token.epochKeys.clear();
    fresh.hsm!.failNext('unavailable', { method: 'createEpochKey', when: 'after' });
    const options = await fresh.options();
    fresh.hsm!.failNext('unavailable', { method: 'createEpochKey', when: 'after' });
    await expect(createLedger(options)).rejects.toMatchObject({ code: 'not-ready' });
    expect(fresh.token.epochKeys.size).toBe(1);
    const second = await fresh.open();
    await commitDone(second, changeOf(newId(), 0, 'x'));
    expect(fresh.token.epochKeys.size).toBe(1);
    await fresh.dispose();
  });

  it('needs a vault, and the site key that the configuration names', async () => {
    const fresh = await OneMachine.make();
    await expect(fresh.open()).rejects.toMatchObject({ code: 'not-ready' });
    await fresh.crash();
    fresh.sites = [{ name: 'one', publicKey: world.token.site.publicKey }];
    await expect(fresh.create()).rejects.toMatchObject({ code: 'not-ready' });
    await fresh.dispose();
  });
});
