/** Two plans of one computer are two clients of one repository: no clean-up, copy or place of one touches the other. */
import { mkdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backup } from '../../../main/engine/backup.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { copy } from '../../../main/engine/copy.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { forget } from '../../../main/engine/forget.ts';
import { prune } from '../../../main/engine/prune.ts';
import { snapshots } from '../../../main/engine/snapshots.ts';
import { verify } from '../../../main/engine/verify.ts';
import { World, type WriteAccess } from '../../support/engine.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
});
afterEach(() => world.dispose());

const context = () => ({ control: new RunControl(), emit: () => undefined });

test('documents to the disk and the NAS, photos to the NAS alone', async () => {
  const nas = world.destination;
  const disk = { kind: 'local' as const, path: world.at('disk') };
  mkdirSync(disk.path);
  const stateFolder = world.computer.stateFolder;
  const photosId = 'ab'.repeat(16);
  const made = await enrol({ destination: nas, rootKey: world.rootKey, clientId: photosId, stateFolder });
  const photos: WriteAccess = {
    kind: 'capability',
    capability: made.capability,
    readerPublicKey: made.readerPublicKey,
  };
  const documents = world.computer.access;
  const run = async (access: WriteAccess, source: string, also: (typeof disk)[], tag: string) =>
    await backup(
      {
        destination: nas,
        also,
        access,
        stateFolder,
        sources: [world.at(source)],
        excludes: [],
        computerName: 'ada',
        tags: [tag],
      },
      context(),
    );
  for (const round of ['one', 'two']) {
    world.write({ 'Documents/letter': `${round} `.repeat(2_000), 'Pictures/shore': `${round} `.repeat(3_000) });
    expect((await run(documents, 'Documents', [disk], 'Documents')).also).toMatchObject([{ state: 'complete' }]);
    const { newFiles, changedFiles } = await run(photos, 'Pictures', [], 'Photos');
    // Each compares with its own last run.
    expect([newFiles, changedFiles]).toEqual(round === 'one' ? [1, 0] : [0, 1]);
  }
  const listed = async (destination: typeof nas) =>
    (await snapshots({ destination, access: world.key })).map(({ tags }) => tags?.[0]);
  expect((await listed(nas)).sort()).toEqual(['Documents', 'Documents', 'Photos', 'Photos']);
  expect(await listed(disk)).toEqual(['Documents', 'Documents']);

  // The rule of one plan, at both of its places, with all room freed at once.
  for (const destination of [nas, disk]) {
    const own = { destination, access: documents, stateFolder, dryRun: false };
    const output = await forget({ ...own, policy: { last: 1 }, ids: [] }, context());
    expect([output.kept, output.forgotten]).toEqual([1, 1]);
    await prune({ ...own, graceHours: 0 }, context());
  }
  expect((await listed(nas)).sort()).toEqual(['Documents', 'Photos', 'Photos']);
  const all = await verify({ destination: nas, access: world.key, level: 3 }, context());
  expect([all.damage, all.snapshots]).toEqual([[], 3]);
  // The other plan's clean-up is as sure of itself as if it were alone.
  const other = await prune({ destination: nas, access: photos, stateFolder, dryRun: false, graceHours: 0 }, context());
  expect([other.snapshots, other.removed]).toEqual([2, []]);

  // A new place that the photos do not go to gets none of them, and is whole.
  const third = { kind: 'local' as const, path: world.at('third') };
  const clients = [world.computer.clientId];
  expect(await copy({ from: [nas], to: third, clients, stateFolder }, context())).toMatchObject({ complete: true });
  expect(await listed(third)).toEqual(['Documents']);
});
