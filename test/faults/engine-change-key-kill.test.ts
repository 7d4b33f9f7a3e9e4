/**
 * Kills while the root key is changed and while the keys are renewed, at calls that change the file system. Whatever came
 * of it, the old digits or the new ones open the backup, and the same call again ends it. The long runs take every call
 * three ways, the daily ones a few.
 */
import { randomBytes } from 'node:crypto';
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changeKey } from '../../main/engine/change-key.ts';
import { enrol } from '../../main/engine/enrol.ts';
import { rotate } from '../../main/engine/rotate.ts';
import { unlock } from '../../main/engine/unlock.ts';
import { runVerb, type Kill, type Step } from '../support/crash-child.ts';
import { KIB, World } from '../support/crash-world.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
const WAYS = ['before', 'middle', 'after'] as const;
const newKey = () => new Uint8Array(randomBytes(32));

let world: World;
beforeEach(async () => {
  world = await World.make({ packBytes: 256 * KIB, bytes: 300 * KIB });
  await world.backup();
  cpSync(world.repo, path.join(world.folder, 'before'), { recursive: true });
});
afterEach(() => world.end());

const match = (): string => `${world.repo}/`;
function killsOf(steps: string[]): Step[] {
  const all = steps.flatMap((_, i) => WAYS.map((when): Step => ({ match: match(), thread: 1, at: i + 1, when })));
  return SOAK ? all : all.filter((_, i) => i % Math.ceil(all.length / 6) === 1);
}
const counting = (): Kill => ({ kind: 'step', step: { match: match(), thread: 1, at: 0, when: 'before' } });
function putBack(): void {
  rmSync(world.repo, { recursive: true });
  cpSync(path.join(world.folder, 'before'), world.repo, { recursive: true });
}
const opens = async (rootKey: Uint8Array): Promise<boolean> =>
  unlock({ destination: world.destination, rootKey }).then(
    () => true,
    () => false,
  );

test('a kill while the key is changed leaves a backup that opens with the old digits or with the new ones', async () => {
  const input = (newRootKey: Uint8Array) => ({
    destination: world.destination,
    rootKey: world.rootKey,
    newRootKey,
    vault: null,
  });
  const counted = await runVerb('changeKey', input(newKey()), counting());
  expect(counted.exitCode, counted.stderr).toBe(0);
  expect(counted.steps.length).toBeGreaterThan(10);
  const ends = new Set<string>();
  for (const step of killsOf(counted.steps)) {
    const what = `${step.when} call ${step.at}: ${counted.steps[step.at - 1]}`;
    putBack();
    const next = newKey();
    expect((await runVerb('changeKey', input(next), { kind: 'step', step })).killed, what).toBe(true);
    const [old, fresh] = [await opens(world.rootKey), await opens(next)];
    expect(old || fresh, what).toBe(true);
    ends.add(fresh ? 'new' : 'old');
    await changeKey(input(next));
    expect(await opens(next), what).toBe(true);
  }
  expect([...ends].sort()).toEqual(['new', 'old']);
}, 600_000);

test('a kill while the keys are renewed leaves a backup that goes on once the computer is unlocked', async () => {
  const input = { destination: world.destination, rootKey: world.rootKey };
  const counted = await runVerb('rotate', input, counting());
  expect(counted.exitCode, counted.stderr).toBe(0);
  for (const step of killsOf(counted.steps).slice(0, SOAK ? undefined : 3)) {
    const what = `${step.when} call ${step.at}: ${counted.steps[step.at - 1]}`;
    putBack();
    expect((await runVerb('rotate', input, { kind: 'step', step })).killed, what).toBe(true);
    expect(await opens(world.rootKey), what).toBe(true);
    expect((await rotate(input)).epochs, what).toBeGreaterThanOrEqual(2);
    await enrol({ ...input, clientId: (await world.snapshots())[0]?.clientId });
  }
}, 600_000);
