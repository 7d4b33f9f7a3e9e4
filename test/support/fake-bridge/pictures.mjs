/**
 * The pictures of the documents, anew from the page as it is: `npm run pictures`. The page is the real one; what it shows
 * is the stand-in bridge's invented computer, so that no picture holds anything of anybody.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStage, settle } from './stage.mjs';

const OUT = fileURLToPath(new URL('../../../docs/pictures', import.meta.url));
const SIZE = [1280, 800];
/** Room for a screen whose lower half holds nothing. */
const FLAT = [1280, 650];
/** Sharp on screens of today. */
const SCALE = 2;
/** A page of documents is to load quickly. */
const MAX_BYTES = 260_000;

const storage = { screen: 'setup', step: 'storage' };
const button = (page, name) => page.getByRole('button', { name, exact: true });

/** Name, scenario, route, what is done there before the picture. */
const PICTURES = [
  { name: 'home', scenario: 'idle', route: { screen: 'home' }, themes: ['light', 'dark'] },
  {
    name: 'protection',
    scenario: 'new',
    route: storage,
    act: async (page) => {
      await button(page, 'Test this destination').click();
      await button(page, 'Continue').click();
      await page.getByText('How should your backup be locked?').waitFor();
    },
  },
  {
    name: 'browse',
    scenario: 'idle',
    size: FLAT,
    route: { screen: 'browse' },
    act: async (page) => {
      await page
        .getByRole('row', { name: /Outline/ })
        .first()
        .click();
      await page.getByText('Versions').first().waitFor();
    },
  },
  {
    name: 'restore',
    scenario: 'idle',
    size: FLAT,
    route: { screen: 'browse' },
    act: async (page) => {
      await page
        .getByRole('row', { name: /Photos of the boathouse/ })
        .first()
        .click();
      await page
        .getByRole('button', { name: /^Restore/ })
        .first()
        .click();
      await page.getByText('There is room for it').waitFor();
    },
  },
];

/** A quarter of a PNG, by the browser that is there anyway. */
async function asWebp(browser, png) {
  const page = await browser.newPage();
  const base64 = await page.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.88 });
    let text = '';
    for (const byte of new Uint8Array(await blob.arrayBuffer())) text += String.fromCharCode(byte);
    return btoa(text);
  }, png.toString('base64'));
  await page.close();
  return Buffer.from(base64, 'base64');
}

await mkdir(OUT, { recursive: true });
const stage = await openStage();
try {
  for (const { name, scenario, route, act, themes = ['light'], size = SIZE } of PICTURES) {
    for (const theme of themes) {
      const page = await stage.open({ scenario, theme, size, route, scale: SCALE });
      await page.waitForLoadState('networkidle');
      await act?.(page);
      await settle(page);
      const webp = await asWebp(stage.browser, await page.screenshot());
      await page.context().close();
      const file = `${name}${theme === 'light' ? '' : `-${theme}`}.webp`;
      if (webp.length > MAX_BYTES) throw new Error(`${file} has ${webp.length} bytes; ${MAX_BYTES} are allowed`);
      await writeFile(path.join(OUT, file), webp);
      console.log(`${file}: ${Math.round(webp.length / 1000)} kB`);
    }
  }
} finally {
  await stage.close();
}
