import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { excludesHandlers } from '../../main/ipc/excludes.ts';
import { ExcludesFile } from '../../preload/contract.ts';

describe('rules from a file and into one', () => {
  let folder: string;
  let chosen: string | null;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-excludes-'));
    chosen = path.join(folder, 'list.txt');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const handlers = () =>
    excludesHandlers({
      desktop: { home: '/home/anna' },
      dialogs: { chooseFile: async () => chosen, saveFile: async () => chosen },
    });

  it('reads the chosen file, once more under another syntax, and what was saved', async () => {
    await writeFile(path.join(folder, 'list.txt'), 'a/b\n/x\n');
    const own = handlers();
    const opened = await own.open(null);
    expect(ExcludesFile.parse(opened)).toMatchObject({ name: 'list.txt', kind: 'git', left: [] });
    expect((await own.readAs({ kind: 'restic' })).taken.map(({ rule }) => rule)).toEqual(['**/a/b', '/x']);
    expect(await own.save({ excludes: ['# caches', '*.tmp'] })).toBe(true);
    expect(await readFile(path.join(folder, 'list.txt'), 'utf8')).toBe('# caches\n*.tmp\n');
  });

  it('changes nothing where it is cancelled, and reads only what was chosen', async () => {
    chosen = null;
    const own = handlers();
    expect(await own.open(null)).toBeNull();
    expect(await own.save({ excludes: ['a'] })).toBe(false);
    await expect(own.readAs({ kind: 'git' })).rejects.toMatchObject({ code: 'bad-input' });
    chosen = folder; // no file
    await expect(own.open(null)).rejects.toMatchObject({ code: 'bad-input' });
    chosen = path.join(folder, 'none', 'x');
    await expect(own.save({ excludes: ['a'] })).rejects.toMatchObject({ code: 'target-denied' });
  });
});
