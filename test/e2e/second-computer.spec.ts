/** A computer that was lost: another one gets everything back with the digits alone, then backs up into the same place. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeComputer, removeComputer } from '../support/app.ts';
import { compareTrees, makeHardCases } from '../support/tree.ts';
import { expect, test } from './fixtures.ts';
import { look } from './look.ts';
import * as pages from './pages.ts';
import { button, goTo, title } from './pages.ts';

test('another computer restores with the digits alone and goes on in the same backup', async ({
  folder,
  computer,
  start,
}) => {
  test.setTimeout(400_000);
  const destination = path.join(folder, 'disk');
  const hard = path.join(folder, 'Hard cases');
  const cases = await makeHardCases(hard, { unreadable: false });
  const old = await start(computer);
  const key = await pages.setUp(old, destination, [hard]);
  await pages.firstBackupDone(old.page);
  await old.close();

  const other = await makeComputer();
  try {
    const app = await start(other);
    const { page } = app;

    await test.step('a folder that is no backup is told apart', async () => {
      await page.getByRole('button', { name: /Restore an existing backup/ }).click();
      await mkdir(path.join(folder, 'not a backup'));
      await app.chooseNext(path.join(folder, 'not a backup'));
      await button(page, 'Choose the folder…').click();
      await expect(page.getByText('No backup there')).toBeVisible();
      await button(page, 'Other…').click();
      await expect(button(page, 'Choose the folder…')).toBeVisible();
    });

    await test.step('connect, unlock, choose', async () => {
      await app.chooseNext(destination);
      await button(page, 'Choose the folder…').click();
      await expect(page.getByText('1 computer backed up here')).toBeVisible();
      await button(page, 'Continue').click();
      await expect(title(page)).toHaveText('Type your 64 digits');
      await pages.pasteKey(app, pages.keyText(key));
      await button(page, 'Unlock').click();
      await expect(title(page)).toHaveText('What do you want back?');
      await expect(page.getByRole('radio', { name: /Everything/ })).toBeChecked();
      await button(page, 'Continue').click();
    });

    await test.step('everything comes back', async () => {
      const target = path.join(folder, 'back');
      await expect(title(page)).toHaveText('Where should it go?');
      await pages.restoreInto(app, target);
      await expect(title(page)).toHaveText(/^All \d+ files are back$/);
      const ignore = cases.special;
      expect(await compareTrees(hard, path.join(target, 'Hard cases'), { ignore })).toEqual([]);
    });

    await test.step('this computer goes on in the same backup', async () => {
      await writeFile(path.join(other.folder, 'Documents', 'of the new computer.txt'), 'written here\n');
      await button(page, 'Set up backups here').click();
      await pages.chooseStorage(app, destination);
      await expect(page.getByText('already holds a backup.')).toBeVisible();
      await button(page, 'Enter its key').click();
      await pages.pasteKey(
        app,
        pages.keyText(key).replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
      );
      await button(page, 'Open this backup').click();
      await expect(page.getByText(/These 64 digits don.t open this backup/)).toBeVisible();
      await pages.pasteKey(app, pages.keyText(key));
      await button(page, 'Open this backup').click();
      await expect(page.getByRole('radio', { name: /It replaces .*1 snapshot, the newest of/ })).toBeVisible();
      await look(app, '44 which computer');
      await pages.furtherComputer(page);
      await pages.consent(page);
      await pages.chooseSources(app, [path.join(other.folder, 'Documents')]);
      await button(page, 'Start the first backup').click();
      await pages.firstBackupDone(page);
      await expect(title(page)).toHaveText('Everything is protected');
    });

    await test.step('both computers are in it, and its own comes first', async () => {
      await goTo(page, 'Browse');
      await page.locator('.tl-date').click();
      const computers = page.getByRole('dialog').getByRole('radiogroup', { name: 'Computer' });
      await expect(computers.getByRole('radio')).toHaveCount(2);
      await page.keyboard.press('Escape');
      await pages.openFolders(page, path.join(other.folder, 'Documents').split('/').slice(1));
      await expect(pages.entry(page, 'of the new computer.txt')).toBeVisible();
    });

    await test.step('this computer takes the place of the old one, and goes on with its history', async () => {
      await goTo(page, 'Protection');
      await button(page, 'Take over…').scrollIntoViewIfNeeded();
      await look(app, '45 computers of a backup');
      await button(page, 'Take over…').click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Take over' }).click();
      await expect(page.getByText('This computer goes on with them.')).toBeVisible({ timeout: 60_000 });
      expect((await pages.backUpNow(app))?.result).toBe('done');
      const found = await page.evaluate(() => window.holdfast.browse.snapshots());
      const own = found.ok ? found.value.filter(({ thisComputer }) => thisComputer) : [];
      // The one of the old computer, and those that the taking over and the button have made.
      expect(own.length).toBeGreaterThanOrEqual(2);
      await app.close();
    });

    await test.step('the old one says so, and stops', async () => {
      const again = await start(computer);
      await button(again.page, 'Back up now').click();
      await expect(again.page.getByText(/Another computer has taken over the backups of this one/).first()).toBeVisible(
        {
          timeout: pages.RUN_MS,
        },
      );
      await look(again, '46 taken over');
      const opened = await again.page.evaluate(async (groups) => await window.holdfast.keys.unlock({ groups }), key);
      expect(opened).toMatchObject({ ok: true, value: { ok: true } });
      await goTo(again.page, 'Protection');
      await button(again.page, 'Take them back…').click();
      await look(again, '47 taken back');
      await again.page.getByRole('alertdialog').getByRole('button', { name: 'Take them back' }).click();
      await expect(again.page.getByText('This computer goes on with them.')).toBeVisible({ timeout: 60_000 });
      expect((await pages.backUpNow(again))?.result).toBe('done');
    });
  } finally {
    removeComputer(other);
  }
});
