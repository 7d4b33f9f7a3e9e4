/** A whole backup against a destination that fails at each call once, reads wrongly, fills up, or goes away. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BackupOutput } from '../../main/engine/api.ts';
import { HoldfastError } from '../../main/errors.ts';
import { faultyAt, type FaultyLocal } from '../support/crash-faulty.ts';
import { KIB, World } from '../support/crash-world.ts';
import { atCall, type Call, type Fault, type FaultPlan } from '../support/destination-faulty.ts';

let world: World;
/** The repository and the computer's own folder, as each case finds them. */
let template: string;
/** Snapshots in it. */
let earlier: string[];
/** What a run asks of the storage when nothing fails. */
let calls: Call[];

beforeAll(async () => {
  world = await World.make({ packBytes: 256 * KIB, bytes: 1024 * KIB });
  await world.backup();
  world.change('second');
  await world.backup();
  // What a run that died left behind: packs that no segment names, and files in the spool.
  world.change('third');
  const dying = await faultyAt(world.repo, { rule: (call) => (isSegment(call) ? 'fail-before' : null) });
  await expect(world.backup({ destination: dying })).rejects.toThrow(HoldfastError);
  expect((await world.stored()).unindexed).toBeGreaterThan(0);
  const spool = await dying.spoolFolder(await clientId());
  mkdirSync(spool, { recursive: true });
  writeFileSync(path.join(spool, '00.pack'), 'left behind');
  world.change('fourth');
  earlier = [...world.states.keys()];
  template = path.join(world.folder, 'template');
  mkdirSync(template);
  cpSync(world.repo, path.join(template, 'repo'), { recursive: true });
  cpSync(world.state, path.join(template, 'state'), { recursive: true });
  const destination = await faultyAt(world.repo, { rule: () => null });
  await world.backup({ destination });
  calls = [...destination.calls];
});

afterAll(() => world.end());

beforeEach(reset);

function reset(): void {
  for (const id of world.states.keys()) if (!earlier.includes(id)) world.states.delete(id);
  for (const name of ['repo', 'state']) {
    rmSync(path.join(world.folder, name), { recursive: true, force: true });
    cpSync(path.join(template, name), path.join(world.folder, name), { recursive: true });
  }
}

const isSegment = (call: Call): boolean => call.operation === 'put' && call.name.includes('/i/');

async function clientId(): Promise<string> {
  return (await world.snapshots())[0]?.clientId ?? '';
}

interface Case {
  destination: FaultyLocal;
  output: BackupOutput | null;
  error: HoldfastError | null;
}

/** One run under a plan; whatever comes of it, nothing may be lost and the next run must succeed. */
async function survive(plan: FaultPlan, what: string): Promise<Case> {
  const destination = await faultyAt(world.repo, plan);
  const outcome: Case = { destination, output: null, error: null };
  try {
    outcome.output = await world.backup({ destination });
  } catch (error) {
    expect(error, what).toBeInstanceOf(HoldfastError);
    if (error instanceof HoldfastError) outcome.error = error;
  }
  if (outcome.error !== null) {
    expect(outcome.error.code, `${what}: ${outcome.error.detail}`).not.toBe('internal');
    expect(outcome.error.message.length, what).toBeGreaterThan(10);
    expect(outcome.error.guidance.length, what).toBeGreaterThan(10);
  }
  expect(await world.damage(), `${what}: verify afterwards`).toEqual([]);
  expect(await world.takeStock(), what).toEqual([]);
  const some = earlier[destination.calls.length % earlier.length];
  if (some !== undefined) expect(await world.restoreProblems(some), `${what}: an earlier snapshot`).toEqual([]);
  // The next run, on a disk that works again.
  const next = await world.backup();
  expect(await world.restoreProblems(next.snapshotId), `${what}: the next run`).toEqual([]);
  expect(await world.damage(), `${what}: after the next run`).toEqual([]);
  expect(world.spool(), what).toEqual([]);
  const { twice, unindexed } = await world.stored();
  expect({ twice, unindexed }, what).toEqual({ twice: [], unindexed: 0 });
  return outcome;
}

const SOAK = process.env['HOLDFAST_SOAK'] === '1';

/** The long runs take every call; the daily ones some, each kind of fault others. */
const STEP = SOAK ? 1 : 17;

/** At the end of a run: its own marker, and the spool. What cannot be removed is left to the next run. */
const mayFail = ({ operation, name }: Call): boolean =>
  operation === 'clearSpool' || (operation === 'remove' && name.includes('/x/'));

/**
 * Runs a case for each call that is concerned, from `first` on: in the long runs until a run is over before its call comes,
 * which a fault may put off; in the daily ones as far as a run without faults goes.
 */
async function everyCall(
  fault: Fault,
  first: number,
  concerns: (call: Call) => boolean = () => true,
): Promise<(Case & { call: Call })[]> {
  const cases: (Case & { call: Call })[] = [];
  const last = SOAK ? Infinity : calls.filter(concerns).length;
  for (let number = Math.min(first, STEP); number <= last; number += STEP) {
    reset();
    let seen = 0;
    let hit: Call | null = null;
    const rule = (call: Call): Fault | null => {
      if (!concerns(call) || ++seen !== number) return null;
      hit = call;
      return fault;
    };
    const outcome = await survive({ rule }, `${fault} at call ${number}`);
    if (hit === null) break;
    cases.push({ ...outcome, call: hit });
  }
  return cases;
}

test.each([
  ['fail-before', 1],
  ['fail-after', 2],
] as const)(
  'a call that fails (%s), each one once',
  async (fault, first) => {
    const cases = await everyCall(fault, first);
    expect(cases.length * STEP).toBeGreaterThan(25);
    expect(new Set(cases.map(({ call }) => call.operation)).size).toBeGreaterThan(1);
    const succeeded = cases.filter(({ error }) => error === null).map(({ call }) => call);
    expect(succeeded.filter((call) => !mayFail(call))).toEqual([]);
    expect(succeeded.length).toBeLessThanOrEqual(2);
  },
  300_000,
);

test.each([
  ['short-read', 3],
  ['corrupt', 2],
] as const)(
  'a read that gives wrong bytes (%s), each one once',
  async (fault, first) => {
    const cases = await everyCall(fault, first, ({ operation }) => operation === 'get' || operation === 'getRange');
    expect(cases.length * STEP).toBeGreaterThan(8);
  },
  300_000,
);

test('a destination that goes away, at chosen calls', async () => {
  let cases = 0;
  const last = SOAK ? Infinity : calls.length;
  for (let number = 1; number <= last; number += STEP + 2) {
    reset();
    const { destination, error } = await survive({ rule: atCall(number, 'vanish') }, `vanish at call ${number}`);
    if (destination.faults === 0) break;
    cases++;
    const call = destination.calls[number - 1];
    if (call === undefined || !mayFail(call)) expect(error?.code, `call ${number}`).toBe('destination-missing');
  }
  expect(cases).toBeGreaterThan(1);
}, 300_000);

test('a destination that fills up, right away and after parts of what the run stores', async () => {
  const { storedBytes } = await world.backup();
  for (const part of SOAK ? [0, 0.1, 0.3, 0.6, 0.9] : [0, 0.6]) {
    reset();
    const { error } = await survive({ fullAfterBytes: storedBytes * part }, `full after ${part}`);
    expect(error?.code, `full after ${part}`).toBe('destination-full');
  }
}, 300_000);
