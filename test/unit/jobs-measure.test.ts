import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CACHEDIR_SIGNATURE, ExcludeMatcher } from '../../main/engine/excludes.ts';
import { DEFAULT_EXCLUDES } from '../../main/jobs/excludes.ts';
import { measureSource, type MeasureCount } from '../../main/jobs/measure.ts';
import { Measures } from '../../main/jobs/measures.ts';

let top: string;
const root = process.getuid?.() === 0;

beforeEach(async () => {
  top = await mkdtemp(path.join(tmpdir(), 'holdfast-measure-'));
});
afterEach(async () => {
  await rm(top, { recursive: true });
});

async function file(name: string, bytes: number): Promise<void> {
  const at = path.join(top, name);
  await mkdir(path.dirname(at), { recursive: true });
  await writeFile(at, Buffer.alloc(bytes));
}

async function measure(excludes: string[] = [], at = top): Promise<MeasureCount> {
  return await measureSource(Buffer.from(at), excludes, new AbortController().signal, () => undefined);
}

describe('measuring', () => {
  it('counts files and bytes below a folder, links as entries of no size', async () => {
    await file('a/one', 100);
    await file('a/b/two', 20);
    await file('three', 3);
    await symlink('/nowhere', path.join(top, 'link'));
    expect(await measure()).toMatchObject({ files: 4, bytes: 123, excludedFiles: 0, unreadableCount: 0, done: true });
  });

  it('measures a single file', async () => {
    await file('one', 5);
    expect(await measure([], path.join(top, 'one'))).toMatchObject({ files: 1, bytes: 5 });
  });

  it('tells what patterns leave out, with everything below an excluded folder', async () => {
    await file('keep/a.txt', 1);
    await file('keep/a.tmp', 10);
    await file('node_modules/x/deep.js', 100);
    await file('node_modules/y.js', 1000);
    expect(await measure(['*.tmp', 'node_modules/'])).toMatchObject({
      files: 1,
      bytes: 1,
      excludedFiles: 3,
      excludedBytes: 1110,
    });
  });

  it('matches patterns against the whole path too, and honours exceptions', async () => {
    await file('a/one.log', 1);
    await file('b/two.log', 2);
    expect(await measure([`${top}/a/`])).toMatchObject({ files: 1, bytes: 2, excludedFiles: 1 });
    expect(await measure(['*.log', '!two.log'])).toMatchObject({ excludedFiles: 1, excludedBytes: 1 });
  });

  it('leaves out a folder that marks itself as a cache, and only with the right signature', async () => {
    await file('cache/data', 50);
    await writeFile(path.join(top, 'cache', 'CACHEDIR.TAG'), `${CACHEDIR_SIGNATURE}\n`);
    await file('other/data', 7);
    await writeFile(path.join(top, 'other', 'CACHEDIR.TAG'), 'Signature: something else');
    const count = await measure();
    expect(count).toMatchObject({ files: 2, excludedFiles: 2 });
    expect(count.excludedBytes).toBe(50 + CACHEDIR_SIGNATURE.length + 1);
  });

  it('counts names that are not UTF-8', async () => {
    await writeFile(Buffer.concat([Buffer.from(`${top}/`), Buffer.from([0xff, 0xfe])]), 'xyz');
    expect(await measure()).toMatchObject({ files: 1, bytes: 3 });
  });

  it('says that a source is gone', async () => {
    const count = await measure([], path.join(top, 'gone'));
    expect(count.unreadable).toMatchObject([{ path: path.join(top, 'gone'), reason: 'vanished' }]);
  });

  it.skipIf(root)('names what may not be read, with the fix', async () => {
    await file('closed', 9);
    await chmod(path.join(top, 'closed'), 0);
    await file('folder/x', 9);
    await chmod(path.join(top, 'folder'), 0);
    const count = await measure();
    await chmod(path.join(top, 'folder'), 0o700);
    expect(count).toMatchObject({ files: 0, unreadableCount: 2 });
    expect(count.unreadable.map((item) => item.reason)).toEqual(['denied', 'denied']);
  });

  it('ends when it is cancelled', async () => {
    await file('a', 1);
    const controller = new AbortController();
    controller.abort();
    await expect(measureSource(Buffer.from(top), [], controller.signal, () => undefined)).rejects.toThrow();
  });
});

describe('several sources', () => {
  it('are told apart by name, each with a last report that is done', async () => {
    await file('a/x', 1);
    await file('b/y', 2);
    const reports: [string, string, number][] = [];
    const measures = new Measures((id, name, count) => {
      if (count.done) reports.push([id, name, count.bytes]);
    });
    const sources = ['a', 'b'].map((name) => ({ name, at: Buffer.from(path.join(top, name)) }));
    await measures.measure({ id: 'm1', sources, excludes: [] });
    expect(reports).toEqual([
      ['m1', 'a', 1],
      ['m1', 'b', 2],
    ]);
  });

  it('a new request ends the one before, which reports nothing more', async () => {
    for (let i = 0; i < 200; i++) await file(`many/${i}`, 1);
    const done: string[] = [];
    const measures = new Measures((id, _, count) => {
      if (count.done) done.push(id);
    });
    const request = (id: string) => ({
      id,
      sources: [{ name: 's', at: Buffer.from(path.join(top, 'many')) }],
      excludes: [],
    });
    await Promise.all([measures.measure(request('old')), measures.measure(request('new'))]);
    expect(done).toEqual(['new']);
  });
});

describe('patterns', () => {
  it('of the proposal leave out caches and bins, and keep documents', () => {
    const matcher = new ExcludeMatcher(DEFAULT_EXCLUDES);
    const gone: [string, boolean][] = [
      ['.cache', true],
      ['project/node_modules', true],
      ['Downloads/film.mkv.part', false],
      ['.local/share/Trash', true],
    ];
    for (const [below, folder] of gone) expect(matcher.excludes(below, `/home/ada/${below}`, folder), below).toBe(true);
    const kept: [string, boolean][] = [
      ['Documents', true],
      ['Documents/cache', false],
      ['Pictures/part.jpg', false],
      ['tmp.txt', false],
    ];
    for (const [below, folder] of kept)
      expect(matcher.excludes(below, `/home/ada/${below}`, folder), below).toBe(false);
  });

  it('none, or only blank lines, leave out nothing', () => {
    expect(new ExcludeMatcher([]).excludes('a', '/a', false)).toBe(false);
    expect(new ExcludeMatcher(['', '  ']).excludes('a', '/a', false)).toBe(false);
  });

  it('give the same answer after very many questions', () => {
    const matcher = new ExcludeMatcher(['*.tmp']);
    for (let i = 0; i < 45_000; i++) {
      const wanted = i % 2 === 0;
      const name = `${i}.${wanted ? 'tmp' : 'txt'}`;
      if (matcher.excludes(name, `/home/${name}`, false) !== wanted) expect.fail(name);
    }
  });
});
