/** Statistics of a repository against what its folders hold. */
import { copyFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stats } from '../../../main/engine/stats.ts';
import { noise } from '../../support/crash-world.ts';
import { filesIn, World } from '../../support/engine.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
});
afterEach(() => world.dispose());

const sizeOf = (files: string[]): number => files.reduce((sum, file) => sum + statSync(file).size, 0);

it('counts what is there once, and what it would be without deduplication and compression', async () => {
  const text = 'All work and no play makes a dull backup.\n'.repeat(10_000);
  world.write({ 'src/noise': noise('stats', 3_000_000), 'src/text': text });
  copyFileSync(world.at('src/noise'), world.at('src/copy'));
  const first = await world.backup([world.at('src')]);
  world.write({ 'src/more': 'more' });
  const second = await world.backup([world.at('src')]);
  const access = world.computer.access;
  const { computers, objects, storedBytes } = await stats({ destination: world.destination, access });
  const bytes = 6_000_000 + text.length;
  expect(computers).toHaveLength(1);
  const [own] = computers;
  expect(own).toMatchObject({
    clientId: world.computer.clientId,
    computerName: 'computer',
    snapshots: 2,
    files: 4,
    bytes: bytes + 4,
    logicalBytes: 2 * bytes + 4,
    uniqueBytes: 3_000_000 + text.length + 4,
    twiceBytes: 0,
    stored: {
      data: sizeOf(world.objects('p')),
      metadata: sizeOf(world.objects('m')),
      index: sizeOf(world.objects('i')),
      snapshots: sizeOf(world.objects('s')),
    },
  });
  expect(own?.growth.map(({ snapshotId, newBytes }) => [snapshotId, newBytes])).toEqual([
    [first.snapshotId, first.newBytes],
    [second.snapshotId, second.newBytes],
  ]);
  expect(own?.deduplication).toBeCloseTo((2 * bytes + 4) / (3_000_000 + text.length + 4), 9);
  // The noise stays as it is, the text shrinks to nearly nothing.
  expect(own?.packedBytes).toBeGreaterThan(3_000_000);
  expect(own?.packedBytes).toBeLessThan(3_050_000);
  // Every pack is its header, its blocks, its table and its padding.
  expect(own?.paddingBytes).toBeGreaterThan(0);
  expect(own?.paddingBytes).toBeLessThan(sizeOf(world.objects('p')) + sizeOf(world.objects('m')) - 3_000_000);
  const stored = ['c', 'k'].flatMap((room) => filesIn(world.at('repo', room)));
  expect({ objects, storedBytes }).toEqual({ objects: stored.length, storedBytes: sizeOf(stored) });
});

it('tells each computer by itself with the key, and an empty repository without ratios', async () => {
  expect(await stats({ destination: world.destination, access: world.key })).toMatchObject({ computers: [] });
  world.write({ 'src/a': 'a' });
  await world.backup([world.at('src')]);
  const two = await world.enrol('two');
  await world.backup([world.at('src')], { computerName: 'other' }, two);
  const { computers } = await stats({ destination: world.destination, access: world.key });
  expect(computers.map(({ computerName }) => computerName).sort()).toEqual(['computer', 'other']);
  expect(computers.map(({ uniqueBytes, chunks }) => [uniqueBytes, chunks])).toEqual([
    [1, 1],
    [1, 1],
  ]);
});
