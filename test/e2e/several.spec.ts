/**
 * One plan with a disk, Google Drive and a server of SFTP: filled from one another, one pulled out in mid-run and brought
 * up to date when it is back, one healed from another, all three alike.
 */
import { appendFileSync, readFileSync, renameSync, watch } from 'node:fs';
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { App } from '../support/app.ts';
import { CuttingTcp } from '../support/cutting-tcp.ts';
import { flipFile } from '../support/engine.ts';
import { FakeGoogle } from '../support/fake-google/fake-google.ts';
import { randomData } from '../support/made-data.ts';
import { formsOfSecret } from '../support/secret-search.ts';
import { makeKey, sshdMissing, startSshd } from '../support/sshd.ts';
import { compareTrees } from '../support/tree.ts';
import { expect, test } from './fixtures.ts';
import { browserMissing, SystemBrowser } from './google-browser.ts';
import { chooseDrive, value } from './google-pages.ts';
import { commandLine } from './google-places.ts';
import { expectNoSecret, googleSecrets } from './google-secrets.ts';
import * as pages from './pages.ts';
import { button } from './pages.ts';

const ACCOUNT = 'ada@example.com';
const PASSPHRASE = 'canary passphrase of the key';
const MIB = 2 ** 20;

test.skip(browserMissing !== null || sshdMissing !== null, browserMissing ?? sshdMissing ?? '');

/** Waits until each place of the plan stands so. */
async function expectStates(app: App, states: readonly string[]): Promise<void> {
  const now = async (): Promise<string[]> => (await app.state()).destinations.map(({ state }) => state);
  await expect.poll(now, { timeout: pages.RUN_MS }).toEqual(states);
}

/** Moves a folder away as soon as something is written into it, as when a disk is pulled out. */
async function pullOutWhileWritten(folder: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const watcher = watch(folder, { recursive: true }, () => {
      watcher.close();
      try {
        renameSync(folder, awayOf(folder));
        resolve();
      } catch (error) {
        reject(error as Error);
      }
    });
    watcher.once('error', reject);
  });
}

const awayOf = (folder: string): string => `${folder}, pulled out`;

/** The largest file below a folder: a pack of contents. */
async function largestIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const sizes = await Promise.all(files.map(async (file) => ({ file, size: (await stat(file)).size })));
  return sizes.sort((a, b) => b.size - a.size)[0]?.file ?? '';
}

test('a disk, Drive and a server: one fails in the middle and catches up, one heals another', async ({
  folder,
  computer,
  start,
}) => {
  test.setTimeout(300_000);
  const source = path.join(folder, 'Photos');
  const [disk, served] = [path.join(folder, 'disk'), path.join(folder, 'served')];
  for (const each of [source, disk, served]) await mkdir(each);
  await writeFile(path.join(source, 'one.bin'), randomData(8 * MIB, 1));
  const google = await FakeGoogle.start({ writesPerSecond: 3 });
  google.addAccount(ACCOUNT, 15e9);
  const browser = new SystemBrowser(path.join(folder, 'browser'));
  const sshd = await startSshd();
  const relay = await CuttingTcp.before(sshd.port);
  const env = { ...browser.env, HOLDFAST_GOOGLE_ENDPOINT: google.origin };
  try {
    const app = await start(computer, { env });
    const { page } = app;
    let key: string[] = [];

    await test.step('begins with Drive; a disk and a server are filled from it', async () => {
      await button(page, /Set up this computer/).click();
      await chooseDrive(app, { google, browser, account: ACCOUNT });
      await button(page, 'Continue').click();
      key = await pages.makeKey(page);
      await pages.chooseSources(app, [source]);
      await button(page, 'Start the first backup').click();
      await pages.firstBackupDone(page);

      await app.chooseNext(disk);
      const chosen = await value(page.evaluate(() => window.holdfast.destinations.chooseFolder()));
      await value(page.evaluate((cap) => window.holdfast.destinations.add({ cap }), chosen?.cap ?? ''));
      await expectStates(app, ['up-to-date', 'up-to-date']);

      const keyFile = path.join(folder, 'id');
      await makeKey(keyFile, 'ed25519', PASSPHRASE);
      appendFileSync(path.join(sshd.folder, 'authorized_keys'), readFileSync(`${keyFile}.pub`));
      await app.chooseNext(keyFile);
      const picked = await value(page.evaluate(() => window.holdfast.destinations.chooseKeyFile()));
      const server = { host: '127.0.0.1', port: relay.port };
      const shown = await value(page.evaluate((at) => window.holdfast.destinations.sftpHostKey(at), server));
      expect(shown.hostKey).toBe(await sshd.fingerprint('ed25519'));
      const login = { by: 'key' as const, keyFile: picked?.cap ?? '', passphrase: PASSPHRASE };
      const form = { ...server, user: sshd.user, path: served, hostKey: shown.hostKey, login };
      const draft = await value(page.evaluate((typed) => window.holdfast.destinations.sftp(typed), form));
      await value(page.evaluate((cap) => window.holdfast.destinations.add({ cap }), draft.cap));
      await expectStates(app, ['up-to-date', 'up-to-date', 'up-to-date']);
    });

    await test.step('the disk is pulled out and the server’s line cut in mid-run: the others are complete', async () => {
      await writeFile(path.join(source, 'two.bin'), randomData(24 * MIB, 2));
      const ended = pages.backUpNow(app);
      await pullOutWhileWritten(disk);
      relay.cut();
      expect((await ended)?.result).toBe('done');
      await expectStates(app, ['up-to-date', 'away', 'up-to-date']);
    });

    await test.step('the disk is back: it gets what it missed without being asked', async () => {
      await rename(awayOf(disk), disk);
      // Somebody looks at the window.
      await app.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.emit('focus'));
      await expectStates(app, ['up-to-date', 'up-to-date', 'up-to-date']);
      const [newest] = await value(page.evaluate(() => window.holdfast.activity.runs()));
      expect(newest).toMatchObject({ kind: 'copy', result: 'done' });
    });

    const keyFile = path.join(folder, 'digits');
    await writeFile(keyFile, pages.keyText(key), { mode: 0o600 });
    const [inDrive = '', onDisk = '', onServer = ''] = (await app.state()).destinations.map(({ name }) => `@${name}`);
    const run = async (...args: string[]): Promise<string> => {
      const { code, out, err } = await commandLine(computer, env, [...args, '--key-file', keyFile]);
      expect([args[0], code, err]).toEqual([args[0], 0, '']);
      return out;
    };

    await test.step('a pack that went bad on the server is healed from the disk', async () => {
      const pack = await largestIn(served);
      const before = readFileSync(pack);
      flipFile(pack);
      expect(await run('heal', '--repo', onServer, '--from', onDisk)).toContain('Healed 1 of 1');
      expect(readFileSync(pack).equals(before)).toBe(true);
    });

    await test.step('all three restore alike', async () => {
      for (const repo of [inDrive, onDisk, onServer]) {
        const { snapshots } = JSON.parse(await run('snapshots', '--repo', repo, '--json')) as {
          snapshots: { id: string; endedMs: number }[];
        };
        expect(snapshots, repo).toHaveLength(2);
        const newest = snapshots.sort((a, b) => b.endedMs - a.endedMs)[0]?.id ?? '';
        const target = path.join(folder, `back from ${repo.slice(1).replaceAll('/', ' ')}`);
        await run('restore', newest, '--repo', repo, '--target', target);
        expect(await compareTrees(source, path.join(target, source)), repo).toEqual([]);
      }
    });

    await test.step('nothing that opens a place is in a file, in what was said, or in arguments', async () => {
      const forms = [...googleSecrets(google), ...formsOfSecret('passphrase', PASSPHRASE)];
      await expectNoSecret(computer, [app], forms);
    });
  } finally {
    await relay.stop();
    await sshd.stop();
    await browser.end();
    await google.close();
  }
});
