/** The order in which a local destination flushes and renames, and what happens when that fails. */
import { constants } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeFileSystem, retryWhileOpen, type FileSystem } from '../../main/destinations/local/file-system.ts';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import { expectBytes, expectCode, spool } from '../support/destination-helpers.ts';
import { makeLocal, temporaryFolder, remove } from '../support/destination-local.ts';
import { CLIENT, nameFor, numbered } from '../support/destination-names.ts';

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code });
}

describe('flushing', () => {
  /** Notes the durable calls, below the root, and fails those that `fails` names. */
  function watched(fails: (call: string) => NodeJS.ErrnoException | null): {
    log: string[];
    files: FileSystem;
    root: string;
  } {
    const state = { log: [] as string[], root: '', files: nodeFileSystem };
    const note = (call: string, ...paths: string[]): void => {
      const shown = paths.map((at) => path.relative(state.root, at).replace(/(put|made)-\w+/, 'new') || '.');
      const line = [call, ...shown].join(' ');
      state.log.push(line);
      const error = fails(line);
      if (error !== null) throw error;
    };
    state.files = {
      async syncFile(handle, at) {
        note('sync', at);
        await nodeFileSystem.syncFile(handle, at);
      },
      async syncFolder(at) {
        note('syncFolder', at);
        await nodeFileSystem.syncFolder(at);
      },
      async rename(from, to) {
        note('rename', from, to);
        await nodeFileSystem.rename(from, to);
      },
    };
    return state;
  }

  async function watchedLocal(fails: (call: string) => NodeJS.ErrnoException | null = () => null) {
    const watch = watched(fails);
    const under = await makeLocal({ fileSystem: watch.files });
    watch.root = under.root;
    watch.log.length = 0;
    return { ...under, log: watch.log };
  }

  const name = nameFor(numbered(1));
  const folder = path.dirname(`c/${CLIENT}/p/${name.slice(-64, -62)}/x`);
  const object = `${folder}/${name.slice(-64)}`;

  test('put: the file, then the rename, then its folder; each new folder in its parent', async () => {
    const { destination, log, dispose } = await watchedLocal();
    await destination.put(name, numbered(1));
    expect(log).toEqual([
      'syncFolder tmp',
      `sync tmp/${CLIENT}/new`,
      'syncFolder c',
      `syncFolder c/${CLIENT}`,
      `syncFolder c/${CLIENT}/p`,
      `rename tmp/${CLIENT}/new ${object}`,
      `syncFolder ${folder}`,
    ]);
    log.length = 0;
    await destination.put(name, numbered(1));
    expect(log).toEqual([`sync tmp/${CLIENT}/new`, `rename tmp/${CLIENT}/new ${object}`, `syncFolder ${folder}`]);
    await dispose();
  });

  test('publish: the same order; a second one flushes before it drops the spool file', async () => {
    const { destination, log, dispose } = await watchedLocal();
    const file = await spool(destination, numbered(1));
    log.length = 0;
    await destination.publish(file, name);
    const spoolFile = `tmp/${CLIENT}/object`;
    expect([log[0], ...log.slice(-2)]).toEqual([
      `sync ${spoolFile}`,
      `rename ${spoolFile} ${object}`,
      `syncFolder ${folder}`,
    ]);
    log.length = 0;
    await destination.publish(await spool(destination, numbered(1)), name);
    expect(log).toEqual([`sync ${spoolFile}`, `syncFolder ${folder}`]);
    log.length = 0;
    await destination.publish(file, name);
    expect(log).toEqual([`syncFolder ${folder}`]);
    await dispose();
  });

  test('another process flushes the folders that a killed one may have left unflushed', async () => {
    const { destination, root, dispose } = await watchedLocal();
    await destination.put(name, numbered(1));
    const watch = watched(() => null);
    watch.root = root;
    const other = await LocalDestination.open(root, { fileSystem: watch.files });
    await other.put(name, numbered(1));
    await other.put(nameFor(numbered(2)), numbered(2));
    for (const parent of ['.', 'tmp', 'c', `c/${CLIENT}`]) {
      expect(watch.log.filter((line) => line === `syncFolder ${parent}`)).toHaveLength(1);
    }
    await dispose();
  });

  test('removing is flushed, but for packs', async () => {
    const { destination, log, dispose } = await watchedLocal();
    for (const each of [name, 'repo.1.json']) await destination.put(each, numbered(1));
    log.length = 0;
    await destination.remove(name);
    expect(log).toEqual([]);
    await destination.remove('repo.1.json');
    expect(log).toEqual(['syncFolder .']);
    await dispose();
  });

  test.each([
    ['EIO', 'destination-failed'],
    ['ENOSPC', 'destination-full'],
    ['EDQUOT', 'destination-full'],
    ['EROFS', 'destination-denied'],
    ['EPERM', 'destination-denied'],
    ['ESTALE', 'destination-missing'],
    ['ENODEV', 'destination-missing'],
  ] as const)('%s while flushing a put: %s, and nothing is stored', async (errno, code) => {
    let broken = true;
    const fails = (call: string): NodeJS.ErrnoException | null =>
      broken && call.startsWith('sync tmp') ? failure(errno) : null;
    const { destination, leftovers, dispose } = await watchedLocal(fails);
    await expectCode(destination.put(name, numbered(1)), code);
    expect([await destination.stat(name), await leftovers()]).toEqual([null, []]);
    broken = false;
    await destination.put(name, numbered(1));
    await dispose();
  });

  test('a failed rename leaves nothing, or keeps the spool file', async () => {
    let broken = true;
    const fails = (call: string): NodeJS.ErrnoException | null =>
      broken && call.startsWith('rename') ? failure('EIO') : null;
    const { destination, leftovers, dispose } = await watchedLocal(fails);
    await expectCode(destination.put(name, numbered(1)), 'destination-failed');
    expect([await destination.stat(name), await leftovers()]).toEqual([null, []]);
    const file = await spool(destination, numbered(1));
    await expectCode(destination.publish(file, name), 'destination-failed');
    expect([await destination.stat(name), await leftovers()]).toEqual([null, ['object']]);
    broken = false;
    await destination.publish(file, name);
    expectBytes(await destination.get(name), numbered(1));
    await dispose();
  });

  test('cancelled between flush and rename, nothing appears', async () => {
    const cancel = new AbortController();
    const reason = new Error('enough');
    const fails = (call: string): null => {
      if (call.startsWith('sync tmp')) cancel.abort(reason);
      return null;
    };
    const { destination, leftovers, dispose } = await watchedLocal(fails);
    await expect(destination.put(name, numbered(1), { signal: cancel.signal })).rejects.toBe(reason);
    expect([await destination.stat(name), await leftovers()]).toEqual([null, []]);
    await dispose();
  });

  test('after a failed flush the bytes of a spool file are written anew and compared with the name', async () => {
    let broken = true;
    const fails = (call: string): NodeJS.ErrnoException | null =>
      broken && call === `sync tmp/${CLIENT}/object` ? failure('EIO') : null;
    const { destination, log, leftovers, dispose } = await watchedLocal(fails);
    const file = await spool(destination, numbered(1));
    await expectCode(destination.publish(file, name), 'destination-failed');
    broken = false;
    log.length = 0;
    await destination.publish(file, name);
    expect(log).toContain(`sync tmp/${CLIENT}/new`);
    expect(log).not.toContain(`rename tmp/${CLIENT}/object ${object}`);
    expectBytes(await destination.get(name), numbered(1));
    expect(await leftovers()).toEqual([]);

    // The pages were lost: what the file holds now is not what was sealed.
    broken = true;
    const other = nameFor(numbered(2));
    await spool(destination, numbered(2));
    await expectCode(destination.publish(file, other), 'destination-failed');
    broken = false;
    await writeFile(file, new Uint8Array(16));
    await expectCode(destination.publish(file, other), 'object-damaged');
    expect(await destination.stat(other)).toBeNull();
    await dispose();
  });

  test('a file system that cannot flush is used as it is', async () => {
    const folderPath = await temporaryFolder();
    const handle = await open(path.join(folderPath, 'file'), constants.O_CREAT | constants.O_RDWR);
    const unable = Object.create(handle, { sync: { value: async () => await Promise.reject(failure('EINVAL')) } });
    await nodeFileSystem.syncFile(unable as typeof handle, folderPath);
    const broken = Object.create(handle, { sync: { value: async () => await Promise.reject(failure('EIO')) } });
    await expect(nodeFileSystem.syncFile(broken as typeof handle, folderPath)).rejects.toThrow('EIO');
    await handle.close();
    await remove(folderPath);
  });
});

describe('a file that another program holds open', () => {
  const held = (times: number, code: string): (() => Promise<void>) => {
    let left = times;
    return async () => {
      left -= 1;
      if (left >= 0) throw failure(code);
    };
  };

  test('on Windows its replacement is tried again for about a second', async () => {
    const waits: number[] = [];
    const pause = async (ms: number): Promise<void> => void waits.push(ms);
    await retryWhileOpen(held(3, 'EPERM'), 'win32', pause);
    expect(waits).toEqual([10, 20, 40]);
    waits.length = 0;
    await expect(retryWhileOpen(held(99, 'EBUSY'), 'win32', pause)).rejects.toThrow('EBUSY');
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(1_000);
    await expect(retryWhileOpen(held(1, 'ENOSPC'), 'win32', pause)).rejects.toThrow('ENOSPC');
  });

  test('elsewhere a refusal is final', async () => {
    await expect(retryWhileOpen(held(1, 'EPERM'), 'linux')).rejects.toThrow('EPERM');
    await retryWhileOpen(held(0, 'EPERM'), 'linux');
  });
});
