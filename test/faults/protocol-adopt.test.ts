/**
 * The worlds `adopt…` of test/unit/protocol-explorer.test.ts with the real verbs: a computer takes over from another one
 * that is in the middle of something, and both take turns at every call of the storage.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Destination } from '../../main/destinations/destination.ts';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import { adoptIn } from '../../main/engine/adopt.ts';
import type { Access } from '../../main/engine/api.ts';
import { decodeRepoFile } from '../../main/engine/format/repo-file.ts';
import { closeSnapshot } from '../../main/engine/repository/open-trees.ts';
import { toHoldfastError } from '../../main/errors.ts';
import { forgetIn, problemsOf, pruneIn, rewrite } from '../support/collect-world.ts';
import { dice, KIB, World } from '../support/crash-world.ts';
import { LateListings, waysToBeLate, type Lateness } from '../support/protocol/late.ts';
import { inTurns, Turns } from '../support/protocol/turns.ts';
import { RemoteFolder } from '../support/remote-folder.ts';

// They are different machines: nothing here keeps one out while the other runs.
vi.mock('../../main/engine/repository/local-lock.ts', () => ({
  takeLocalLock: async () => ({ release: async () => undefined }),
}));

vi.mock('../../main/engine/machine-id.ts', () => ({ machineId: async (stateFolder: string) => stateFolder }));

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
const HOUR_MS = 3_600_000;
const GRACE_HOURS = 72;

type Capability = Extract<Access, { kind: 'capability' }>;

let world: World;
let clientId: string;
let first: World['states'];
/** Snapshots that the former computer was told to forget: they may be there or not. */
let meant: Set<string>;

beforeEach(async () => {
  world = await World.make({ packBytes: 128 * KIB, bytes: 0 });
  rmSync(world.sources, { recursive: true });
  for (const seed of ['0', '1']) {
    rewrite(world, seed);
    await world.backup();
  }
  clientId = (await world.snapshots())[0]?.clientId ?? '';
  for (const folder of [world.repo, world.state]) cpSync(folder, `${folder} kept`, { recursive: true });
  first = new Map(world.states);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});

afterEach(async () => {
  vi.useRealTimers();
  await closeSnapshot();
  world.end();
});

const stateOf = (name: string): string => path.join(world.folder, `state of ${name}`);

/** Everything is as it was before a schedule was tried. */
function putBack(): void {
  for (const folder of [world.repo, world.state]) {
    rmSync(folder, { recursive: true });
    cpSync(`${folder} kept`, folder, { recursive: true });
  }
  for (const name of ['new', 'second']) rmSync(stateOf(name), { recursive: true, force: true });
  rmSync(world.sources, { recursive: true, force: true });
  mkdirSync(world.sources);
  rewrite(world, '2');
  world.states.clear();
  for (const [id, state] of first) world.states.set(id, state);
  meant = new Set();
}

const pass = (hours: number): void => void vi.setSystemTime(Date.now() + hours * HOUR_MS);
const codeOf = (result: unknown): string => (result instanceof Error ? toHoldfastError(result).code : 'done');
const caught = async (work: Promise<unknown>): Promise<string> =>
  codeOf(await work.catch((error: unknown) => toHoldfastError(error)));

async function adoptBy(name: string, destination: Destination): Promise<Capability> {
  const input = { destination: world.destination, rootKey: world.rootKey, clientId, stateFolder: stateOf(name) };
  const { capability, readerPublicKey } = await adoptIn(destination, input);
  return { kind: 'capability', capability, readerPublicKey };
}

const backupBy = async (name: string, access: Capability, destination: Destination): Promise<unknown> =>
  await world.backup({ destination, input: { access, stateFolder: stateOf(name) } });

/** One that keeps to what a computer may do: after it was told that another one writes, it stores and removes nothing. */
interface Watched {
  destination: Destination;
  /** What it did all the same. */
  wrong: string[];
}

/** The spool of another machine. */
function withOwnSpool(inner: Destination): Destination {
  const own = (owner: string): string => [...owner].reverse().join('');
  return new Proxy<Destination>(inner, {
    get(target, name) {
      if (name === 'spoolFolder') return async (owner: string) => await target.spoolFolder(own(owner));
      if (name === 'clearSpool') return async (owner: string) => await target.clearSpool(own(owner));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Storage of one lane. @param dies true for the call at which its computer is gone */
async function lane(
  turns: Turns,
  number: number,
  dies = (_: string): boolean => false,
  inFolder = false,
): Promise<Watched> {
  const far = await RemoteFolder.open(world.repo);
  const inner = inFolder ? await LocalDestination.open(world.repo) : number === 0 ? far : withOwnSpool(far);
  const wrong: string[] = [];
  let isTold = false;
  const before = async (call: string): Promise<void> => {
    await turns.turn(number, call);
    if (dies(call)) throw new Error('the process is gone');
    if (number === 0 && isTold && /^(put|publish|remove) c\/.*\/[pmis]\//.test(call)) wrong.push(call);
    if (number !== 0 || call !== 'get repo.json') return;
    const bytes = await inner.get('repo.json');
    isTold ||= decodeRepoFile(bytes).writers.length > 0;
  };
  return { destination: inTurns(inner, { before }), wrong };
}

/** What is wrong when all is over; whoever took over goes on with everything. */
async function problems(access: Capability, by = 'new'): Promise<string[]> {
  const found: string[] = [];
  const check = async (when: string): Promise<void> => {
    const there = new Set((await world.snapshots()).map(({ id }) => id));
    for (const id of [...world.states.keys()]) {
      if (there.has(id)) continue;
      // What a former one stored at the last moment counts for nothing.
      if (first.has(id) && !meant.has(id)) found.push(`${id} is gone ${when}`);
      world.states.delete(id);
    }
    found.push(...(await problemsOf(world)).map((problem) => `${problem}, ${when}`));
  };
  await check('at once');
  pass(GRACE_HOURS + 1);
  const destination = await RemoteFolder.open(world.repo);
  const own = { access, stateFolder: stateOf(by) };
  for (const [what, work, code] of [
    ['backup', async () => await world.backup({ destination, input: own }), 'done'],
    [
      'prune',
      async () => await pruneIn(world, { ...own, graceHours: GRACE_HOURS, fewestSmall: 2 }, { destination }),
      'done',
    ],
    ['backup of the former one', async () => await world.backup({ destination }), 'taken-over'],
    [
      'prune of the former one',
      async () => await pruneIn(world, { graceHours: GRACE_HOURS }, { destination }),
      'taken-over',
    ],
  ] as const) {
    if (!SOAK && what.startsWith('prune')) continue;
    const end = await caught(work());
    if (end !== code) found.push(`then the ${what} ends with ${end}`);
  }
  if (SOAK) await check('afterwards');
  return found;
}

/** Adopts, and backs up. */
async function takeOver(name: string, destination: Destination): Promise<Capability> {
  const access = await adoptBy(name, destination);
  await backupBy(name, access, destination);
  return access;
}

/** Runs the former computer's work beside an adoption. @param bursts calls in turn, the former one's first */
async function beside(bursts: readonly number[], work: (old: Destination) => Promise<unknown>, inFolder = false) {
  const turns = new Turns(bursts);
  const old = await lane(turns, 0, undefined, inFolder);
  const results = await turns.run([
    async () => await work(old.destination),
    async () => await takeOver('new', (await lane(turns, 1, undefined, inFolder)).destination),
  ]);
  const words = `${turns.calls[0]?.length ?? 0} calls of the former one: ${results.map(codeOf).join(', ')}`;
  return { calls: turns.calls, results, wrong: old.wrong, words };
}

const backUp = async (destination: Destination): Promise<unknown> => await world.backup({ destination });

/** Two runs, with the grace between them. */
async function collect(destination: Destination): Promise<void> {
  const [old = ''] = first.keys();
  meant.add(old);
  await forgetIn(world, { ids: [old] }, { destination });
  await pruneIn(world, { graceHours: GRACE_HOURS, fewestSmall: 2 }, { destination });
  pass(GRACE_HOURS + 1);
  await pruneIn(world, { graceHours: GRACE_HOURS, fewestSmall: 2 }, { destination });
}

test.each([['backs up', backUp], ...(SOAK ? ([['cleans up', collect]] as const) : [])] as const)(
  'taken over while it %s, at any call, the former computer stops, and nothing is lost',
  async (_, work) => {
    const ends = new Set<string>();
    const pauses = SOAK ? await everyCall(work) : [12];
    for (const n of pauses) {
      putBack();
      const { calls, results, wrong, words } = await beside([n], work);
      const what = `paused before call ${n}, ${calls[0]?.[n]}; ${words}`;
      ends.add(codeOf(results[0]));
      expect(wrong, what).toEqual([]);
      expect(results[1], what).not.toBeInstanceOf(Error);
      expect(await problems(results[1] as Capability), what).toEqual([]);
    }
    expect([...ends]).toContain('taken-over');
    expect([...ends].filter((end) => end !== 'taken-over' && end !== 'done')).toEqual([]);
  },
  3_600_000,
);

/** Numbers of the calls that the former computer makes where nobody takes over before it is done. */
async function everyCall(work: (old: Destination) => Promise<unknown>): Promise<number[]> {
  putBack();
  const { calls, results, words } = await beside([], work);
  expect(results.map(codeOf), words).toEqual(['done', 'done']);
  expect(calls[0]?.length).toBeGreaterThan(15);
  return (calls[0] ?? []).map((_, n) => n).slice(1);
}

test('in a folder that both reach the former computer is told why what it has half stored is gone', async () => {
  putBack();
  const { calls } = await beside([], backUp, true);
  const publish = (calls[0] ?? []).findIndex((call) => call.startsWith('publish'));
  putBack();
  const { results, words } = await beside([publish], backUp, true);
  expect(results.map(codeOf), words).toEqual(['taken-over', 'done']);
}, 600_000);

test.skipIf(!SOAK)(
  'killed at any call, the adoption is ended by the same call again, whoever writes meanwhile',
  async () => {
    putBack();
    const run = async (dieAt: number): Promise<string[]> => {
      const turns = new Turns([]);
      let made = 0;
      const { destination } = await lane(turns, 1, () => made++ === dieAt);
      await turns.run([async () => undefined, async () => await adoptBy('new', destination)]);
      return turns.calls[1] ?? [];
    };
    const calls = await run(Number.POSITIVE_INFINITY);
    expect(calls.filter((call) => /^(put|remove|clearSpool)/.test(call)).length).toBeGreaterThan(3);
    const ends = new Set<string>();
    for (let n = 0; n < calls.length; n++) {
      const what = `killed at call ${n}, ${calls[n]}`;
      putBack();
      await run(n);
      const destination = await RemoteFolder.open(world.repo);
      const end = await caught(backUp(destination));
      // What it stores by then is of before.
      if (end === 'done') for (const id of world.states.keys()) first.set(id, world.states.get(id) ?? new Map());
      ends.add(end);
      pass(500);
      const access = await takeOver('new', destination);
      expect(await problems(access), what).toEqual([]);
      for (const id of [...first.keys()].slice(2)) first.delete(id);
    }
    expect([...ends].sort()).toEqual(['done', 'taken-over']);
  },
  3_600_000,
);

test.skipIf(!SOAK)(
  'of two that take over at once, one writes',
  async () => {
    for (let seed = 0; seed < 200; seed++) {
      putBack();
      const roll = dice(`two adopt ${seed}`);
      const turns = new Turns(Array.from({ length: 40 }, () => 1 + Math.floor(roll() * 12)));
      const results = await turns.run([
        async () => await takeOver('second', (await lane(turns, 0)).destination),
        async () => await takeOver('new', (await lane(turns, 1)).destination),
      ]);
      const what = `seed ${seed}: ${results.map(codeOf).join(', ')}`;
      const won = results.findIndex((result) => !(result instanceof Error));
      // Where both stop, the owner's word names one of them: it goes on.
      const by = won === 0 ? 'second' : 'new';
      const access = won >= 0 ? (results[won] as Capability) : await takeOver(by, await RemoteFolder.open(world.repo));
      expect(await problems(access, by), what).toEqual([]);
      const other = by === 'new' ? 'second' : 'new';
      const end = won >= 0 ? results[1 - won] : null;
      if (end !== null && !(end instanceof Error)) {
        const again = await caught(backupBy(other, end as Capability, await RemoteFolder.open(world.repo)));
        expect(again, what).toBe('taken-over');
      }
    }
  },
  3_600_000,
);

test('of two that take over at once, the later one goes past what the other may still store', async () => {
  const race = async (bursts: readonly number[]) => {
    putBack();
    const turns = new Turns(bursts);
    const late = await lane(turns, 0);
    const results = await turns.run([
      async () => await takeOver('second', late.destination),
      async () => await takeOver('new', (await lane(turns, 1)).destination),
    ]);
    return { calls: turns.calls, results };
  };
  // The second one has read who writes, and not said yet that it does; meanwhile the other one takes over and backs up.
  const whole = (await race([1])).calls[1] ?? [];
  const claim = whole.findIndex((call) => call.startsWith('put repo'));
  const stores = whole.findIndex((call) => /^(put|publish) c\/.*\/s\//.test(call));
  expect(Math.min(claim, stores)).toBeGreaterThan(5);
  // Before it has said so itself, it takes over from the second one.
  const said = whole.findLastIndex((call) => call.startsWith('put repo')) + 1;
  const pauses = SOAK ? whole.map((_, n) => n).slice(said) : [stores];
  for (const n of pauses) {
    const { results } = await race([claim, n]);
    const what = `the other one paused before call ${n}, ${whole[n]}: ${results.map(codeOf).join(', ')}`;
    const [second, other] = results;
    expect(second, what).not.toBeInstanceOf(Error);
    const destination = await RemoteFolder.open(world.repo);
    const end =
      other instanceof Error ? codeOf(other) : await caught(backupBy('new', other as Capability, destination));
    expect(['taken-over', 'busy'], what).toContain(end);
    expect(await problems(second as Capability, 'second'), what).toEqual([]);
  }
}, 3_600_000);

/** The former computer’s last backup, and an adoption by a listing that is late about it. */
async function lateAdoption(late: LateListings): Promise<Capability> {
  const destination = late.over(await RemoteFolder.open(world.repo));
  // Whose own last look does not show what it has just put makes no snapshot.
  const backUpLate = async (work: Promise<unknown>): Promise<void> => {
    const end = await caught(work);
    if (end !== 'done') expect([end, late.wrong.length > 0]).toEqual(['object-missing', true]);
  };
  await backUpLate(world.backup({ destination }));
  const access = await adoptBy('new', destination);
  pass(1);
  late.settle();
  await backUpLate(backupBy('new', access, destination));
  return access;
}

test('a listing that is late about what the former computer has just stored takes nothing from what it shows', async () => {
  putBack();
  const counted = new LateListings();
  await lateAdoption(counted);
  const ways: Lateness[] = waysToBeLate(counted.chances);
  expect(ways.length).toBeGreaterThan(10);
  // The one whose listing is signed; by day it lacks a pack of the newest snapshot and the segment that names it.
  const signed = counted.chances.lastIndexOf(Math.max(...counted.chances));
  const some: Lateness[][] = SOAK ? ways.map((way) => [way]) : [];
  for (const about of SOAK ? [0, 1] : [0])
    some.push([0, 1, 2].filter((one) => one !== about).map((one) => ({ listing: signed, about: one })));
  for (const way of some) {
    putBack();
    const late = new LateListings(way);
    const access = await lateAdoption(late);
    const what = late.wrong.join('; ');
    expect(late.wrong.length, what).toBeGreaterThan(0);
    expect(await problems(access), what).toEqual([]);
  }
}, 3_600_000);
