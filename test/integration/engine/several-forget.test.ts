import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forget } from '../../../main/engine/forget.ts';
import { prune } from '../../../main/engine/prune.ts';
import { RunControl } from '../../../main/engine/control.ts';
import type { ForgetOutput, PruneOutput } from '../../../main/engine/api.ts';
import { Several } from '../../support/several.ts';

let world: Several;

beforeEach(async () => {
  world = await Several.make('a', 2);
});
afterEach(() => world.end());

const context = () => ({ control: new RunControl(), emit: () => undefined });
const common = (place: string) => ({
  destination: world.spec(place),
  access: world.access,
  stateFolder: world.state,
  dryRun: false,
});
const forgetAt = async (place: string, id: string): Promise<ForgetOutput> =>
  await forget({ ...common(place), policy: null, ids: [id] }, context());
const pruneAt = async (place: string): Promise<PruneOutput> =>
  await prune({ ...common(place), graceHours: 0, maxUnused: 0, rootKey: world.rootKey }, context());

/** Replaces what the sources hold. */
function replaceBy(seed: string): void {
  for (const name of world.contents('files').keys()) rmSync(world.at('files', name));
  world.write(seed, 2);
}

test('what was forgotten and removed at one place does not come back from another', async () => {
  world.empty('b');
  const first = await world.backup('a', ['b']);
  replaceBy('second');
  await world.backup('a', ['b']);
  await forgetAt('a', first.snapshotId);
  const pruned = await pruneAt('a');
  expect(pruned.removed.length).toBeGreaterThan(1);
  const packs = world.objects('a', 'p').length;
  expect(world.objects('b', 'p').length).toBeGreaterThan(packs);

  world.write('third', 1);
  const third = await world.backup('a', ['b']);
  expect(third.also[0]?.state).toBe('complete');
  expect(world.objects('a', 's').length).toBe(2);
  expect(world.objects('a', 'p').length).toBe(packs + 1);
  expect(await world.damage('b')).toEqual([]);
  // The other place knows by now: a clean-up there removes the rest.
  await pruneAt('b');
  expect(world.objects('b', 'p').length).toBe(packs + 1);
  expect(world.objects('b', 's').length).toBe(2);
  for (const place of ['a', 'b']) expect(await world.problems(place)).toEqual([]);
}, 120_000);

test('a place that was away still has what was removed elsewhere, and a backup there does not build on it', async () => {
  const original = await world.backup('a');
  world.empty('b');
  await world.copy(['a'], 'b');
  const before = new Map(world.states);
  replaceBy('second');
  await world.backup('a');
  await forgetAt('a', original.snapshotId);
  await pruneAt('a');
  // The old files come back while only the other place is there.
  for (const name of world.contents('files').keys()) rmSync(world.at('files', name));
  world.write('start', 2);
  expect(before.size).toBe(1);
  const third = await world.backup('b');
  expect(third.newBytes).toBeGreaterThan(500_000);
  world.write('fourth', 1);
  await world.backup('a', ['b']);
  expect(await world.problems('a')).toEqual([]);
  expect(await world.restoreProblems('a', third.snapshotId)).toEqual([]);
  await pruneAt('a');
  await pruneAt('b');
  for (const place of ['a', 'b']) expect(await world.problems(place)).toEqual([]);
}, 120_000);

test('a pack that is marked at one place and needed by a snapshot from another is spared', async () => {
  const first = await world.backup('a');
  replaceBy('second');
  await world.backup('a');
  world.empty('b');
  await world.copy(['a'], 'b');
  await forgetAt('a', first.snapshotId);
  const marked = await prune({ ...common('a'), graceHours: 72 }, context());
  expect(marked.doomed.filter((name) => name.includes('/p/')).length).toBeGreaterThan(1);
  // The other place has not heard of it: a snapshot there builds on what is marked here.
  for (const name of world.contents('files').keys()) rmSync(world.at('files', name));
  world.write('start', 2);
  const third = await world.backup('b');
  expect(third.newBytes).toBe(0);
  await world.copy(['b'], 'a');
  const pruned = await pruneAt('a');
  expect(pruned.spared.filter((name) => name.includes('/p/')).length).toBeGreaterThan(1);
  expect(pruned.compacted.length).toBeGreaterThan(0);
  expect(await world.problems('a')).toEqual([]);
  // It is as any other pack again.
  expect((await pruneAt('a')).spared).toEqual([]);
  expect((await world.backup('a')).newBytes).toBe(0);
  expect(await world.restoreProblems('a', third.snapshotId)).toEqual([]);
}, 120_000);

test('a place that lacks a snapshot which another has is not cleaned up before it has it', async () => {
  const first = await world.backup('a');
  world.empty('b');
  await world.copy(['a'], 'b');
  replaceBy('second');
  await world.backup('b');
  replaceBy('third');
  await world.backup('a');
  await forgetAt('a', first.snapshotId);
  await expect(pruneAt('a')).rejects.toMatchObject({ code: 'object-missing' });
  await world.copy(['b'], 'a');
  const pruned = await pruneAt('a');
  expect(pruned.removed.length).toBeGreaterThan(0);
  expect(await world.problems('a')).toEqual([]);
}, 120_000);

test('a snapshot that needs what was removed elsewhere is whole where that still lies, and not marked as damaged', async () => {
  const first = await world.backup('a');
  world.empty('b');
  await world.copy(['a'], 'b');
  replaceBy('second');
  await world.backup('a');
  await forgetAt('a', first.snapshotId);
  await pruneAt('a');
  // The other place has not heard of it, and something there that no snapshot needs is damaged.
  const shard = world.at('b', 'c', world.clientId, 'm', '00');
  mkdirSync(shard, { recursive: true });
  writeFileSync(path.join(shard, '0'.repeat(64)), 'no pack');
  await world.backup('b');
  expect((await world.snapshots('b')).map(({ damage }) => damage)).toEqual([null, null]);
  expect(await world.restoreProblems('b', first.snapshotId)).toEqual([]);
}, 120_000);

test('a snapshot that builds on what was removed elsewhere takes it along to where it is copied', async () => {
  const first = await world.backup('a');
  world.empty('b');
  await world.copy(['a'], 'b');
  replaceBy('second');
  await world.backup('a');
  await forgetAt('a', first.snapshotId);
  expect((await pruneAt('a')).removed.length).toBeGreaterThan(1);
  // The computer has forgotten what it removed, and the old files come back while only the other place is there.
  for (const name of readdirSync(world.state, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.removed.json')) rmSync(path.join(world.state, name));
  }
  for (const name of world.contents('files').keys()) rmSync(world.at('files', name));
  world.write('start', 2);
  const third = await world.backup('b');
  expect(third.newBytes).toBe(0);
  world.write('fourth', 1);
  expect((await world.backup('a', ['b'])).also[0]?.state).toBe('complete');
  expect(await world.restoreProblems('a', third.snapshotId)).toEqual([]);
  // A third place gets them too, and a clean-up keeps what is needed.
  world.empty('c');
  expect((await world.backup('a', ['b', 'c'])).also.map(({ state }) => state)).toEqual(['complete', 'complete']);
  await pruneAt('a');
  for (const place of ['a', 'c']) expect(await world.problems(place)).toEqual([]);
}, 120_000);

test('a snapshot of another place that nobody here named takes along what was removed here', async () => {
  const first = await world.backup('a');
  world.empty('b');
  await world.copy(['a'], 'b');
  world.write('second', 1);
  const seventh = await world.backup('b');
  replaceBy('third');
  const eighth = await world.backup('a');
  await world.backup('a');
  // All that named it there is gone.
  for (const { snapshotId } of [first, eighth]) await forgetAt('a', snapshotId);
  expect((await pruneAt('a')).removed.length).toBeGreaterThan(1);
  expect((await world.backup('a', ['b'])).also[0]?.state).toBe('complete');
  expect(await world.restoreProblems('a', seventh.snapshotId)).toEqual([]);
}, 120_000);
