/** Starts the built program, by itself to time it or driven by Playwright, and sets it up through its own bridge. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import type { Bridge } from '../../../preload/contract.ts';

declare global {
  interface Window {
    readonly holdfast: Bridge;
  }
}

/** One pretended computer, and the program that runs on it. */
export interface Computer {
  readonly root: string;
  readonly executable: string;
  readonly folder: string;
}

const START_MS = 120_000;

function launch({ root, folder }: Computer): { args: string[]; env: Record<string, string> } {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  mkdirSync(path.join(folder, 'user'), { recursive: true });
  Object.assign(env, {
    HOME: path.join(folder, 'user'),
    HOLDFAST_HOME: path.join(folder, 'home'),
    LANG: 'en_GB.UTF-8',
  });
  delete env['WAYLAND_DISPLAY'];
  const asRoot = process.getuid?.() === 0; // as root Chromium has no sandbox
  const profile = `--user-data-dir=${path.join(folder, 'profile')}`;
  return { args: [root, profile, ...(asRoot ? ['--no-sandbox'] : []), '--disable-gpu'], env };
}

/** Starts the program and ends it; returns ms until its first screen was painted. */
export async function timedStart(computer: Computer): Promise<number> {
  const { args, env } = launch(computer);
  const started = performance.now();
  const child = spawn(computer.executable, args, {
    env: { ...env, HOLDFAST_READY: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const gone = once(child, 'exit');
  let said = '';
  const ready = new Promise<number>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.includes('holdfast: window ready')) resolve(performance.now() - started);
    });
  });
  const ms = await Promise.race([
    ready,
    gone.then(() => {
      throw new Error('the program ended before its window was there');
    }),
  ]);
  child.kill('SIGTERM');
  await gone;
  return ms;
}

export interface Driven {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly pid: number;
}

/** The program with its first screen, to be driven. */
export async function drive(computer: Computer): Promise<Driven> {
  const { args, env } = launch(computer);
  const app = await _electron.launch({ executablePath: computer.executable, args, env, timeout: START_MS });
  const page = await app.firstWindow({ timeout: START_MS });
  page.setDefaultTimeout(START_MS);
  await firstScreen(page);
  return { app, page, pid: app.process().pid ?? 0 };
}

/** Waits for a screen that waits for nothing. */
async function firstScreen(page: Page): Promise<void> {
  await page.locator('main:not([aria-busy="true"]) h1').waitFor();
}

/** Loads the page anew, up to its first screen; returns the addresses of what it asked for. */
export async function reload(page: Page): Promise<string[]> {
  const addresses: string[] = [];
  const note = (request: { url: () => string }): void => void addresses.push(request.url());
  page.on('request', note);
  await page.reload();
  await firstScreen(page);
  page.off('request', note);
  return addresses;
}

/** Ends it as its menu does; whatever still runs is not asked about. */
export async function end({ app }: Driven): Promise<void> {
  await app.evaluate(({ dialog }) => {
    dialog.showMessageBox = (async () => ({ response: 1, checkboxChecked: false })) as typeof dialog.showMessageBox;
  });
  await app.close();
}

export type Storage =
  | { kind: 'folder'; folder: string }
  | { kind: 's3'; endpoint: string; bucket: string; region: string; id: string; secret: string };

/** Sets up a backup of `source` and starts the first one; the native dialogs are answered. */
export async function setUp({ app, page }: Driven, storage: Storage, source: string): Promise<void> {
  const destination = storage.kind === 'folder' ? storage.folder : '';
  await app.evaluate(
    ({ dialog }, chosen) => {
      dialog.showOpenDialog = (async (...args: readonly unknown[]) => {
        const { title = '' } = args.at(-1) as { title?: string };
        return { canceled: false, filePaths: [title.startsWith('What') ? chosen.source : chosen.destination] };
      }) as unknown as typeof dialog.showOpenDialog;
    },
    { source, destination },
  );
  await page.evaluate(async (where) => {
    const { destinations, setup } = window.holdfast;
    const value = <T>(result: { ok: true; value: T } | { ok: false; error: { message: string } }): T => {
      if (!result.ok) throw new Error(result.error.message);
      return result.value;
    };
    value(await setup.newKey());
    const { groups } = value(await setup.revealKey());
    const { rows } = value(await setup.challenge());
    const typed = rows.map((row) => [row, groups.slice(4 * 'ABCD'.indexOf(row), 4 * 'ABCD'.indexOf(row) + 4)]);
    value(await setup.proveKey({ rows: Object.fromEntries(typed) }));
    const place =
      where.kind === 'folder'
        ? value(await destinations.chooseFolder())
        : value(
            await destinations.s3({
              preset: 'other',
              endpoint: where.endpoint,
              region: where.region,
              bucket: where.bucket,
              prefix: 'bench',
              pathStyle: true,
              storageClass: null,
              lock: null,
              accessKeyId: where.id,
              secretAccessKey: where.secret,
            }),
          );
    const source = value(await setup.chooseSource());
    if (place === null || source === null) throw new Error('nothing was chosen');
    const consents = { nobodyCanHelp: true, keptSafe: true } as const;
    value(await setup.finish({ destinations: [place.cap], sources: [source.cap], excludes: [], consents }));
  }, storage);
}

/** Waits until the first backup has ended. */
export async function backupDone({ page }: Driven): Promise<void> {
  const how = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const end = window.holdfast.on('state', ({ lastBackup }) => {
          if (lastBackup === null || lastBackup.endedAt === null) return;
          end();
          resolve(lastBackup.result);
        });
      }),
  );
  if (how !== 'done') throw new Error(`the backup ended as ${how}`);
}
