/**
 * The real page over the stand-in bridge, in Chromium: built, served to this machine only, opened in a scenario at a
 * route. What look.mjs and pictures.mjs share.
 */
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { build } from 'vite';

const DIST = fileURLToPath(new URL('../../../dist/fake', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};

/** Builds and serves the page and starts Chromium: Debian's, or the one that CHROMIUM_PATH names. */
export async function openStage() {
  await build({ configFile: fileURLToPath(new URL('./vite.config.ts', import.meta.url)), logLevel: 'warn' });
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    const file = join(DIST, path === '/' ? 'index.html' : path);
    if (!file.startsWith(DIST) || !existsSync(file)) {
      response.writeHead(path === '/favicon.ico' ? 204 : 404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--font-render-hinting=none'],
  });
  return new Stage(server, browser);
}

class Stage {
  #server;
  /** For pages of one's own. */
  browser;

  constructor(server, browser) {
    this.#server = server;
    this.browser = browser;
  }

  /**
   * A page of the app, at rest.
   * @param {{ scenario: string, theme: string, size: [width: number, height: number], route?: object, scale?: number,
   *   language?: string, onPage?: (page: import('@playwright/test').Page) => void }} options `scale`: pixels of the picture for one of the
   *   page; `onPage` gets the page before anything is loaded
   */
  async open({ scenario, theme, size, route, scale = 1, language, onPage }) {
    const [width, height] = size;
    const context = await this.browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: scale,
      locale: 'en-GB',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    onPage?.(page);
    const query = new URLSearchParams({ scenario, theme });
    if (language !== undefined) query.set('language', language);
    if (route !== undefined) query.set('route', JSON.stringify(route));
    await page.goto(`http://127.0.0.1:${this.#server.address().port}/?${query}`);
    await page.waitForSelector('h1', { state: 'attached' });
    await page.evaluate(() => document.fonts.ready);
    return page;
  }

  async close() {
    await this.browser.close();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** Nothing moves any more, and the mouse points at nothing. */
export async function settle(page) {
  await page.mouse.move(2, 2);
  await page.evaluate(() =>
    Promise.all(
      document.getAnimations().map((a) => (a.effect.getTiming().iterations === Infinity ? null : a.finished)),
    ),
  );
}
