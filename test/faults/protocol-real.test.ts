/**
 * The rules that test/unit/protocol-explorer.test.ts follows in a model, with the real verbs: two runs take turns at every
 * call of the storage. Two computers with one identity have no lock in common, so the lock lets both in here.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import { toHoldfastError } from '../../main/errors.ts';
import { expectOnly, forgetIn, objectsIn, problemsOf, pruneIn, rewrite } from '../support/collect-world.ts';
import { dice, KIB, World } from '../support/crash-world.ts';
import { inTurns, Turns } from '../support/protocol/turns.ts';

vi.mock('../../main/engine/repository/local-lock.ts', () => ({
  takeLocalLock: async () => ({ release: async () => undefined }),
}));

/** Whether the state folders are of machines that have names of their own. */
const machines = vi.hoisted(() => ({ differ: false }));

vi.mock('../../main/engine/machine-id.ts', () => ({
  machineId: async (stateFolder: string) => (machines.differ ? stateFolder : 'one'),
}));

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
const HOUR_MS = 3_600_000;
const GRACE_HOURS = 72;

let world: World;
let twin: string;

beforeEach(async () => {
  world = await World.make({ packBytes: 128 * KIB, bytes: 0 });
  rmSync(world.sources, { recursive: true });
  twin = path.join(world.folder, 'twin');
  for (const seed of ['0', '1']) {
    rewrite(world, seed);
    await world.backup();
  }
  rmSync(world.sources, { recursive: true });
  rewrite(world, '0');
  cpSync(world.state, twin, { recursive: true });
  cpSync(world.repo, path.join(world.folder, 'kept repo'), { recursive: true });
  cpSync(world.state, path.join(world.folder, 'kept state'), { recursive: true });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});

afterEach(() => {
  vi.useRealTimers();
  machines.differ = false;
  world.end();
});

/** Everything is as it was before a schedule was tried; snapshots that it made are nobody's any more. */
function putBack(first: typeof world.states): void {
  for (const [name, to] of [
    ['kept repo', world.repo],
    ['kept state', world.state],
    ['kept state', twin],
  ] as const) {
    rmSync(to, { recursive: true });
    mkdirSync(to, { recursive: true });
    cpSync(path.join(world.folder, name), to, { recursive: true });
  }
  world.states.clear();
  for (const [id, state] of first) world.states.set(id, state);
}

const pass = (hours: number): void => void vi.setSystemTime(Date.now() + hours * HOUR_MS);

/** Storage of one lane. */
const lane = async (turns: Turns, number: number, dies = (_: string): boolean => false) =>
  inTurns(await LocalDestination.open(world.repo), {
    before: async (call) => {
      await turns.turn(number, call);
      if (dies(call)) throw new Error('the process is gone');
    },
  });

/** A clean-up in two runs, with the grace between them. */
async function collect(turns: Turns, number: number): Promise<void> {
  const destination = await lane(turns, number);
  await forgetIn(world, { policy: { last: 1 } }, { destination });
  await pruneIn(world, { graceHours: GRACE_HOURS }, { destination });
  pass(GRACE_HOURS + 1);
  await pruneIn(world, { graceHours: GRACE_HOURS }, { destination });
}

/** Runs a backup of the twin beside a clean-up of this computer. @returns calls of the backup, and its result */
async function besideCollection(bursts: readonly number[]): Promise<{ calls: string[]; results: unknown[] }> {
  const turns = new Turns(bursts);
  const results = await turns.run([
    async () => await world.backup({ destination: await lane(turns, 0), input: { stateFolder: twin } }),
    async () => await collect(turns, 1),
  ]);
  return { calls: turns.calls[0] ?? [], results };
}

/** Every snapshot that is there gives back what was backed up, and every one that nobody forgot is there. */
async function problems(): Promise<string[]> {
  const there = (await world.snapshots()).map(({ id }) => id);
  const lost = [...world.states.keys()].slice(2).filter((id) => !there.includes(id));
  const found = lost.map((id) => `${id} is gone`);
  for (const { id } of await world.snapshots()) if (!world.states.has(id)) found.push(`${id} is nobody's`);
  expectOnly(world, there);
  return [...found, ...(await problemsOf(world))];
}

const explain = (results: readonly unknown[]): string =>
  results.map((result) => (result instanceof Error ? toHoldfastError(result).code : 'done')).join(', ');

test('a backup that is paused for weeks at any call, while the same computer’s twin cleans up, breaks no snapshot', async () => {
  const first = new Map(world.states);
  const counted = await besideCollection([]);
  expect(counted.results[0]).toMatchObject({ partial: false });
  const calls = counted.calls.length;
  expect(calls).toBeGreaterThan(15);
  const ends = { done: 0, refused: 0 };
  for (let n = 1; n < calls; n += SOAK ? 1 : 14) {
    putBack(first);
    // Two machines of one name: what goes on between the last look at the clock and the put is beyond any rule.
    if (counted.calls[n]?.includes('/s/') === true) continue;
    const { results } = await besideCollection([n]);
    const words = `pause before call ${n}, ${counted.calls[n]}: ${explain(results)}`;
    expect(await problems(), words).toEqual([]);
    if (results[0] instanceof Error) ends.refused++;
    else ends.done++;
  }
  expect(ends.done + ends.refused).toBeGreaterThan(1);
}, 600_000);

test('weeks between the last look and the put: the marker of a copied computer keeps all, and without it the loss is found', async () => {
  const first = new Map(world.states);
  const { calls } = await besideCollection([]);
  const before = calls.findIndex((call) => call.startsWith('put') && call.includes('/s/'));
  expect(before).toBeGreaterThan(0);
  putBack(first);
  machines.differ = true;
  const marked = await besideCollection([before]);
  expect(explain(marked.results)).toBe('done, cloned-computer');
  expect(await problems()).toEqual([]);
  putBack(first);
  machines.differ = false;
  const unmarked = await besideCollection([before]);
  expect(explain(unmarked.results)).toBe('done, done');
  expect((await world.damage(1)).length).toBeGreaterThan(0);
}, 600_000);

test('nor does any way for both to take turns', async () => {
  const first = new Map(world.states);
  for (let seed = 0; seed < (SOAK ? 200 : 1); seed++) {
    putBack(first);
    const roll = dice(`turns ${seed}`);
    // Short turns; the clock is moved by the clean-up, whenever it comes to that.
    const bursts = Array.from({ length: 40 }, () => 1 + Math.floor(roll() * 12));
    const { results, calls } = await besideCollection(bursts);
    expect(calls.length).toBeGreaterThan(1);
    expect(await problems(), `seed ${seed}: ${explain(results)}`).toEqual([]);
  }
}, 600_000);

test('a crash of a clean-up at any call, and a run of everything after it, breaks no snapshot', async () => {
  const first = new Map(world.states);
  expect(objectsIn(world, 's').length).toBe(2);
  const run = async (dieAt: number): Promise<string[]> => {
    let made = 0;
    const turns = new Turns([]);
    const destination = await lane(turns, 0, () => ++made > dieAt);
    const [result] = await turns.run([
      async () => {
        await forgetIn(world, { policy: { last: 1 } }, { destination });
        await pruneIn(world, {}, { destination });
      },
      async () => undefined,
    ]);
    if (dieAt === Number.POSITIVE_INFINITY) expect(result, explain([result])).toBeUndefined();
    return turns.calls[0] ?? [];
  };
  const calls = await run(Number.POSITIVE_INFINITY);
  expect(calls.length).toBeGreaterThan(15);
  for (let n = 1; n < calls.length; n += SOAK ? 1 : 25) {
    putBack(first);
    await run(n);
    const words = `crash at call ${n}, ${calls[n]}`;
    await world.backup();
    expect(await problems(), words).toEqual([]);
    await forgetIn(world, { policy: { last: 1 } });
    await pruneIn(world);
    expect(await problems(), words).toEqual([]);
  }
}, 600_000);
