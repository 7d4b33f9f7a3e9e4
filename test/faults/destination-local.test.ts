/** A local destination whose disk goes away, whose flushes fail, whose process is killed. */
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import type { Destination } from '../../main/destinations/destination.ts';
import { all, expectBytes, expectCode, namesIn, spool } from '../support/destination-helpers.ts';
import { makeLocal, makeOnDisk, remove, temporaryFolder, unmount } from '../support/destination-local.ts';
import { CLIENT, nameFor, numbered, OTHER_CLIENT, random } from '../support/destination-names.ts';

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
