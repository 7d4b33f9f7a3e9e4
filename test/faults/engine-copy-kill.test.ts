/**
 * Kills at chosen calls of a copy: each one that changes the file system. Both places stay whole, a new one is never
 * taken for a backup before all is there, and the next copy ends it. The long runs take every call three ways.
 */
import { cpSync, existsSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CopyInput } from '../../main/engine/api.ts';
import { flipFile } from '../support/engine.ts';
import { runVerb, type ChildResult, type Kill, type Step } from '../support/crash-child.ts';
import { nameOfFile, Several } from '../support/several.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
const WAYS = ['before', 'middle', 'after'] as const;

let world: Several;

beforeEach(async () => {
  world = await Several.make('a');
});

afterEach(() => world.end());

/** Counts the calls of a copy that nobody kills, then gives the kills to try. */
async function killsOf(input: CopyInput, match: string): Promise<{ counted: ChildResult; kills: Step[] }> {
  const never: Kill = { kind: 'step', step: { match, thread: 1, at: 0, when: 'before' } };
  const counted = await runVerb('copy', input, never);
  expect(counted.exitCode, counted.stderr + JSON.stringify(counted.lines.at(-1))).toBe(0);
  const all = counted.steps.flatMap((_, i) => WAYS.map((when): Step => ({ match, thread: 1, at: i + 1, when })));
  const every = SOAK ? 1 : Math.ceil(all.length / 9);
  return { counted, kills: all.filter((_, i) => i % every === 0 || i === all.length - 1) };
}

const inputOf = (more: Partial<CopyInput> = {}): CopyInput => ({
  from: [world.spec('a')],
  to: world.spec('b'),
  clients: 'all',
  ...more,
});

test.each(['new', 'lagging'] as const)(
  'a copy to a place that is %s',
  async (to) => {
    world.empty('lagging');
    await world.backup('a', ['lagging']);
    world.write('two', 2);
    await world.backup('a');
    const whole = world.contents('a');
    const reset = (): void => {
      rmSync(world.at('b'), { recursive: true, force: true });
      if (to === 'lagging') cpSync(world.at('lagging'), world.at('b'), { recursive: true });
    };
    reset();
    const { counted, kills } = await killsOf(inputOf(), world.at('b'));
    expect(counted.steps.length).toBeGreaterThan(20);
    let unfinished = 0;
    for (const step of kills) {
      const what = `${step.when} call ${step.at}: ${counted.steps[step.at - 1]}`;
      reset();
      const result = await runVerb('copy', inputOf(), { kind: 'step', step });
      // Two lanes do not always make their calls in the same order, nor as many.
      if (!result.killed) expect(result.exitCode, what).toBe(0);
      expect(world.contents('a'), what).toEqual(whole);
      if (['repo.json', 'repo.1.json', 'repo.2.json'].some((name) => existsSync(world.at('b', name)))) {
        const damage = (await world.damage('b')).filter((line) => !line.startsWith('repo'));
        expect(damage, what).toEqual([]);
        const newest = (await world.snapshots('b')).at(-1);
        expect(newest?.damage ?? null, what).toBeNull();
        if (to === 'new') expect((await world.snapshots('b')).length, what).toBe(2);
      } else unfinished++;
      await world.copy(['a'], 'b');
      expect(world.contents('b'), what).toEqual(whole);
      // Rests of a put of repo.json are cleared when they are a day old.
      expect(
        world.spool('b').filter((file) => !file.includes('/tmp/shared/')),
        what,
      ).toEqual([]);
    }
    expect(await world.problems('b', 3)).toEqual([]);
    if (to === 'new') expect(unfinished).toBeGreaterThan(3);
    else expect(unfinished).toBe(0);
  },
  600_000,
);

test('healing: the damaged bytes are there until the whole ones are', async () => {
  world.empty('b');
  await world.backup('a', ['b']);
  const pack = world.objects('b', 'p')[0] ?? '';
  const input = inputOf({ clients: [], heal: [nameOfFile(pack)] });
  flipFile(pack);
  const { counted, kills } = await killsOf(input, world.at('b'));
  for (const step of kills) {
    const what = `${step.when} call ${step.at}: ${counted.steps[step.at - 1]}`;
    flipFile(pack);
    await runVerb('copy', input, { kind: 'step', step });
    expect(existsSync(pack), what).toBe(true);
    const { healed } = await world.copy(['a'], 'b', { clients: [], heal: [nameOfFile(pack)] });
    expect(healed, what).toEqual([nameOfFile(pack)]);
    expect(world.contents('b'), what).toEqual(world.contents('a'));
  }
}, 600_000);
