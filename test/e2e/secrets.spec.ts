/** After everything a person does with the app: what lies on disk, was printed, and stands in the page. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { filesIn, formsIn, formsOfKey, holding } from '../support/secret-search.ts';
import { expect, test } from './fixtures.ts';
import * as pages from './pages.ts';
import { button, goTo } from './pages.ts';

const NAME = 'marker-of-a-name-7d1f';
const CONTENT = 'marker of contents, 9b42';
const UNREADABLE = 'marker-that-cannot-be-read-3c0a';

test('neither the key nor a name nor a content is anywhere in the clear', async ({ folder, computer, start }) => {
  test.setTimeout(240_000);
  const source = path.join(folder, 'marker-of-the-source-5e8c');
  const destination = path.join(folder, 'disk');
  await mkdir(source);
  // Long enough to stand in several blocks, and the same again, which is stored once.
  for (const copy of [1, 2]) await writeFile(path.join(source, `${NAME} ${copy}`), `${CONTENT}\n`.repeat(40_000));
  await writeFile(path.join(source, UNREADABLE), CONTENT, { mode: 0o000 });

  const app = await start(computer);
  const { page } = app;
  const key = await pages.setUp(app, destination, [source]);
  await pages.firstBackupDone(page);
  await writeFile(path.join(source, `${NAME} 3`), `${CONTENT} again\n`);
  await pages.backUpNow(app);
  await goTo(page, 'Browse');
  await button(page, 'Restore everything…').click();
  await pages.restoreInto(app, path.join(folder, 'back'));
  await button(page, 'Done').click();
  await button(page, 'Lock').click();
  await goTo(page, 'Protection');
  await button(page, 'Unlock').first().click();
  await pages.pasteKey(app, pages.keyText(key));
  await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await goTo(page, 'Settings');
  await button(page, 'Full check').click();
  await expect(page.getByText(/^Last checked .*: Nothing is damaged\./)).toBeVisible({ timeout: pages.RUN_MS });
  const inPage = await page.evaluate(() => document.documentElement.outerHTML);

  // The search finds what is there: the markers in the source, the key in each layout a person would write.
  await chmod(path.join(source, UNREADABLE), 0o600); // it was backed up unreadable; only root could search it as it is
  const originals = await filesIn(source);
  expect(holding(originals, CONTENT)).toHaveLength(4);
  expect(holding(originals, NAME)).toHaveLength(3);
  for (const text of [key.join(''), key.join(' '), key.join('-').toLowerCase()]) {
    expect(formsOfKey(key).some(([, bytes]) => Buffer.from(`before ${text} after`).includes(bytes))).toBe(true);
  }

  // Looked at twice: while it runs, where a temporary file would lie, and after it has ended.
  for (const moment of ['running', 'ended']) {
    if (moment === 'ended') {
      await app.setClipboard('');
      await app.close();
    }
    const own = await filesIn(computer.home);
    const profile = await filesIn(computer.profile);
    const repository = await filesIn(destination);
    expect(own.size, moment).toBeGreaterThan(4);
    expect(repository.size, moment).toBeGreaterThan(5);
    const said = new Map([
      ['what it said', Buffer.from(app.said.join('\n'))],
      ['the page', Buffer.from(inPage)],
    ]);
    const places = { own, profile, repository, said };

    for (const [where, files] of Object.entries(places)) {
      expect(formsIn(files, formsOfKey(key)), `${moment}: the key in ${where}`).toEqual([]);
      expect(holding(files, CONTENT), `${moment}: contents in ${where}`).toEqual([]);
      expect(holding(files, NAME), `${moment}: names in ${where}`).toEqual([]);
    }
    for (const [where, files] of Object.entries({ profile, repository })) {
      expect(holding(files, path.basename(source)), `${moment}: the source in ${where}`).toEqual([]);
      expect(holding(files, UNREADABLE), `${moment}: what was left out in ${where}`).toEqual([]);
    }
    // By design: the plan knows its folders, the log what was left out.
    const leftOut = holding(own, UNREADABLE);
    expect(leftOut.length, moment).toBeGreaterThan(0);
    expect(
      leftOut.filter((name) => !name.startsWith('activity/')),
      moment,
    ).toEqual([]);
    expect(holding(own, path.basename(source)), moment).toContain('config.json');
  }
});
