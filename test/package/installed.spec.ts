/** The installed program in the hands of an ordinary user: set-up, backup, restore, and a link from outside. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '../e2e/fixtures.ts';
import * as pages from '../e2e/pages.ts';
import { button, goTo, title } from '../e2e/pages.ts';
import { asarOf } from '../support/asar.ts';
import { compareTrees } from '../support/tree.ts';

const program = process.env['HOLDFAST_TEST_PROGRAM'] ?? '';
const pictures = process.env['HOLDFAST_TEST_PICTURES'] ?? '';

test('sets up, backs up, restores', async ({ folder, computer, start }) => {
  const app = await start(computer);
  const { page } = app;
  const documents = path.join(computer.folder, 'Documents');
  await mkdir(path.join(documents, 'deep'));
  await writeFile(path.join(documents, 'deep', 'other program.asar'), asarOf({ 'main.js': 'packed' }));
  const look = async (name: string): Promise<void> => {
    if (pictures !== '') await page.screenshot({ path: path.join(pictures, `${name}.png`) });
  };

  expect(await app.app.evaluate(({ app: one }) => one.isPackaged)).toBe(true);
  await expect(title(page)).toHaveText('Backups that only you can open');
  await look('3 set-up');
  await pages.setUp(app, path.join(folder, 'disk'), [documents]);
  await pages.firstBackupDone(page);
  await expect(title(page)).toContainText('protected');
  // The keyring that came with the package keeps what has to outlive the program.
  expect(await app.state()).toMatchObject({ keychain: { kind: 'system' } });
  await look('4 home');

  await goTo(page, 'Browse');
  await button(page, 'Restore everything…').click();
  const target = path.join(folder, 'back');
  await pages.restoreInto(app, target);
  await look('5 restored');
  expect(await compareTrees(documents, path.join(target, 'Documents'))).toEqual([]);
  await button(page, 'Done').click();

  // As the desktop starts it for a link: the first instance is told and shows the place; nothing else happens.
  const link = async (text: string): Promise<void> => {
    const args = [`--user-data-dir=${computer.profile}`, '--', text];
    const env = { ...process.env, HOME: computer.folder, HOLDFAST_HOME: computer.home };
    await promisify(execFile)(program, args, { env });
  };
  const runs = (await app.state()).lastBackup?.id;
  await link('holdfast://settings');
  await expect(title(page)).toHaveText('Settings');
  await link('holdfast:back-up-now');
  await link('holdfast:home');
  await expect(title(page)).toContainText('protected');
  expect((await app.state()).lastBackup?.id).toBe(runs);
  await look('6 after a link');
  const desktop = await readFile('/usr/share/applications/holdfast.desktop', 'utf8');
  expect(desktop).toMatch(/^Exec=\/opt\/Holdfast\/holdfast -- %U$/m);
  expect(desktop).toMatch(/^MimeType=x-scheme-handler\/holdfast;$/m);
});
