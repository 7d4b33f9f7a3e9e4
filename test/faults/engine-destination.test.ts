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

/** At the end of a run: its own marker, and the spool. What cannot be removed is left to the next run. */
const mayFail = ({ operation, name }: Call): boolean =>
  operation === 'clearSpool' || (operation === 'remove' && name.includes('/x/'));

type Which = (call: Call) => boolean;
const publishes: Which = ({ operation }) => operation === 'publish';
const inRoom =
  (operation: Call['operation'], room: 'i' | 's' | 'p'): Which =>
  (call) =>
    call.operation === operation && call.name.includes(`/${room}/`);

/**
 * Which calls meet a fault, from 1: in the long runs each, for as long as the caller asks; in the daily ones the first of
 * each kind that is named, those that decide.
 */
function* numbers(daily: readonly Which[], concerns: Which = () => true): Generator<number> {
  const concerned = calls.filter(concerns);
  if (SOAK) for (let number = 1; ; number++) yield number;
  for (const kind of daily) {
    const at = concerned.findIndex(kind);
    expect(at).toBeGreaterThanOrEqual(0);
    yield at + 1;
  }
}

/** Runs a case for each call that is concerned, until a run is over before its call comes. */
async function everyCall(fault: Fault, daily: readonly Which[], concerns?: Which): Promise<(Case & { call: Call })[]> {
  const cases: (Case & { call: Call })[] = [];
  for (const number of numbers(daily, concerns)) {
    reset();
    let seen = 0;
    let hit: Call | null = null;
    const rule = (call: Call): Fault | null => {
      if (concerns?.(call) === false || ++seen !== number) return null;
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
  ['fail-before', [publishes, inRoom('put', 's')]],
  ['fail-after', [publishes, inRoom('put', 'i')]],
] as const)(
  'a call that fails (%s), each one once',
  async (fault, daily) => {
    const cases = await everyCall(fault, daily);
    expect(cases.length).toBeGreaterThanOrEqual(SOAK ? 26 : daily.length);
    expect(new Set(cases.map(({ call }) => call.operation)).size).toBeGreaterThan(1);
    const succeeded = cases.filter(({ error }) => error === null).map(({ call }) => call);
    expect(succeeded.filter((call) => !mayFail(call))).toEqual([]);
    expect(succeeded.length).toBeLessThanOrEqual(2);
  },
  300_000,
);

test.each([
  ['short-read', [inRoom('getRange', 'p')]],
  ['corrupt', [inRoom('get', 'i')]],
] as const)(
  'a read that gives wrong bytes (%s), each one once',
  async (fault, daily) => {
    const reads: Which = ({ operation }) => operation === 'get' || operation === 'getRange';
    expect((await everyCall(fault, daily, reads)).length).toBeGreaterThanOrEqual(SOAK ? 9 : daily.length);
  },
  300_000,
);

test('a destination that goes away, at chosen calls', async () => {
  let cases = 0;
  for (const number of numbers([() => true, publishes])) {
    // The long runs have each of these calls fail in the tests above.
    if (SOAK && number % 3 !== 1) continue;
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
