/**
 * The system's browser of a pretended computer: the app calls `xdg-open`, which is a script of the test here and opens
 * Debian's Chromium with a profile of its own. The test then looks at that window over its debugging port.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Page } from '@playwright/test';
import { expect } from './fixtures.ts';

const CHROMIUM = '/usr/bin/chromium';

export const browserMissing = existsSync(CHROMIUM) ? null : 'Chromium is not installed (chromium)';

/** A browser that starts on a busy computer. */
const START_MS = 60_000;

export class SystemBrowser {
  /** For `StartOptions.env`: where `xdg-open` is this browser's. */
  readonly env: { PATH: string };
  readonly #portFile: string;
  #browser: Browser | null = null;

  /** @param folder a new one, for the script and the profile */
  constructor(folder: string) {
    const profile = path.join(folder, 'profile');
    const programs = path.join(folder, 'bin');
    for (const each of [profile, programs]) mkdirSync(each, { recursive: true });
    const options = [
      `--user-data-dir=${profile}`,
      '--remote-debugging-port=0',
      '--no-first-run',
      '--no-default-browser-check',
      '--disable-gpu',
      '--password-store=basic',
      '--disable-background-networking',
      '--disable-component-update',
      // As root Chromium has no sandbox.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ];
    const script = path.join(programs, 'xdg-open');
    const words = [CHROMIUM, ...options].map((word) => `'${word}'`).join(' ');
    // It answers at once, as the desktop's does; one that runs already opens another tab.
    writeFileSync(script, `#!/bin/sh\n${words} "$1" >/dev/null 2>&1 </dev/null &\n`);
    chmodSync(script, 0o755);
    this.env = { PATH: `${programs}:${process.env['PATH'] ?? ''}` };
    this.#portFile = path.join(profile, 'DevToolsActivePort');
  }

  /** The newest window or tab at this server, once the app has opened it. */
  async page(origin: string): Promise<Page> {
    await expect.poll(() => existsSync(this.#portFile), { timeout: START_MS }).toBe(true);
    if (this.#browser === null) {
      const [port = ''] = readFileSync(this.#portFile, 'utf8').split('\n');
      this.#browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { timeout: START_MS });
    }
    const browser = this.#browser;
    const found = (): Page | undefined =>
      browser
        .contexts()
        .flatMap((context) => context.pages())
        .findLast((page) => page.url().startsWith(origin));
    await expect.poll(() => found() !== undefined, { timeout: START_MS }).toBe(true);
    const page = found();
    if (page === undefined) throw new Error('the page was closed again');
    return page;
  }

  /** On Google's page: takes the account that it proposes and allows the app its own files; then the app's own page. */
  async allow(origin: string, account: string): Promise<void> {
    const page = await this.page(origin);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Holdfast wants access/);
    await page.getByRole('radio', { name: account }).check();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/(?:\?|$)/);
    await expect(page).toHaveTitle('Holdfast');
  }

  /** Everything that stands in the browser's windows. */
  async text(): Promise<string> {
    const pages = this.#browser?.contexts().flatMap((context) => context.pages()) ?? [];
    return (await Promise.all(pages.map(async (page) => await page.content()))).join('\n');
  }

  /** Ends it, where it was opened at all. */
  async end(): Promise<void> {
    if (this.#browser === null) return;
    const session = await this.#browser.newBrowserCDPSession();
    const gone = new Promise<void>((resolve) => this.#browser?.once('disconnected', () => resolve()));
    await session.send('Browser.close').catch(() => undefined);
    await gone;
  }
}
