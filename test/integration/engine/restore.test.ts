import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entry, filesIn, hashOf, World } from '../../support/engine.ts';
import { compareTrees } from '../../support/tree.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
  world.write({ 'src/a.txt': 'from the backup', 'src/sub/b.txt': 'b', 'src/sub/deep/c': 'c', 'src/other/d': 'd' });
  symlinkSync('a.txt', world.at('src/link'));
  await world.backup([world.at('src')]);
});
afterEach(() => world.dispose());

const text = (...names: string[]): string => readFileSync(world.at(...names), 'utf8');
const selection = { layout: 'selection' as const };

describe('where names are taken', () => {
  beforeEach(() => {
    world.write({ 'to/src/a.txt': 'already there', 'to/src/sub/mine': 'mine' });
    symlinkSync('elsewhere', world.at('to/src/link'));
  });

  it('keep-both puts files and links beside the existing ones', async () => {
    const out = await world.restore(world.at('to'), selection);
    expect(out).toMatchObject({ conflicts: 2, keptBoth: 2, problems: [], skippedExisting: 0, restoredFiles: 4 });
    expect([text('to/src/a.txt'), text('to/src/sub/mine')]).toEqual(['already there', 'mine']);
    expect(readlinkSync(world.at('to/src/link'))).toBe('elsewhere');
    const names = readdirSync(world.at('to/src'));
    const file = names.find((name) => /^a \(restored .+\)\.txt$/.test(name)) ?? '';
    const link = names.find((name) => /^link \(restored .+\)$/.test(name)) ?? '';
    expect(text('to/src', file)).toBe('from the backup');
    expect(readlinkSync(world.at('to/src', link))).toBe('a.txt');
    // Once more: what the first one put there is known again.
    expect(await world.restore(world.at('to'), selection)).toMatchObject({ keptBoth: 0, restoredFiles: 0 });
    expect(readdirSync(world.at('to/src')).sort()).toEqual(names.sort());
  });

  it('skip leaves what is there, and gives back what is not', async () => {
    const out = await world.restore(world.at('to'), { ...selection, conflict: 'skip' });
    expect(out).toMatchObject({ skippedExisting: 2, keptBoth: 0, problems: [], restoredFiles: 3 });
    expect([text('to/src/a.txt'), text('to/src/sub/b.txt')]).toEqual(['already there', 'b']);
    expect(readlinkSync(world.at('to/src/link'))).toBe('elsewhere');
    expect(filesIn(world.at('to')).length).toBe(6);
  });

  it('replace replaces files and links, and removes nothing else', async () => {
    const out = await world.restore(world.at('to'), { ...selection, conflict: 'replace' });
    expect(out).toMatchObject({ problems: [], restoredFiles: 4 });
    expect([text('to/src/a.txt'), text('to/src/sub/mine')]).toEqual(['from the backup', 'mine']);
    rmSync(world.at('to/src/sub/mine'));
    expect(await compareTrees(world.at('src'), world.at('to/src'), { times: false })).toEqual([]);
  });
});

describe('where kinds differ', () => {
  beforeEach(() => {
    // A folder where a file has to go, and a file where a folder has to.
    world.write({ 'to/src/a.txt/inside': 'precious', 'to/src/sub': 'a file' });
    mkdirSync(world.at('to/src/link'));
  });

  it.each(['keep-both', 'skip', 'replace'] as const)('%s loses nothing that it was not told to', async (conflict) => {
    const out = await world.restore(world.at('to'), { ...selection, conflict });
    expect(text('to/src/a.txt/inside')).toBe('precious');
    expect(lstatSync(world.at('to/src/link')).isDirectory()).toBe(true);
    expect(text('to/src/other/d')).toBe('d');
    if (conflict === 'keep-both') {
      expect(out.problems).toEqual([]);
      expect(text('to/src/sub')).toBe('a file');
      const beside = readdirSync(world.at('to/src')).find((name) => name.startsWith('sub (')) ?? '';
      expect(text('to/src', beside, 'deep/c')).toBe('c');
    } else if (conflict === 'skip') {
      expect([out.problems, text('to/src/sub')]).toEqual([[], 'a file']);
    } else {
      // A folder is never removed for a file: that is a problem for the person.
      expect(out.problems.map((p) => p.path).sort()).toEqual([world.at('to/src/a.txt'), world.at('to/src/link')]);
      expect(text('to/src/sub/deep/c')).toBe('c');
    }
    // No temporary file or link stays behind.
    const names = readdirSync(world.at('to/src'));
    expect(names.filter((name) => !/^(a|sub|link|other)( \(restored [^)]+\))?(\.txt)?$/.test(name))).toEqual([]);
  });
});

describe('a hostile target', () => {
  it.each(['keep-both', 'skip', 'replace'] as const)('cannot lead %s out of it through a link', async (conflict) => {
    world.write({ 'outside/b.txt': 'not to be touched' });
    mkdirSync(world.at('to/src'), { recursive: true });
    symlinkSync(world.at('outside'), world.at('to/src/sub'));
    symlinkSync(world.at('outside/b.txt'), world.at('to/src/a.txt'));
    symlinkSync(world.at('outside/made'), world.at('to/src/link'));
    const before = hashOf(world.at('outside'));
    const out = await world.restore(world.at('to'), { ...selection, conflict });
    expect([hashOf(world.at('outside')), existsSync(world.at('outside/made'))]).toEqual([before, false]);
    expect(out.problems).toEqual([]);
  });

  it('whose way down is a link is refused', async () => {
    world.write({ 'outside/x': 'x' });
    const first = world.folder.split('/')[1] ?? '';
    mkdirSync(world.at('to'));
    symlinkSync(world.at('outside'), world.at('to', first));
    await expect(world.restore(world.at('to'))).rejects.toMatchObject({ code: 'target-unsafe' });
    expect(filesIn(world.at('outside')).length).toBe(1);
  });

  it('may itself be a link: that is the person’s own choice', async () => {
    mkdirSync(world.at('real'));
    symlinkSync('real', world.at('to'));
    await world.restore(world.at('to'), selection);
    expect(await compareTrees(world.at('src'), world.at('real/src'))).toEqual([]);
  });
});

describe('what is chosen', () => {
  it('comes under its full path, or directly into the target', async () => {
    const paths = [entry(world.at('src/sub')), entry(world.at('src/a.txt'))];
    await world.restore(world.at('full'), { paths });
    expect(filesIn(world.at('full')).map((f) => f.slice(world.at('full').length))).toEqual(
      ['a.txt', 'sub/b.txt', 'sub/deep/c'].map((name) => world.at('src', name)),
    );
    await world.restore(world.at('flat'), { paths, ...selection });
    expect(filesIn(world.at('flat')).map((f) => f.slice(world.at('flat/').length))).toEqual([
      'a.txt',
      'sub/b.txt',
      'sub/deep/c',
    ]);
  });

  it('twice, and one inside another, is restored once; two of one name both', async () => {
    world.write({ 'src/other/sub/b.txt': 'the other' });
    await world.backup([world.at('src')]);
    const paths = ['src/sub', 'src/sub/deep', 'src/sub', 'src/other/sub'].map((name) => entry(world.at(name)));
    const out = await world.restore(world.at('flat'), { paths, ...selection });
    expect(out).toMatchObject({ restoredFiles: 3, keptBoth: 0, problems: [] });
    expect([text('flat/sub/b.txt'), text('flat/sub (2)/b.txt')]).toEqual(['b', 'the other']);
  });

  it('and not there is an error before anything is written', async () => {
    for (const path of ['src/nothing', 'src/a.txt/inside', 'nothing']) {
      await expect(world.restore(world.at('to'), { paths: [entry(world.at(path))] })).rejects.toMatchObject({
        code: 'path-not-found',
      });
    }
    expect(filesIn(world.at('to'))).toEqual([]);
    await expect(world.restore(world.at('to'), { snapshotId: 'abcdef' })).rejects.toMatchObject({
      code: 'snapshot-not-found',
    });
    await expect(world.restore(world.at('to'), { snapshotId: '' })).rejects.toMatchObject({
      code: 'snapshot-not-found',
    });
  });

  it('goes back to its original place', async () => {
    renameSync(world.at('src'), world.at('saved'));
    const out = await world.restore('', { target: { kind: 'original' } });
    expect(out.problems).toEqual([]);
    expect(await compareTrees(world.at('saved'), world.at('src'))).toEqual([]);
  });

  it('goes back to its original place beside what is there, which stays', async () => {
    writeFileSync(world.at('src/a.txt'), 'newer');
    rmSync(world.at('src/sub'), { recursive: true });
    await world.restore('', { target: { kind: 'original' }, conflict: 'skip' });
    expect([text('src/a.txt'), text('src/sub/deep/c')]).toEqual(['newer', 'c']);
  });
});

describe('a dry run', () => {
  it('says what would happen and writes nothing', async () => {
    world.write({ 'to/src/a.txt': 'already there' });
    const before = hashOf(world.folder);
    for (const target of ['to', 'not/there/yet']) {
      const plan = await world.restore(world.at(target), { ...selection, dryRun: true });
      expect(plan).toMatchObject({
        files: 4,
        folders: 4,
        others: 1,
        bytes: 'from the backup'.length + 3,
        restoredFiles: 0,
      });
      expect(plan.conflicts).toBe(target === 'to' ? 1 : 0);
      expect(plan.conflictSamples.length).toBe(plan.conflicts);
      expect(plan.freeBytes).toBeGreaterThan(0);
    }
    expect(hashOf(world.folder)).toBe(before);
    expect(existsSync(world.at('not'))).toBe(false);
  });
});

describe('names at their limits', () => {
  it('of 255 bytes are replaced, kept beside and skipped like others', async () => {
    const long = 'é'.repeat(127) + 'x';
    world.write({ [`long/${long}`]: 'content', [`long/${'y'.repeat(251)}.txt`]: 'y' });
    symlinkSync('target', world.at('long', 'l'.repeat(255)));
    await world.backup([world.at('long')]);
    await world.restore(world.at('to'), selection);
    // Twice each: the second keep-both knows the cut names of the first.
    for (const conflict of ['replace', 'keep-both', 'keep-both', 'skip'] as const) {
      for (const name of readdirSync(world.at('to/long')).filter((one) => !one.includes('restored'))) {
        rmSync(world.at('to/long', name));
        if (name.startsWith('l')) symlinkSync('another', world.at('to/long', name));
        else writeFileSync(world.at('to/long', name), 'another');
      }
      const out = await world.restore(world.at('to'), { ...selection, conflict });
      expect([conflict, out.problems]).toEqual([conflict, []]);
    }
    const names = readdirSync(world.at('to/long'), { encoding: 'buffer' });
    expect(names.length).toBe(6);
    // Cut names are still UTF-8, which some file systems insist on.
    expect(names.every((name) => Buffer.from(name.toString()).equals(name))).toBe(true);
  });
});

describe('a target that cannot be written', () => {
  it.runIf(process.getuid?.() !== 0)('is an error that says so', async () => {
    mkdirSync(world.at('closed'));
    chmodSync(world.at('closed'), 0o500);
    await expect(world.restore(world.at('closed'))).rejects.toMatchObject({ code: 'target-denied' });
    await expect(world.restore(world.at('closed/new'))).rejects.toMatchObject({ code: 'target-denied' });
  });

  it('because a file has its place is an error that says so', async () => {
    writeFileSync(world.at('file'), '');
    await expect(world.restore(world.at('file/to'))).rejects.toMatchObject({ code: 'target-denied' });
    await expect(world.restore(world.at('file'), selection)).rejects.toMatchObject({ code: 'target-unsafe' });
    expect(statSync(world.at('file')).size).toBe(0);
  });
});
