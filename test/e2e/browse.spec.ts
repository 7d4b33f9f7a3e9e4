/**
 * Looks across backups, by keyboard wherever that makes sense: what was deleted is found and an old version of it comes
 * back, what changed between backups and against the disk is told right, and sizes show where the space goes.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import type { App } from '../support/app.ts';
import { randomData } from '../support/made-data.ts';
import { expect, test } from './fixtures.ts';
import { look } from './look.ts';
import * as pages from './pages.ts';
import { button, goTo, title } from './pages.ts';

let dark = false;

/** Nothing that axe finds and nothing too wide, in one theme after the other; HOLDFAST_LOOK=1: in both, with pictures. */
async function seen(app: App, name: string): Promise<void> {
  if (process.env['HOLDFAST_LOOK'] === '1') return await look(app, `browse ${name}`);
  const { page } = app;
  dark = !dark;
  const colorScheme = dark ? 'dark' : 'light';
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  expect.soft(violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes[0]?.html}`)).toEqual([]);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect.soft(over, `${name}: wider than the window`).toBeLessThanOrEqual(0);
}

/** Pictures of another state of a screen that was seen. */
async function pictured(app: App, name: string): Promise<void> {
  if (process.env['HOLDFAST_LOOK'] === '1') await look(app, `browse ${name}`);
}

/** Rows of a comparison without the headings of folders, as "Added: File: name". */
async function differences(page: Page): Promise<string[]> {
  const rows = page.getByRole('treegrid', { name: 'Differences' }).locator('.cmp-row:not(.cmp-folder) .cmp-main');
  return (await rows.allTextContents()).map((text) => text.replace(/\s+/g, ' ')).sort();
}

/** Presses Tab until this has the focus. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  for (let i = 0; i < 30; i++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  await expect(wanted).toBeFocused();
}

test('what is gone is found, versions come back, changes and sizes are told', async ({ folder, computer, start }) => {
  test.setTimeout(180_000);
  const source = path.join(folder, 'Papers');
  const at = (name: string): string => path.join(source, name);
  await mkdir(at('Film'), { recursive: true });
  await writeFile(at('Film/harbour.raw'), randomData(3_000_000, 1));
  await writeFile(at('Film/short.raw'), randomData(200_000, 2));
  await writeFile(at('Lease of the flat.txt'), 'The rent is 900.\n');
  await writeFile(at('diary.txt'), 'Monday\n');
  await mkdir(at('Old'));
  for (const name of ['Old/one.txt', 'Old/two.txt']) await writeFile(at(name), `${name}, long ago\n`);
  await writeFile(at('kept.txt'), 'As it always was\n');
  await writeFile(at('ferry.txt'), 'It leaves at nine, from the western pier.\n');

  const app = await start(computer);
  const { page } = app;
  await pages.setUp(app, path.join(folder, 'disk'), [source]);
  await pages.firstBackupDone(page);
  await writeFile(at('Lease of the flat.txt'), 'The rent is 950 from January.\n');
  await pages.backUpNow(app);
  await rm(at('Lease of the flat.txt'));
  await rm(at('Old'), { recursive: true });
  await rename(at('ferry.txt'), at('ferry times.txt'));
  await writeFile(at('diary.txt'), 'Monday\nTuesday\n');
  await writeFile(at('new.txt'), 'Written today\n');

  await test.step('a backup that ends while one browses takes nothing from under the hands', async () => {
    await goTo(page, 'Browse');
    const tool = button(page, 'What changed');
    await tool.focus();
    await page.evaluate(() => window.holdfast.backup.start());
    // The timeline has it: the list of snapshots was read again.
    await expect(page.getByRole('slider', { name: 'Snapshot' })).toHaveAttribute('aria-valuemax', '3', {
      timeout: pages.RUN_MS,
    });
    await expect(tool).toBeFocused();
  });

  await test.step('search: what is gone is found while one types, and says so', async () => {
    await page.keyboard.press('ControlOrMeta+F');
    const field = page.getByRole('combobox', { name: 'Search every snapshot' });
    await expect(field).toBeFocused();
    await field.pressSequentially('lease');
    await expect(title(page)).toHaveText(/^1 match for .*lease/);
    const row = page.getByRole('option').filter({ hasText: 'Lease of the flat.txt' });
    await expect(row).toHaveAttribute('aria-selected', 'true');
    await expect(row.locator('.found-now')).toHaveText('Last seen today');
    await expect(row.locator('.found-versions')).toHaveText('2 versions');
    await expect(row.locator('mark')).toHaveText('Lease');
    await seen(app, '1 search');
  });

  await test.step('versions: the older one comes back as it was', async () => {
    const versions = page.getByRole('listbox', { name: 'Versions' }).getByRole('option');
    await expect(versions).toHaveCount(2);
    await page.keyboard.press('Enter');
    await expect(versions.first()).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(versions.last()).toHaveAttribute('aria-selected', 'true');
    await expect(versions.last()).toContainText('first version');
    await app.setSize(960, 640);
    await button(page, 'Versions').press('Enter');
    await expect(page.getByRole('dialog').getByRole('option').last()).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('Escape');
    await app.setSize(1280, 800);
    await expect(versions.last()).toHaveAttribute('aria-selected', 'true');
    await tabTo(page, button(page, 'Compare with disk'));
    await page.keyboard.press('Enter');
    await expect(page.getByText('It is not on your disk any more.')).toBeVisible();
    await tabTo(page, button(page, 'Preview'));
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog', { name: /^Preview of/ })).toContainText('The rent is 900.');
    await page.keyboard.press('Escape');
    await expect(versions.last()).toHaveAttribute('aria-selected', 'true');
    await tabTo(page, button(page, 'Restore this version…'));
    await page.keyboard.press('Enter');
    const target = path.join(folder, 'back');
    await pages.restoreInto(app, target);
    expect(await readFile(path.join(target, 'Lease of the flat.txt'), 'utf8')).toBe('The rent is 900.\n');
    await button(page, 'Done').click();
  });

  const grid = page.getByRole('treegrid', { name: 'Differences' });
  const bringBack = page.getByRole('button', { name: /^Bring back/ });
  await test.step('compare: two snapshots in the order of time, whichever was looked at', async () => {
    await goTo(page, 'Browse');
    await button(page, 'What changed').press('Enter');
    await expect(title(page)).toHaveText('What changed');
    await expect(page.getByRole('heading', { name: 'Nothing differs' })).toBeVisible();
    await page.getByRole('radio', { name: 'Another snapshot' }).press('Space');
    await expect(grid).toBeVisible();
    await expect
      .poll(() => differences(page))
      .toEqual([
        'Added: Text: new.txt',
        'Changed: Text: diary.txt',
        `Moved: Text: ferry times.txtfrom ${at('ferry.txt')}`,
        'Removed: Text: Lease of the flat.txt',
        'Removed: Text: one.txt',
        'Removed: Text: two.txt',
      ]);
    await seen(app, '3 compare');
  });

  await test.step('compare: all chosen by keyboard; what came later is said not to come back', async () => {
    await grid.focus();
    await page.keyboard.press('ControlOrMeta+A');
    await expect(page.getByText('7 chosen, 1 of them came later')).toBeVisible();
    await expect(bringBack).toHaveText(/^Bring back 6 items as of /);
    await tabTo(page, bringBack);
    await page.keyboard.press('Enter');
    const sheet = page.getByRole('dialog', { name: /^Restore 4 items from / });
    await expect(sheet).toContainText('1 item that came later is not in it.');
    await pictured(app, '4 bring back');
    const target = path.join(folder, 'before');
    await pages.restoreInto(app, target);
    expect(await readFile(path.join(target, 'Lease of the flat.txt'), 'utf8')).toBe('The rent is 950 from January.\n');
    expect(await readFile(path.join(target, 'diary.txt'), 'utf8')).toBe('Monday\n');
    expect((await readdir(target)).sort()).toEqual(['Lease of the flat.txt', 'Old', 'diary.txt', 'ferry.txt']);
    expect((await readdir(path.join(target, 'Old'))).sort()).toEqual(['one.txt', 'two.txt']);
    await button(page, 'Done').click();
  });

  await test.step('compare: with the disk as it is now', async () => {
    await writeFile(at('kept.txt'), 'No longer so\n');
    await rm(at('Film/short.raw'));
    await writeFile(at('Film/only here.raw'), 'x');
    await goTo(page, 'Browse');
    await button(page, 'What changed').press('Enter');
    await expect(grid).toBeVisible();
    await expect
      .poll(() => differences(page))
      .toEqual([
        expect.stringMatching(/^Added: .*: only here.raw$/),
        'Changed: Text: kept.txt',
        expect.stringMatching(/^Removed: .*: short.raw$/),
      ]);
    await page.getByRole('button', { name: /^Added/ }).press('Space');
    await expect(page.getByText('1 difference, only on your disk')).toBeVisible();
    await expect(bringBack).toBeDisabled();
    await pictured(app, '5 disk');
  });

  await test.step('sizes: the biggest folder, what is in it, and what grew', async () => {
    await goTo(page, 'Browse');
    await button(page, 'Sizes of folders').press('Enter');
    const areas = page.getByRole('listbox', { name: /^Sizes in/ });
    await expect(areas).toBeVisible();
    await seen(app, '6 sizes');
    await areas.focus();
    await expect(areas.getByRole('option', { name: /^Papers, 3.2 MB/ })).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('Enter');
    await expect(page.locator('.crumb-here')).toHaveText('Papers');
    await expect(areas.getByRole('option').first()).toHaveAccessibleName(/^Film, 3.2 MB/);
    await pictured(app, '7 biggest');
    await page.getByRole('radio', { name: 'What grew' }).press('Space');
    const grew = page.getByRole('table', { name: 'What grew and shrank' });
    await expect(grew.getByRole('row').filter({ hasText: 'Lease of the flat.txt' })).toContainText('−30 bytes');
    await expect(grew.getByRole('row').filter({ hasText: 'new.txt' })).toContainText('+14 bytes');
    await seen(app, '8 what grew');
  });

  await test.step('locking closes it all', async () => {
    await button(page, 'Lock').press('Enter');
    await expect(page.getByText('Locked', { exact: true })).toBeVisible();
    await expect(page.getByText('Your key opens')).toBeVisible();
    await expect(page.getByText(/Film|Lease|diary/)).toHaveCount(0);
    await pictured(app, '9 locked');
    await page.keyboard.press('ControlOrMeta+F');
    await page.getByRole('combobox', { name: 'Search every snapshot' }).pressSequentially('dia');
    await expect(page.getByText('Your key opens')).toBeVisible();
    await expect(page.getByText(/Film|Lease|diary/)).toHaveCount(0);
  });
});
