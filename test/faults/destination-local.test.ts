/** A local destination whose disk goes away, whose flushes fail, whose process is killed. */
import { constants, existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeFileSystem, retryWhileOpen, type FileSystem } from '../../main/destinations/local/file-system.ts';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import type { Destination } from '../../main/destinations/destination.ts';
import { all, expectBytes, expectCode, namesIn, spool } from '../support/destination-conformance.ts';
import { makeLocal, makeOnDisk, remove, temporaryFolder, unmount } from '../support/destination-local.ts';
import { CLIENT, nameFor, numbered, OTHER_CLIENT, random } from '../support/destination-names.ts';

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** Every call that reads or writes; each must say that the destination is missing. */
function everyCall(destination: Destination, spoolPath: string): Record<string, () => Promise<unknown>> {
  return {
    init: async () => await destination.init(),
    put: async () => await destination.put(nameFor(numbered(1)), numbered(1)),
    putRepo: async () => await destination.put('repo.json', numbered(1)),
    spoolFolder: async () => await destination.spoolFolder(OTHER_CLIENT),
    publish: async () => await destination.publish(spoolPath, nameFor(numbered(2))),
    clearSpool: async () => await destination.clearSpool(CLIENT),
    get: async () => await destination.get('repo.json'),
    getRange: async () => await destination.getRange('repo.json', 0, 1),
    stat: async () => await destination.stat('repo.json'),
    list: async () => await all(destination, ''),
    remove: async () => await destination.remove('repo.json'),
    space: async () => await destination.space(),
  };
}

describe('a folder that is gone', () => {
  let parent: string;
  let root: string;
  let destination: LocalDestination;
  let file: string;
  beforeEach(async () => {
    parent = await temporaryFolder();
    root = path.join(parent, 'repository');
    destination = await LocalDestination.open(root);
    await destination.init();
    await destination.put('repo.json', numbered(1));
    await destination.put(nameFor(numbered(1)), numbered(1));
    file = await spool(destination, numbered(2));
  });
  afterEach(async () => {
    await remove(parent);
  });

  test('is missing to every call, and nobody makes it again', async () => {
    await rename(root, path.join(parent, 'elsewhere'));
    for (const [call, run] of Object.entries(everyCall(destination, file))) {
      await expect(run(), call).rejects.toMatchObject({ code: 'destination-missing' });
      expect([call, existsSync(root)]).toEqual([call, false]);
    }
  });

  test('is missing although an empty folder has its place, which stays empty', async () => {
    await rename(root, path.join(parent, 'elsewhere'));
    await mkdir(root);
    for (const [call, run] of Object.entries(everyCall(destination, file))) {
      // Reading an object that is not there looks at the root, too.
      await expect(run(), call).rejects.toMatchObject({ code: 'destination-missing' });
      expect([call, await readdir(root)]).toEqual([call, []]);
    }
    await destination.undoInit();
  });

  test('that comes back with its repository is served again', async () => {
    await rename(root, path.join(parent, 'elsewhere'));
    await expectCode(destination.get('repo.json'), 'destination-missing');
    await rename(path.join(parent, 'elsewhere'), root);
    expectBytes(await destination.get('repo.json'), numbered(1));
    await destination.publish(file, nameFor(numbered(2)));
    expectBytes(await destination.get(nameFor(numbered(2))), numbered(2));
  });

  test('a file system that renumbers its folders is not taken for another disk', async () => {
    const copy = path.join(parent, 'copy');
    await mkdir(copy);
    await writeFile(path.join(copy, 'repo.json'), numbered(1));
    await rename(root, path.join(parent, 'elsewhere'));
    await rename(copy, root);
    await destination.put(nameFor(numbered(3)), numbered(3));
    expect(await namesIn(destination, '')).toEqual([nameFor(numbered(3)), 'repo.json'].sort());
  });

  test('was never there: only init makes it', async () => {
    const place = path.join(parent, 'never');
    const absent = await LocalDestination.open(place);
    for (const [call, run] of Object.entries(everyCall(absent, file))) {
      if (call === 'init') continue;
      await expect(run(), call).rejects.toMatchObject({ code: 'destination-missing' });
      expect(existsSync(place)).toBe(false);
    }
    await mkdir(place);
    await expectCode(absent.put('repo.json', numbered(1)), 'destination-missing');
    expect(await readdir(place)).toEqual([]);
    await absent.init();
    await absent.put('repo.json', numbered(1));
  });

  test.skipIf(process.platform === 'win32')(
    'is not made below the place of a removable disk that is away',
    async () => {
      for (const media of ['/media', '/run/media', '/Volumes']) {
        const place = path.join(media, `holdfast-${process.pid}-away`, 'repository');
        const away = await LocalDestination.open(place);
        await expectCode(away.init(), 'destination-missing');
        expect(existsSync(path.dirname(place))).toBe(false);
      }
    },
  );

  test('disappears in the middle of a list', async () => {
    for (let number = 0; number < 20; number += 1) await destination.put(nameFor(numbered(number)), numbered(number));
    const listing = (async () => {
      let seen = 0;
      for await (const info of destination.list('')) {
        expect(info.size).toBeGreaterThan(0);
        seen += 1;
        if (seen === 3) await rename(root, path.join(parent, 'elsewhere'));
      }
    })();
    await expectCode(listing, 'destination-missing');
  });
});

test('a disk that is unmounted: every call says so, and its empty mount point stays empty', async (context) => {
  const under = await makeOnDisk(4 * 2 ** 20);
  if ('skipped' in under) return context.skip(under.skipped);
  try {
    const top = await LocalDestination.open(under.disk);
    await top.put('repo.json', numbered(1));
    await under.destination.put('repo.json', numbered(1));
    const file = await spool(under.destination, numbered(2));
    await unmount(under.disk);
    for (const destination of [top, under.destination]) {
      for (const [call, run] of Object.entries(everyCall(destination, file))) {
        await expect(run(), call).rejects.toMatchObject({ code: 'destination-missing' });
        expect([call, await readdir(under.disk)]).toEqual([call, []]);
      }
    }
  } finally {
    await rm(under.disk, { recursive: true });
  }
});

test('a spool on another disk is copied, compared with its name, and published', async (context) => {
  const disk = await makeOnDisk(8 * 2 ** 20);
  if ('skipped' in disk) return context.skip(disk.skipped);
  const under = await makeLocal();
  try {
    const bytes = random(5_000_000);
    const file = await spool(disk.destination, bytes);
    expect((await stat(file)).dev).not.toBe((await stat(under.root)).dev);
    await expectCode(under.destination.publish(file, nameFor(numbered(1))), 'object-damaged');
    expect(existsSync(file)).toBe(true);
    await under.destination.publish(file, nameFor(bytes));
    expectBytes(await under.destination.get(nameFor(bytes)), bytes);
    expect([existsSync(file), await under.leftovers()]).toEqual([false, []]);
    expect(await namesIn(under.destination, '')).toEqual([nameFor(bytes)]);
  } finally {
    await disk.dispose();
    await under.dispose();
  }
});

test('without permission: denied, whether reading or writing', async (context) => {
  const { seteuid, geteuid } = process;
  if (seteuid === undefined || geteuid?.() !== 0) return context.skip('only root can become somebody else for a test');
  const under = await makeLocal();
  try {
    await under.destination.put('repo.json', numbered(1));
    seteuid(65_534);
    try {
      await expectCode(LocalDestination.open(path.join(under.root, 'below')), 'destination-denied');
      for (const [call, run] of Object.entries(everyCall(under.destination, path.join(under.root, 'tmp', 'x')))) {
        await expect(run(), call).rejects.toMatchObject({ code: 'destination-denied' });
      }
    } finally {
      seteuid(0);
    }
    expect(await namesIn(under.destination, '')).toEqual(['repo.json']);
  } finally {
    await under.dispose();
  }
});

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

test('an object can be read while it is replaced', async () => {
  const under = await makeLocal();
  await under.destination.put('repo.json', numbered(1));
  const before = await open(under.destination.localPath('repo.json'));
  await under.destination.put('repo.json', numbered(2));
  expectBytes(new Uint8Array(await before.readFile()), numbered(1));
  await before.close();
  expectBytes(new Uint8Array(await readFile(under.destination.localPath('repo.json'))), numbered(2));
  await under.dispose();
});
