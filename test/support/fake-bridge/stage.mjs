/**
 * The real page over the stand-in bridge, in Chromium: built, served to this machine only, opened in a scenario at a
 * route. What look.mjs and pictures.mjs share.
 */
import { chromium } from '@playwright/test';
import { buildPage, servePage } from './serve.mjs';

/** Builds and serves the page and starts Chromium: Debian's, or the one that CHROMIUM_PATH names. */
export async function openStage() {
  await buildPage();
  const served = await servePage();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--font-render-hinting=none'],
  });
  return new Stage(served, browser);
}

class Stage {
  #served;
  /** For pages of one's own. */
  browser;

  constructor(served, browser) {
    this.#served = served;
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
    await page.goto(`${this.#served.address}/?${query}`);
    await page.waitForSelector('h1', { state: 'attached' });
    await page.evaluate(() => document.fonts.ready);
    return page;
  }

  async close() {
    await this.browser.close();
    this.#served.close();
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
