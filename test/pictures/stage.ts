/**
 * The window in which pictures are taken: the pinned Electron without a graphics card, the real page over the stand-in
 * bridge, a clock that stands still, one time zone, nothing that moves.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, type CDPSession, type ElectronApplication, type Page } from '@playwright/test';
import { readRuntime } from '../../build/runtime.mjs';
import { servePage } from '../support/fake-bridge/serve.mjs';
import { removeTree } from '../support/tree.ts';
import { sizeOf, type View } from './views.ts';

/** Where the page is built to, under dist/. */
export const PAGE = 'pictures';
const WINDOW = fileURLToPath(new URL('window.mjs', import.meta.url));
/** A Thursday morning. */
const NOW = Date.UTC(2026, 10, 26, 9, 41);
/** Whatever waits longer than this is not coming. */
const WAIT_MS = 30_000;

/** Runs in the page before anything of it: the clock stands, nothing moves, no caret blinks. */
function holdStill(now: number): void {
  const Real = Date;
  class Still extends Real {
    constructor(...args: readonly [] | [number]) {
      super(...((args.length === 0 ? [now] : args) as [number]));
    }
    static override now(): number {
      return now;
    }
  }
  window.Date = Still as DateConstructor;
  const still = new CSSStyleSheet();
  still.replaceSync(
    `*, *::before, *::after { animation: none !important; transition: none !important; caret-color: transparent !important; }`,
  );
  document.adoptedStyleSheets = [still];
}

export interface Opened {
  readonly scenario: string;
  readonly route?: object;
  /** A page of the gallery instead of the app. */
  readonly gallery?: string;
}

export class Stage {
  readonly page: Page;
  /** Errors and warnings of the page since it was opened. */
  readonly problems: string[] = [];

  readonly #app: ElectronApplication;
  readonly #cdp: CDPSession;
  readonly #served: { address: string; close: () => void };
  readonly #profile: string;

  private constructor(
    app: ElectronApplication,
    page: Page,
    cdp: CDPSession,
    served: { address: string; close: () => void },
    profile: string,
  ) {
    this.page = page;
    this.#app = app;
    this.#cdp = cdp;
    this.#served = served;
    this.#profile = profile;
    page.on('pageerror', (error) => this.problems.push(`error in the page: ${error.message}`));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.problems.push(`console: ${message.text()}`);
    });
  }

  static async start(): Promise<Stage> {
    const served = await servePage(PAGE);
    const profile = mkdtempSync(path.join(tmpdir(), 'holdfast-pictures-'));
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
    const app = await _electron.launch({
      executablePath: readRuntime().executable,
      args: [WINDOW, `--user-data-dir=${profile}`, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
      env: { ...env, TZ: 'UTC', LANG: 'en_GB.UTF-8', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' },
    });
    const page = await app.firstWindow();
    page.setDefaultTimeout(WAIT_MS);
    await page.addInitScript(holdStill, NOW);
    return new Stage(app, page, await page.context().newCDPSession(page), served, profile);
  }

  /** Opens a scenario in a language, at rest. */
  async open({ scenario, route, gallery }: Opened, language: string): Promise<void> {
    this.problems.length = 0;
    const query = new URLSearchParams({ scenario, language, theme: 'system', latency: '0' });
    if (route !== undefined) query.set('route', JSON.stringify(route));
    if (gallery !== undefined) query.set('gallery', gallery);
    await this.page.goto(`${this.#served.address}/?${query}`);
    await this.page.waitForSelector('h1', { state: 'attached' });
  }

  /**
   * Gives the page a theme and a size.
   * @param top what is to stand at the top of what scrolls, a selector
   */
  async show(view: View, top?: string): Promise<void> {
    await this.#cdp.send('Emulation.setEmulatedMedia', {
      features: [
        { name: 'prefers-color-scheme', value: view.theme },
        { name: 'prefers-reduced-motion', value: 'reduce' },
      ],
    });
    const { width, height } = sizeOf(view);
    await this.#cdp.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    if (top === undefined) return;
    await this.rest();
    await this.page.locator(top).evaluate((element) => element.scrollIntoView({ block: 'start' }));
  }

  /** The page as it is once fonts are there and a frame was drawn: a PNG. */
  async take(): Promise<Buffer> {
    await this.rest();
    const { data } = await this.#cdp.send('Page.captureScreenshot', { format: 'png', optimizeForSpeed: true });
    return Buffer.from(data, 'base64');
  }

  /** Waits until nothing of the page is still to come. */
  async rest(): Promise<void> {
    await this.page.evaluate(async () => {
      await document.fonts.ready;
      const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
      // What measures itself says so in the first frame, is drawn anew in the second.
      for (let i = 0; i < 4; i += 1) await frame();
      await document.fonts.ready;
    });
  }

  async close(): Promise<void> {
    await this.#app.close();
    this.#served.close();
    removeTree(this.#profile);
  }
}
