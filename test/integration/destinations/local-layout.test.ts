import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { link, mkdir, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { english } from '../../../main/text.ts';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import { openDestination } from '../../../main/destinations/open.ts';
import { testDestination } from '../../../main/destinations/test-destination.ts';
import { expectBytes, expectCode, namesIn, spool } from '../../support/destination-helpers.ts';
import { makeLocal, remove, temporaryFolder, type LocalUnderTest } from '../../support/destination-local.ts';
import { CLIENT, nameFor, numbered, OTHER_CLIENT, sha256 } from '../../support/destination-names.ts';

const windows = process.platform === 'win32';

describe('the files of a local destination', () => {
  let under: LocalUnderTest;
  let destination: LocalDestination;
  beforeEach(async () => {
    under = await makeLocal();
    destination = under.destination;
  });
  afterEach(async () => {
    await under.dispose();
  });

  const at = (...segments: string[]): string => path.join(under.root, ...segments);

  test('lie where the format says, sharded by two digits', async () => {
    const bytes = numbered(1);
    const hash = Buffer.from(sha256(bytes)).toString('hex');
    await destination.put(`c/${CLIENT}/p/${hash}`, bytes);
    await destination.publish(await spool(destination, bytes), `k/${hash}`);
    await destination.put(`c/${CLIENT}/x/${OTHER_CLIENT}`, bytes);
    await destination.put('repo.1.json', bytes);
    const files = [
      at('c', CLIENT, 'p', hash.slice(0, 2), hash),
      at('k', hash.slice(0, 2), hash),
      at('c', CLIENT, 'x', OTHER_CLIENT),
      at('repo.1.json'),
    ];
    for (const file of files) expect((await stat(file)).size).toBe(bytes.length);
    expect(destination.localPath(`c/${CLIENT}/p/${hash}`)).toBe(files[0]);
    expect(destination.label).toBe(under.root);
  });

  test.skipIf(windows)('are private: 0600 in folders 0700, whatever the spool file had', async () => {
    await destination.put(nameFor(numbered(1)), numbered(1));
    const file = await spool(destination, numbered(2));
    await rm(file);
    await writeFile(file, numbered(2), { mode: 0o666 });
    await destination.publish(file, nameFor(numbered(2)));
    const entries = await readdir(under.root, { withFileTypes: true, recursive: true });
    expect(entries.length).toBeGreaterThan(6);
    for (const entry of entries) {
      const { mode } = await stat(path.join(entry.parentPath, entry.name));
      expect([entry.name, mode & 0o777]).toEqual([entry.name, entry.isDirectory() ? 0o700 : 0o600]);
    }
  });

  test('a new folder is private, one that was there keeps its mode', async () => {
    const made = at('new', 'repository');
    await (await LocalDestination.open(made)).init();
    const given = at('given');
    await mkdir(given, { mode: 0o755 });
    await (await LocalDestination.open(given)).init();
    if (!windows) expect([(await stat(made)).mode & 0o777, (await stat(given)).mode & 0o777]).toEqual([0o700, 0o755]);
    expect((await readdir(made)).sort()).toEqual(['c', 'k', 'tmp']);
  });

  test('that are none of ours are reported and left alone', async () => {
    const bytes = numbered(1);
    const name = nameFor(bytes, 'k');
    await destination.put(name, bytes);
    const file = destination.localPath(name);
    const hash = path.basename(file);
    await link(file, `${file} (conflicted copy)`);
    await mkdir(at('k', 'zz'));
    await mkdir(at('holiday', 'photos'), { recursive: true });
    await link(file, at('holiday', 'photos', hash));
    await link(file, at('k', hash));
    await writeFile(at('.DS_Store'), '');
    await symlink(file, at('repo.json'));
    await mkdir(at('repo.1.json'));
    const strays: string[] = [];
    expect(await namesIn(destination, '', (stray) => strays.push(stray))).toEqual([name]);
    const shard = hash.slice(0, 2);
    expect(strays.sort()).toEqual(
      [
        '.DS_Store',
        'holiday',
        `k/${hash}`,
        `k/${shard}/${hash} (conflicted copy)`,
        'k/zz',
        'repo.1.json',
        'repo.json',
      ].sort(),
    );
    expect(existsSync(at('holiday', 'photos', hash))).toBe(true);
  });

  test.skipIf(windows)(
    'a link, pipe or folder in the place of an object is not followed and does not block',
    async () => {
      const secret = at('secret');
      await writeFile(secret, 'not yours');
      await symlink(secret, at('repo.json'));
      await promisify(execFile)('mkfifo', [at('repo.1.json')]);
      await mkdir(at('repo.2.json'));
      for (const name of ['repo.json', 'repo.1.json', 'repo.2.json']) {
        await expectCode(destination.get(name), 'object-damaged');
        await expectCode(destination.getRange(name, 0, 1), 'object-damaged');
        expect(await destination.stat(name)).toBeNull();
      }
      await destination.put('repo.json', numbered(1));
      expectBytes(await destination.get('repo.json'), numbered(1));
      expect((await stat(secret)).size).toBe(9);
    },
  );

  test.skipIf(windows)('a spool “file” that is a link is not published', async () => {
    const secret = at('secret');
    await writeFile(secret, 'not yours');
    const folder = await destination.spoolFolder(CLIENT);
    await symlink(secret, path.join(folder, 'object'));
    await expectCode(destination.publish(path.join(folder, 'object'), 'repo.json'), 'destination-failed');
    await expectCode(destination.publish(folder, 'repo.json'), 'destination-failed');
    expect(await destination.stat('repo.json')).toBeNull();
  });

  test('folders that somebody removed are made again', async () => {
    await destination.put(nameFor(numbered(1)), numbered(1));
    const file = await spool(destination, numbered(2));
    await rm(at('c'), { recursive: true });
    await destination.publish(file, nameFor(numbered(2)));
    await rm(at('c'), { recursive: true });
    await rm(at('tmp'), { recursive: true });
    await destination.put(nameFor(numbered(1)), numbered(1));
    expect(await namesIn(destination, '')).toEqual([nameFor(numbered(1))]);
    expectBytes(await destination.get(nameFor(numbered(1))), numbered(1));
  });

  test('rests of puts for the whole repository are cleared after a day, not before', async () => {
    await destination.put('repo.json', numbered(1));
    await writeFile(at('tmp', 'shared', 'put-old'), '');
    await writeFile(at('tmp', 'shared', 'put-new'), '');
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    await utimes(at('tmp', 'shared', 'put-old'), twoDaysAgo, twoDaysAgo);
    await destination.clearSpool(CLIENT);
    expect(await under.leftovers()).toEqual(['put-new']);
  });

  test('undoInit takes away what is empty and was made by this instance', async () => {
    const root = at('not', 'there', 'yet');
    const made = await LocalDestination.open(root);
    await made.init();
    await made.put(nameFor(numbered(1)), numbered(1));
    await made.remove(nameFor(numbered(1)));
    await made.undoInit();
    expect(existsSync(at('not'))).toBe(false);

    const kept = await LocalDestination.open(at('kept'));
    await kept.init();
    await kept.put(nameFor(numbered(1)), numbered(1));
    await kept.undoInit();
    expect(await namesIn(kept, '')).toEqual([nameFor(numbered(1))]);

    await destination.put('repo.json', numbered(1));
    const other = await LocalDestination.open(under.root);
    await other.init();
    await other.undoInit();
    expect((await readdir(under.root)).sort()).toContain('k');
  });

  test('a place that is no folder, or no full path', async () => {
    await writeFile(at('file'), '');
    await expectCode(LocalDestination.open(at('file')), 'bad-input');
    for (const relative of ['backups', './backups', '', '../x', '/a\0b']) {
      await expectCode(openDestination({ kind: 'local', path: relative }), 'bad-input');
    }
    const below = await openDestination({ kind: 'local', path: at('file', 'below') });
    await expectCode(below.init(), 'destination-missing');
  });
});

describe('testing a local destination', () => {
  let parent: string;
  beforeEach(async () => {
    parent = await temporaryFolder();
  });
  afterEach(async () => {
    await remove(parent);
  });

  test('a folder that is not there yet is tested and not left behind', async () => {
    const destination = await openDestination({ kind: 'local', path: path.join(parent, 'new', 'place') });
    expect(await testDestination(destination)).toMatchObject({ ok: true, content: 'empty' });
    expect(await readdir(parent)).toEqual([]);
  });

  test('other files are seen and left alone', async () => {
    await writeFile(path.join(parent, 'letter.txt'), 'dear');
    const destination = await openDestination({ kind: 'local', path: parent });
    expect(await testDestination(destination)).toMatchObject({ ok: true, content: 'other-files' });
    expect(await readdir(parent)).toEqual(['letter.txt']);
  });

  test('objects without repo.json are a repository all the same', async () => {
    const destination = await openDestination({ kind: 'local', path: parent });
    await destination.init();
    await destination.put(nameFor(numbered(1)), numbered(1));
    expect(await testDestination(destination)).toMatchObject({ ok: true, content: 'repository' });
    expect(await namesIn(destination, '')).toEqual([nameFor(numbered(1))]);
  });

  test('warns of the same disk, and only then', async () => {
    const destination = await openDestination({ kind: 'local', path: parent });
    const result = await testDestination(destination, { sources: [parent] });
    expect(result.warnings.map(english).join()).toContain('same disk');
    expect((await testDestination(destination, { sources: ['/proc'] })).warnings.map(english).join()).not.toContain(
      'same disk',
    );
  });

  test('cancelled, it rejects with the reason and leaves nothing', async () => {
    const cancel = new AbortController();
    const reason = new Error('enough');
    const destination = await openDestination({ kind: 'local', path: path.join(parent, 'new') });
    const testing = testDestination(destination, { signal: cancel.signal });
    cancel.abort(reason);
    await expect(testing).rejects.toBe(reason);
    expect(await readdir(parent)).toEqual([]);
  });
});
