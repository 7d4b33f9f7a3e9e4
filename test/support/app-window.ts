/** Starts the built app in a home of its own, driven by Playwright. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { readRuntime } from '../../build/runtime.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Now and then Playwright waits for ever for an Electron that has started; the test is then made again. */
const START_MS = 45_000;

export interface AppWindow {
  app: ElectronApplication;
  page: Page;
  /** HOLDFAST_HOME of this app. */
  home: string;
  /** Lines that the main process wrote to stderr. */
  said: string[];
  /** Quits the app and, unless another start needs it, removes its home. */
  close(options?: { keepHome?: boolean }): Promise<void>;
}

/** Arguments with which the runtime starts the app of this checkout. */
export function appArguments(): string[] {
  const asRoot = process.getuid?.() === 0; // as root Chromium has no sandbox
  return [root, ...(asRoot ? ['--no-sandbox'] : []), '--disable-gpu'];
}

/**
 * Starts the app from this checkout; it must be built.
 * @param options `home` of an earlier start, to start again with its state; `env` on top of this process's
 */
export async function openApp(options: { home?: string; env?: Record<string, string> } = {}): Promise<AppWindow> {
  const home = options.home ?? (await mkdtemp(path.join(tmpdir(), 'holdfast-app-')));
  const app = await _electron.launch({
    executablePath: readRuntime().executable,
    args: appArguments(),
    env: { ...inherited(), HOLDFAST_HOME: home, ...options.env },
    timeout: START_MS,
  });
  const said: string[] = [];
  app.process().stderr?.on('data', (data: Buffer) => said.push(...data.toString().split('\n').filter(Boolean)));
  const page = await app.firstWindow();
  await page.waitForSelector('h1');
  return {
    app,
    page,
    home,
    said,
    close: async ({ keepHome = false } = {}) => {
      await app.close();
      if (!keepHome) await rm(home, { recursive: true, force: true });
    },
  };
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
