/** Sizes of folders of a real repository against what was written. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SizesInput, SizesOutput } from '../../../main/engine/api.ts';
import { sizes } from '../../../main/engine/sizes.ts';
import { entry, flipFile, World } from '../../support/engine.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
});
afterEach(() => world.dispose());

const look = async (snapshotId: string, folder: string, more: Partial<SizesInput> = {}): Promise<SizesOutput> =>
  await sizes({
    destination: world.destination,
    access: world.computer.access,
    snapshotId,
    path: entry(world.at(folder)),
    ...more,
  });

it('sums what is in each entry with all below, largest first', async () => {
  world.write({ 'src/a/deep/one': 'x'.repeat(50), 'src/a/two': 'x'.repeat(30), 'src/b': 'x'.repeat(60), 'src/c': 'x' });
  const { snapshotId } = await world.backup([world.at('src')]);
  const found = await look(snapshotId, 'src');
  expect(found).toMatchObject({ total: { files: 4, bytes: 141 }, before: null, unread: 0, rest: { entries: 0 } });
  expect(found.entries.map(({ name, kind, files, bytes }) => [name, kind, files, bytes])).toEqual([
    ['a', 'folder', 2, 80],
    ['b', 'file', 1, 60],
    ['c', 'file', 1, 1],
  ]);
  expect(found.entries[0]?.inside.map(({ name, bytes }) => [name, bytes])).toEqual([
    ['deep', 50],
    ['two', 30],
  ]);
  const short = await look(snapshotId, 'src', { limit: 1 });
  expect(short.entries).toHaveLength(1);
  expect(short.rest).toEqual({ entries: 2, files: 2, bytes: 61, bytesBefore: 0 });
  expect(short.total).toEqual(found.total);
});

it('tells what grew, what shrank, what is new and what is gone, by how much first', async () => {
  world.write({ 'src/grew/f': 'x', 'src/gone': 'x'.repeat(40), 'src/same': 'x'.repeat(90) });
  const { snapshotId: before } = await world.backup([world.at('src')]);
  rmSync(world.at('src/gone'));
  world.write({ 'src/grew/g': 'x'.repeat(70), 'src/new': 'x'.repeat(5) });
  const { snapshotId } = await world.backup([world.at('src')]);
  const found = await look(snapshotId, 'src', { before, order: 'change' });
  expect(found).toMatchObject({ total: { files: 4, bytes: 166 }, before: { files: 3, bytes: 131 } });
  expect(found.entries.map(({ name, bytes, before: was }) => [name, bytes, was?.bytes ?? null])).toEqual([
    ['grew', 71, 1],
    ['gone', 0, 40],
    ['new', 5, null],
    ['same', 90, 90],
  ]);
});

it('refuses what is not there, and counts what cannot be read', async () => {
  world.write({ 'src/a/f': 'x' });
  const { snapshotId } = await world.backup([world.at('src')]);
  await expect(look(snapshotId, 'elsewhere')).rejects.toMatchObject({ code: 'path-not-found' });
  await expect(look(snapshotId, 'src', { before: 'ab'.repeat(32) })).rejects.toMatchObject({
    code: 'snapshot-not-found',
  });
  const other = await world.enrol('two');
  world.write({ 'src/b/g': 'x' });
  const { snapshotId: damaged } = await world.backup([world.at('src')], {}, other);
  for (const pack of world.objects('m', other)) flipFile(pack, 200);
  const found = await sizes({ destination: world.destination, access: other.access, snapshotId: damaged, path: '' });
  expect(found).toMatchObject({ total: { files: 0 }, unread: 1 });
});
