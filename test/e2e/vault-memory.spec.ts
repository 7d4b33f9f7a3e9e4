/**
 * What "Lock now" leaves of the root key in the memory of the app's processes, whichever way it came there and whatever
 * it was used for: made in a set-up, got from the vault by the password, kept over a restart by the session, and lent
 * to the thread that reads backups.
 */
import path from 'node:path';
import type { App } from '../support/app.ts';
import { processes } from '../support/processes.ts';
import { formsInProcesses, formsOfKey } from '../support/secret-search.ts';
import { expect, test } from './fixtures.ts';
import * as pages from './pages.ts';
import { button, goTo } from './pages.ts';
import * as vaultPages from './vault-pages.ts';
import { TRY_MS } from './vault-pages.ts';

const PASSWORD = 'velvet anchor thistle morning cobalt drum';

const mainOf = (app: App): number => app.app.process().pid ?? 0;

async function unlock(app: App): Promise<void> {
  await vaultPages.openUnlockSheet(app.page);
  await vaultPages.send(app.page, PASSWORD);
  await expect.poll(async () => (await app.state()).locked, { timeout: TRY_MS }).toBe(false);
}

/** A session was opened with the key: nothing of that is under way any more. */
async function sessionOpened(app: App): Promise<void> {
  await expect.poll(async () => (await app.state()).vault?.sessionUntil ?? null, { timeout: TRY_MS }).not.toBeNull();
}

async function lock(app: App): Promise<void> {
  await goTo(app.page, 'Protection');
  await button(app.page, 'Lock now').click();
  await expect.poll(async () => (await app.state()).locked).toBe(true);
  // Another call waits for what the first one ends: the threads that were lent the key.
  await app.page.evaluate(() => window.holdfast.keys.lock());
}

test('no byte of the root key is left in memory once the app is locked', async ({ folder, computer, start }) => {
  test.setTimeout(300_000);
  test.skip(process.platform !== 'linux', 'looks into memory by /proc');
  const destination = path.join(folder, 'disk');
  let app = await start(computer);
  await vaultPages.toVaultPage(app, destination);
  await vaultPages.prove(app.page);
  await vaultPages.choosePassword(app.page, PASSWORD);
  await vaultPages.again(app.page, PASSWORD);
  await button(app.page, 'Continue').click();
  const key = await vaultPages.makeKit(app.page);
  const all = formsOfKey(key);
  const bytes = all.filter(([form]) => form === 'bytes');
  await vaultPages.startFirstBackup(app, [path.join(computer.folder, 'Documents')]);
  await pages.firstBackupDone(app.page);
  await sessionOpened(app);

  await test.step('after a set-up', async () => {
    // The search finds what is there.
    expect(formsInProcesses([mainOf(app)], bytes)).not.toEqual([]);
    await lock(app);
    // Not the digits: they were shown, and strings cannot be overwritten.
    expect(formsInProcesses([mainOf(app)], bytes)).toEqual([]);
  });

  await test.step('after the password, and reading with the key', async () => {
    await unlock(app);
    await sessionOpened(app);
    await goTo(app.page, 'Browse');
    await button(app.page, 'Restore everything…').click();
    await pages.restoreInto(app, path.join(folder, 'back'));
    await button(app.page, 'Done').click();
    await lock(app);
    expect(formsInProcesses([mainOf(app)], bytes)).toEqual([]);
  });

  await test.step('after a restart that the session unlocks: in no form, in no process of the app', async () => {
    await unlock(app);
    await sessionOpened(app);
    await app.close();
    app = await start(computer);
    await expect.poll(async () => (await app.state()).locked, { timeout: TRY_MS }).toBe(false);
    await sessionOpened(app);
    expect(formsInProcesses([mainOf(app)], bytes)).not.toEqual([]);
    await lock(app);
    const own = processes(computer.profile);
    expect(own).toContain(mainOf(app));
    expect(formsInProcesses([...own, ...processes('vault.js', 'embedded', computer.home)], all)).toEqual([]);
  });
});
