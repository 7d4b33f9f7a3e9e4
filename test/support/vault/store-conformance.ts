/** What every store of a vault must do, run over each of them. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Commit, Entry, Store } from '../../../vault/store/store.ts';

export interface StoreWorld {
  store: Store;
  /** A second handle on the same state, as another process has. */
  other: Store;
  dispose(): Promise<void>;
}

export const newOperation = (): string => randomBytes(16).toString('hex');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export function change(parts: Partial<Commit>): Commit {
  return { operationId: newOperation(), conditions: [], puts: [], deletes: [], ...parts };
}

/** The revision of a change that is to succeed. */
async function done(store: Store, parts: Partial<Commit>): Promise<number> {
  const result = await store.commit(change(parts));
  if (result.outcome !== 'done') throw new Error('a conflict where none was expected');
  return result.revision;
}

export function describeStore(name: string, makeWorld: () => Promise<StoreWorld>, runs: number): void {
  describe(name, () => {
    let world: StoreWorld;
    let store: Store;
    let scope = 0;
    /** A key that no other test uses. */
    const fresh = (rest: string): string => `${scope}/${rest}`;
    beforeAll(async () => {
      world = await makeWorld();
      store = world.store;
    });
    afterAll(() => world?.dispose());

    /** Each test has keys of its own. */
    const test = (title: string, work: () => Promise<void>): void => {
      it(title, async () => {
        scope++;
        await work();
      });
    };

    test('a key that was never put is not there', async () => {
      expect(await store.get(fresh('none'))).toBeNull();
      expect(await store.getMany([fresh('none'), fresh('neither')])).toEqual([null, null]);
      expect(await store.range(fresh(''))).toEqual([]);
    });

    test('a put is read back with the revision of its commit, also by another process', async () => {
      const key = fresh('a');
      const value = Uint8Array.from({ length: 256 }, (_, i) => i);
      const revision = await done(store, { conditions: [{ key, revision: 0 }], puts: [{ key, value }] });
      expect(await store.get(key)).toEqual({ key, value, revision });
      expect(await world.other.get(key)).toEqual({ key, value, revision });
      const empty = await done(store, { puts: [{ key, value: new Uint8Array(0) }] });
      expect(empty).toBeGreaterThan(revision);
      expect(await store.get(key)).toEqual({ key, value: new Uint8Array(0), revision: empty });
    });

    test('a condition that does not hold changes nothing at all', async () => {
      const [a, b] = [fresh('a'), fresh('b')];
      const revision = await done(store, { puts: [{ key: a, value: bytes('1') }] });
      for (const wrong of [0, revision - 1, revision + 1]) {
        const conditions = [
          { key: b, revision: 0 },
          { key: a, revision: wrong },
        ];
        const puts = [{ key: b, value: bytes('x') }];
        expect(await store.commit(change({ conditions, puts, deletes: [a] }))).toEqual({ outcome: 'conflict' });
      }
      expect(await store.getMany([a, b])).toEqual([{ key: a, value: bytes('1'), revision }, null]);
    });

    test('the same operation is applied once, whichever process repeats it', async () => {
      const key = fresh('a');
      const operation = change({ conditions: [{ key, revision: 0 }], puts: [{ key, value: bytes('1') }] });
      const first = await store.commit(operation);
      expect(first.outcome).toBe('done');
      await done(store, { puts: [{ key, value: bytes('2') }] });
      expect(await store.commit(operation)).toEqual(first);
      expect(await world.other.commit(operation)).toEqual(first);
      expect((await store.get(key))?.value).toEqual(bytes('2'));
    });

    test('an operation that met a conflict was not applied, and may be tried with what holds now', async () => {
      const key = fresh('a');
      const operation = change({ conditions: [{ key, revision: 7 }], puts: [{ key, value: bytes('1') }] });
      expect(await store.commit(operation)).toEqual({ outcome: 'conflict' });
      const again = await store.commit({ ...operation, conditions: [{ key, revision: 0 }] });
      expect(again.outcome).toBe('done');
    });

    test('revisions grow over deletion: who read the key before it was made again does not hit the new one', async () => {
      const key = fresh('a');
      const first = await done(store, { puts: [{ key, value: bytes('1') }] });
      await done(store, { conditions: [{ key, revision: first }], deletes: [key] });
      expect(await store.get(key)).toBeNull();
      const second = await done(store, { conditions: [{ key, revision: 0 }], puts: [{ key, value: bytes('2') }] });
      expect(second).toBeGreaterThan(first);
      const late = await store.commit(change({ conditions: [{ key, revision: first }], deletes: [key] }));
      expect(late).toEqual({ outcome: 'conflict' });
    });

    test('many keys are read as of one revision', async () => {
      const keys = Array.from({ length: 250 }, (_, i) => fresh(`k${String(i).padStart(3, '0')}`));
      for (let at = 0; at < keys.length; at += 100) {
        await done(store, { puts: keys.slice(at, at + 100).map((key) => ({ key, value: bytes(key) })) });
      }
      const read = await store.getMany([...keys, fresh('none')]);
      expect(read.map((entry) => entry?.key)).toEqual([...keys, undefined]);

      // Two keys that always change together are never seen apart.
      const [a, b] = [fresh('pair-a'), fresh('pair-b')];
      let torn = 0;
      const writing = (async (): Promise<void> => {
        for (let i = 0; i < 20; i++) {
          await done(world.other, { puts: [a, b].map((key) => ({ key, value: bytes(String(i)) })) });
        }
      })();
      for (let i = 0; i < 20; i++) {
        const [first, second] = await store.getMany([a, b]);
        if (first?.revision !== second?.revision) torn++;
      }
      await writing;
      expect(torn).toBe(0);
    });

    test('a range is in order, bounded, and goes on after a key', async () => {
      const names = ['a', 'a/1', 'b', 'b0', 'c~', 'd'].map((rest) => fresh(`r/${rest}`));
      await done(store, { puts: [...names].reverse().map((key) => ({ key, value: bytes(key) })) });
      await done(store, { puts: [fresh('q'), fresh('r0'), fresh('s')].map((key) => ({ key, value: bytes('x') })) });
      const keysOf = (entries: Entry[]): string[] => entries.map((entry) => entry.key);
      expect(keysOf(await store.range(fresh('r/')))).toEqual(names);
      expect(keysOf(await store.range(fresh('r/'), { limit: 2 }))).toEqual(names.slice(0, 2));
      expect(keysOf(await store.range(fresh('r/'), { after: names[1]!, limit: 2 }))).toEqual(names.slice(2, 4));
      expect(keysOf(await store.range(fresh('r/'), { after: names[5]! }))).toEqual([]);
      // From before the prefix: the whole of it, nothing else.
      expect(keysOf(await store.range(fresh('r/'), { after: fresh('a') }))).toEqual(names);
    });

    test('of many that race for one key exactly one wins each round, and no step is lost', async () => {
      const key = fresh('count');
      await done(store, { puts: [{ key, value: bytes('0') }] });
      const add = async (through: Store): Promise<void> => {
        for (;;) {
          const entry = await through.get(key);
          if (entry === null) throw new Error('the counter is gone');
          const value = bytes(String(Number(Buffer.from(entry.value).toString()) + 1));
          const conditions = [{ key, revision: entry.revision }];
          const result = await through.commit(change({ conditions, puts: [{ key, value }] }));
          if (result.outcome === 'done') return;
        }
      };
      await Promise.all(Array.from({ length: 12 }, (_, i) => add(i % 2 === 0 ? store : world.other)));
      expect(Buffer.from((await store.get(key))!.value).toString()).toBe('12');
    });

    test('what was put is still there after a compaction, and revisions go on', async () => {
      const key = fresh('a');
      const revision = await done(store, { puts: [{ key, value: bytes('1') }] });
      await done(store, { puts: [{ key: fresh('b'), value: bytes('2') }] });
      await store.compact();
      await store.compact();
      expect(await store.get(key)).toEqual({ key, value: bytes('1'), revision });
      expect(await done(store, { conditions: [{ key, revision }], deletes: [key] })).toBeGreaterThan(revision);
    });

    test('keys and changes that no store takes are refused by all', async () => {
      const value = bytes('1');
      const key = fresh('a');
      await expect(store.get('')).rejects.toThrow(RangeError);
      await expect(store.get('ä')).rejects.toThrow(RangeError);
      await expect(store.range('')).rejects.toThrow(RangeError);
      await expect(store.commit(change({ operationId: 'no' }))).rejects.toThrow(RangeError);
      await expect(store.commit(change({ puts: [{ key, value }], deletes: [key] }))).rejects.toThrow(RangeError);
      await expect(store.commit(change({ conditions: [{ key, revision: -1 }] }))).rejects.toThrow(RangeError);
      const puts = Array.from({ length: 121 }, (_, i) => ({ key: `${key}${i}`, value }));
      await expect(store.commit(change({ puts }))).rejects.toThrow(RangeError);
      await done(store, { puts: puts.slice(0, 120) });
    });

    test('names itself for good', async () => {
      expect(store.clusterId).toMatch(/^[0-9a-f-]{32,}$/);
      expect(world.other.clusterId).toBe(store.clusterId);
      const { answering, total } = await store.members();
      expect(answering).toBe(total);
    });

    test('behaves as a plain map does, under any sequence of commits', async () => {
      const names = ['a', 'b', 'ba', 'c'];
      const step = fc.record({
        key: fc.constantFrom(...names),
        also: fc.constantFrom(...names),
        /** Which of the revisions that the key has had is named: the current one (0), or one that it no longer has. */
        stale: fc.constantFrom(0, 0, 0, 1),
        remove: fc.boolean(),
        value: fc.uint8Array({ maxLength: 40 }),
        other: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          scope++;
          const model = new Map<string, Entry>();
          let newest = 0;
          for (const { key: name, also, stale, remove, value, other } of steps) {
            const through = other ? world.other : store;
            const key = fresh(name);
            const held = model.get(key)?.revision ?? 0;
            const named = stale === 0 ? held : held + 1;
            const conditions = [{ key, revision: named }];
            const puts = also === name || remove ? [] : [{ key: fresh(also), value }];
            const parts = remove ? { conditions, deletes: [key] } : { conditions, puts: [...puts, { key, value }] };
            const result = await through.commit(change(parts));
            expect(result.outcome).toBe(stale === 0 ? 'done' : 'conflict');
            if (result.outcome === 'conflict') continue;
            expect(result.revision).toBeGreaterThan(newest);
            newest = result.revision;
            if (remove) model.delete(key);
            else for (const put of parts.puts ?? []) model.set(put.key, { ...put, revision: newest });
          }
          const expected = [...model.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
          expect(await store.range(fresh(''))).toEqual(expected);
          expect(await store.getMany(names.map(fresh))).toEqual(names.map((name) => model.get(fresh(name)) ?? null));
        }),
        { numRuns: runs },
      );
    });
  });
}
