import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic } from '../../main/jobs/atomic-file.ts';
import { ConfigStore, DEFAULT_CONFIG } from '../../main/jobs/config.ts';
import { appFolders } from '../../main/jobs/folders.ts';
import { plannedFolder } from '../support/chosen-place.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-config-'));
  file = path.join(folder, 'state', 'config.json');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const plan = {
  destinations: [plannedFolder('/backups')],
  sources: ['/home/ada/Documents'],
  excludes: ['*.tmp'],
  repoId: '00'.repeat(16),
  repoCreatedMs: 1,
  clientId: '11'.repeat(16),
};

describe('configuration', () => {
  it('is the defaults where there is no file, and makes none by being read', async () => {
    const { store, damaged } = await ConfigStore.load(file);
    expect(store.value).toEqual(DEFAULT_CONFIG);
    expect(damaged).toBe(false);
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('comes back as it was stored, readable by its owner only', async () => {
    const { store } = await ConfigStore.load(file);
    await store.update({ plan, paused: { untilMs: null } });
    const { store: again } = await ConfigStore.load(file);
    expect(again.value).toEqual({ ...DEFAULT_CONFIG, plan, paused: { untilMs: null } });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
  });

  it('takes over the one folder that version 1 knew, and keeps everything else', async () => {
    const { destinations: _, ...rest } = plan;
    const old = {
      ...DEFAULT_CONFIG,
      version: 1,
      plan: { ...rest, destination: { id: 'd1', kind: 'local', path: '/backups' } },
      keySavedMs: 9,
    };
    await writeFileAtomic(file, JSON.stringify(old));
    const { store, damaged } = await ConfigStore.load(file);
    expect(damaged).toBe(false);
    expect(store.value).toEqual({ ...DEFAULT_CONFIG, plan, keySavedMs: 9 });
  });

  it('gives what version 2 wrote the usual schedule, and keeps everything else', async () => {
    const { when, ...rest } = DEFAULT_CONFIG;
    await writeFileAtomic(file, JSON.stringify({ ...rest, version: 2, plan, keySavedMs: 9 }));
    const { store, damaged } = await ConfigStore.load(file);
    expect(damaged).toBe(false);
    expect(store.value).toEqual({ ...DEFAULT_CONFIG, plan, keySavedMs: 9 });
    expect(when.schedule).toEqual({ every: 'hours', hours: 1 });
  });

  it('keeps the last of many changes made at once', async () => {
    const { store } = await ConfigStore.load(file);
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.update({ keySavedMs: i })));
    expect((await ConfigStore.load(file)).store.value.keySavedMs).toBe(19);
    expect(await readdir(path.dirname(file))).toEqual(['config.json']);
  });

  it.each([
    ['cut short', '{"version":1,"plan":'],
    ['of another shape', '{"version":1,"plan":3}'],
    ['empty', ''],
  ])('keeps a file that is %s aside and starts with defaults', async (_, text) => {
    await writeFileAtomic(file, text);
    const { store, damaged } = await ConfigStore.load(file);
    expect(damaged).toBe(true);
    expect(store.value).toEqual(DEFAULT_CONFIG);
    expect(await readFile(`${file}.damaged`, 'utf8')).toBe(text);
  });

  it('refuses what a newer version wrote, and leaves it alone', async () => {
    const text = '{"version":99,"everything":"else"}';
    await writeFileAtomic(file, text);
    await expect(ConfigStore.load(file)).rejects.toMatchObject({ code: 'newer-format' });
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('refuses settings out of range and keeps the old ones', async () => {
    const { store } = await ConfigStore.load(file);
    await expect(
      store.update({ settings: { theme: 'dark', language: 'system', density: 'compact', idleLockMinutes: 0 } }),
    ).rejects.toThrow();
    expect(store.value.settings).toEqual(DEFAULT_CONFIG.settings);
  });

  it('says so where it cannot be written', async () => {
    await writeFile(path.join(folder, 'state'), 'a file where the folder should be');
    const { store } = await ConfigStore.load(path.join(folder, 'other', 'config.json'));
    await store.update({ keySavedMs: 1 });
    const blocked = await ConfigStore.load(file).catch((error: unknown) => error);
    expect(blocked).toMatchObject({ code: 'internal', guidance: expect.stringContaining(file) });
  });
});

describe('atomic files', () => {
  it('leave the old file and no litter where the new one cannot be put in place', async () => {
    const target = path.join(folder, 'target');
    await writeFileAtomic(path.join(target, 'inside'), 'x'); // a folder cannot be replaced by a file
    await expect(writeFileAtomic(target, 'new')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['target']);
  });

  it('replace a file that is read-only', async () => {
    const target = path.join(folder, 'file');
    await writeFileAtomic(target, 'old');
    await chmod(target, 0o400);
    await writeFileAtomic(target, 'new');
    expect(await readFile(target, 'utf8')).toBe('new');
  });
});

describe('folders', () => {
  it('lie in HOLDFAST_HOME where that is set', () => {
    const folders = appFolders({ HOLDFAST_HOME: folder });
    for (const each of Object.values(folders)) expect(each.startsWith(folder)).toBe(true);
  });

  it('are absolute and named after the app elsewhere', () => {
    const { root } = appFolders({});
    expect(path.isAbsolute(root)).toBe(true);
    expect(root.toLowerCase()).toContain('holdfast');
    expect(appFolders({ HOLDFAST_HOME: '' }).root).toBe(root);
  });
});
