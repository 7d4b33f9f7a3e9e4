/** A repair that is killed at any call that changes the file system: what was there stays, and the next repair ends it. */
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RepairInput } from '../../main/engine/api.ts';
import { RunControl } from '../../main/engine/control.ts';
import { repair } from '../../main/engine/repair.ts';
import { runVerb, type Kill, type Step } from '../support/crash-child.ts';
import { KIB, World } from '../support/crash-world.ts';
import { filesIn } from '../support/engine.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
const WAYS = ['before', 'middle', 'after'] as const;

let world: World;
beforeEach(async () => {
  world = await World.make({ packBytes: 256 * KIB, bytes: 512 * KIB });
});
afterEach(() => world.end());

const inputOf = (): RepairInput => ({
  destination: world.destination,
  access: world.access,
  rootKey: world.rootKey,
  stateFolder: world.state,
  level: 3,
  dryRun: false,
});

/** All copies of repo.json, the keyring, and the whole index. */
function hurt(): void {
  for (const name of ['repo.json', 'repo.2.json']) rmSync(path.join(world.repo, name), { force: true });
  if (existsSync(path.join(world.repo, 'repo.1.json'))) truncateSync(path.join(world.repo, 'repo.1.json'), 100);
  for (const file of filesIn(path.join(world.repo, 'k'))) unlinkSync(file);
  for (const client of readdirSync(path.join(world.repo, 'c'))) {
    for (const file of filesIn(path.join(world.repo, 'c', client, 'i'))) unlinkSync(file);
  }
}

/** A bit of the largest data pack: a block is lost. */
function flipOne(): void {
  const packs = readdirSync(path.join(world.repo, 'c')).flatMap((client) =>
    filesIn(path.join(world.repo, 'c', client, 'p')),
  );
  const file = packs.reduce((a, b) => (readFileSync(a).length >= readFileSync(b).length ? a : b));
  const bytes = readFileSync(file);
  bytes[5000] = (bytes[5000] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

test('is ended by the next one, with the same losses, and a repository that verifies', async () => {
  await world.backup();
  flipOne();
  const match = `${world.repo}/`;
  const never: Kill = { kind: 'step', step: { match, thread: 1, at: 0, when: 'before' } };
  hurt();
  const counted = await runVerb('repair', inputOf(), never);
  expect(counted.exitCode, counted.stderr).toBe(0);
  expect(counted.steps.length).toBeGreaterThan(10);
  const told = (counted.lines.at(-1) as { snapshots?: { files: number }[] }).snapshots?.map(({ files }) => files);
  expect(told?.[0]).toBeGreaterThan(0);
  const all = counted.steps.flatMap((_, i) => WAYS.map((when): Step => ({ match, thread: 1, at: i + 1, when })));
  const some = SOAK ? all : all.filter((_, i) => i % Math.ceil(all.length / 4) === 1);
  let killed = 0;
  for (const step of some) {
    const what = `${step.when} call ${step.at}: ${counted.steps[step.at - 1]}`;
    hurt();
    const result = await runVerb('repair', inputOf(), { kind: 'step', step });
    // Folders that are there are not made again: later runs have fewer calls than the one that was counted.
    if (result.killed) killed++;
    else expect(result.exitCode, what).toBe(0);
    const done = await repair(inputOf(), { control: new RunControl(), emit: () => undefined });
    expect(
      done.snapshots.map(({ files }) => files),
      what,
    ).toEqual(told);
    // Nothing that is not told already: the lost block alone cannot be proven.
    expect(await world.damage(3), what).toEqual(['contents were not proven']);
    expect(await repair(inputOf(), { control: new RunControl(), emit: () => undefined }), what).toMatchObject({
      healed: [],
      indexed: [],
      lost: [],
    });
  }
  expect(killed).toBeGreaterThanOrEqual(some.length / 2);
}, 3_600_000);
