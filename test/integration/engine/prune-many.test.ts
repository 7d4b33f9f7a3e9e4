/** A clean-up where the index is as full as those of large backups are: each blob is known from its neighbours. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forgetIn, pruneIn } from '../../support/collect-world.ts';
import { MIB, World } from '../../support/crash-world.ts';

const FOLDERS = 300;
const IN_FOLDER = 150;

let world: World;
beforeEach(async () => {
  world = await World.make({ packBytes: 4 * MIB });
});
afterEach(() => world.end());

test('of tens of thousands of files all stays that a snapshot needs, and nothing else', async () => {
  const folder = (i: number): string => path.join(world.sources, `${i}`);
  for (let i = 0; i < FOLDERS; i++) {
    mkdirSync(folder(i), { recursive: true });
    for (let k = 0; k < IN_FOLDER; k++) writeFileSync(path.join(folder(i), `${k}`), `file ${k} of ${i}`);
  }
  const { snapshotId } = await world.backup();
  const planned = await pruneIn(world, { dryRun: true });
  expect([planned.unusedBytes, planned.doomed, planned.repacked]).toEqual([0, [], []]);

  for (let i = 0; i < FOLDERS; i += 2) rmSync(folder(i), { recursive: true });
  const second = await world.backup();
  await forgetIn(world, { ids: [snapshotId ?? ''] });
  const pruned = await pruneIn(world);
  expect(pruned.repacked.length).toBeGreaterThan(0);
  expect(await world.damage(3)).toEqual([]);
  expect(await world.restoreProblems(second.snapshotId ?? '')).toEqual([]);
  expect((await pruneIn(world, { dryRun: true })).unusedBytes).toBe(0);
}, 120_000);
