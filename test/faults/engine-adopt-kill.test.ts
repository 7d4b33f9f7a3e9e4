/**
 * Kills while a computer takes over from another, at calls that change the file system, those of its own folder too.
 * Whatever came of it, the same call again ends it, nothing that was backed up is lost, and the former one stops. The long
 * run takes every call three ways, the daily one two.
 */
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adopt } from '../../main/engine/adopt.ts';
import type { AdoptInput } from '../../main/engine/api.ts';
import { toHoldfastError } from '../../main/errors.ts';
import { runVerb, type Step } from '../support/crash-child.ts';
import { KIB, World } from '../support/crash-world.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
const WAYS = ['before', 'middle', 'after'] as const;

let world: World;
beforeEach(async () => {
  world = await World.make({ packBytes: 256 * KIB, bytes: 100 * KIB });
  await world.backup();
  for (const folder of [world.repo, world.state]) cpSync(folder, `${folder} kept`, { recursive: true });
});
afterEach(() => world.end());

const stateFolder = (): string => path.join(world.folder, 'new');

function putBack(): void {
  for (const folder of [world.repo, world.state]) {
    rmSync(folder, { recursive: true });
    cpSync(`${folder} kept`, folder, { recursive: true });
  }
  rmSync(stateFolder(), { recursive: true, force: true });
}

/** `done`, or the code of the failure. */
const ending = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'done',
    (error: unknown) => toHoldfastError(error).code,
  );

test('a kill while a computer takes over leaves the domain to the former one, or the same call again ends it', async () => {
  const clientId = (await world.snapshots())[0]?.clientId ?? '';
  const input: AdoptInput = {
    destination: world.destination,
    rootKey: world.rootKey,
    clientId,
    stateFolder: stateFolder(),
  };
  const match = `${world.folder}/(repo|new)/`;
  const counted = await runVerb('adopt', input, { kind: 'step', step: { match, thread: 1, at: 0, when: 'before' } });
  expect(counted.exitCode, counted.stderr).toBe(0);
  expect(counted.steps.join('\n')).toMatch(/new\/[^]*repo[.]json[^]*\/domain/);
  const all = counted.steps.flatMap((_, i) => WAYS.map((when): Step => ({ match, thread: 1, at: i + 1, when })));
  // By day just before the owner's word is there, and just after it.
  const word = counted.steps.findIndex((step) => /rename .*repo[^/]*json/.test(step)) + 1;
  const daily = ({ at, when }: Step): boolean => at === word && when !== 'middle';
  const ends = new Set<string>();
  const some = SOAK ? all : all.filter(daily);
  expect(some.length).toBeGreaterThan(1);
  for (const step of some) {
    const what = `${step.when} call ${step.at}: ${counted.steps[step.at - 1]}`;
    putBack();
    const result = await runVerb('adopt', input, { kind: 'step', step });
    // After a folder that is there already is made there is no kill.
    if (!result.killed) expect(result.exitCode, what).toBe(0);
    expect((await world.snapshots()).length, what).toBe(1);
    const end = await ending(world.backup());
    ends.add(end);
    const made = await adopt(input);
    expect(made.snapshots, what).toBe(end === 'done' ? 2 : 1);
    expect(await ending(world.backup()), what).toBe('taken-over');
    const access = { kind: 'capability' as const, ...made };
    expect(await world.backup({ input: { access, stateFolder: stateFolder() } }), what).toMatchObject({ newBytes: 0 });
    if (SOAK) expect(await world.damage(3), what).toEqual([]);
    else expect(await world.damage(), what).toEqual([]);
    if (SOAK) expect(await world.newestProblems(), what).toEqual([]);
  }
  expect([...ends].sort()).toEqual(['done', 'taken-over']);
}, 3_600_000);
