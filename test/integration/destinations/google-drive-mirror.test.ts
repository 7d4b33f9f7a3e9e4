/** What the adapter knows of a Drive whose lists lag behind, that others change, and that its owner tidies up. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LAG_MS } from '../../../main/destinations/google-drive/mirror.ts';
import type { Destination } from '../../../main/destinations/destination.ts';
import { makeDrive, type DriveUnderTest } from '../../support/destination-drive.ts';
import { all, expectBytes, expectCode, namesIn, spool } from '../../support/destination-helpers.ts';
import { CLIENT, nameFor, numbered, OTHER_CLIENT } from '../../support/destination-names.ts';
import { CLIENT_ID } from '../../support/fake-google/fake-google.ts';

let nowMs = Date.UTC(2026, 10, 1);
let under: DriveUnderTest;
beforeEach(async () => {
  under = await makeDrive({ now: () => nowMs });
});
afterEach(async () => {
  await under.dispose();
});

async function putMany(destination: Destination, count: number, from = 0): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, at) => from + at);
  await Promise.all(numbers.map(async (number) => await destination.put(nameFor(numbered(number)), numbered(number))));
  return numbers.map((number) => nameFor(numbered(number))).sort();
}

/** Puts a file beside another as only Drive lets one: of the same name. */
function plant(name: string, bytes: Uint8Array): string {
  const { parents } = under.fileOf(name);
  const upload = { id: undefined, name: name.split('/').at(-1) ?? '', mimeType: 'application/octet-stream' };
  return under.drive.create({ ...upload, parents, appProperties: {} }, Buffer.from(bytes), CLIENT_ID).id;
}

describe('the changes feed', () => {
  test('the next run needs one request for a list, and none for what did not change', async () => {
    const names = await putMany(under.destination, 30);
    expect(await namesIn(under.destination, '')).toEqual(names);
    await under.destination.close();
    const from = under.google.calls.length;
    const next = await under.again();
    expect(await namesIn(next, '')).toEqual(names);
    expect(under.google.count(from)).toEqual({ token: 1, 'changes.list': 1, 'files.get': 1 });
  });

  test('brings what others stored, replaced and removed', async () => {
    const names = await putMany(under.destination, 3);
    await namesIn(under.destination, '');
    const other = await under.reopen();
    const more = await putMany(other, 2, 100);
    await other.remove(names[0] ?? '');
    await other.put('repo.json', numbered(5, 500));
    expect(await namesIn(under.destination, '')).toEqual([...names.slice(1), ...more, 'repo.json'].sort());
    expect(await under.destination.stat('repo.json')).toMatchObject({ size: 500 });
  });

  test('too old a token: everything is listed anew', async () => {
    const names = await putMany(under.destination, 3);
    await namesIn(under.destination, '');
    under.drive.forgetChanges();
    under.drive.destroy(under.fileOf(names[0] ?? '').id);
    under.drive.forgetChanges();
    const from = under.google.calls.length;
    expect(await namesIn(under.destination, '')).toEqual(names.slice(1));
    expect(under.google.count(from)).toMatchObject({ 'changes.list': 1, 'files.list': 1 });
  });

  test('a saved mirror that is damaged, or of another folder, is made anew', async () => {
    const names = await putMany(under.destination, 3);
    await under.destination.close();
    const file = path.join(under.spec.scratch ?? '', 'drive-mirror.json');
    const saved = await readFile(file, 'utf8');
    for (const wrong of [saved.slice(1), saved.replace(under.spec.folderId, 'another'), '{}']) {
      await writeFile(file, wrong);
      expect(await namesIn(await under.again(), '')).toEqual(names);
    }
  });
});

describe('late lists', () => {
  test('what this run stored is there at once, and is not stored twice', async () => {
    under.drive.moods.lateLists = 50;
    under.drive.moods.lateChanges = 50;
    const names = await putMany(under.destination, 5);
    expect(await namesIn(under.destination, '')).toEqual(names);
    const file = await spool(under.destination, numbered(0));
    await under.destination.publish(file, nameFor(numbered(0)));
    expect(under.filesOf(nameFor(numbered(0)))).toHaveLength(1);
    // A full list in the middle does not know them either.
    under.drive.forgetChanges();
    expect(await namesIn(under.destination, '')).toEqual(names);
  });

  test('what this run removed stays removed', async () => {
    const [name = ''] = await putMany(under.destination, 1);
    await namesIn(under.destination, '');
    under.drive.moods.lateChanges = 2;
    const file = under.fileOf(name);
    await under.destination.remove(name);
    file.trashed = false; // a list that still shows it
    under.drive.forgetChanges();
    expect(await namesIn(under.destination, '')).toEqual([]);
  });

  test('another run finds by name what no list shows', async () => {
    await namesIn(under.destination, '');
    const other = await under.reopen();
    await other.put(nameFor(numbered(1)), numbered(1));
    under.drive.moods.lateChanges = 100;
    const [late = ''] = await putMany(other, 1, 2);
    await namesIn(under.destination, '');
    expect(await under.destination.stat(late)).toMatchObject({ size: 16 });
    const [later = ''] = await putMany(other, 1, 3);
    expectBytes(await under.destination.get(later), numbered(3));
  });

  test('a first full list that came too early is made again, once', async () => {
    const other = await under.reopen();
    await putMany(other, 1);
    under.drive.moods.lateLists = 1;
    const [late = ''] = await putMany(other, 1, 1);
    const early = await under.reopen();
    expect(await namesIn(early, '')).not.toContain(late);
    nowMs += LAG_MS;
    expect(await namesIn(early, '')).toContain(late);
    const from = under.google.calls.length;
    nowMs += LAG_MS;
    await namesIn(early, '');
    expect(under.google.count(from)['files.list'] ?? 0).toBe(0);
  });
});

describe('several files of one name', () => {
  test('the one with the hash of its name wins; the others are strays, and stay', async () => {
    const right = numbered(1);
    const name = nameFor(right);
    await under.destination.put(name, right);
    nowMs += 1000;
    const wrong = plant(name, numbered(9, 99));
    const strays: string[] = [];
    expect(await all(under.destination, '', { onStray: (stray) => strays.push(stray) })).toMatchObject([
      { name, size: 16 },
    ]);
    expect(strays).toEqual([`${name} (again, id ${wrong})`]);
    expectBytes(await under.destination.get(name), right);
    expect(await under.destination.stat(name)).toMatchObject({ size: 16 });
    expect(under.filesOf(name)).toHaveLength(2);
  });

  test('the right one destroyed: the other is what there is', async () => {
    const name = nameFor(numbered(1));
    await under.destination.put(name, numbered(1));
    const id = under.fileOf(name).id;
    plant(name, numbered(1));
    await namesIn(under.destination, '');
    under.drive.destroy(id);
    expectBytes(await under.destination.get(name), numbered(1));
    expect(await under.destination.stat(name)).toMatchObject({ size: 16 });
  });

  test('removing takes all of them', async () => {
    const name = nameFor(numbered(1));
    await under.destination.put(name, numbered(1));
    plant(name, numbered(1));
    await namesIn(under.destination, '');
    await under.destination.remove(name);
    expect(await under.destination.stat(name)).toBeNull();
    expect(under.filesOf(name)).toEqual([]);
  });

  test('two folders of one name are one', async () => {
    const name = nameFor(numbered(1));
    await under.destination.put(name, numbered(1));
    const [c] = under.filesOf('c');
    const upload = { id: undefined, mimeType: 'application/vnd.google-apps.folder', appProperties: {} };
    const second = under.drive.create({ ...upload, name: 'c', parents: c?.parents ?? [] }, null, CLIENT_ID);
    await namesIn(under.destination, '');
    const other = await under.reopen();
    const more = nameFor(numbered(2), 'p', OTHER_CLIENT);
    await other.put(more, numbered(2));
    expect(await namesIn(under.destination, 'c/')).toEqual([name, more].sort());
    expect([second.id, c?.id]).toContain(under.filesOf(`c/${OTHER_CLIENT}`)[0]?.parents[0]);
  });
});

describe('strays', () => {
  test('are told by their path, left out and left alone', async () => {
    await under.destination.put(nameFor(numbered(1)), numbered(1));
    const root = { id: undefined, parents: [under.spec.folderId], appProperties: {} };
    under.drive.create({ ...root, name: 'notes.txt', mimeType: 'text/plain' }, Buffer.from('x'), CLIENT_ID);
    under.drive.create({ ...root, name: 'Photos', mimeType: 'application/vnd.google-apps.folder' }, null, CLIENT_ID);
    under.drive.create(
      { ...root, name: 'repo.json', mimeType: 'application/vnd.google-apps.document' },
      null,
      CLIENT_ID,
    );
    const strays: string[] = [];
    expect(await namesIn(under.destination, '', (stray) => strays.push(stray))).toEqual([nameFor(numbered(1))]);
    expect(strays.sort()).toEqual(['Photos', 'notes.txt', 'repo.json']);
    expect(await under.destination.stat('repo.json')).toBeNull();
  });
});

describe('the folder of the backup', () => {
  function everyCall(file: string): Record<string, () => Promise<unknown>> {
    const { destination } = under;
    return {
      init: async () => await destination.init(),
      put: async () => await destination.put(nameFor(numbered(1)), numbered(1)),
      putRepo: async () => await destination.put('repo.json', numbered(1)),
      publish: async () => await destination.publish(file, nameFor(numbered(2))),
      getRange: async () => await destination.getRange('repo.1.json', 0, 1),
      get: async () => await destination.get('repo.1.json'),
      stat: async () => await destination.stat('repo.1.json'),
      list: async () => await all(destination, ''),
      remove: async () => await destination.remove('repo.1.json'),
      space: async () => await destination.space(),
    };
  }

  test.each(['trashed', 'destroyed'])('%s: every call says so, and nobody makes another', async (how) => {
    await under.destination.put(nameFor(numbered(7)), numbered(7));
    const file = await spool(under.destination, numbered(2));
    const folder = under.drive.files.get(under.spec.folderId);
    if (how === 'trashed' && folder !== undefined) under.drive.setTrashed(folder, true);
    else under.drive.destroy(under.spec.folderId);
    const before = [...under.drive.files.values()].filter((each) => !under.drive.isTrashed(each)).length;
    for (const [call, run] of Object.entries(everyCall(file))) {
      await expect(run(), call).rejects.toMatchObject({ code: 'destination-missing' });
    }
    const after = [...under.drive.files.values()].filter((each) => !under.drive.isTrashed(each)).length;
    expect(after - before).toBeLessThanOrEqual(how === 'trashed' ? 0 : 3);
    if (folder === undefined || how !== 'trashed') return;
    under.drive.setTrashed(folder, false);
    await under.destination.publish(file, nameFor(numbered(2)));
    expect(await namesIn(under.destination, '')).toContain(nameFor(numbered(7)));
  });

  test('a folder below it that is gone is made again', async () => {
    await under.destination.put(nameFor(numbered(1)), numbered(1));
    const [p] = under.filesOf(`c/${CLIENT}/p`);
    under.drive.destroy(p?.id ?? '');
    await under.destination.put(nameFor(numbered(2)), numbered(2));
    expect(await namesIn(under.destination, '')).toEqual([nameFor(numbered(2))]);
    expectBytes(await under.destination.get(nameFor(numbered(2))), numbered(2));
  });

  test('without a sign-in for it: bad-input', async () => {
    const { credentials: _, ...place } = under.spec;
    const { DriveDestination } = await import('../../../main/destinations/google-drive/drive-destination.ts');
    const { freeTraffic } = await import('../../../main/destinations/traffic.ts');
    await expectCode(DriveDestination.open(place, { traffic: freeTraffic }), 'bad-input');
  });
});
