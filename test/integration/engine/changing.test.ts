/** Files that change, vanish or turn into something else while a backup runs; and a real folder of many small files. */
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineEvent } from '../../../main/engine/api.ts';
import { startThread } from '../../../main/engine/thread.ts';
import { World } from '../../support/engine.ts';
import { randomData } from '../../support/made-data.ts';
import { compareTrees } from '../../support/tree.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
});
afterEach(() => {
  vi.useRealTimers();
  world.dispose();
});

/** Does something when everything has been seen and nothing been read yet. */
function beforeReading(work: () => void): void {
  world.onEvent = (event: EngineEvent) => {
    if (event.type === 'phase' && event.phase === 'upload') work();
  };
}
const reasons = (skipped: { path: string; reason: string }[]): string[][] =>
  skipped.map((s) => [s.path.slice(world.at('src/').length), s.reason]).sort();

describe('between the scan and the reading', () => {
  beforeEach(() => {
    for (const name of ['stays', 'grows', 'shrinks', 'goes', 'link', 'folder', 'sub/inside', 'sub/other']) {
      world.write({ [`src/${name}`]: randomData(300_000, name.length) });
    }
    world.write({ 'src/large': randomData(9_000_000, 1), 'src/large goes': randomData(9_000_000, 2) });
    world.write({ 'outside': 'not to be read' }); // prettier-ignore
  });

  it('files grow, shrink, vanish and become links and folders; the rest is stored, and what was read is whole', async () => {
    beforeReading(() => {
      appendFileSync(world.at('src/grows'), 'more');
      appendFileSync(world.at('src/large'), 'more');
      const fd = openSync(world.at('src/shrinks'), 'r+');
      ftruncateSync(fd, 10);
      closeSync(fd);
      for (const name of ['goes', 'large goes', 'link', 'folder']) rmSync(world.at('src', name));
      symlinkSync(world.at('outside'), world.at('src/link'));
      mkdirSync(world.at('src/folder'));
      rmSync(world.at('src/sub'), { recursive: true });
    });
    const out = await world.backup([world.at('src')]);
    expect(reasons(out.skipped)).toEqual([
      ['folder', expect.any(String)],
      ['goes', 'vanished'],
      ['large goes', 'vanished'],
      ['link', 'changed'],
      ['sub/inside', 'vanished'],
      ['sub/other', 'vanished'],
    ]);
    expect(out.files).toBe(4);
    const restored = await world.restore(world.at('back'), { layout: 'selection' });
    expect([restored.problems, restored.restoredFiles]).toEqual([[], 4]);
    for (const name of ['stays', 'grows', 'shrinks', 'large']) {
      expect([name, readFileSync(world.at('back/src', name)).equals(readFileSync(world.at('src', name)))]).toEqual([
        name,
        true,
      ]);
    }
    expect(existsSync(world.at('back/src/link'))).toBe(false);
    expect((await world.verify(3)).damage).toEqual([]);
    // The next backup sees what there is now.
    world.onEvent = () => undefined;
    const second = await world.backup([world.at('src')]);
    expect(second.skipped).toEqual([]);
    await world.restore(world.at('second'), { layout: 'selection' });
    expect(await compareTrees(world.at('src'), world.at('second/src'))).toEqual([]);
  });

  it('the whole source goes: its files are listed, and the snapshot says so', async () => {
    beforeReading(() => renameSync(world.at('src'), world.at('moved')));
    const out = await world.backup([world.at('src')]);
    expect([out.files, out.skipped.length]).toEqual([0, 10]);
    expect((await world.snapshots())[0]).toMatchObject({ files: 0, skipped: 10 });
  });
});

describe('while it is read', () => {
  /** A thread that writes into a file without end. */
  const WRITER = `
    const { openSync, writeSync } = require('node:fs');
    const { parentPort, workerData } = require('node:worker_threads');
    const fd = openSync(workerData, 'r+');
    const block = Buffer.alloc(1000);
    parentPort.postMessage('writing');
    for (let i = 0; ; i++) writeSync(fd, block.fill(i), 0, 1000, (i % 4000) * 1000);
  `;

  it.each([
    ['of 4 MB', 4_000_000],
    ['of 20 MB', 20_000_000],
  ])('a file %s changes all the time: it is kept as it was read, and listed', async (_, size) => {
    world.write({ 'src/busy': randomData(size, 1), 'src/calm': 'calm' });
    const writer = startThread(WRITER, { eval: true, workerData: world.at('src/busy') });
    try {
      await new Promise((resolve) => writer.once('message', resolve));
      // On a busy machine the writer may get no turn while the file is read: then it was read as it stood.
      let out = await world.backup([world.at('src')]);
      for (let i = 0; i < 20 && out.skipped.length === 0; i++) out = await world.backup([world.at('src')]);
      expect(reasons(out.skipped)).toEqual([['busy', 'changed']]);
      expect(out.files).toBe(2);
    } finally {
      await writer.terminate();
    }
    const restored = await world.restore(world.at('back'), { layout: 'selection' });
    expect(restored.problems).toEqual([]);
    expect(statSync(world.at('back/src/busy')).size).toBe(size);
    expect((await world.verify(3)).damage).toEqual([]);
    // Changed after it was read, so the next backup reads it again.
    const second = await world.backup([world.at('src')]);
    expect(second.skipped).toEqual([]);
    await world.restore(world.at('second'), { layout: 'selection' });
    expect(await compareTrees(world.at('src'), world.at('second/src'))).toEqual([]);
  });

  it('a change in the second of the scan, which times cannot tell, is found by the next backup', async () => {
    world.write({ 'src/file': 'one' });
    const { mtimeMs, atimeMs } = statSync(world.at('src/file'));
    await world.backup([world.at('src')]);
    // Same size, and its old time put back.
    const fd = openSync(world.at('src/file'), 'r+');
    writeSync(fd, 'two');
    closeSync(fd);
    utimesSync(world.at('src/file'), atimeMs / 1000, mtimeMs / 1000);
    await world.backup([world.at('src')]);
    await world.restore(world.at('back'), { layout: 'selection' });
    expect(readFileSync(world.at('back/src/file'), 'utf8')).toBe('two');
  });
});

it('what is read again counts as changed only where it is not what it was', async () => {
  world.write({ 'src/same': 'as it was', 'src/contents': 'before', 'src/rights': 'mine', 'src/time': 'then' });
  await world.backup([world.at('src')]);
  // So close after it all are read again; of one only the inode was touched.
  chmodSync(world.at('src/same'), 0o600);
  chmodSync(world.at('src/same'), 0o644);
  const { atimeMs, mtimeMs } = statSync(world.at('src/contents'));
  world.write({ 'src/contents': 'behind' });
  utimesSync(world.at('src/contents'), atimeMs / 1000, mtimeMs / 1000);
  chmodSync(world.at('src/rights'), 0o600);
  utimesSync(world.at('src/time'), 1, 1);
  const second = await world.backup([world.at('src')]);
  expect(second.readBytes).toBeGreaterThan(0);
  expect(second).toMatchObject({ newFiles: 0, changedFiles: 3, unchangedFiles: 1, removedFiles: 0 });
  rmSync(world.at('src/same'));
  const third = await world.backup([world.at('src')]);
  expect(third).toMatchObject({ newFiles: 0, changedFiles: 0, unchangedFiles: 3, removedFiles: 1 });
});

describe('a real folder', () => {
  it.runIf(existsSync('/usr/share/doc'))('of many small files comes back whole, and is not read again', async () => {
    const first = await world.backup(['/usr/share/doc']);
    expect(first.files).toBeGreaterThan(0);
    expect(first.skipped.filter((s) => s.reason !== 'denied')).toEqual([]);
    const restored = await world.restore(world.at('back'), { layout: 'selection' });
    expect(restored.problems).toEqual([]);
    expect(await compareTrees('/usr/share/doc', world.at('back/doc'))).toEqual([]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
    const second = await world.backup(['/usr/share/doc']);
    expect([second.readBytes, second.unchangedFiles, second.removedFiles]).toEqual([0, first.files, 0]);
    expect(second.storedBytes).toBeLessThan(1_000_000);
  });
});
