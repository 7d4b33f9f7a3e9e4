/** What is dragged out of the window: restored into a private folder, within bounds, and gone afterwards. */
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RestoreInput, RestoreOutput } from '../../main/engine/api.ts';
import type { Connection } from '../../main/jobs/connection.ts';
import { DragOut } from '../../main/jobs/drag-out.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeEngines, FakeKeys } from '../support/fake-engine.ts';

let home: string;
let folder: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'holdfast-drag-test-'));
  folder = path.join(home, 'dragged');
});
afterEach(async () => await rm(home, { recursive: true, force: true }));

const NAME = 'YQ'; // "a"
const connection = { at: () => ({ kind: 'folder', path: '/d' }) } as unknown as Connection;

function dragOut(write: (target: string) => Promise<void>, size = { files: 1, bytes: 5 }) {
  const engines = new FakeEngines({
    restore: async (input: RestoreInput) => {
      if (!input.dryRun && input.target.kind === 'folder') await write(input.target.path);
      return { folders: 0, others: 0, ...size } as RestoreOutput;
    },
  });
  const clock = new FakeClock();
  return { drag: new DragOut({ connection, engines, keys: new FakeKeys(), clock, folder }), engines, clock };
}
const writeOne = async (target: string): Promise<void> => await writeFile(path.join(target, 'a'), 'hello');
const kept = async (): Promise<string[]> => await readdir(folder).catch(() => []);

describe('What is dragged', () => {
  it('lies in a folder that is for its user alone, and is gone when that is over', async () => {
    const { drag } = dragOut(writeOne);
    const { id, items, bytes } = await drag.prepare('s', [NAME]);
    expect({ items, bytes }).toEqual({ items: 1, bytes: 5 });
    const [file = ''] = drag.files(id);
    expect(file).toBe(path.join(folder, id, 'a'));
    expect(await readFile(file, 'utf8')).toBe('hello');
    if (process.platform !== 'win32') {
      for (const at of [folder, path.dirname(file)]) expect((await lstat(at)).mode & 0o777).toBe(0o700);
    }
    await drag.clear();
    expect(await kept()).toEqual([]);
    expect(() => drag.files(id)).toThrow('no longer ready');
  });

  it('goes by itself after ten minutes', async () => {
    const { drag, clock } = dragOut(writeOne);
    const { id } = await drag.prepare('s', [NAME]);
    clock.advance(9 * 60_000);
    expect(await kept()).toEqual([id]);
    clock.advance(60_000);
    await expect.poll(kept).toEqual([]);
    expect(() => drag.files(id)).toThrow('no longer ready');
  });

  it('goes when something else is dragged', async () => {
    const { drag } = dragOut(writeOne);
    const first = await drag.prepare('s', [NAME]);
    const second = await drag.prepare('s', [NAME]);
    expect(await kept()).toEqual([second.id]);
    expect(() => drag.files(first.id)).toThrow('no longer ready');
  });

  it('is one thing at a time: what was asked for before is stopped, and leaves nothing', async () => {
    const { drag } = dragOut(writeOne);
    const first = drag.prepare('s', [NAME]);
    const second = drag.prepare('s', [NAME]);
    await expect(first).rejects.toMatchObject({ code: 'stopped' });
    const { id } = await second;
    expect(await kept()).toEqual([id]);
  });

  it('is not more than can be dragged: nothing is written then', async () => {
    for (const size of [
      { files: 1, bytes: 300_000_000 },
      { files: 2_001, bytes: 1 },
    ]) {
      let wrote = false;
      const { drag } = dragOut(async () => void (wrote = true), size);
      await expect(drag.prepare('s', [NAME])).rejects.toThrow('more than can be dragged');
      expect(wrote).toBe(false);
      expect(await kept()).toEqual([]);
    }
  });

  it('is removed where restoring it fails', async () => {
    const { drag } = dragOut(async (target) => {
      await writeOne(target);
      throw new Error('the disk is gone');
    });
    await expect(drag.prepare('s', [NAME])).rejects.toThrow('the disk is gone');
    expect(await kept()).toEqual([]);
  });

  it('is files and folders, not what a link leads to', async () => {
    const secret = path.join(home, 'secret');
    await writeFile(secret, 'not for others');
    const { drag } = dragOut(async (target) => {
      await symlink(secret, path.join(target, 'a'));
      await mkdir(path.join(target, 'b'));
    });
    const { id } = await drag.prepare('s', [NAME]);
    expect(drag.files(id).map((file) => path.basename(file))).toEqual(['b']);
    const links = dragOut(async (target) => await symlink(secret, path.join(target, 'a')));
    await expect(links.drag.prepare('s', [NAME])).rejects.toThrow('Only files and folders');
    expect(await readFile(secret, 'utf8')).toBe('not for others');
  });

  it('never goes through a link that lies where it is written or removed', async () => {
    const theirs = path.join(home, 'theirs');
    await mkdir(theirs);
    await writeFile(path.join(theirs, 'photo'), 'kept');
    await symlink(theirs, folder);
    const { drag } = dragOut(async (target) => {
      await writeOne(target);
      await symlink(theirs, path.join(target, 'out'));
    });
    const { id } = await drag.prepare('s', [NAME]);
    expect((await lstat(folder)).isSymbolicLink()).toBe(false);
    expect(drag.files(id)).toHaveLength(1);
    await drag.clear();
    expect(await readdir(theirs)).toEqual(['photo']);
  });

  it('is removed though its folders may not be written, and what an ended program left as well', async () => {
    const left = path.join(folder, 'x', 'y');
    await mkdir(left, { recursive: true });
    await writeFile(path.join(left, 'old'), '');
    await chmod(left, 0o500);
    const { drag } = dragOut(writeOne);
    await drag.clear();
    expect(await kept()).toEqual([]);
  });

  it('has names of entries for its paths, and no others', async () => {
    const { drag, engines } = dragOut(writeOne);
    for (const bad of ['..', 'a/../b', '/', 'a b']) {
      await expect(drag.prepare('s', [bad])).rejects.toMatchObject({ code: 'bad-input' });
    }
    expect(engines.calls).toEqual([]);
  });
});
