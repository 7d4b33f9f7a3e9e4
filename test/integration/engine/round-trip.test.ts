import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EntrySort } from '../../../main/engine/api.ts';
import { list } from '../../../main/engine/list.ts';
import { page } from '../../../main/engine/page.ts';
import { closeSnapshot } from '../../../main/engine/repository/open-trees.ts';
import { randomData } from '../../support/made-data.ts';
import { entry, filesIn, numbersOf, World } from '../../support/engine.ts';
import { compareTrees, makeHardCases } from '../../support/tree.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
});
afterEach(() => {
  vi.useRealTimers();
  world.dispose();
});

/** Ten seconds later, so that what was just written is older than the slack that a scan leaves for the clock. */
const later = (): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
};

describe('a backup and its restore', () => {
  it.runIf(process.platform === 'linux')('give the hard cases back, to the nanosecond', async () => {
    const cases = await makeHardCases(world.at('hard'));
    const out = await world.backup([world.at('hard')]);
    const root = process.getuid?.() === 0;
    expect(out.skipped.filter((item) => !(item.reason === 'denied' && !root))).toEqual([]);
    const restored = await world.restore(world.at('back'), { layout: 'selection' });
    // A socket is made by the program that listens on it.
    expect(restored.problems.map((p) => [p.path, p.reason])).toEqual([
      [world.at('back/hard/special/socket'), 'unsupported'],
    ]);
    expect(restored.restoredFiles).toBe(out.files);
    const ignore = root ? ['special/socket'] : [...cases.unreadable, 'special'];
    const everything = { attributes: true, hardLinks: true, holes: true };
    expect(await compareTrees(world.at('hard'), world.at('back/hard'), { ignore, ...everything })).toEqual([]);
    const checked = await world.verify(3);
    expect([checked.damage, checked.strays, checked.contentsProven]).toEqual([[], [], true]);
  });

  it('give files of every size back, and store equal content once', async () => {
    const sizes = [0, 1, 262_143, 262_144, 262_145, 4_194_304, 9 * 2 ** 20];
    for (const size of sizes)
      world.write({ [`src/${size}`]: randomData(size, size), [`src/copy/${size}`]: randomData(size, size) });
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const out = await world.backup([world.at('src')]);
    expect(out).toMatchObject({ files: 14, bytes: 2 * total, newBytes: total, skipped: [], partial: false });
    const packs = world.objects('p').reduce((sum, file) => sum + statSync(file).size, 0);
    expect(packs).toBeLessThan(total * 1.3);
    await world.restore(world.at('back'), { layout: 'selection' });
    expect(await compareTrees(world.at('src'), world.at('back/src'))).toEqual([]);
    // And across backups: another folder with the same content.
    world.write({ 'other/again': randomData(9 * 2 ** 20, 9 * 2 ** 20) });
    const second = await world.backup([world.at('other')]);
    expect([second.readBytes, second.newBytes]).toEqual([9 * 2 ** 20, 0]);
  });

  it('take a file of 300 MiB in parts', async () => {
    const file = openSync(world.at('large'), 'w');
    const zeros = Buffer.alloc(2 ** 20);
    for (let i = 0; i < 300; i++) writeSync(file, zeros);
    closeSync(file);
    mkdirSync(world.at('src'));
    renameSync(world.at('large'), world.at('src/zeros'));
    const out = await world.backup([world.at('src')]);
    expect(out).toMatchObject({ files: 1, bytes: 300 * 2 ** 20, readBytes: 300 * 2 ** 20, skipped: [] });
    const { restoredBytes } = await world.restore(world.at('back'), { layout: 'selection' });
    expect(restoredBytes).toBe(300 * 2 ** 20);
    expect(await compareTrees(world.at('src'), world.at('back/src'))).toEqual([]);
  });

  it('take a folder of 10,000 entries, which is shown in pages', async () => {
    mkdirSync(world.at('src'));
    for (let i = 0; i < 10_000; i++) writeFileSync(world.at(`src/file ${i}`), i % 10 === 0 ? String(i) : '');
    const { files, snapshotId } = await world.backup([world.at('src')]);
    expect(files).toBe(10_000);
    const entries = await list({
      destination: world.destination,
      access: world.key,
      snapshotId: 'latest',
      path: entry(world.at('src')),
    });
    expect(new Set(entries.map((e) => e.name)).size).toBe(10_000);

    const from = { destination: world.destination, access: world.key, snapshotId };
    const shown = async (sort: EntrySort, offset: number, path = entry(world.at('src'))): Promise<string[]> => {
      const got = await page({ ...from, path, order: { sort, descending: false }, offset, limit: 3 });
      expect(got).toMatchObject(path === entry(world.at('src')) ? { total: 10_000, files: 10_000 } : {});
      return got.entries.map(({ name }) => name);
    };
    expect(await shown('name', 0)).toEqual(['file 0', 'file 1', 'file 2']);
    // What is kept of the folder needs no pack any more, until the snapshot is let go of.
    renameSync(world.at('repo/c'), world.at('c'));
    expect(await shown('name', 9_998)).toEqual(['file 9998', 'file 9999']);
    expect(await shown('size', 9_000)).toEqual(['file 0', 'file 10', 'file 20']);
    const none = { code: 'path-not-found' };
    await expect(shown('name', 0, entry(world.at('src/file 7')))).rejects.toMatchObject(none);
    expect(await shown('name', 2)).toEqual(['file 2', 'file 3', 'file 4']);
    await closeSnapshot();
    await expect(shown('name', 0)).rejects.toMatchObject({ code: 'snapshot-not-found' });
    renameSync(world.at('c'), world.at('repo/c'));
    expect(await shown('name', 1)).toEqual(['file 1', 'file 2', 'file 3']);
    await expect(shown('name', 0, entry(world.at('other')))).rejects.toMatchObject(none);

    await world.restore(world.at('back'), { layout: 'selection' });
    expect(await compareTrees(world.at('src'), world.at('back/src'))).toEqual([]);
  });
});

describe('a second backup', () => {
  it('reads nothing and adds less than 1 MB where nothing changed', async () => {
    for (let i = 0; i < 50; i++) world.write({ [`src/${i % 5}/${i}`]: randomData(20_000, i) });
    later();
    const first = await world.backup([world.at('src')]);
    later();
    const second = await world.backup([world.at('src')]);
    expect(numbersOf(second)).toEqual({ files: 50, new: 0, changed: 0, unchanged: 50, removed: 0 });
    expect([second.readBytes, second.newBytes]).toEqual([0, 0]);
    expect(second.storedBytes).toBeLessThan(1_000_000);
    expect(second.bytes).toBe(first.bytes);
    await world.restore(world.at('back'), { layout: 'selection' });
    expect(await compareTrees(world.at('src'), world.at('back/src'))).toEqual([]);
  });

  it('counts new, changed, removed, renamed and touched files', async () => {
    for (const name of ['same', 'changed', 'removed', 'renamed', 'touched', 'mode'])
      world.write({ [`src/${name}`]: name });
    later();
    expect(numbersOf(await world.backup([world.at('src')]))).toEqual({
      files: 6,
      new: 6,
      changed: 0,
      unchanged: 0,
      removed: 0,
    });
    writeFileSync(world.at('src/changed'), 'changed twice');
    rmSync(world.at('src/removed'));
    renameSync(world.at('src/renamed'), world.at('src/name'));
    utimesSync(world.at('src/touched'), 1e9, 1e9);
    chmodSync(world.at('src/mode'), 0o600);
    world.write({ 'src/new': 'new' });
    later();
    const out = await world.backup([world.at('src')]);
    // Renamed: one new and one gone.
    expect(numbersOf(out)).toEqual({ files: 6, new: 2, changed: 3, unchanged: 1, removed: 2 });
    expect(out.newBytes).toBe('changed twice'.length + 'new'.length);
    await world.restore(world.at('back'), { layout: 'selection' });
    expect(await compareTrees(world.at('src'), world.at('back/src'))).toEqual([]);
  });

  it('of a source that is a file reads it no more, and counts it right', async () => {
    world.write({ 'src/one': 'content', 'src/beside': 'left out' });
    later();
    expect(numbersOf(await world.backup([world.at('src/one')]))).toMatchObject({ files: 1, new: 1 });
    later();
    const second = await world.backup([world.at('src/one')]);
    expect(numbersOf(second)).toEqual({ files: 1, new: 0, changed: 0, unchanged: 1, removed: 0 });
    expect(second.readBytes).toBe(0);
    writeFileSync(world.at('src/one'), 'other content');
    later();
    expect(numbersOf(await world.backup([world.at('src/one')]))).toMatchObject({
      files: 1,
      new: 0,
      changed: 1,
      removed: 0,
    });
    await world.restore(world.at('back'), { layout: 'selection' });
    expect(filesIn(world.at('back'))).toEqual([world.at('back/one')]);
    expect(readFileSync(world.at('back/one'), 'utf8')).toBe('other content');
  });

  it.each(['deleted', 'corrupted', 'of another key'])(
    'with a cache that is %s reads everything and stores nothing twice',
    async (how) => {
      for (let i = 0; i < 20; i++) world.write({ [`src/${i}`]: randomData(10_000, i) });
      later();
      await world.backup([world.at('src')]);
      const [cache] = filesIn(`${world.computer.stateFolder}/cache`);
      if (cache === undefined) throw new Error('no cache was written');
      if (how === 'deleted') rmSync(cache);
      if (how === 'corrupted') writeFileSync(cache, readFileSync(cache).fill(7, 4000, 4100));
      if (how === 'of another key') {
        const other = await world.enrol('two');
        await world.backup([world.at('src')], {}, other);
        const [theirs] = filesIn(`${other.stateFolder}/cache`);
        writeFileSync(cache, readFileSync(theirs ?? ''));
      }
      later();
      const out = await world.backup([world.at('src')]);
      expect([out.readBytes, out.newBytes, out.files]).toEqual([200_000, 0, 20]);
      expect((await world.verify(3)).damage).toEqual([]);
    },
  );
});

describe('sources', () => {
  it('can be several, one inside another, and a link to a folder', async () => {
    world.write({ 'a/one': '1', 'a/deep/two': '2', 'b/three': '3', 'c/four': '4' });
    symlinkSync('b', world.at('link'));
    const out = await world.backup([
      world.at('a/deep'),
      world.at('a'),
      world.at('link'),
      world.at('c/four'),
      world.at('a'),
    ]);
    expect([out.files, out.skipped]).toEqual([4, []]);
    expect((await world.snapshots())[0]?.sources).toEqual([world.at('a'), world.at('b'), world.at('c/four')]);
    await world.restore(world.at('back'));
    expect(filesIn(world.at('back')).map((f) => f.slice(world.at('back').length + world.folder.length))).toEqual([
      '/a/deep/two',
      '/a/one',
      '/b/three',
      '/c/four',
    ]);
  });

  it('that are gone are listed, and all of them gone is an error that makes no snapshot', async () => {
    world.write({ 'a/one': '1' });
    const out = await world.backup([world.at('a'), world.at('gone')]);
    expect(out.skipped).toMatchObject([{ path: world.at('gone'), reason: 'vanished' }]);
    await expect(world.backup([world.at('gone')])).rejects.toMatchObject({ code: 'source-missing' });
    expect((await world.snapshots()).length).toBe(1);
  });

  it('leave out what the patterns say', async () => {
    for (const name of [
      'keep',
      'a.tmp',
      'cache/x',
      'sub/cache/y',
      'sub/b.tmp',
      'top/z',
      'sub/top/z',
      'c.TMP',
      'sub/keep.tmp',
    ]) {
      world.write({ [`src/${name}`]: name });
    }
    await world.backup([world.at('src')], {
      excludes: ['*.tmp', 'cache/', '/top', '!keep.tmp', `${world.at('src')}/keep`],
    });
    await world.restore(world.at('back'), { layout: 'selection' });
    const kept = filesIn(world.at('back/src')).map((f) => f.slice(world.at('back/src/').length));
    expect(kept).toEqual(['c.TMP', 'sub/keep.tmp', 'sub/top/z']);
  });

  it('leave the storage itself out where it lies inside, and are refused where they are the storage', async () => {
    world.write({ 'one': '1' }); // prettier-ignore
    const out = await world.backup([world.folder]);
    expect(out.skipped.map((s) => [s.path, s.reason])).toContainEqual([world.repo, 'destination-inside']);
    expect(out.files).toBe(1);
    for (const source of [world.repo, `${world.repo}/c`]) {
      await expect(world.backup([source])).rejects.toMatchObject({ code: 'bad-input' });
    }
    const both = await world.backup([world.at('one'), `${world.repo}/c`]);
    expect([both.files, both.skipped.map((s) => s.reason)]).toEqual([1, ['destination-inside']]);
  });
});
