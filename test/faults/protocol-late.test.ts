/**
 * The worlds `late` and `twin` of test/unit/protocol-explorer.test.ts with the real verbs: at a place behind a line, each
 * listing in turn is late about each change that was made since the last pause, or about all of them.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { closeSnapshot } from '../../main/engine/repository/open-trees.ts';
import { toHoldfastError } from '../../main/errors.ts';
import { forgetIn, problemsOf, pruneIn, rewrite } from '../support/collect-world.ts';
import { dice, fingerprint, KIB, World } from '../support/crash-world.ts';
import { LateListings, waysToBeLate, type Lateness } from '../support/protocol/late.ts';
import { inTurns, Turns } from '../support/protocol/turns.ts';
import { RemoteFolder } from '../support/remote-folder.ts';

// Two computers with one identity have no lock in common.
vi.mock('../../main/engine/repository/local-lock.ts', () => ({
  takeLocalLock: async () => ({ release: async () => undefined }),
}));

vi.mock('../../main/engine/machine-id.ts', () => ({ machineId: async () => 'one' }));

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
const HOUR_MS = 3_600_000;
const GRACE_HOURS = 72;

let world: World;
let twin: string;
let first: World['states'];
/** Snapshots that a clean-up was told to forget: they may be there or not. */
let meant: Set<string>;

beforeEach(async () => {
  world = await World.make({ packBytes: 128 * KIB, bytes: 0 });
  rmSync(world.sources, { recursive: true });
  twin = path.join(world.folder, 'twin');
  for (const seed of ['0', '1']) {
    rewrite(world, seed);
    await world.backup();
  }
  for (const [from, to] of KEPT()) cpSync(from, to, { recursive: true });
  first = new Map(world.states);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});

afterEach(async () => {
  vi.useRealTimers();
  await closeSnapshot();
  world.end();
});

const KEPT = (): [string, string][] =>
  [world.repo, world.state, world.sources].map((folder) => [folder, `${folder} kept`]);

/** Everything is as it was before a schedule was tried. */
function putBack(): void {
  for (const [to, from] of KEPT()) {
    rmSync(to, { recursive: true });
    cpSync(from, to, { recursive: true });
  }
  rmSync(twin, { recursive: true, force: true });
  mkdirSync(twin);
  cpSync(world.state, twin, { recursive: true });
  world.states.clear();
  for (const [id, state] of first) world.states.set(id, state);
  meant = new Set();
}

const pass = (hours: number): void => void vi.setSystemTime(Date.now() + hours * HOUR_MS);

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'done',
    (error: unknown) => toHoldfastError(error).code,
  );

/** The newest complete one is never meant. */
function forgetOld(): void {
  for (const id of [...world.states.keys()].slice(0, -1)) meant.add(id);
}

/** A backup that failed may have been committed all the same. */
async function takeStock(): Promise<void> {
  for (const { id } of await world.snapshots())
    if (!world.states.has(id)) world.states.set(id, fingerprint(world.sources));
}

/** One computer's days at a place whose listings are late. @returns how each verb ended */
async function life(late: LateListings): Promise<string[]> {
  const destination = late.over(await RemoteFolder.open(world.repo));
  const ends: string[] = [];
  const backup = async (seed: string): Promise<void> => {
    rmSync(world.sources, { recursive: true });
    rewrite(world, seed);
    ends.push(`backup ${await codeOf(world.backup({ destination }))}`);
    await takeStock();
  };
  const collect = async (): Promise<void> => {
    ends.push(`prune ${await codeOf(pruneIn(world, { graceHours: GRACE_HOURS, fewestSmall: 2 }, { destination }))}`);
  };
  await backup('2');
  forgetOld();
  ends.push(`forget ${await codeOf(forgetIn(world, { policy: { last: 1 } }, { destination }))}`);
  await collect();
  // What was forgotten is wanted again, while its packs are doomed.
  await backup('0');
  pass(GRACE_HOURS + 1);
  late.settle();
  await collect();
  await backup('1');
  return ends;
}

/** What is wrong when every listing is right again: also that a computer by itself is kept from its work. */
async function problems(): Promise<string[]> {
  const found: string[] = [];
  const there = new Set((await world.snapshots()).map(({ id }) => id));
  for (const id of [...world.states.keys()]) {
    if (there.has(id)) continue;
    if (!meant.has(id)) found.push(`${id} is gone`);
    world.states.delete(id);
  }
  found.push(...(await problemsOf(world)));
  pass(GRACE_HOURS + 1);
  const destination = await RemoteFolder.open(world.repo);
  for (const [what, work] of [
    ['backup', async () => await world.backup({ destination })],
    ['prune', async () => await pruneIn(world, { graceHours: GRACE_HOURS }, { destination })],
  ] as const) {
    const code = await codeOf(work());
    if (code !== 'done') found.push(`the next ${what} ends with ${code}`);
  }
  return SOAK ? [...found, ...(await problemsOf(world))] : found;
}

const told = (late: LateListings, ends: readonly string[]): string => `${late.wrong.join('; ')}: ${ends.join(', ')}`;

/** By day one way only: while what was forgotten is wanted again, the index does not show that its packs are doomed. */
const DAILY: Lateness[] = [{ listing: 5, about: 'all' }];

async function everyWay(): Promise<Lateness[]> {
  putBack();
  const counted = new LateListings();
  const ends = await life(counted);
  expect(
    ends.every((end) => end.endsWith('done')),
    ends.join(', '),
  ).toBe(true);
  const ways = waysToBeLate(counted.chances);
  expect(ways.length).toBeGreaterThan(50);
  return ways;
}

test('one computer at a place whose listings are late loses nothing, and is not kept from its work', async () => {
  for (const way of SOAK ? await everyWay() : DAILY) {
    putBack();
    const late = new LateListings([way]);
    const ends = await life(late);
    expect(late.wrong.length, told(late, ends)).toBeGreaterThan(0);
    expect(ends.join(), told(late, ends)).not.toContain('internal');
    expect(await problems(), told(late, ends)).toEqual([]);
  }
}, 3_600_000);

test.skipIf(!SOAK)(
  'two of one identity that take turns, beside late listings, lose nothing',
  async () => {
    for (let seed = 0; seed < 100; seed++) {
      putBack();
      const roll = dice(`late turns ${seed}`);
      const late = new LateListings(
        Array.from({ length: 2 }, () => ({
          listing: Math.floor(roll() * 14),
          about: roll() < 0.3 ? 'all' : Math.floor(roll() * 4),
        })),
      );
      const turns = new Turns(Array.from({ length: 40 }, () => 1 + Math.floor(roll() * 12)));
      const lane = async (number: number) =>
        inTurns(late.over(await RemoteFolder.open(world.repo)), {
          before: async (call) => await turns.turn(number, call),
        });
      rmSync(world.sources, { recursive: true });
      rewrite(world, '0');
      const results = await turns.run([
        async () => await world.backup({ destination: await lane(0), input: { stateFolder: twin } }),
        async () => {
          const destination = await lane(1);
          // The twin's snapshot may be the newest by then.
          for (const id of world.states.keys()) meant.add(id);
          await forgetIn(world, { policy: { last: 1 } }, { destination });
          await pruneIn(world, { graceHours: GRACE_HOURS, fewestSmall: 2 }, { destination });
          pass(GRACE_HOURS + 1);
          late.settle();
          await pruneIn(world, { graceHours: GRACE_HOURS }, { destination });
        },
      ]);
      await takeStock();
      const ends = results.map((result) => (result instanceof Error ? toHoldfastError(result).code : 'done'));
      expect(ends.join(), told(late, ends)).not.toContain('internal');
      const there = new Set((await world.snapshots()).map(({ id }) => id));
      expect(there.size, told(late, ends)).toBeGreaterThan(0);
      const lost = [...world.states.keys()].filter((id) => !there.has(id));
      expect(
        lost.filter((id) => !meant.has(id)),
        told(late, ends),
      ).toEqual([]);
      for (const id of lost) world.states.delete(id);
      expect(await problemsOf(world), `seed ${seed}, ${told(late, ends)}`).toEqual([]);
    }
  },
  3_600_000,
);
