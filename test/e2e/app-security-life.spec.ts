/** How the app starts, comes back after a crash, and ends, with runs going on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { readRuntime } from '../../build/runtime.mjs';
import type { Bridge } from '../../preload/contract.ts';
import { type AppWindow, appArguments, openApp } from '../support/app-window.ts';

declare global {
  interface Window {
    readonly holdfast: Bridge;
  }
}

/** Sets up a backup by the bridge and pauses its first run, so that it stays active for as long as the test needs. */
async function withActiveRun(window: AppWindow): Promise<void> {
  const files = path.join(window.home, 'test', 'files');
  await mkdir(files, { recursive: true });
  await writeFile(path.join(files, 'large'), Buffer.alloc(64 * 2 ** 20, 'not all the same '));
  await window.app.evaluate(
    ({ dialog }, top) => {
      dialog.showOpenDialog = (...args: unknown[]) => {
        const options = args.at(-1) as { title?: string };
        const source = options.title?.startsWith('What') === true;
        return Promise.resolve({ canceled: false, filePaths: [`${top}/${source ? 'files' : 'backup'}`] });
      };
    },
    path.join(window.home, 'test'),
  );
  await window.page.evaluate(async () => {
    const { backup, destinations, setup } = globalThis.window.holdfast;
    const value = <T>(result: { ok: true; value: T } | { ok: false; error: { message: string } }): T => {
      if (!result.ok) throw new Error(result.error.message);
      return result.value;
    };
    await setup.newKey();
    const { groups } = value(await setup.revealKey());
    const { rows } = value(await setup.challenge());
    const typed = rows.map((row) => [row, groups.slice(4 * 'ABCD'.indexOf(row), 4 * 'ABCD'.indexOf(row) + 4)]);
    value(await setup.proveKey({ rows: Object.fromEntries(typed) }));
    const destination = value(await destinations.chooseFolder())?.cap ?? '';
    const source = value(await setup.chooseSource())?.cap ?? '';
    const consents = { nobodyCanHelp: true, keptSafe: true } as const;
    value(await setup.finish({ destinations: [destination], sources: [source], excludes: [], consents }));
    value(await backup.pause({ until: 'resumed' }));
  });
}

async function progressState(window: AppWindow): Promise<string | undefined> {
  return await window.page.evaluate(async () => {
    const result = await globalThis.window.holdfast.app.getState();
    return result.ok ? result.value.progress?.state : undefined;
  });
}

test('says when its window is ready, and saves a picture of it', async () => {
  const home = await mkdtemp(path.join(tmpdir(), 'holdfast-ready-'));
  const screenshot = path.join(home, 'window.png');
  const child = spawn(readRuntime().executable, appArguments(), {
    env: { ...process.env, HOLDFAST_HOME: home, HOLDFAST_READY: '1', HOLDFAST_SCREENSHOT: screenshot },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let out = '';
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  await expect.poll(() => out, { timeout: 60_000 }).toContain('holdfast: window ready\n');
  await expect
    .poll(async () => (await readFile(screenshot).catch(() => Buffer.alloc(0))).length)
    .toBeGreaterThan(5_000);
  expect((await readFile(screenshot)).subarray(1, 4).toString()).toBe('PNG');
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
  await rm(home, { recursive: true });
});

test('a second start shows the first one’s window and ends', async () => {
  const window = await openApp();
  const child = spawn(readRuntime().executable, appArguments(), {
    env: { ...process.env, HOLDFAST_HOME: window.home },
    stdio: 'ignore',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
  expect(await window.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  await window.close();
});

test('a page whose process died is opened again, after a word', async () => {
  const window = await openApp();
  const spoken = await window.app.evaluate(async ({ BrowserWindow, dialog }) => {
    const [first] = BrowserWindow.getAllWindows();
    if (first === undefined) throw new Error('no window');
    const said = new Promise<string>((resolve) => {
      dialog.showMessageBox = (...args: unknown[]) => {
        resolve((args.at(-1) as { message: string }).message);
        return Promise.resolve({ response: 0, checkboxChecked: false });
      };
    });
    const loaded = new Promise<void>((resolve) => {
      first.webContents.once('did-finish-load', () => resolve());
    });
    first.webContents.forcefullyCrashRenderer();
    const message = await said;
    await loaded;
    const alive = (await first.webContents.executeJavaScript('typeof window.holdfast')) as string;
    return { message, alive };
  });
  expect(spoken).toEqual({ message: 'The window stopped working and is opened again.', alive: 'object' });
  await window.close();
});

test('quitting asks while a run is active, and stops it cleanly', async () => {
  const window = await openApp();
  await withActiveRun(window);
  await expect.poll(async () => await progressState(window)).toBe('paused');
  const asked = await window.app.evaluate(async ({ app, dialog }) => {
    const question = new Promise<string>((resolve) => {
      dialog.showMessageBox = (...args: unknown[]) => {
        resolve((args.at(-1) as { message: string }).message);
        return Promise.resolve({ response: 0, checkboxChecked: false });
      };
    });
    app.quit();
    return await question;
  });
  expect(asked).toBe('A backup is running. Stop it and quit?');
  expect(await progressState(window)).toBe('paused');

  await window.app.evaluate(({ dialog }) => {
    dialog.showMessageBox = () => Promise.resolve({ response: 1, checkboxChecked: false });
  });
  await window.close({ keepHome: true });
  const again = await openApp({ home: window.home });
  const runs = await again.page.evaluate(async () => await globalThis.window.holdfast.activity.runs());
  expect(runs).toMatchObject({ ok: true, value: [{ kind: 'backup', result: 'interrupted' }] });
  const health = await again.page.evaluate(async () => await globalThis.window.holdfast.app.getState());
  expect(health).toMatchObject({ ok: true, value: { health: { state: 'paused' }, locked: true } });
  await again.close();
});

test('a run cut off by force is shown as interrupted, and the next one finishes', async () => {
  const window = await openApp();
  await withActiveRun(window);
  await expect.poll(async () => await progressState(window)).toBe('paused');
  const { app } = window;
  const gone = once(app.process(), 'exit');
  app.process().kill('SIGKILL');
  await gone;
  const again = await openApp({ home: window.home });
  const runs = await again.page.evaluate(async () => await globalThis.window.holdfast.activity.runs());
  expect(runs).toMatchObject({ ok: true, value: [{ kind: 'backup', result: 'interrupted' }] });
  await again.page.evaluate(async () => await globalThis.window.holdfast.backup.start());
  await expect
    .poll(async () => await again.page.evaluate(async () => await globalThis.window.holdfast.activity.runs()))
    .toMatchObject({ ok: true, value: [{ result: 'done', newFiles: 1 }, { result: 'interrupted' }] });
  await again.close();
});

test('without a keychain it says so, backs up, and asks for the key after a restart', async () => {
  const noKeychain = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' };
  const window = await openApp({ env: noKeychain });
  await withActiveRun(window);
  await window.page.evaluate(async () => await globalThis.window.holdfast.backup.resume());
  const health = async (opened: AppWindow) =>
    await opened.page.evaluate(async () => {
      const result = await globalThis.window.holdfast.app.getState();
      return result.ok ? [result.value.keychain.kind, result.value.health.title] : [];
    });
  await expect.poll(async () => await health(window)).toEqual(['memory', 'Backups stop when you quit']);
  await window.close({ keepHome: true });
  const again = await openApp({ home: window.home, env: noKeychain });
  await expect.poll(async () => await health(again)).toEqual(['memory', 'Backups have stopped on this computer']);
  await again.close();
});
