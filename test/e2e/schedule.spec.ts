/** Backups that start by themselves: the form by keyboard, a missed one after a start, one that waits for its disk. */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Computer } from '../support/app.ts';
import { expect, test } from './fixtures.ts';
import { look } from './look.ts';
import * as pages from './pages.ts';
import { goTo } from './pages.ts';

const HOURS_MS = 3 * 3_600_000;

/** As if the app had been off for three hours since its last runs; a missed backup then starts without waiting. */
async function hoursLater({ home }: Computer): Promise<void> {
  const runs = path.join(home, 'activity');
  for (const name of await readdir(runs)) {
    const file = path.join(runs, name);
    const run = JSON.parse(await readFile(file, 'utf8')) as { startedAt: number; endedAt: number };
    run.startedAt -= HOURS_MS;
    run.endedAt -= HOURS_MS;
    await writeFile(file, JSON.stringify(run));
  }
  const file = path.join(home, 'config.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  await writeFile(file, JSON.stringify({ ...config, settleMinutes: 0 }));
}

test('a schedule is set by keyboard, and what was missed starts by itself', async ({ folder, computer, start }) => {
  test.setTimeout(180_000);
  const source = path.join(folder, 'files');
  const disk = path.join(folder, 'disk');
  await mkdir(source);
  await writeFile(path.join(source, 'note'), 'a note\n');
  const first = await start(computer);
  await pages.setUp(first, disk, [source]);
  await expect(first.page.getByText(/Backed up by itself every hour/)).toBeVisible({ timeout: pages.RUN_MS });
  await pages.firstBackupDone(first.page);

  await test.step('the form says what it means, by keyboard alone', async () => {
    const { page } = first;
    await goTo(page, 'Settings');
    const form = page.getByRole('form', { name: 'When' });
    await expect(form.getByRole('status')).toHaveText('Holdfast backs up every hour, on battery only above 30%.');
    await form.getByRole('button', { name: /How often/ }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('listbox')).toBeVisible();
    await page.keyboard.type('Every day');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('listbox')).toHaveCount(0);
    await page.keyboard.press('Tab');
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('7.15');
    await expect(form.getByRole('status')).toHaveText(
      'Holdfast backs up every day at 07:15, on battery only above 30%.',
    );
    await page.keyboard.press('Enter');
    await expect(form.getByText('Saved')).toBeVisible();
    const state = await first.state();
    expect(state.when.schedule).toEqual({ every: 'day', at: 435 });
    const next = new Date(state.nextRunMs ?? 0);
    expect([next.getUTCHours(), next.getUTCMinutes()]).toEqual([7, 15]);
    await form.scrollIntoViewIfNeeded();
    await look(first, 'settings when');
    await goTo(page, 'Home');
    await expect(page.getByText('Every day at 07:15')).toBeVisible();
    await first.page.evaluate(async () => {
      const now = await window.holdfast.app.getState();
      if (!now.ok) return;
      await window.holdfast.settings.setWhen({ ...now.value.when, schedule: { every: 'hours', hours: 1 } });
    });
  });

  await test.step('a second plan has its own folders and runs by itself; removed, it leaves what it stored', async () => {
    const { page } = first;
    const photos = path.join(folder, 'Pictures');
    await mkdir(photos);
    await writeFile(path.join(photos, 'shore'), 'a picture\n');
    await goTo(page, 'Settings');
    await pages.button(page, 'Add a plan…').click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Photos');
    await first.chooseNext(photos);
    await pages.button(page, 'Choose a folder…').click();
    await expect(page.getByRole('dialog').getByTitle('Pictures', { exact: true })).toBeVisible();
    await pages.button(page, 'Add the plan').click();
    await expect(page.getByRole('region', { name: 'Plans' }).getByText(/Pictures.*, to every place/)).toBeVisible();
    await goTo(page, 'Home');
    await page.getByRole('button', { name: /Back up .*Photos/ }).click();
    const plan = async () => (await first.state()).plans[1];
    await expect.poll(async () => (await plan())?.lastBackup?.result, { timeout: pages.RUN_MS }).toBe('done');
    expect(await plan()).toMatchObject({ name: 'Photos', lastBackup: { files: 1, plan: 'Photos' }, doing: 'nothing' });
    const listed = await page.evaluate(async () => await window.holdfast.browse.snapshots());
    const all = listed.ok ? listed.value : [];
    expect(all.map(({ computer: name, thisComputer }) => [/: (.*)$/.exec(name)?.[1], thisComputer])).toEqual([
      ['Photos', true],
      ['My files', true],
    ]);
    const id = (await plan())?.id ?? '';
    expect(await page.evaluate(async (gone) => await window.holdfast.plans.remove({ id: gone }), id)).toMatchObject({
      ok: true,
    });
    const kept = await page.evaluate(async () => await window.holdfast.browse.snapshots());
    expect(kept.ok && kept.value.length).toBe(all.length);
  });
  const lastId = (await first.state()).lastBackup?.id;
  await first.close();

  await hoursLater(computer);
  await rename(disk, `${disk} elsewhere`);
  await writeFile(path.join(source, 'another'), 'another note\n');
  const second = await start(computer);
  await expect(second.page.getByText('Waits until disk can be reached.').first()).toBeVisible();
  expect((await second.state()).lastBackup?.id).toBe(lastId);

  await rename(`${disk} elsewhere`, disk);
  await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.emit('focus'));
  await expect.poll(async () => (await second.state()).lastBackup?.id, { timeout: pages.RUN_MS }).not.toBe(lastId);
  const after = await second.state();
  expect(after.lastBackup).toMatchObject({ result: 'done', newFiles: 1 });
  expect(after.waitsFor).toBeNull();
  await expect.poll(async () => (await second.state()).nextRunMs).toBeGreaterThan(Date.now());
});
