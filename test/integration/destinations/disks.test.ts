/** A disk that comes back under another name. Disks are folders here, in a table of mounts that the test makes. */
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findMoved, type IsRepository } from '../../../main/destinations/local/find.ts';
import { remove, temporaryFolder } from '../../support/destination-local.ts';

let table: string;
beforeEach(async () => {
  table = await temporaryFolder();
});
afterEach(async () => {
  await remove(table);
});

const at = (...names: string[]): string => path.join(table, ...names);
const is =
  (id: string): IsRepository =>
  ({ repoFile }) =>
    Buffer.from(repoFile).toString() === id;

async function repository(id: string, ...names: string[]): Promise<string> {
  const folder = at(...names);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'repo.json'), id);
  return folder;
}

async function find(old: string, id: string, ...disks: string[]): Promise<string | null> {
  return await findMoved({ kind: 'local', path: old }, is(id), { mounts: async () => disks.map((disk) => at(disk)) });
}

describe('a repository on a disk', () => {
  test('that is where it was, is found there', async () => {
    const place = await repository('one', 'DISK', 'Backups');
    expect(await find(place, 'one', 'DISK', 'OTHER')).toBe(place);
  });

  test('that is mounted under another name, is found by the same path on it', async () => {
    const old = at('DISK', 'my', 'Backups');
    const now = await repository('one', 'DISK1', 'my', 'Backups');
    await repository('two', 'DISK2', 'my', 'Backups');
    expect(await find(old, 'one', 'DISK2', 'DISK1')).toBe(now);
  });

  test('is found although another repository lies under its path', async () => {
    const old = await repository('two', 'DISK', 'Backups');
    const now = await repository('one', 'DISK1', 'Backups');
    expect(await find(old, 'one', 'DISK', 'DISK1')).toBe(now);
  });

  test('is found in the usual folder, and at the top of a disk', async () => {
    const old = at('DISK', 'Backups');
    const usual = await repository('one', 'DISK1', 'Holdfast Backups');
    expect(await find(old, 'one', 'DISK1')).toBe(usual);
    const top = await repository('two', 'DISK2');
    expect(await find(old, 'two', 'DISK2')).toBe(top);
  });

  test('is known by any of the three copies of its description', async () => {
    const now = await repository('damaged', 'DISK1', 'Backups');
    await writeFile(path.join(now, 'repo.2.json'), 'one');
    expect(await find(at('DISK', 'Backups'), 'one', 'DISK1')).toBe(now);
  });

  test('is nowhere: disks without it, with another one, with a link in its place', async () => {
    await repository('two', 'DISK1', 'Backups');
    const elsewhere = await repository('one', 'elsewhere', 'Backups');
    await mkdir(at('DISK2', 'Backups'), { recursive: true });
    await symlink(path.join(elsewhere, 'repo.json'), at('DISK2', 'Backups', 'repo.json'));
    expect(await find(at('DISK', 'Backups'), 'one', 'DISK1', 'DISK2', 'never')).toBeNull();
  });

  test('of two that are alike, none is chosen; one of the same path goes before one in the usual folder', async () => {
    const old = at('DISK', 'Backups');
    await repository('one', 'DISK1', 'Backups');
    await repository('one', 'DISK2', 'Backups');
    expect(await find(old, 'one', 'DISK1', 'DISK2')).toBeNull();
    await rename(at('DISK2', 'Backups'), at('DISK2', 'Holdfast Backups'));
    expect(await find(old, 'one', 'DISK1', 'DISK2')).toBe(at('DISK1', 'Backups'));
  });

  test('one disk that is mounted twice is one place', async () => {
    const now = await repository('one', 'DISK1', 'Backups');
    await symlink(at('DISK1'), at('AGAIN'));
    expect(await find(at('DISK', 'Backups'), 'one', 'DISK1', 'AGAIN')).toBe(now);
  });

  test('cancelled, it rejects with the reason', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(findMoved({ kind: 'local', path: at('DISK') }, is('one'), { signal })).rejects.toBe(reason);
  });
});
