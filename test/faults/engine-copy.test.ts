/** A copy between destinations that fail at each call once, or read wrongly: nothing is lost, and the next one ends it. */
import { cpSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import { RunControl } from '../../main/engine/control.ts';
import { copyBetween } from '../../main/engine/copy.ts';
import { HoldfastError } from '../../main/errors.ts';
import { atCall, FaultyDestination, type Call, type Fault, type FaultPlan } from '../support/destination-faulty.ts';
import { Several } from '../support/several.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
/** The long runs take every call; the daily ones every seventh. */
const STEP = SOAK ? 1 : 7;

let world: Several;

beforeAll(async () => {
  world = await Several.make('a');
  world.empty('lagging');
  await world.backup('a', ['lagging']);
  for (const seed of ['two', 'three']) {
    world.write(seed, 1);
    await world.backup('a');
  }
  cpSync(world.at('lagging'), world.at('template'), { recursive: true });
});

afterAll(() => world.end());

function reset(to: 'new' | 'lagging'): void {
  rmSync(world.at('b'), { recursive: true, force: true });
  if (to === 'lagging') cpSync(world.at('template'), world.at('b'), { recursive: true });
}

interface Case {
  calls: Call[];
  faults: number;
  error: HoldfastError | null;
}

/** One copy under a plan at one of its ends; whatever comes of it, `b` must be harmless and the next copy end it. */
async function survive(to: 'new' | 'lagging', end: 'from' | 'to', plan: FaultPlan, what: string): Promise<Case> {
  reset(to);
  const ends = { from: await LocalDestination.open(world.at('a')), to: await LocalDestination.open(world.at('b')) };
  const faulty = new FaultyDestination(ends[end], plan);
  const input = { from: [], to: world.spec('b'), clients: 'all' as const };
  const context = { control: new RunControl(), emit: () => undefined };
  const outcome: Case = { calls: faulty.calls, faults: 0, error: null };
  try {
    const from = end === 'from' ? faulty : ends.from;
    await copyBetween([{ destination: from }], end === 'to' ? faulty : ends.to, input, context);
  } catch (error) {
    expect(error, what).toBeInstanceOf(HoldfastError);
    if (error instanceof HoldfastError) outcome.error = error;
    expect(outcome.error?.code, `${what}: ${outcome.error?.detail}`).not.toBe('internal');
  }
  outcome.faults = faulty.faults;
  // What is there may be used as it is: a whole backup, or none yet.
  if (existsSync(world.at('b', 'repo.json'))) {
    expect(await world.damage('b'), what).toEqual([]);
    const some = (await world.snapshots('b'))[faulty.calls.length % 2];
    if (some !== undefined) expect(await world.restoreProblems('b', some.id), what).toEqual([]);
  }
  const next = await world.copy(['a'], 'b');
  expect(next, what).toMatchObject({ complete: true, damaged: [], missing: [] });
  expect(world.contents('b'), what).toEqual(world.contents('a'));
  expect(world.spool('b'), what).toEqual([]);
  return outcome;
}

async function everyCall(
  to: 'new' | 'lagging',
  end: 'from' | 'to',
  fault: Fault,
  concerns: (call: Call) => boolean = () => true,
): Promise<Case[]> {
  const cases: Case[] = [];
  for (let number = 1; ; number += STEP) {
    let seen = 0;
    const rule = (call: Call): Fault | null => (concerns(call) && ++seen === number ? fault : null);
    const outcome = await survive(to, end, { rule }, `${fault} at call ${number} of ${end}, ${to}`);
    if (outcome.faults === 0) return cases;
    cases.push(outcome);
  }
}

describe.each(['new', 'lagging'] as const)('a copy to a place that is %s', (to) => {
  test.each([
    ['from', 'fail-before'],
    ['to', 'fail-before'],
    ['from', 'fail-after'],
    ['to', 'fail-after'],
  ] as const)(
    'of which a call fails at one end (%s: %s), each one once',
    async (end, fault) => {
      const cases = await everyCall(to, end, fault);
      expect(cases.length * STEP).toBeGreaterThan(10);
      expect(cases.some(({ error }) => error !== null)).toBe(true);
    },
    300_000,
  );

  test.each(['short-read', 'corrupt'] as const)(
    'that reads wrong bytes once (%s)',
    async (fault) => {
      const cases = await everyCall(
        to,
        'from',
        fault,
        ({ operation, name }) => operation.startsWith('get') && name !== '',
      );
      // What was read wrongly is read again: nothing of it arrives, and nothing is called damaged.
      expect(cases.length * STEP).toBeGreaterThan(5);
    },
    300_000,
  );

  test('a place that goes away, and one that fills up', async () => {
    for (let number = 3; number < 40; number += SOAK ? 1 : 9) {
      const { error, faults } = await survive(to, 'to', { rule: atCall(number, 'vanish') }, `vanish at ${number}`);
      if (faults > 0) expect(['destination-missing', undefined]).toContain(error?.code);
    }
    for (const bytes of [0, 400_000]) {
      const { error } = await survive(to, 'to', { fullAfterBytes: bytes }, `full after ${bytes}`);
      expect(error?.code).toBe('destination-full');
    }
  }, 300_000);
});

test('what an interrupted copy has brought is not brought again', async () => {
  reset('new');
  const from = new FaultyDestination(await LocalDestination.open(world.at('a')));
  let published = 0;
  const plan: FaultPlan = {
    rule: ({ operation, name }) =>
      operation === 'publish' && name.includes('/p/') && ++published === 4 ? 'vanish' : null,
  };
  const to = new FaultyDestination(await LocalDestination.open(world.at('b')), plan);
  const input = { from: [], to: world.spec('b'), clients: 'all' as const };
  const context = { control: new RunControl(), emit: () => undefined };
  await expect(copyBetween([{ destination: from }], to, input, context)).rejects.toThrow(HoldfastError);
  const there = new Set(world.contents('b').keys());
  expect([...there].filter((name) => name.includes('/p/')).length).toBeGreaterThan(0);
  expect(existsSync(world.at('b', 'repo.json'))).toBe(false);
  const second = new FaultyDestination(await LocalDestination.open(world.at('a')));
  await copyBetween([{ destination: second }], await LocalDestination.open(world.at('b')), input, context);
  const reads = second.calls.filter(({ operation }) => operation === 'getRange').map(({ name }) => path.basename(name));
  for (const name of there) expect(reads).not.toContain(path.basename(name));
  expect(reads.length).toBeGreaterThan(0);
  expect(world.contents('b')).toEqual(world.contents('a'));
});
