/**
 * Care for a backup: a rule for old backups with its preview, room that is freed, a restore that is proven, another key in
 * the place of the old one; each screen looked at by axe.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { randomData } from '../support/made-data.ts';
import type { App } from '../support/app.ts';
import { expect, test } from './fixtures.ts';
import { look } from './look.ts';
import * as pages from './pages.ts';
import { button, goTo, title } from './pages.ts';

const MIB = 2 ** 20;
const PICTURES = process.env['HOLDFAST_LOOK'] === '1';

/** Nothing that axe finds; with HOLDFAST_LOOK=1 pictures in both themes and sizes too. */
async function seen(app: App, name: string): Promise<void> {
  if (PICTURES) return await look(app, `care ${name}`);
  await app.page.emulateMedia({ reducedMotion: 'reduce' });
  await expect(title(app.page).first()).toBeAttached();
  await expect(app.page.locator('.skel')).toHaveCount(0);
  const { violations } = await new AxeBuilder({ page: app.page }).setLegacyMode(true).analyze();
  expect
    .soft(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`),
      name,
    )
    .toEqual([]);
}

/** Waits until nothing runs, and gives the newest run of this kind. */
async function ended(app: App, kind: string): Promise<{ result: string; removedFiles: number; bytes: number }> {
  const over = async (): Promise<boolean> => {
    const { progress } = await app.state();
    return progress?.kind === kind && ['done', 'failed', 'stopped'].includes(progress.state);
  };
  await expect.poll(over, { timeout: pages.RUN_MS }).toBe(true);
  const runs = await app.page.evaluate(() => window.holdfast.activity.runs());
  const run = runs.ok ? runs.value.find((one) => one.kind === kind) : undefined;
  if (run === undefined) throw new Error(`no ${kind} in the log`);
  return run;
}

test('old backups go by a rule, a restore is proven, another key takes the place of the old one', async ({
  folder,
  computer,
  start,
}) => {
  test.setTimeout(240_000);
  const app = await start(computer);
  const { page } = app;
  const source = path.join(folder, 'Letters');
  await mkdir(source);
  await writeFile(path.join(source, 'letter'), 'Dear reader\n');
  const old = await pages.setUp(app, path.join(folder, 'disk'), [source]);
  await pages.firstBackupDone(page);
  for (const seed of [1, 2, 3]) {
    await writeFile(path.join(source, 'film'), randomData(2 * MIB, seed));
    await pages.backUpNow(app);
  }

  await test.step('a pinned backup stays whatever the rule says', async () => {
    await goTo(page, 'Browse');
    await page.getByRole('slider', { name: 'Snapshot' }).press('Home');
    await button(page, 'Pin this backup: no rule removes it').click();
    await expect(button(page, 'Take the pin off this backup')).toBeVisible();
    await seen(app, '0 pin');
  });

  await test.step('a rule: its preview says what would go, by keyboard alone', async () => {
    await goTo(page, 'Settings');
    const card = page.getByRole('region', { name: 'What is kept' });
    await expect(card.getByText('None would go')).toBeVisible();
    await card.getByRole('radio', { name: /^Keep everything/ }).focus();
    await page.keyboard.press('ArrowDown');
    await expect(card.getByRole('radio', { name: /^Careful/ })).toBeChecked();
    await expect(card.getByRole('img', { name: /^[23] backups stay of 4, [12] would go/ })).toBeVisible();
    await seen(app, '1 rule');
    await card.getByRole('button', { name: 'Use this rule' }).press('Enter');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Use this rule' }).press('Enter');
    await expect(card.getByText('In use')).toBeVisible();
    expect((await app.state()).care.keep).toMatchObject({ hourly: 24, daily: 30 });
  });

  await test.step('what is freed is shown before, and is freed then', async () => {
    await button(page, 'Free space…').click();
    const sheet = page.getByRole('dialog');
    await expect(sheet.getByText(/backups? goe?s?\./)).toBeVisible();
    await sheet.getByText('At once, in folders of this computer').click();
    await seen(app, '2 free');
    await sheet.getByRole('button', { name: 'Free space now' }).click();
    const run = await ended(app, 'retention');
    expect(run.result).toBe('done');
    expect(run.removedFiles).toBeGreaterThanOrEqual(1);
    expect(run.bytes).toBeGreaterThan(2 * MIB);
    await expect.poll(async () => (await app.state()).snapshotCount).toBe(4 - run.removedFiles);
    await seen(app, '3 clean-up');
  });

  await test.step('a restore is proven, and Home says so', async () => {
    await goTo(page, 'Settings');
    await button(page, 'Prove it').click();
    expect((await ended(app, 'drill')).result).toBe('done');
    await seen(app, '4 proof');
    await goTo(page, 'Home');
    await expect(page.getByText('Last proven restorable')).toBeVisible();
    await expect(page.locator('.ledger')).not.toContainText('Not yet');
    await seen(app, '5 home');
  });

  await test.step('another key: its kit is proven first, then the old digits open nothing', async () => {
    await goTo(page, 'Protection');
    await expect(page.getByText('This computer', { exact: true })).toBeVisible();
    await seen(app, '6 protection');
    await button(page, 'Change the digits').click();
    await expect(title(page)).toHaveText('Another key for this backup');
    await seen(app, '7 what happens');
    await button(page, 'Make a new key').click();
    await expect(button(page, 'I have it on paper')).toBeDisabled();
    await button(page, 'Show the key').click();
    const fresh = await pages.shownKey(page);
    expect(fresh).not.toEqual(old);
    await button(page, 'I have it on paper').click();
    await pages.typeRows(page, fresh);
    await button(page, 'Check').click();
    await expect(title(page)).toHaveText('Change the key now?');
    await page.getByText('I keep the new digits somewhere safe').click();
    await seen(app, '8 change');
    await button(page, 'Change the key').click();
    await expect(title(page)).toHaveText('The new digits open your backup', { timeout: pages.RUN_MS });
    await seen(app, '9 changed');
    await button(page, 'Done').click();
    const answers = await page.evaluate(
      async ([before = [], after = []]) => {
        await window.holdfast.keys.lock();
        return [
          await window.holdfast.keys.unlock({ groups: before }),
          await window.holdfast.keys.unlock({ groups: after }),
        ];
      },
      [old, fresh],
    );
    expect(answers.map((one) => one.ok && one.value.ok)).toEqual([false, true]);
    await writeFile(path.join(source, 'letter'), 'Dear reader, again\n');
    expect((await pages.backUpNow(app))?.result).toBe('done');
  });
});
