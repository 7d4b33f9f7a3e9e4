/**
 * Every screen of the real app, with what it really says: a picture under test-results/screens, nothing that axe finds,
 * nothing wider than the window. With HOLDFAST_LOOK=1 in both themes, wide and narrow.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunRecord } from '../../main/jobs/activity.ts';
import { type App, makeComputer, removeComputer } from '../support/app.ts';
import { expect, test } from './fixtures.ts';
import { look } from './look.ts';
import * as pages from './pages.ts';
import { button, goTo, title } from './pages.ts';

const DAY_MS = 86_400_000;
const MIB = 1 << 20;

/** Kinds of storage that are forms, with what stands over each. */
const KINDS = [
  ['Google Drive', 'Google Drive'],
  ['A NAS or server', 'SFTP server'],
  ['S3 storage', 'S3 storage'],
] as const;

async function closeSheet(app: App): Promise<void> {
  await app.page.keyboard.press('Escape');
  await expect(app.page.getByRole('dialog')).toHaveCount(0);
}

/** Lets the runs of today have happened on days of the past two months, the newest today: only their dates change. */
async function spread(home: string, days: number): Promise<void> {
  const folder = path.join(home, 'activity');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  for (const [index, name] of names.entries()) {
    const record = JSON.parse(await readFile(path.join(folder, name), 'utf8')) as RunRecord;
    const back = Math.round(days * (1 - index / Math.max(1, names.length - 1))) * DAY_MS;
    record.startedAt -= back;
    if (record.endedAt !== null) record.endedAt -= back;
    await writeFile(path.join(folder, name), JSON.stringify(record));
  }
}

test('set-up', async ({ folder, computer, start }) => {
  test.setTimeout(600_000);
  const app = await start(computer);
  const { page } = app;
  const source = path.join(folder, 'Photos');
  await mkdir(source);
  for (let i = 0; i < 24; i += 1) await writeFile(path.join(source, `IMG_${1000 + i}.jpg`), randomBytes(16 * MIB));
  await writeFile(path.join(source, 'not for me'), 'x', { mode: 0o000 });

  await look(app, '01 welcome');
  await button(page, 'How it works').click();
  await expect(title(page)).toHaveText('How Holdfast works');
  await look(app, '02 how it works');
  await button(page, 'Set up this computer').click();
  await expect(page.getByText('Suggested folder')).toBeVisible();
  await look(app, '03 destination');
  for (const [kind, heading] of KINDS) {
    await pages.chooseKind(page, kind);
    await expect(page.getByRole('heading', { name: heading })).toBeVisible();
    await look(app, `03 ${kind}`);
  }
  await page.getByText('Advanced').click();
  await button(page, 'Use this storage').click();
  await expect(page.getByText('Type the secret key.')).toBeVisible();
  await look(app, '03 S3 storage, refused');
  await pages.chooseKind(page, 'A NAS or server');
  await page.getByRole('radio', { name: 'WebDAV' }).click();
  await expect(page.getByRole('heading', { name: 'WebDAV server' })).toBeVisible();
  await look(app, '03 WebDAV');
  await pages.chooseKind(page, 'A disk or folder');
  await pages.chooseStorage(app, path.join(folder, 'Backup disk'));
  await look(app, '04 destination tested');
  await button(page, 'Continue').click();
  await look(app, '05 protection');
  await button(page, 'Compare').click();
  await look(app, '06 compare');
  await closeSheet(app);
  await page.getByText('64-digit key', { exact: true }).click();
  await button(page, 'Continue').click();
  await expect(button(page, 'Show the key')).toBeVisible();
  await look(app, '07 key hidden');
  await button(page, 'Show the key').click();
  const key = await pages.shownKey(page);
  await look(app, '08 key shown');
  await button(page, 'I have it on paper').click();
  await pages.typeRows(
    page,
    key.map(() => '0000'),
  );
  await button(page, 'Check').click();
  await expect(page.getByText('You can try as often as you like')).toBeVisible();
  await look(app, '09 prove, wrong');
  await pages.typeRows(page, key);
  await button(page, 'Check').click();
  await expect(title(page)).toContainText('Two things to know');
  await look(app, '10 consent');
  await pages.consent(page);
  await pages.chooseSources(app, [source]);
  await expect(page.getByText('1 item can’t be read.')).toBeVisible();
  await look(app, '11 files');
  await page.getByRole('button', { name: 'See why, and the fix' }).click();
  await look(app, '12 unreadable');
  await closeSheet(app);
  await button(page, 'Start the first backup').click();
  await pages.storing(app, { pause: true });
  await expect(title(page)).toHaveText('Your first backup is paused');
  await look(app, '13 first backup');
  await button(page, 'Resume').click();
  await expect(title(page)).toHaveText('Your first backup is done', { timeout: pages.RUN_MS });
  await look(app, '14 first backup done');
});

test('every day', async ({ folder, computer, start }) => {
  test.setTimeout(900_000);
  const destination = path.join(folder, 'Backup disk');
  const photos = path.join(computer.folder, 'Pictures');
  const documents = path.join(computer.folder, 'Documents');
  for (let i = 0; i < 12; i += 1) {
    await writeFile(path.join(photos, `IMG_${2040 + i}.jpg`), randomBytes(3 * MIB + i * 200_000));
    await writeFile(path.join(documents, `Chapter ${i + 1}.txt`), 'It was a quiet morning on the coast.\n'.repeat(900));
  }
  const first = await start(computer);
  const key = await pages.setUp(first, destination, [documents, photos]);
  await pages.firstBackupDone(first.page);
  await look(first, '20 home, first day');
  for (let i = 0; i < 5; i += 1) {
    await writeFile(path.join(photos, `IMG_${3000 + i}.jpg`), randomBytes(300_000 + ((i * 7919) % 23) * 90_000));
    await pages.backUpNow(first);
  }
  await first.close();
  await spread(computer.home, 30);

  const app = await start(computer);
  const { page } = app;
  await goTo(page, 'Browse');
  await expect(page.getByText('Your key opens this')).toBeVisible();
  await look(app, '21 browse, locked');
  await button(page, 'Unlock').last().click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await look(app, '22 unlock');
  await pages.pasteKey(app, pages.keyText(key));
  await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('grid').getByRole('row').nth(1)).toBeVisible();
  await look(app, '23 browse');
  await pages.openFolders(page, photos.split('/').slice(1));
  await pages.entry(page, 'IMG_2041.jpg').click();
  await pages.entry(page, 'IMG_2043.jpg').click({ modifiers: ['Shift'] });
  expect(await page.evaluate(() => getSelection()?.toString())).toBe('');
  await look(app, '24 browse, selected');
  await button(page, 'Restore 3 items…').click();
  await expect(page.getByText('There is room for it')).toBeVisible();
  await look(app, '25 where to');
  await pages.restoreInto(app, path.join(folder, 'back'));
  await look(app, '26 report');
  await button(page, 'Done').click();

  await goTo(page, 'Settings');
  await button(page, 'Quick check').click();
  await expect(page.getByText(/^Last checked .*: Nothing is damaged\./)).toBeVisible({ timeout: pages.RUN_MS });
  await look(app, '27 settings');
  await button(page, 'Test it').click();
  await expect(page.getByText('Everything works')).toBeVisible();
  await look(app, '27 settings, tested');
  for (const item of ['Rename…', 'Limits…']) {
    await button(page, /^More for /).click();
    await page.getByRole('menuitem', { name: item }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await look(app, `27 ${item.replace('…', '')}`);
    await closeSheet(app);
  }
  await button(page, 'Add a place…').click();
  await pages.chooseKind(page, 'A NAS or server');
  await expect(page.getByRole('heading', { name: 'SFTP server' })).toBeVisible();
  await look(app, '27 add a place');
  await closeSheet(app);
  await goTo(page, 'Home');
  await expect(page.getByRole('region', { name: /Days with a backup|A year of backups/ })).toBeVisible();
  await look(app, '28 home');
  await goTo(page, 'Activity');
  await expect(page.locator('.runrow').first()).toBeVisible();
  await look(app, '29 activity');
  await page.locator('.runrow').filter({ hasText: 'Backup' }).first().click();
  await expect(button(page, 'Copy as text')).toBeVisible();
  await look(app, '30 run');
  await goTo(page, 'Protection');
  await look(app, '31 protection');
  await button(page, 'Test my key').click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await look(app, '32 test my key');
  await closeSheet(app);

  for (let i = 0; i < 24; i += 1) await writeFile(path.join(photos, `RAW_${i}.dng`), randomBytes(16 * MIB));
  await writeFile(path.join(documents, 'not for me'), 'x', { mode: 0o000 });
  await goTo(page, 'Home');
  await button(page, 'Back up now').click();
  await pages.storing(app, { pause: true });
  await expect.poll(async () => (await app.state()).progress?.state).toBe('paused');
  await look(app, '33 home, running');
  await button(page, 'Resume').click();
  await expect(title(page)).toHaveText('Protected, except for 1 item', { timeout: pages.RUN_MS });
  await look(app, '34 home, unreadable');
  await button(page, 'See 1 item').click();
  await look(app, '35 unreadable items');
  await rename(destination, `${destination} elsewhere`);
  await goTo(page, 'Home');
  await button(page, 'Back up now').click();
  await expect(title(page)).toHaveText('Backup disk isn’t connected');
  await look(app, '36 home, disk away');
  await rename(`${destination} elsewhere`, destination);

  const other = await makeComputer();
  try {
    const second = await start(other);
    await second.page.getByRole('button', { name: /Restore an existing backup/ }).click();
    await look(second, '40 connect');
    await second.chooseNext(destination);
    await button(second.page, 'Choose the folder…').click();
    await expect(second.page.getByText('1 computer backed up here')).toBeVisible();
    await look(second, '41 connected');
    await button(second.page, 'Continue').click();
    await look(second, '42 digits');
    await pages.pasteKey(second, pages.keyText(key));
    await button(second.page, 'Unlock').click();
    await expect(second.page.getByRole('radio', { name: /Everything/ })).toBeChecked();
    await look(second, '43 choose');
    await button(second.page, 'Continue').click();
    await expect(second.page.getByText('There is room for it')).toBeVisible();
    await look(second, '44 where');
  } finally {
    removeComputer(other);
  }
});
