/**
 * A look into files of a backup, friendly and hostile ones: they are shown, nothing in them runs, no request leaves the
 * app, and locking takes what was shown out of the window.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import type { App } from '../support/app.ts';
import { PDFDocument, PDFName, PDFString } from 'pdf-lib';
import { makePng, makeWav, makeZip } from '../support/zip-file.ts';
import { expect, test } from './fixtures.ts';
import { look as lookAround } from './look.ts';
import * as pages from './pages.ts';
import { button, entry, goTo } from './pages.ts';

const sheet = (page: Page): Locator => page.getByRole('dialog', { name: /^Preview of / });

let dark = false;

/** Nothing that axe finds, in one theme after the other; HOLDFAST_PICTURE=1: in both, with pictures of all sizes. */
async function look(app: App, name: string): Promise<void> {
  if (process.env['HOLDFAST_PICTURE'] === '1') return await lookAround(app, name);
  const { page } = app;
  dark = !dark;
  const colorScheme = dark ? 'dark' : 'light';
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).include('.sheet-preview').analyze();
  expect.soft(violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes[0]?.html}`)).toEqual([]);
}

/** Opens the preview of an entry by the space bar. */
async function preview(page: Page, name: string): Promise<Locator> {
  await entry(page, name).click();
  await page.getByRole('grid').press('Space');
  await expect(sheet(page)).toBeVisible();
  await expect(sheet(page).getByText('Opening…')).toHaveCount(0);
  return sheet(page);
}

async function close(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await expect(sheet(page)).toHaveCount(0);
}

const CODE = `// Sums what it is given.
export function sum(values: readonly number[]): number {
\tlet all = 0;
\tfor (const value of values) all += value;
\treturn all; // \u202e this was turned round
}
`;

/** Three pages, with a script that would call a stranger and a link to it. */
async function book(stranger: string): Promise<Uint8Array> {
  const made = await PDFDocument.create();
  for (let i = 1; i <= 3; i++) {
    const page = made.addPage();
    page.drawText(`The boathouse, part ${i}`, { x: 60, y: 700, size: 36 });
    for (let line = 0; line < 24; line++) {
      page.drawText('The boat lay on its side, and nobody had been there since the spring.', {
        x: 60,
        y: 640 - 22 * line,
        size: 13,
      });
    }
  }
  made.addJavaScript('call', `app.launchURL('${stranger}/pdf-script'); this.submitForm('${stranger}/pdf-form');`);
  made.catalog.set(PDFName.of('OpenAction'), made.context.obj({ S: 'URI', URI: PDFString.of(`${stranger}/pdf-link`) }));
  return await made.save();
}

/** A conversation of some days, with a picture, a bomb, and what would be code elsewhere. */
function chat(): string {
  const lines = ['31.12.20, 22:58 - Messages and calls are end-to-end encrypted.'];
  lines.push(
    '31.12.20, 22:59 - Anna: Are you at the harbour?',
    '31.12.20, 23:01 - Bert: IMG-20201231-WA0001.jpg (file attached)',
  );
  lines.push('31.12.20, 23:02 - Bert: Nearly.\nThe ferry is late.', '31.12.20, 23:03 - Anna: <Media omitted>');
  lines.push('31.12.20, 23:04 - Anna: IMG-20201231-WA0002.jpg (file attached)');
  lines.push(`31.12.20, 23:05 - Anna: <img src=x onerror="document.title='ran'"> \u202eabc`);
  for (let i = 1; i <= 28; i++) {
    const day = `${String(i).padStart(2, '0')}.01.21`;
    for (let k = 0; k < 20; k++)
      lines.push(`${day}, 10:${k + 10} - ${k % 3 === 0 ? 'Anna' : 'Bert'}: Message ${k} of day ${i}`);
  }
  return `${lines.join('\n')}\n`;
}

test('files are looked at without restoring them, and hostile ones do nothing', async ({ folder, computer, start }) => {
  test.setTimeout(180_000);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stranger = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const source = path.join(folder, 'files');
  await mkdir(source);
  const evil = `<script>document.title='ran';fetch('${stranger}/script')</script><img src="${stranger}/image" onerror="document.title='ran'">`;
  const files: Record<string, string | Uint8Array> = {
    'notes.txt': `Dear Anna,\n\n${'the harbour was quiet this morning, and the ferry came in late because of the fog. '.repeat(6)}\n\nמר שלום is greeted too.\n`,
    'sum.ts': CODE.repeat(60),
    'photo.png': makePng(900, 600),
    'tone.wav': makeWav(2),
    'page.html': `<!doctype html><title>x</title>${evil}`,
    'drawing.svg': `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 60" onload="document.title='ran'"><script>fetch('${stranger}/svg-script')</script><image href="${stranger}/svg-image" width="10" height="10"/><foreignObject width="10" height="10">${evil.replace('">', '"/>')}</foreignObject><rect x="10" y="10" width="80" height="40" fill="#2f7d6b"/></svg>`,
    'bomb.png': makePng(1, 1, [60_000, 60_000]),
    'one line.txt': 'abcdefghij'.repeat(300_000),
    'letters.doc': Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ...Buffer.alloc(600, 7)]),
    'report.pdf': '%PDF-1.7\n1 0 obj << /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >> endobj\n',
    'book.pdf': await book(stranger),
    'photo\u202egnp.exe': evil,
    [`<img src=x onerror=document.title='ran'>.txt`]: 'only a name\n',
    empty: '',
    'WhatsApp Chat with Anna.zip': makeZip([
      { name: 'WhatsApp Chat with Anna.txt', bytes: Buffer.from(chat()) },
      { name: 'IMG-20201231-WA0001.jpg', bytes: makePng(640, 480) },
      { name: 'IMG-20201231-WA0002.jpg', bytes: makePng(1, 1, [60_000, 60_000]) },
    ]),
    'bomb.zip': makeZip([{ name: '_chat.txt', bytes: new Uint8Array(80_000_000) }]),
    inbox: `From a@example.org Thu Dec 31 23:59:59 2020\nFrom: Anna <a@example.org>\nDate: Thu, 31 Dec 2020 23:59:59 +0000\nSubject: The ferry\nContent-Type: text/html\n\n<p>It left at nine.</p>${evil}\n\n`,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(source, name), content);

  const app = await start(computer);
  const { page } = app;
  const key = await pages.setUp(app, path.join(folder, 'disk'), [source]);
  await pages.firstBackupDone(page);
  await goTo(page, 'Browse');
  await pages.openFolders(page, source.split('/').filter(Boolean));
  const title = await page.title();

  await test.step('text', async () => {
    const shown = await preview(page, 'notes.txt');
    await expect(shown).toContainText('the harbour was quiet');
    await look(app, 'preview 1 text');
    await close(page);
    await expect(page.getByRole('grid')).toBeFocused();
  });

  await test.step('rows are dragged out of the window as files, and no copy stays', async () => {
    await app.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      // No pointer of the system is down in this test, so no drag of the system's could end.
      if (contents !== undefined)
        contents.startDrag = ({ files }) => void Object.assign(globalThis, { dragged: files });
    });
    const dragged = async (): Promise<string[]> =>
      (await app.app.evaluate(() => (globalThis as { dragged?: string[] }).dragged)) ?? [];
    await entry(page, 'notes.txt').click();
    await expect(page.getByRole('grid')).toBeFocused();
    await entry(page, 'photo.png').click({ modifiers: ['ControlOrMeta'] });
    const { x = 0, y = 0 } = (await entry(page, 'notes.txt').boundingBox()) ?? {};
    await page.mouse.move(x + 60, y + 12);
    await page.mouse.down();
    await page.mouse.move(x + 120, y + 60, { steps: 4 });
    await expect.poll(dragged).toHaveLength(2);
    await page.mouse.up();
    const [notes = '', photo = ''] = (await dragged()).sort();
    expect(await readFile(notes, 'utf8')).toBe(files['notes.txt']);
    expect((await readFile(photo)).equals(Buffer.from(files['photo.png'] ?? ''))).toBe(true);
    await expect(page.getByText('2 items are ready.')).toBeVisible();
    if (process.env['HOLDFAST_PICTURE'] === '1') await lookAround(app, 'browse drag');
    await button(page, 'Done: remove the copy').click();
    await expect.poll(() => existsSync(notes)).toBe(false);
  });

  await test.step('code, with unseen characters written out', async () => {
    const shown = await preview(page, 'sum.ts');
    await expect(shown.getByText('U+202E').first()).toBeVisible();
    await expect(shown.locator('.text-no').nth(1)).toHaveText('2');
    await look(app, 'preview 2 code');
    await close(page);
  });

  await test.step('a picture, in a process of its own without scripts', async () => {
    await preview(page, 'photo.png');
    const frame = page.frameLocator('.preview-frame');
    await expect(frame.locator('img')).toBeVisible();
    const facts = await app.app.evaluate(async ({ BrowserWindow }) => {
      const main = BrowserWindow.getAllWindows()[0]?.webContents.mainFrame;
      const [inner] = main?.frames ?? [];
      const ran = await inner?.executeJavaScript('1').catch(() => 'refused');
      return { apart: main?.osProcessId !== inner?.osProcessId, origin: inner?.origin, url: inner?.url, ran };
    });
    expect(facts).toMatchObject({ apart: true, url: expect.stringMatching(/^preview:\/\/[0-9a-f]{32}\/view$/) });
    // Not even a script of the app's own runs there.
    await expect
      .poll(() => app.problems)
      .toEqual([expect.stringMatching(/^console: Blocked script execution in 'preview:/)]);
    app.problems.splice(0);
    await look(app, 'preview 3 picture');
    await close(page);
  });

  await test.step('a sound', async () => {
    await preview(page, 'tone.wav');
    const frame = page.frameLocator('.preview-frame');
    await expect(frame.locator('audio')).toBeVisible();
    await look(app, 'preview 4 sound');
    await close(page);
  });

  await test.step('a PDF is drawn page by page, in a process that may die alone', async () => {
    const shown = await preview(page, 'book.pdf');
    await expect(shown.getByText('The boathouse, part 1')).toBeAttached();
    await expect(shown.getByRole('status').getByText('Page 1 of 3')).toBeVisible();
    const ink = await shown.getByRole('img', { name: 'Page 1 of 3' }).evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value, i) => i % 4 === 0 && value < 60);
    });
    expect(ink).toBe(true);
    await look(app, 'preview 5 pdf');
    const pages = shown.getByRole('group', { name: /^Pages of/ });
    await pages.focus();
    await page.keyboard.press('ArrowRight');
    await expect(shown.getByText('Page 2 of 3').first()).toBeVisible();
    await shown.getByRole('radio', { name: '100 %' }).click();
    await expect(shown.getByText('The boathouse, part 2')).toBeAttached();
    const killed = await app.app.evaluate(({ app: program }) => {
      const found = program.getAppMetrics().filter(({ name }) => name === 'Holdfast preview');
      for (const { pid } of found) process.kill(pid, 'SIGKILL');
      return found.length;
    });
    expect(killed).toBe(1);
    await pages.focus();
    await page.keyboard.press('End');
    await expect(shown.getByText('more memory or time than a preview may').first()).toBeVisible();
    await look(app, 'preview 5 pdf ended');
    await close(page);
  });

  await test.step('what is hostile is shown and does nothing', async () => {
    await expect((await preview(page, 'page.html')).locator('.text-line')).toContainText('<script>document.title=');
    await close(page);
    await preview(page, 'drawing.svg');
    await expect(page.frameLocator('.preview-frame').locator('img')).toBeVisible();
    await look(app, 'preview 5 drawing');
    await close(page);
    await expect(await preview(page, 'bomb.png')).toContainText(
      /60,?000 × 60,?000 pixels: opening it would take gigabytes/,
    );
    await look(app, 'preview 6 bytes');
    await close(page);
    await expect(await preview(page, 'report.pdf')).toContainText('It is damaged');
    await close(page);
    await expect(await preview(page, `<img src=x onerror=document.title='ran'>.txt`)).toContainText('only a name');
    await close(page);
    await expect(await preview(page, 'empty')).toContainText('This file is empty.');
    await close(page);
    expect(await page.title()).toBe(title);
    expect(asked).toEqual([]);
  });

  await test.step('a line of 3 MB comes in rows and pages', async () => {
    const shown = await preview(page, 'one line.txt');
    expect(await shown.locator('.text-row').count()).toBeLessThan(100);
    await button(page, 'Show more').click();
    await expect(shown.getByText('The first 524 kB of it')).toBeVisible();
    await look(app, 'preview 7 one line');
    await close(page);
  });

  await test.step('a chat in a ZIP archive is a conversation', async () => {
    const shown = await preview(page, 'WhatsApp Chat with Anna.zip');
    await expect(shown.getByText('Are you at the harbour?')).toBeVisible();
    await expect(shown.getByRole('heading', { name: 'Thursday 31 December 2020' })).toBeVisible();
    await expect(page.frameLocator('.msg-media').locator('img')).toBeVisible();
    await expect(shown.getByText('opening it would take gigabytes')).toBeVisible();
    await expect(shown.getByText('U+202E')).toBeVisible();
    expect(await shown.locator('.msg-row').count()).toBeLessThan(60);
    await look(app, 'preview 8 chat');
    await shown.getByLabel('Search in it').fill('7 of day 20');
    await expect(shown.locator('mark').first()).toHaveText('7 of day 20');
    await expect(shown.getByRole('status')).toHaveText('1 of 2');
    await look(app, 'preview 9 search');
    await shown.getByLabel('Search in it').fill('');
    await shown.getByLabel('Go to a day').fill('2021-01-15');
    await expect(shown.getByText('Message 0 of day 15', { exact: true })).toBeVisible();
    await close(page);
  });

  await test.step('mail is read, its pages are not', async () => {
    const shown = await preview(page, 'inbox');
    await expect(shown.getByText('It left at nine.')).toBeVisible();
    await look(app, 'preview 10 mail');
    await close(page);
  });

  await test.step('an archive that unfolds into too much is refused with a sentence', async () => {
    await expect(await preview(page, 'bomb.zip')).toContainText('It is too large for a preview.');
    await close(page);
    expect(await page.title()).toBe(title);
    expect(asked).toEqual([]);
  });

  await test.step('a frame of the page reaches no other address', async () => {
    const before = app.problems.length;
    const frames = await page.evaluate((elsewhere) => {
      for (const src of [
        `${elsewhere}/frame`,
        'preview://0123456789abcdef0123456789abcdef/raw',
        'file:///etc/passwd',
      ]) {
        const frame = document.createElement('iframe');
        frame.src = src;
        document.body.append(frame);
      }
      return document.querySelectorAll('iframe').length;
    }, stranger);
    expect(frames).toBe(3);
    await expect.poll(() => app.problems.length).toBeGreaterThanOrEqual(before + 2);
    await page.evaluate(() => document.querySelectorAll('iframe').forEach((frame) => frame.remove()));
    app.problems.splice(before);
    expect(asked).toEqual([]);
  });

  await test.step('locking takes it out of the window', async () => {
    await preview(page, 'photo.png');
    const address = await page.locator('.preview-frame').getAttribute('src');
    await page.evaluate(() => window.holdfast.keys.lock());
    await expect(sheet(page)).toHaveCount(0);
    const answer = await app.app.evaluate(
      async ({ BrowserWindow }, url) => {
        const session = BrowserWindow.getAllWindows()[0]?.webContents.session;
        const response = await session?.fetch(url);
        return { status: response?.status, text: await response?.text() };
      },
      `${address ?? ''}`,
    );
    expect(answer).toEqual({ status: 204, text: '' });
  });

  await test.step('and so it does with what a search has found', async () => {
    const unlocked = await page.evaluate(async (groups) => await window.holdfast.keys.unlock({ groups }), key);
    expect(unlocked).toMatchObject({ ok: true, value: { ok: true } });
    await button(page, 'Search every snapshot').click();
    await page.getByRole('combobox', { name: 'Search every snapshot' }).fill('photo.p');
    await expect(page.getByRole('listbox', { name: 'Found' })).toContainText('photo.png');
    await page.evaluate(() => window.holdfast.keys.lock());
    await expect(page.getByText('Your key opens this')).toBeVisible();
    await expect(page.locator('body')).not.toContainText('photo.png');
  });
  server.close();
});
