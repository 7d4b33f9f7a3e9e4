/**
 * The built app in a home of its own, for tests of the real window: a private HOLDFAST_HOME, browser profile and user's
 * home folder, everything it says kept, native dialogs answered by the test, and a list of whatever went wrong in the
 * page that nobody asked for.
 */
import { statSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication, type Page, type TestInfo } from '@playwright/test';
import { readRuntime } from '../../build/runtime.mjs';
import type { AppState, Bridge } from '../../preload/contract.ts';
import { removeTree } from './tree.ts';

declare global {
  interface Window {
    readonly holdfast: Bridge;
  }
}

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Runs a program that may not read past file modes, as an ordinary user's cannot; for tests that run as root. */
const HELD_BY_MODES = fileURLToPath(new URL('held-by-modes.sh', import.meta.url));

const START_MS = 60_000;

/** Folders of one pretended computer; they outlive the app, so that it can be started again. */
export interface Computer {
  /** Holds all the others, and is the app's HOME. */
  readonly folder: string;
  /** HOLDFAST_HOME. */
  readonly home: string;
  /** Chromium's profile. */
  readonly profile: string;
}

export async function makeComputer(): Promise<Computer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-e2e-'));
  const computer = { folder, home: path.join(folder, 'holdfast'), profile: path.join(folder, 'profile') };
  for (const name of ['Documents', 'Pictures']) await mkdir(path.join(folder, name));
  await writeFile(path.join(folder, 'Documents', 'letter.txt'), 'Dear reader\n');
  return computer;
}

export function removeComputer(computer: Computer): void {
  removeTree(computer.folder);
}

export interface StartOptions {
  /** `memory`: no keyring can be reached. Default: the one that the tests run with. */
  keychain?: 'system' | 'memory';
  /** Size of the window's contents in CSS pixels. Default 1280 by 800. */
  size?: { width: number; height: number };
  env?: Record<string, string>;
}

export class App {
  readonly app: ElectronApplication;
  readonly page: Page;
  /** Lines of stdout and stderr. */
  readonly said: string[];
  /** Errors of the page, refused content, and requests that are not the app's own. Must stay empty. */
  readonly problems: string[];

  #ended = false;

  private constructor(app: ElectronApplication, page: Page, said: string[], problems: string[]) {
    this.app = app;
    this.page = page;
    this.said = said;
    this.problems = problems;
    app.process().once('exit', () => {
      this.#ended = true;
    });
  }

  /** True once the process is gone. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Starts the app and waits for its first screen. */
  static async start(computer: Computer, options: StartOptions = {}): Promise<App> {
    const app = await launch(computer, options);
    const said: string[] = [];
    const problems: string[] = [];
    for (const stream of [app.process().stdout, app.process().stderr]) {
      stream?.on('data', (data: Buffer) => said.push(...data.toString().split('\n').filter(Boolean)));
    }
    watch(app, problems);
    const page = await app.firstWindow({ timeout: START_MS });
    page.setDefaultTimeout(30_000);
    const { width, height } = options.size ?? { width: 1280, height: 800 };
    await app.evaluate(
      ({ BrowserWindow }, [wide, high]) => BrowserWindow.getAllWindows()[0]?.setContentSize(wide, high),
      [width, height] as const,
    );
    await page.locator('h1').first().waitFor({ timeout: START_MS });
    return new App(app, page, said, problems);
  }

  /** The next native dialog to open something answers with this path, or as cancelled; so too where it takes no files. */
  async chooseNext(chosen: string | null): Promise<void> {
    const isFile = chosen !== null && statSync(chosen, { throwIfNoEntry: false })?.isFile() === true;
    await this.app.evaluate(
      ({ dialog }, next) => {
        const original = dialog.showOpenDialog;
        dialog.showOpenDialog = (async (...args: readonly unknown[]) => {
          dialog.showOpenDialog = original;
          const { properties = [] } = args.at(-1) as { properties?: string[] };
          const canceled = next.chosen === null || !properties.includes(next.isFile ? 'openFile' : 'openDirectory');
          return { canceled, filePaths: canceled ? [] : [next.chosen] };
        }) as unknown as typeof original;
      },
      { chosen, isFile },
    );
  }

  /** The next native save dialog answers with this file, or as cancelled. */
  async saveNext(file: string | null): Promise<void> {
    await this.app.evaluate(({ dialog }, chosen) => {
      const original = dialog.showSaveDialog;
      dialog.showSaveDialog = (async () => {
        dialog.showSaveDialog = original;
        return { canceled: chosen === null, filePath: chosen ?? '' };
      }) as typeof original;
    }, file);
  }

  /** The state as the page gets it. */
  async state(): Promise<AppState> {
    const result = await this.page.evaluate(() => window.holdfast.app.getState());
    if (!result.ok) throw new Error(`no state: ${result.error.message}`);
    return result.value;
  }

  async clipboard(): Promise<string> {
    return await this.app.evaluate(({ clipboard }) => clipboard.readText());
  }

  async setClipboard(text: string): Promise<void> {
    await this.app.evaluate(({ clipboard }, what) => clipboard.writeText(what), text);
  }

  async setSize(width: number, height: number): Promise<void> {
    await this.app.evaluate(
      ({ BrowserWindow }, [wide, high]) => BrowserWindow.getAllWindows()[0]?.setContentSize(wide, high),
      [width, height] as const,
    );
    await this.page.waitForFunction(([wide, high]) => window.innerWidth === wide && window.innerHeight === high, [
      width,
      height,
    ] as const);
  }

  /** Ends the app as a person would who closes it; a run is stopped without asking. */
  async close(): Promise<void> {
    await this.app.evaluate(({ dialog }) => {
      dialog.showMessageBox = (async () => ({ response: 1, checkboxChecked: false })) as typeof dialog.showMessageBox;
    });
    await this.app.close();
  }

  /** Ends the app in the middle of whatever it does. */
  async kill(): Promise<void> {
    const process = this.app.process();
    const ended = new Promise((resolve) => process.once('exit', resolve));
    process.kill('SIGKILL');
    await ended;
  }

  /** For a test that failed: what the window showed and what the app said. */
  async attach(info: TestInfo, name: string): Promise<void> {
    await info.attach(`${name} said`, { body: this.said.join('\n'), contentType: 'text/plain' });
    const picture = await this.page.screenshot({ timeout: 5_000 }).catch(() => null);
    if (picture !== null) await info.attach(`${name} window`, { body: picture, contentType: 'image/png' });
  }
}

async function launch(computer: Computer, options: StartOptions): Promise<ElectronApplication> {
  // The tests of a package start what was installed; it brings its own app and is no test of this checkout.
  const installed = process.env['HOLDFAST_TEST_PROGRAM'];
  const executable = installed ?? readRuntime().executable;
  const asRoot = process.getuid?.() === 0;
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  Object.assign(env, { HOME: computer.folder, HOLDFAST_HOME: computer.home, TZ: 'UTC', LANG: 'en_GB.UTF-8' });
  // An address where nobody answers; without one a bus would be started.
  if (options.keychain === 'memory') env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nonexistent/bus';
  if (asRoot) env['HOLDFAST_TEST_EXECUTABLE'] = executable;
  Object.assign(env, options.env);
  return await _electron.launch({
    executablePath: asRoot ? HELD_BY_MODES : executable,
    args: [
      ...(installed === undefined ? [root] : []),
      `--user-data-dir=${computer.profile}`,
      ...(asRoot ? ['--no-sandbox'] : []),
      '--disable-gpu',
    ],
    env,
    timeout: START_MS,
  });
}

/** Notes everything that no page of the app may do. */
function watch(app: ElectronApplication, problems: string[]): void {
  const note = (what: string): void => {
    problems.push(what);
  };
  app.on('window', (page) => {
    page.on('pageerror', (error) => note(`error in the page: ${error.stack ?? error.message}`));
    page.on('crash', () => note('the page crashed'));
  });
  const context = app.context();
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') note(`console: ${message.text()}`);
  });
  context.on('request', (request) => {
    if (!/^(app:|preview:|data:image\/|blob:app:|devtools:)/.test(request.url())) note(`request: ${request.url()}`);
  });
  const { stderr } = app.process();
  stderr?.on('data', (data: Buffer) => {
    for (const line of data.toString().split('\n')) {
      if (line.startsWith('holdfast:')) note(`main: ${line}`);
    }
  });
}
