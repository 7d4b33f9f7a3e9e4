import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { english } from '../../../main/text.ts';
import { RetryDestination, type Wait } from '../../../main/destinations/decorators/retry.ts';
import { segmentsOf } from '../../../main/destinations/layout.ts';
import { findSynced, type Computer } from '../../../main/destinations/synced/find.ts';
import { passingName } from '../../../main/destinations/synced/passing.ts';
import { evictedName, sizeInPlaceholder } from '../../../main/destinations/synced/placeholder.ts';
import { byAttributes, syncPlatform } from '../../../main/destinations/synced/platform.ts';
import { testDestination } from '../../../main/destinations/test-destination.ts';
import { MeteredTraffic } from '../../../main/destinations/meter.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { describeDestination } from '../../support/destination-conformance.ts';
import { all, expectBytes, expectCode, namesIn, spool } from '../../support/destination-helpers.ts';
import { CLIENT, nameFor, numbered, random } from '../../support/destination-names.ts';
import {
  ICloud,
  isThere,
  makeSynced,
  makeSyncedOnDisk,
  OnlineOnly,
  placeholder,
  placeholderOf,
  syncedFactory,
  type MakeOptions,
  type SyncedUnderTest,
} from '../../support/destination-synced.ts';
import { QuickClock } from '../../support/quick-clock.ts';

describeDestination('A synchronised folder', syncedFactory);

const open: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.dispose();
});

async function make(options: MakeOptions = {}): Promise<SyncedUnderTest> {
  const made = await makeSynced(options);
  open.push(made);
  return made;
}

const fileOf = ({ root }: SyncedUnderTest, name: string): string => path.join(root, ...segmentsOf(name));

describe('what the service sees', () => {
  test('no file but whole ones under their names', async () => {
    const under = await make();
    const seen = new Set<string>();
    const stop = new AbortController();
    const watching = (async () => {
      for await (const { filename } of watch(under.root, { recursive: true, signal: stop.signal })) {
        if (filename !== null) seen.add(path.basename(filename));
      }
    })().catch(() => undefined);
    const bytes = random(2_000_000);
    await under.destination.put('repo.json', numbered(1));
    await under.destination.put(nameFor(bytes, 'i'), bytes);
    await under.destination.publish(await spool(under.destination, bytes), nameFor(bytes));
    await under.destination.put('repo.2.json', numbered(1));
    while (!seen.has('repo.2.json')) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await watching;
    const strange = [...seen].filter(
      (name) => !/^(?:repo(?:\.2)?\.json|c|k|p|i|[0-9a-f]{2}|[0-9a-f]{32}|[0-9a-f]{64})$/.test(name),
    );
    // One try whether files can be moved in, under a name that the service leaves alone.
    expect(strange.every((name) => /^~\$holdfast-[0-9a-f]{24}\.nosync$/.test(name))).toBe(true);
    expect(strange.length).toBeLessThanOrEqual(1);
    expect(existsSync(path.join(under.root, 'tmp'))).toBe(false);
  });

  test.each(['icloud', 'dropbox'] as const)(
    'from another disk, files pass under names that %s leaves alone',
    async (service) => {
      const under = await makeSyncedOnDisk(64 * 2 ** 20, { service });
      if ('skipped' in under) return;
      open.push(under);
      const bytes = random(9_000_000);
      await under.destination.publish(await spool(under.destination, bytes), nameFor(bytes));
      await under.destination.put('repo.json', numbered(1));
      expectBytes(await under.destination.get(nameFor(bytes)), bytes);
      expect(await under.leftovers()).toEqual([]);
      const cancel = new AbortController();
      const reason = new Error('enough');
      const again = random(9_000_000);
      const publishing = under.destination.publish(await spool(under.destination, again), nameFor(again), {
        signal: cancel.signal,
      });
      cancel.abort(reason);
      await expect(publishing).rejects.toBe(reason);
      expect(await under.destination.stat(nameFor(again))).toBeNull();
      // What a killed run left goes after a day, and nobody takes it for a stray.
      const rest = path.join(under.root, passingName(service));
      await writeFile(rest, 'half');
      const strays: string[] = [];
      await namesIn(under.destination, '', (stray) => strays.push(stray));
      expect(strays).toEqual([]);
      await under.destination.clearSpool(CLIENT);
      expect(existsSync(rest)).toBe(true);
      await utimes(rest, 1_000, 1_000);
      await under.destination.clearSpool(CLIENT);
      expect(existsSync(rest)).toBe(false);
    },
  );

  test('copies of conflicting files are strays; what services put everywhere is none', async () => {
    const under = await make();
    const bytes = numbered(1);
    await under.destination.put(nameFor(bytes), bytes);
    await under.destination.put('repo.json', bytes);
    const file = fileOf(under, nameFor(bytes));
    const conflicts = [
      `${file} 2`,
      `${file} (conflicted copy 2026-11-26)`,
      `${file}-DESKTOP-1`,
      path.join(under.root, 'repo 2.json'),
      path.join(path.dirname(file), '.strange.icloud'),
    ];
    for (const each of conflicts) await writeFile(each, bytes);
    for (const each of ['.DS_Store', 'Icon\r', 'desktop.ini', '.dropbox'])
      await writeFile(path.join(under.root, each), '');
    const strays: string[] = [];
    expect(await namesIn(under.destination, '', (stray) => strays.push(stray))).toEqual([nameFor(bytes), 'repo.json']);
    expect(strays.sort()).toEqual(conflicts.map((each) => path.relative(under.root, each)).sort());
  });

  test('its test says that storing is handing over', async () => {
    const under = await make();
    await under.destination.put('repo.json', numbered(1));
    const { ok, warnings } = await testDestination(under.destination, { sources: [under.root] });
    expect(ok).toBe(true);
    expect(warnings.map(english).some((warning) => warning.includes('handed to the program'))).toBe(true);
    expect(warnings.map(english).join()).not.toContain('same disk');
    expect(under.destination.abilities).toMatchObject({ largePacks: true, undelete: true, checksums: false });
  });
});

describe('evicted files of iCloud, as placeholders', () => {
  async function withEvicted(options: MakeOptions = {}) {
    const platform = new ICloud();
    const under = await make({ platform, clock: new QuickClock(), ...options });
    const bytes = random(5_000);
    const name = nameFor(bytes);
    await under.destination.put(name, bytes);
    await platform.evict(fileOf(under, name));
    return { platform, under, bytes, name, file: fileOf(under, name) };
  }

  test('are listed and found with their size', async () => {
    const { under, name } = await withEvicted();
    await under.destination.put('repo.json', numbered(1));
    const strays: string[] = [];
    const found = await all(under.destination, '', { onStray: (stray) => strays.push(stray) });
    expect(found.map((info) => [info.name, info.size, info.evicted === true]).sort()).toEqual([
      [name, 5_000, true],
      ['repo.json', 16, false],
    ]);
    expect(strays).toEqual([]);
    expect(await under.destination.stat(name)).toMatchObject({ size: 5_000, evicted: true });
    const { warnings } = await testDestination(under.destination);
    expect(warnings.map(english).some((warning) => warning.includes('1 file'))).toBe(true);
  });

  test('are asked for when they are read, once, and waited for', async () => {
    const { platform, under, bytes, name, file } = await withEvicted();
    const reading = under.destination.getRange(name, 100, 50);
    while (platform.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await platform.bring(file);
    expectBytes(await reading, bytes.subarray(100, 150));
    expect(platform.asked).toEqual([file]);
    expectBytes(await under.destination.get(name), bytes);
  });

  test('that do not come are no damage: the call is repeated, and says for how long', async () => {
    const { platform, under, bytes, name, file } = await withEvicted();
    await expectCode(under.destination.get(name), 'destination-busy');
    const waits: Wait[] = [];
    const patient = new RetryDestination(under.destination, {
      clock: new QuickClock(),
      onWait: (wait) => {
        waits.push(wait);
        if (waits.length === 3) bringing = platform.bring(file);
      },
    });
    let bringing: Promise<void> | undefined;
    expectBytes(await patient.get(name), bytes);
    await bringing;
    expect(waits.length).toBeGreaterThanOrEqual(3);
  });

  test('waiting ends with the call, and with the run', async () => {
    const control = new RunControl();
    const { platform, under, name } = await withEvicted({ traffic: new MeteredTraffic({ halt: control }) });
    const cancel = new AbortController();
    const reason = new Error('enough');
    const reading = under.destination.get(name, { signal: cancel.signal });
    while (platform.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    cancel.abort(reason);
    await expect(reading).rejects.toBe(reason);
    const other = under.destination.get(name);
    while (platform.asked.length === 1) await new Promise((resolve) => setImmediate(resolve));
    control.stop();
    await expectCode(other, 'stopped');
  });

  test('count as stored, and go when they are removed', async () => {
    const { under, bytes, name, file } = await withEvicted();
    await under.destination.publish(await spool(under.destination, bytes), name);
    expect(await isThere(file)).toBe(false);
    expect(await under.leftovers()).toEqual([]);
    await under.destination.remove(name);
    expect(await isThere(placeholderOf(file))).toBe(false);
    expect(await namesIn(under.destination, '')).toEqual([]);
    await expectCode(under.destination.get(name), 'object-missing');
  });

  test('a placeholder that does not tell the size is never a shorter list', async () => {
    const { platform, under, name, file } = await withEvicted();
    await writeFile(placeholderOf(file), 'of another form');
    await expectCode(all(under.destination, ''), 'destination-busy');
    await expectCode(under.destination.stat(name), 'destination-busy');
    expect(platform.asked).toContain(file);
  });
});

describe('files whose bytes are elsewhere, under their own names', () => {
  test('are listed as such, and read as others', async () => {
    const platform = new OnlineOnly();
    const under = await make({ platform, service: 'onedrive' });
    const bytes = random(1_000);
    await under.destination.put(nameFor(bytes), bytes);
    platform.evicted.add(fileOf(under, nameFor(bytes)));
    expect((await all(under.destination, ''))[0]).toMatchObject({ name: nameFor(bytes), size: 1_000, evicted: true });
    expect(await under.destination.stat(nameFor(bytes))).toMatchObject({ evicted: true });
    expectBytes(await under.destination.get(nameFor(bytes)), bytes);
  });

  test('by Windows’ attributes where they can be asked for, else by their blocks', () => {
    const found = { size: 10, blocks: 0 };
    expect(byAttributes(() => 0x400020)('x', found)).toBe(true);
    expect(byAttributes(() => 0x1020)('x', found)).toBe(true);
    expect(byAttributes(() => 0x20)('x', found)).toBe(false);
    expect(byAttributes(() => 0xffffffff)('x', found)).toBe(true);
    expect(byAttributes(null)('x', { size: 10, blocks: 8 })).toBe(false);
    for (const platform of ['darwin', 'linux', 'win32'] as const) {
      expect(syncPlatform(platform).isEvicted('x', found)).toBe(true);
      expect(syncPlatform(platform).isEvicted('x', { size: 0, blocks: 0 })).toBe(false);
    }
  });
});

describe('a placeholder', () => {
  test.each([0, 1, 255, 65_536, 64 * 2 ** 20, 2 ** 40])('of %i bytes', (size) => {
    expect(sizeInPlaceholder(placeholder('a'.repeat(64), size))).toBe(size);
  });

  test('cut short anywhere, or of another form, tells nothing', () => {
    const whole = placeholder('name', 1_000);
    for (let length = 0; length < whole.length; length += 1) {
      expect(sizeInPlaceholder(whole.subarray(0, length)) ?? 1_000).toBe(1_000);
    }
    expect(sizeInPlaceholder(whole.subarray(0, 60))).toBeNull();
    expect(sizeInPlaceholder(new Uint8Array(1_000))).toBeNull();
    expect([evictedName('.a.icloud'), evictedName('a.icloud'), evictedName('.icloud')]).toEqual(['a', null, null]);
  });
});

describe('finding folders', () => {
  async function home(files: Record<string, string | null>): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-home-'));
    open.push({ dispose: async () => await rm(folder, { recursive: true, force: true }) });
    for (const [file, content] of Object.entries(files)) {
      const at = path.join(folder, file);
      await mkdir(content === null ? at : path.dirname(at), { recursive: true });
      if (content !== null) await writeFile(at, content.replaceAll('HOME', folder));
    }
    return folder;
  }
  const found = async (computer: Computer): Promise<string[]> =>
    (await findSynced(computer)).map(({ service, name, path: at }) => {
      return `${service} | ${name} | ${path.relative(computer.home, at)}`;
    });

  test('on macOS', async () => {
    const at = await home({
      'Library/Mobile Documents/com~apple~CloudDocs': null,
      'Library/CloudStorage/OneDrive-Personal': null,
      'Library/CloudStorage/OneDrive-Contoso': null,
      'Library/CloudStorage/GoogleDrive-person@example.org/My Drive': null,
      'Library/CloudStorage/Dropbox': null,
      'Library/CloudStorage/Box-Box': null,
      '.dropbox/info.json': '{"personal": {"path": "HOME/Library/CloudStorage/Dropbox", "host": 1}}',
      'Library/Preferences/Nextcloud/nextcloud.cfg': '[Accounts]\n0\\Folders\\1\\localPath=HOME/Nextcloud/\n',
      Nextcloud: null,
    });
    expect(await found({ platform: 'darwin', home: at, env: {} })).toEqual([
      'icloud | iCloud Drive | Library/Mobile Documents/com~apple~CloudDocs',
      'onedrive | OneDrive (Contoso) | Library/CloudStorage/OneDrive-Contoso',
      'onedrive | OneDrive (Personal) | Library/CloudStorage/OneDrive-Personal',
      'dropbox | Dropbox | Library/CloudStorage/Dropbox',
      'google-drive | Google Drive (person@example.org) | Library/CloudStorage/GoogleDrive-person@example.org/My Drive',
      'nextcloud | Nextcloud | Nextcloud',
    ]);
  });

  test('on Windows', async () => {
    const at = await home({
      iCloudDrive: null,
      OneDrive: null,
      'OneDrive - Contoso': null,
      'Dropbox (Contoso)': null,
      'Local/Dropbox/info.json': '{"business": {"path": "HOME/Dropbox (Contoso)"}}',
    });
    const env = {
      USERPROFILE: at,
      OneDrive: path.join(at, 'OneDrive - Contoso'),
      OneDriveCommercial: path.join(at, 'OneDrive - Contoso'),
      OneDriveConsumer: path.join(at, 'OneDrive'),
      LOCALAPPDATA: path.join(at, 'Local'),
    };
    expect(await found({ platform: 'win32', home: at, env })).toEqual([
      'icloud | iCloud Drive | iCloudDrive',
      'onedrive | OneDrive | OneDrive',
      'onedrive | OneDrive (Contoso) | OneDrive - Contoso',
      'dropbox | Dropbox (business) | Dropbox (Contoso)',
    ]);
  });

  test('on Linux, and where settings are damaged or name what is not there', async () => {
    const at = await home({
      '.dropbox/info.json': '{"personal": {"path": "HOME/Dropbox"}, "business": 7}',
      Dropbox: null,
      '.config/Nextcloud/nextcloud.cfg': '0\\Folders\\1\\localPath=HOME/gone/\n1\\Folders\\2\\localPath=HOME/Cloud\n',
      Cloud: null,
    });
    expect(await found({ platform: 'linux', home: at, env: {} })).toEqual([
      'dropbox | Dropbox | Dropbox',
      'nextcloud | Nextcloud | Cloud',
    ]);
    await writeFile(path.join(at, '.dropbox/info.json'), '{"personal": {');
    expect(await found({ platform: 'linux', home: at, env: {} })).toEqual(['nextcloud | Nextcloud | Cloud']);
    expect((await readdir(at)).length).toBeGreaterThan(0);
  });
});
