/** A dry run says what the backup after it stores, and changes nothing: no object, no state of this computer, no file. */
import { readdirSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BackupInput, BackupOutput } from '../../../main/engine/api.ts';
import { backup } from '../../../main/engine/backup.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { create } from '../../../main/engine/create.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { fingerprint, KIB, MIB, World } from '../../support/crash-world.ts';
import { RemoteS3 } from '../../support/remote-s3.ts';

let world: World;

beforeEach(async () => {
  world = await World.make({ packBytes: 256 * KIB, bytes: 4 * MIB });
});
afterEach(() => world.end());

const run = async (input: BackupInput, control = new RunControl()): Promise<BackupOutput> =>
  await backup(input, { control, emit: () => undefined });
const dry = async (input = world.input): Promise<BackupOutput> => await run({ ...input, dryRun: true });

/** Everything that a run could leave on this computer, but for what others leave in the system's folder meanwhile. */
const traces = (): unknown[] => [
  fingerprint(world.folder),
  readdirSync(tmpdir()).filter((name) => name.startsWith('holdfast-dry-run-')),
];

/** What a run did, but for what hangs on the moment. */
const facts = ({ files, folders, others, bytes, newFiles, changedFiles, unchangedFiles, removedFiles }: BackupOutput) =>
  ({ files, folders, others, bytes, newFiles, changedFiles, unchangedFiles, removedFiles }); // prettier-ignore

/** Packs are cut as the workers come along: each may end with one more that is padded to 256 KiB. */
function expectLike(told: BackupOutput, done: BackupOutput): void {
  expect(facts(told)).toEqual(facts(done));
  expect([told.newBytes, told.readBytes]).toEqual([done.newBytes, done.readBytes]);
  expect(Math.abs(told.storedBytes - done.storedBytes)).toBeLessThan(done.storedBytes * 0.05 + 2 * 256 * KIB);
}

test('before the first backup, before one with changes, and before one without', async () => {
  for (const seed of ['first', 'second', null]) {
    if (seed !== null) world.change(seed);
    const before = traces();
    const told = await dry();
    expect(traces()).toEqual(before);
    expect([told.snapshotId, told.partial, told.skipped]).toEqual(['', false, []]);
    const done = await run(world.input);
    expectLike(told, done);
    expect(done.newFiles > 0).toBe(seed !== null);
  }
  expect((await world.snapshots()).length).toBe(3);
});

test('what an interrupted run has left stays for the run that goes on from it', async () => {
  await run(world.input);
  world.change('second');
  const control = new RunControl();
  const stopping = backup(world.input, {
    control,
    emit: (event) => {
      if (event.type === 'progress' && event.phase === 'upload') control.stop();
    },
  });
  await expect(stopping).rejects.toMatchObject({ code: 'stopped' });
  const before = traces();
  const told = await dry();
  expect(traces()).toEqual(before);
  expectLike(told, await run(world.input));
});

test('one that is stopped leaves nothing either', async () => {
  await run(world.input);
  world.change('second');
  const control = new RunControl();
  const before = traces();
  const stopping = backup(
    { ...world.input, dryRun: true },
    { control, emit: (event) => event.type === 'progress' && event.phase === 'upload' && control.stop() },
  );
  await expect(stopping).rejects.toMatchObject({ code: 'stopped' });
  expect(traces()).toEqual(before);
});

test('damaged copies of repo.json are left as they are, and further places alone', async () => {
  truncateSync(path.join(world.repo, 'repo.json'), 100);
  const before = traces();
  const nowhere = { kind: 'local', path: path.join(world.folder, 'nowhere') } as const;
  expect((await dry({ ...world.input, also: [nowhere] })).also).toEqual([]);
  expect(traces()).toEqual(before);
});

test('a server is asked, and given nothing', async () => {
  const storage = await RemoteS3.start();
  try {
    const destination = storage.spec;
    await create({ destination, rootKey: world.rootKey });
    const { capability, readerPublicKey } = await enrol({ destination, rootKey: world.rootKey });
    const input = { ...world.input, destination, access: { kind: 'capability' as const, capability, readerPublicKey } };
    await storage.reset();
    const told = await dry(input);
    const { requests } = await storage.count();
    expect(Object.keys(requests).sort()).toEqual(['GetObject', 'HeadObject', 'ListObjectsV2']);
    expectLike(told, await run(input));
  } finally {
    await storage.stop();
  }
});
