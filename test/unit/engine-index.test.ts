import { build } from 'esbuild';
import fc from 'fast-check';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdWords, SharedIndex } from '../../main/engine/repository/shared-index.ts';
import { startThread } from '../../main/engine/thread.ts';

/** Ids of 16 bytes that look like the HMACs that they are. */
function idsOf(count: number, seed = ''): Uint8Array {
  const ids = new Uint8Array(new SharedArrayBuffer(count * 16));
  for (let i = 0; i < count; i++) {
    ids.set(createHash('sha256').update(`${seed}${i}`).digest().subarray(0, 16), i * 16);
  }
  return ids;
}

describe('the shared index', () => {
  it('does what a Map does', () => {
    // Few values for each word: ids that share words, and all four kinds of sign.
    const word = fc.constantFrom(0, 1, -1, 0x7fffffff, -0x80000000, 65_536);
    const step = fc.record({
      id: fc.tuple(word, word, word, word),
      claim: fc.boolean(),
      place: fc.record({ pack: fc.nat(99), block: fc.nat(99), offset: fc.nat(), length: fc.nat() }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const index = SharedIndex.create(0);
        const model = new Map<string, object>();
        for (const { id, claim, place } of steps) {
          const key = id.join();
          if (!claim) {
            const entry = index.find(...id);
            expect(entry >= 0).toBe(model.has(key));
            if (entry >= 0) expect(index.place(entry)).toEqual(model.get(key));
            continue;
          }
          const entry = index.claim(...id);
          expect(entry < 0).toBe(!model.has(key));
          if (entry < 0) {
            index.publish(~entry, place);
            model.set(key, place);
          } else {
            expect(index.place(entry)).toEqual(model.get(key));
            expect(index.packOf(entry)).toBe((model.get(key) as { pack: number }).pack);
          }
        }
        expect(index.entries).toBe(model.size);
      }),
      { numRuns: 200 },
    );
  });

  it('grows over several tables and finds everything in all of them', () => {
    const count = 200_000; // the first table has 65,536 entries
    const ids = idsOf(count);
    const index = SharedIndex.create(0);
    const late = SharedIndex.attach(index.memory);
    const words = new IdWords();
    for (let i = 0; i < count; i++) {
      const entry = words.load(ids, i * 16).claimIn(index);
      if (entry >= 0) expect.fail(`id ${i} was there already`);
      index.publish(~entry, { pack: i >>> 8, block: i & 0xff, offset: i, length: 1 });
    }
    expect(index.entries).toBe(count);
    for (const reader of [index, late, SharedIndex.attach(index.memory)]) {
      for (let i = 0; i < count; i += 37) {
        const entry = words.load(ids, i * 16).findIn(reader);
        if (entry < 0) expect.fail(`id ${i} is not found`);
        if (reader.place(entry).offset !== i) expect.fail(`id ${i} is elsewhere`);
      }
      expect(words.load(idsOf(1, 'other')).findIn(reader)).toBe(-1);
    }
    // A claim of what is in an older table finds it there.
    for (let i = 0; i < 1000; i++) expect(words.load(ids, i * 16).claimIn(late)).toBeGreaterThanOrEqual(0);
    expect(index.entries).toBe(count);
  });

  it('looks in vain through a chain of tables hardly longer than through one', () => {
    const count = 300_000; // four tables
    const ids = new Uint8Array(randomBytes(count * 16));
    const others = new Uint8Array(randomBytes(50_000 * 16));
    const words = new IdWords();
    const filled = (expected: number): SharedIndex => {
      const index = SharedIndex.create(expected);
      for (let i = 0; i < count; i++) words.load(ids, i * 16).claimIn(index);
      return index;
    };
    const searched = (index: SharedIndex): number => {
      const started = process.cpuUsage();
      for (let i = 0; i < 50_000; i++) {
        if (words.load(others, i * 16).findIn(index) >= 0) expect.fail(`id ${i} was never there`);
      }
      return process.cpuUsage(started).user;
    };
    const [one, chain] = [filled(count), filled(0)];
    const rounds = Array.from({ length: 9 }, () => [searched(one), searched(chain)] as const);
    const best = (which: 0 | 1): number => Math.min(...rounds.map((round) => round[which]));
    expect(best(1)).toBeLessThan(best(0) * 2);
  });

  it('has room at once for as many as it is told to expect', () => {
    const index = SharedIndex.create(100_000);
    const before = index.memory.buffer.byteLength;
    const ids = idsOf(100_000);
    const words = new IdWords();
    for (let i = 0; i < 100_000; i++) words.load(ids, i * 16).claimIn(index);
    expect(index.memory.buffer.byteLength).toBe(before);
  });

  it('takes memory for what it is told to expect, not for the next power of two', () => {
    for (const expected of [700_000, 1_050_000, 1_399_000]) {
      const bytes = SharedIndex.create(expected).memory.buffer.byteLength;
      expect(bytes / expected).toBeLessThan(50);
      expect(bytes / expected).toBeGreaterThan(49);
    }
  });

  it('adds a table as large as what it has, so that one blob more never takes twice as much again', () => {
    const index = SharedIndex.create(100_000);
    const before = index.memory.buffer.byteLength;
    const ids = idsOf(150_000);
    const words = new IdWords();
    for (let i = 0; i < 150_000; i++) words.load(ids, i * 16).claimIn(index);
    expect(index.memory.buffer.byteLength).toBeGreaterThan(before);
    expect(index.memory.buffer.byteLength).toBeLessThanOrEqual(2 * before);
    for (let i = 0; i < 150_000; i++) if (words.load(ids, i * 16).findIn(index) < 0) expect.fail(`id ${i} is lost`);
  });

  it('counts pack ordinals up from where it is set', () => {
    const index = SharedIndex.create(0);
    index.setNextPack(7);
    expect([index.takePackOrdinal(), SharedIndex.attach(index.memory).takePackOrdinal()]).toEqual([7, 8]);
  });

  it('takes the first 16 bytes of an id, wherever it lies', () => {
    const index = SharedIndex.create(0);
    const id = createHash('sha256').update('x').digest();
    const entry = new IdWords().load(id).claimIn(index);
    expect(entry).toBeLessThan(0);
    const within = Buffer.concat([Buffer.alloc(5), id.subarray(0, 16), Buffer.alloc(5)]);
    expect(new IdWords().load(within, 5).findIn(index)).toBe(~entry);
    expect(new IdWords().load(within, 4).findIn(index)).toBe(-1);
  });
});

describe('the shared index in several threads', () => {
  const THREADS = 4;
  let folder: string;
  let script: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-index-'));
    script = path.join(folder, 'claimer.mjs');
    const entry = fileURLToPath(new URL('../support/index-claimer.mjs', import.meta.url));
    await build({
      entryPoints: [entry],
      outfile: script,
      bundle: true,
      format: 'esm',
      platform: 'node',
      logLevel: 'error',
    });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** Lets all threads claim the same ids, each from another place on; gives what each claimed. */
  async function race(index: SharedIndex, ids: Uint8Array, spread: boolean): Promise<Int32Array[]> {
    const gate = new SharedArrayBuffer(4);
    const count = ids.length / 16;
    const threads = Array.from({ length: THREADS }, (_, thread) => {
      const first = spread ? Math.floor((thread * count) / THREADS) : 0;
      return startThread(script, { workerData: { memory: index.memory, ids, first, thread, gate } });
    });
    const next = <T>(worker: Worker): Promise<T> =>
      new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
    await Promise.all(threads.map((worker) => next(worker)));
    const results = threads.map((worker) => next<{ claimed: Int32Array }>(worker));
    Atomics.store(new Int32Array(gate), 0, 1);
    Atomics.notify(new Int32Array(gate), 0);
    return (await Promise.all(results)).map(({ claimed }) => claimed);
  }

  function check(index: SharedIndex, ids: Uint8Array, claimed: Int32Array[]): number {
    const count = ids.length / 16;
    const claims = new Uint8Array(count);
    for (const list of claimed) for (const i of list) claims[i] = (claims[i] ?? 0) + 1;
    const words = new IdWords();
    const owners = claimed.map((list) => new Set(list));
    let twice = 0;
    for (let i = 0; i < count; i++) {
      const entry = words.load(ids, i * 16).findIn(index);
      if (entry < 0) expect.fail(`id ${i} is lost`);
      const { pack, block, offset, length } = index.place(entry);
      // What is found is what one of its claimers published, whole.
      if (block !== i || offset !== i * 7 || length !== i * 3) expect.fail(`id ${i} has another's place`);
      if (!owners[pack]?.has(i)) expect.fail(`id ${i} is of a thread that did not claim it`);
      if (claims[i] === 0) expect.fail(`id ${i} was claimed by nobody`);
      if ((claims[i] ?? 0) > 1) twice++;
    }
    expect(index.entries).toBe(claimed.reduce((sum, list) => sum + list.length, 0));
    return twice;
  }

  it('lets each id be claimed exactly once while no table is added', async () => {
    for (const spread of [false, true]) {
      const index = SharedIndex.create(20_000);
      const ids = idsOf(20_000, String(spread));
      expect(check(index, ids, await race(index, ids, spread))).toBe(0);
    }
  });

  it('loses nothing while tables are added, and stores few twice', async () => {
    for (const spread of [false, true]) {
      const index = SharedIndex.create(0);
      const ids = idsOf(70_000, `g${spread}`);
      const twice = check(index, ids, await race(index, ids, spread));
      expect(twice).toBeLessThan(1200);
    }
  });
});
