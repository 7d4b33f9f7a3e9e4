/** What does not go as planned: pauses, stops, a disk that is away, an app that is killed, a missing keyring, locking. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readRuntime } from '../../build/runtime.mjs';
import { type App, type Computer, root } from '../support/app.ts';
import { expect, test } from './fixtures.ts';
import * as pages from './pages.ts';
import { button, goTo, title } from './pages.ts';

const MIB = 1 << 20;
/** What the product promises, and what a busy machine may take to tell of it. */
const PROMISED_MS = 1_000;
const TELLING_MS = 1_500;

/** Incompressible files, enough that a backup of them is still running when something happens to it. */
async function makeLarge(folder: string, mib: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let i = 0; i < mib / 16; i += 1) await writeFile(path.join(folder, `large ${i}`), randomBytes(16 * MIB));
}

/** A computer with a small finished backup. */
async function smallBackup(app: App, folder: string): Promise<{ key: string[]; destination: string; source: string }> {
  const source = path.join(folder, 'files');
  const destination = path.join(folder, 'disk');
  await mkdir(source);
  await writeFile(path.join(source, 'note'), 'a note\n');
  const key = await pages.setUp(app, destination, [source]);
  await pages.firstBackupDone(app.page);
  return { key, destination, source };
}

/** Starts a backup from Home and waits until it stores bytes. */
async function startStoring(app: App): Promise<void> {
  await goTo(app.page, 'Home');
  await button(app.page, 'Back up now').click();
  await pages.storing(app);
}

test('pause and stop act within a second', async ({ folder, computer, start }) => {
  test.setTimeout(240_000);
  const app = await start(computer);
  const { page } = app;
  const { source } = await smallBackup(app, folder);
  await makeLarge(source, 768);
  await startStoring(app);

  await test.step('pause: no byte is stored after a second, and none until it is resumed', async () => {
    await button(page, 'Pause').click();
    const asked = Date.now();
    await page.getByRole('menuitem', { name: 'Until I resume' }).click();
    await expect
      .poll(async () => (await app.state()).progress?.state, { intervals: [50], timeout: 10_000 })
      .toBe('paused');
    expect(Date.now() - asked).toBeLessThan(PROMISED_MS + TELLING_MS);
    const resting = (await app.state()).progress?.storedBytes;
    expect(resting, 'it was storing').toBeGreaterThan(0);
    // Twelve states are a second and more of the app's own ticking.
    const heard = await page.evaluate(
      () =>
        new Promise<(number | undefined)[]>((resolve) => {
          const bytes: (number | undefined)[] = [];
          const look = setInterval(() => {
            void window.holdfast.app.getState().then((state) => {
              if (state.ok) bytes.push(state.value.progress?.storedBytes);
              if (bytes.length < 12) return;
              clearInterval(look);
              resolve(bytes);
            });
          }, 100);
        }),
    );
    expect(new Set(heard)).toEqual(new Set([resting]));
    await expect(page.getByText('Paused until you resume.')).toBeVisible();
    expect((await app.state()).health.state).toBe('paused');
  });

  await test.step('stop: over within a second, and the next run goes on from there', async () => {
    await button(page, 'Resume').click();
    await pages.storing(app);
    await button(page, 'Stop').first().click();
    const asked = Date.now();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Stop' }).click();
    await expect
      .poll(async () => (await app.state()).progress?.state, { intervals: [50], timeout: 10_000 })
      .toBe('stopped');
    expect(Date.now() - asked).toBeLessThan(PROMISED_MS + TELLING_MS);
    await expect(title(page)).toHaveText('The last backup was stopped');
    const run = await pages.backUpNow(app);
    expect(run?.result).toBe('done');
    await expect(title(page)).toHaveText('Everything is protected');
  });
});

test('a destination that is away is waited for and never made again', async ({ folder, computer, start }) => {
  test.setTimeout(180_000);
  const app = await start(computer);
  const { page } = app;
  const { destination, source } = await smallBackup(app, folder);
  await rename(destination, `${destination} elsewhere`);
  await writeFile(path.join(source, 'another'), 'another note\n');
  await button(page, 'Back up now').click();
  await expect(title(page)).toHaveText('disk isn’t connected');
  await expect(page.getByText(/Connect it: backups then go on by themselves/).first()).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Main' }).getByText('Not connected')).toBeVisible();
  await goTo(page, 'Activity');
  await expect(page.locator('.runrow').first()).toContainText('Failed');
  expect(existsSync(destination)).toBe(false);
  await rename(`${destination} elsewhere`, destination);
  const run = await pages.backUpNow(app);
  expect(run?.result).toBe('done');
  expect(run?.newFiles).toBe(1);
  await expect(title(page)).toHaveText('Everything is protected');
});

test('an app that was killed says so, and the next backup is whole', async ({ folder, computer, start }) => {
  test.setTimeout(240_000);
  const first = await start(computer);
  const { source } = await smallBackup(first, folder);
  await makeLarge(source, 384);
  await startStoring(first);
  await first.kill();

  const app = await start(computer);
  const { page } = app;
  await expect(title(page)).toHaveText('The last backup was interrupted');
  await goTo(page, 'Activity');
  await expect(page.locator('.runrow').first()).toContainText('Interrupted');
  // Unlocked by nobody since the start: the keyring alone lets it back up.
  expect(await app.state()).toMatchObject({ locked: true, keychain: { kind: 'system' } });
  const run = await pages.backUpNow(app);
  expect(run).toMatchObject({ result: 'done', error: null });
  expect((await app.state()).locked).toBe(true);
  await goTo(page, 'Settings');
  await button(page, 'Full check').click();
  await expect(page.getByText(/^Last checked .*: Nothing is damaged\./)).toBeVisible({ timeout: pages.RUN_MS });
});

test('a second start brings the first window to the front', async ({ computer, start }) => {
  const app = await start(computer);
  await app.app.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows();
    const state = { focused: 0 };
    Object.assign(globalThis, { state });
    if (window === undefined) return;
    const { focus } = window;
    window.focus = () => {
      state.focused += 1;
      focus.call(window);
    };
  });
  expect(await startAgain(computer)).toBe(0);
  await expect
    .poll(() => app.app.evaluate(() => (globalThis as unknown as { state: { focused: number } }).state.focused))
    .toBe(1);
  expect(await app.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
});

/** Starts the app on a computer where it runs already; resolves with its exit code. */
async function startAgain(computer: Computer): Promise<number | null> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [root, `--user-data-dir=${computer.profile}`, ...sandbox, '--disable-gpu'];
  const env = { ...process.env, HOME: computer.folder, HOLDFAST_HOME: computer.home };
  const second = spawn(readRuntime().executable, args, { env, stdio: 'ignore' });
  return await new Promise((resolve) => second.once('exit', resolve));
}

test('without a keyring backups stop when the app ends, and it says so everywhere', async ({
  folder,
  computer,
  start,
}) => {
  test.setTimeout(180_000);
  const first = await start(computer, { keychain: 'memory' });
  const { key } = await smallBackup(first, folder);
  await expect(title(first.page)).toHaveText('Backups stop when you quit');
  await expect(first.page.getByText('At risk: backups stop when you quit').first()).toBeVisible();
  expect((await first.state()).keychain.kind).toBe('memory');
  await first.close();

  const app = await start(computer, { keychain: 'memory' });
  const { page } = app;
  await expect(title(page)).toHaveText('Backups have stopped on this computer');
  await goTo(page, 'Protection');
  await button(page, 'Unlock').first().click();
  await pages.pasteKey(app, pages.keyText(key));
  await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  const run = await pages.backUpNow(app);
  expect(run?.result).toBe('done');
});

test('sleep and idle time lock', async ({ folder, computer, start }) => {
  test.setTimeout(180_000);
  const app = await start(computer);
  const { page } = app;
  const { key } = await smallBackup(app, folder);
  const unlock = async (): Promise<void> => {
    await goTo(page, 'Protection');
    await button(page, 'Unlock').first().click();
    await pages.pasteKey(app, pages.keyText(key));
    await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click();
    await expect.poll(async () => (await app.state()).locked).toBe(false);
  };
  const locked = page.getByRole('navigation', { name: 'Main' }).getByText('Locked', { exact: true });

  expect((await app.state()).locked).toBe(false);
  await app.app.evaluate(({ powerMonitor }) => powerMonitor.emit('suspend'));
  await expect(locked).toBeVisible();
  await unlock();
  await app.app.evaluate(({ powerMonitor }) => powerMonitor.emit('lock-screen'));
  await expect(locked).toBeVisible();
  await unlock();

  // As after a long sleep of a computer that told nobody: the clock has gone on, and the first input finds it so.
  await app.app.evaluate(() => {
    const { now } = Date;
    Date.now = () => now() + 16 * 60_000;
  });
  await page.evaluate(() => window.holdfast.app.reportActivity());
  await expect(locked).toBeVisible();
});
