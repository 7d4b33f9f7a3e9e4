/** Drills: what is restored is proven, what is damaged is found, and the next snapshot says when it was. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DrillInput } from '../../../main/engine/api.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { drill } from '../../../main/engine/drill.ts';
import { chooseFiles } from '../../../main/engine/drill-choice.ts';
import { compareRestored } from '../../../main/engine/drill-compare.ts';
import { BlobIds } from '../../../main/engine/format/blob.ts';
import { fromPath } from '../../../main/engine/format/byte-path.ts';
import { markOf } from '../../../main/engine/repository/known-drill.ts';
import { closeSnapshot, openSnapshot } from '../../../main/engine/repository/open-trees.ts';
import { expectCode } from '../../support/destination-helpers.ts';
import { flipFile, World } from '../../support/engine.ts';
import { randomData } from '../../support/made-data.ts';

let world: World;
let first: string;

beforeEach(async () => {
  world = await World.make();
  for (let i = 0; i < 30; i++) world.write({ [`src/${i % 3}/file ${i}`]: randomData(1000 + i, i) });
  world.write({ 'src/big': randomData(900_000, 99), 'src/empty': '' });
  first = (await backup()).snapshotId;
});
afterEach(() => {
  vi.useRealTimers();
  void closeSnapshot();
  world.dispose();
});

function backup() {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
  return world.backup([world.at('src')]);
}

const context = { control: new RunControl(), emit: () => undefined };
const run = (more: Partial<DrillInput> = {}) =>
  drill(
    { destination: world.destination, access: world.key, stateFolder: world.computer.stateFolder, seed: '1', ...more },
    context,
  );
const left = (): string[] => {
  const folder = `${world.computer.stateFolder}/drill`;
  return existsSync(folder) ? readdirSync(folder) : [];
};

it('proves files against their ids and their sources, leaves nothing behind, and stands in the next snapshots', async () => {
  const output = await run({ files: 10 });
  expect(output).toMatchObject({
    snapshotId: first,
    files: 10,
    failed: [],
    comparedWithSource: 10,
    changedSources: [],
  });
  expect(left()).toEqual([]);
  await backup();
  // It is carried on, also by a computer that has lost its own folder.
  await backup();
  const { atMs, files, bytes } = output;
  const shown = (await world.snapshots()).map((snapshot) => snapshot.drill);
  const facts = { snapshotId: first, atMs, files, bytes, failed: 0 };
  expect(shown).toEqual([undefined, facts, facts]);
});

it('takes files that were never drilled first, the same ones for the same seed, within its bytes', async () => {
  const { trees, stored, leave } = await openSnapshot(world.destination, world.key, first, context);
  const choose = async (marks: Set<string>, seed: string, bytes = 2 ** 30) =>
    await chooseFiles(trees, stored.snapshot.root, { seed, files: 10, bytes, marks, breathe: async () => undefined });
  const none = new Set<string>();
  const some = await choose(none, 'a');
  expect((await choose(none, 'a')).map(({ entry }) => entry)).toEqual(some.map(({ entry }) => entry));
  expect((await choose(none, 'b')).map(({ entry }) => entry)).not.toEqual(some.map(({ entry }) => entry));
  const marks = new Set(some.map(({ node }) => markOf(node.content)));
  let again = 0;
  for (let i = 0; i < 20; i++) {
    for (const { node } of await choose(marks, `${i}`)) if (marks.has(markOf(node.content))) again++;
  }
  // A third of the files were drilled: without the bias about 65 of 200.
  expect(again).toBeLessThan(20);
  const small = await choose(none, 'a', 3000);
  expect(small.reduce((sum, { node }) => sum + node.size, 0)).toBeLessThanOrEqual(3000);
  expect((await choose(none, 'a', 1)).length).toBe(1);
  await leave();
});

it('finds what does not come back right, and says so in the next snapshot', async () => {
  for (const file of world.objects('p')) flipFile(file, 1300);
  const output = await run({ files: 100 });
  expect(output.failed.length).toBeGreaterThan(0);
  expect(output.files).toBe(31);
  expect(left()).toEqual([]);
  await backup();
  expect((await world.snapshots()).at(-1)?.drill?.failed).toBe(output.failed.length);
});

it('compares nothing with a source that was changed, also where its times were set back', async () => {
  writeFileSync(world.at('src/0/file 3'), 'changed');
  const path = world.at('src/big');
  const { atime, mtime } = lstatSync(path);
  writeFileSync(path, randomData(900_000, 100));
  utimesSync(path, atime, mtime);
  expect(await run({ files: 100 })).toMatchObject({
    files: 31,
    failed: [],
    comparedWithSource: 29,
    changedSources: [],
  });
});

it('tells a source whose bytes are others though its size and times are the same', async () => {
  const { trees, domain, stored, leave } = await openSnapshot(world.destination, world.key, first, context);
  const o = { seed: 'a', files: 100, bytes: 2 ** 30, marks: new Set<string>(), breathe: async () => undefined };
  const big = (await chooseFiles(trees, stored.snapshot.root, o)).find(({ node }) => node.size === 900_000);
  if (big === undefined) throw new Error('big was backed up');
  const path = world.at('src/big');
  writeFileSync(path, randomData(900_000, 100));
  const { mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
  const time = (ns: bigint) => ({ s: Number(ns / 1_000_000_000n), ns: Number(ns % 1_000_000_000n) });
  // As a failing disk does it: nobody wrote.
  const recorded = { ...big, node: { ...big.node, mtime: time(mtimeNs), ctime: time(ctimeNs) } };
  const restored = world.at('restored');
  writeFileSync(restored, randomData(900_000, 99));
  const ids = new BlobIds(domain.keys.blobIdFor(0) ?? { suite: 2, key: new Uint8Array(32) });
  const compare = async (content: string) =>
    await compareRestored(recorded, fromPath(content), fromPath(path), domain.index, ids);
  expect(await compare(restored)).toEqual({ right: true, source: 'differs' });
  expect(await compare(path)).toEqual({ right: false, source: null });
  await leave();
});

it('leaves nothing behind of a locked file, nor of an earlier drill that did', async ({ skip }) => {
  const locked = [world.at('src/locked'), world.at('src/closed/inside'), world.at('src/closed')];
  world.write({ 'src/locked': 'x', 'src/closed/inside': 'y' });
  const earlier = `${world.computer.stateFolder}/drill/earlier/file`;
  const chattr = (how: string, ...files: string[]) => spawnSync('chattr', [how, ...files], { stdio: 'ignore' }).status;
  try {
    if (chattr('+i', ...locked) !== 0) skip();
    await backup();
    chattr('-i', ...locked);
    mkdirSync(path.dirname(earlier), { recursive: true });
    writeFileSync(earlier, 'left behind');
    chattr('+i', earlier);
    for (let n = 0; n < 2; n++) {
      expect(await run({ files: 100 })).toMatchObject({ files: 33, failed: [] });
      expect(left()).toEqual([]);
    }
  } finally {
    chattr('-i', ...locked);
    if (existsSync(earlier)) chattr('-i', earlier);
  }
});

it('needs the key', async () => {
  await expectCode(run({ access: world.computer.access }), 'locked');
});
