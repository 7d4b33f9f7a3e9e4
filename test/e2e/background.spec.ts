/** Life without a window: closing, coming back, quitting and going on, starting at login, and who else is told. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { _electron, type ElectronApplication } from '@playwright/test';
import { readRuntime } from '../../build/runtime.mjs';
import type { RunRecord } from '../../main/jobs/activity.ts';
import { type App, type Computer, root } from '../support/app.ts';
import { expect, test } from './fixtures.ts';
import { look } from './look.ts';
import * as pages from './pages.ts';
import { button, goTo, title } from './pages.ts';

const MIB = 1 << 20;

function argumentsOf(computer: Computer): string[] {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return [root, `--user-data-dir=${computer.profile}`, ...sandbox, '--disable-gpu'];
}

function environmentOf(computer: Computer): Record<string, string> {
  const own = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const config = path.join(computer.folder, 'config');
  return { ...Object.fromEntries(own), HOME: computer.folder, HOLDFAST_HOME: computer.home, XDG_CONFIG_HOME: config };
}

/** Starts the app where it runs already; resolves when that second start has ended. */
async function startAgain(computer: Computer, more: readonly string[] = []): Promise<void> {
  const args = [...argumentsOf(computer), ...more];
  const second = spawn(readRuntime().executable, args, { env: environmentOf(computer), stdio: 'ignore' });
  await new Promise((resolve) => second.once('exit', resolve));
}

/** The log of backups as it lies on the disk, newest first. */
async function backupsOf(computer: Computer): Promise<RunRecord[]> {
  const folder = path.join(computer.home, 'activity');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const runs = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(path.join(folder, name), 'utf8')) as RunRecord),
  );
  return runs.filter(({ kind }) => kind === 'backup').sort((a, b) => b.startedAt - a.startedAt);
}

/** Answers native questions with this button, and keeps what they said. */
async function answer(app: ElectronApplication, response: number): Promise<void> {
  await app.evaluate(({ dialog }, chosen) => {
    const asked: string[] = [];
    Object.assign(globalThis, { asked });
    dialog.showMessageBox = (async (...args: readonly unknown[]) => {
      asked.push((args.at(-1) as { message: string }).message);
      return { response: chosen, checkboxChecked: false };
    }) as typeof dialog.showMessageBox;
  }, response);
}

async function asked(app: ElectronApplication): Promise<string[]> {
  return await app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked);
}

async function windows(app: ElectronApplication): Promise<number> {
  return await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
}

/** Starts a backup that is far from its end, and lets it rest there until `resume`. */
async function startAndRest(app: App, source: string): Promise<void> {
  for (let i = 0; i < 16; i += 1) await writeFile(path.join(source, `large ${i}`), randomBytes(16 * MIB));
  await goTo(app.page, 'Home');
  await button(app.page, 'Back up now').click();
  await pages.storing(app, { pause: true });
  await expect.poll(async () => (await app.state()).progress?.state).toBe('paused');
}

/** Resumes from the application's menu, which needs no window. */
async function resume(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ Menu }) => {
    const items = Menu.getApplicationMenu()?.items.flatMap(({ submenu }) => submenu?.items ?? []) ?? [];
    items.find(({ label }) => label === 'Resume backups')?.click();
  });
}

test('goes on without a window, says so once, and comes back', async ({ folder, computer, start }) => {
  test.setTimeout(180_000);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.end('OK');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/of-this-computer`;

  const app = await start(computer, { env: { XDG_CONFIG_HOME: path.join(computer.folder, 'config') } });
  const { page } = app;
  const source = path.join(folder, 'files');
  await mkdir(source);
  await writeFile(path.join(source, 'note'), 'a note\n');
  await pages.setUp(app, path.join(folder, 'disk'), [source]);
  await pages.firstBackupDone(page);

  await test.step('the settings: starting at login is what the system has', async () => {
    const entry = path.join(computer.folder, 'config', 'autostart', 'holdfast.desktop');
    await goTo(page, 'Settings');
    const login = page.getByRole('switch', { name: /^Start with this computer/ });
    await expect(login).not.toBeChecked();
    await page.getByText('Start with this computer').click();
    await expect(login).toBeChecked();
    expect(await readFile(entry, 'utf8')).toMatch(/^Exec=".+" ".+" "--hidden"$/m);
    await page.getByText('Start with this computer').click();
    await expect(login).not.toBeChecked();
    expect(existsSync(entry)).toBe(false);
  });

  await test.step('the settings: a heartbeat is kept, tried, and its address not shown again', async () => {
    const card = page.getByRole('region', { name: 'Alarms' });
    await card.getByRole('button', { name: 'Add… Heartbeat' }).click();
    const field = page.getByRole('textbox', { name: 'Address' });
    await field.fill('http://example.org/not-safe');
    await page.keyboard.press('Enter');
    await expect(page.getByText('This address is not safe to use.')).toBeVisible();
    await look(app, '60 alarm address');
    await field.fill(address);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await card.getByRole('button', { name: 'Send a test' }).click();
    await expect(card.getByText(/^Told/)).toBeVisible();
    expect(requests).toEqual(['GET /ping/of-this-computer']);
    await card.scrollIntoViewIfNeeded();
    await look(app, '61 background and alarms');
    expect(await page.content()).not.toContain('of-this-computer');
    expect(await readFile(path.join(computer.home, 'config.json'), 'utf8')).not.toContain('of-this-computer');
  });

  await test.step('closing the window stops no run, and says once how to get back', async () => {
    await startAndRest(app, source);
    await answer(app.app, 0);
    await app.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await expect.poll(() => windows(app.app)).toBe(0);
    expect(await asked(app.app)).toEqual(['Holdfast goes on in the background']);
    expect((await backupsOf(computer))[0]?.result).toBe('running');
    await resume(app.app);
    await expect.poll(async () => (await backupsOf(computer))[0]?.result, { timeout: pages.RUN_MS }).toBe('done');
    await expect.poll(() => requests.length).toBe(2);
  });

  await test.step('a start at login shows nothing, a start by a person shows the window again', async () => {
    await startAgain(computer, ['--hidden']);
    expect(await windows(app.app)).toBe(0);
    const opened = app.app.waitForEvent('window');
    await startAgain(computer);
    const again = await opened;
    await expect(title(again)).toHaveText('Everything is protected');
    await app.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await expect.poll(() => windows(app.app)).toBe(0);
    expect(await asked(app.app)).toHaveLength(1);
    server.close();
  });
});

test('quitting asks, and the backup goes on at the next start, without a window', async ({
  folder,
  computer,
  start,
}) => {
  test.setTimeout(180_000);
  const app = await start(computer);
  const source = path.join(folder, 'files');
  await mkdir(source);
  await writeFile(path.join(source, 'note'), 'a note\n');
  await pages.setUp(app, path.join(folder, 'disk'), [source]);
  await pages.firstBackupDone(app.page);
  await startAndRest(app, source);

  await test.step('quitting asks first', async () => {
    await answer(app.app, 0);
    await app.app.evaluate(({ app: electron }) => electron.quit());
    await expect.poll(() => asked(app.app)).toEqual(['A backup is running. Stop it and quit?']);
    expect((await app.state()).progress?.state).toBe('paused');
    const ended = new Promise((resolve) => app.app.process().once('exit', resolve));
    await answer(app.app, 1);
    await app.app.evaluate(({ app: electron }) => electron.quit()).catch(() => undefined);
    await ended;
    expect((await backupsOf(computer))[0]?.result).toBe('interrupted');
  });

  await test.step('the next start goes on, in the background', async () => {
    const file = path.join(computer.home, 'config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...config, paused: null, settleMinutes: 0 }));
    const hidden = await _electron.launch({
      executablePath: readRuntime().executable,
      args: [...argumentsOf(computer), '--hidden'],
      env: environmentOf(computer),
    });
    try {
      await expect.poll(async () => (await backupsOf(computer))[0]?.result, { timeout: pages.RUN_MS }).toBe('done');
      expect(await windows(hidden)).toBe(0);
      const opened = hidden.waitForEvent('window');
      await startAgain(computer);
      await expect(title(await opened)).toHaveText('Everything is protected');
    } finally {
      await hidden.close();
    }
  });
});
