/**
 * A password at a vault of one's own: a real site with a token and a database, whose clock the test turns. One computer
 * sets it up, a second one restores with the password and ends the first one's session, ten tries are used up twice.
 */
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Computer, makeComputer, removeComputer } from '../support/app.ts';
import { keychainEntries, makeKeyring } from '../support/keyring.ts';
import { filesIn, formsIn, formsOfKey, formsOfText } from '../support/secret-search.ts';
import { compareTrees, makeHardCases } from '../support/tree.ts';
import { expect, test } from './fixtures.ts';
import { look } from './look.ts';
import * as pages from './pages.ts';
import { button, goTo, title } from './pages.ts';
import * as vaultPages from './vault-pages.ts';
import { passwordField, TRY_MS } from './vault-pages.ts';
import { sitOut, tenWrong } from './vault-tries.ts';

const PASSWORD = 'copper lantern ferry umbrella noon glacier';
const NEW_PASSWORD = 'seven quiet harbours under a paper moon';

/** Whether a computer keeps its part of a session on disk. */
async function hasSession({ home }: Computer): Promise<boolean> {
  const names = await readdir(path.join(home, 'vault'), { recursive: true });
  return names.some((name) => path.basename(name) === 'session');
}

/** The app's own folder and the browser's profile. */
async function computerFiles({ home, profile }: Computer): Promise<Map<string, Buffer>> {
  return new Map([...(await filesIn(home)), ...(await filesIn(profile))]);
}

/** The database with what lies beside it, in the place of what is there; the site is stopped. */
async function copyDatabase(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const ofDatabase = (name: string): boolean => name.startsWith('vault.sqlite');
  for (const name of (await readdir(to)).filter(ofDatabase)) await rm(path.join(to, name));
  for (const name of (await readdir(from)).filter(ofDatabase)) {
    await copyFile(path.join(from, name), path.join(to, name));
  }
}

test('set up, restored elsewhere, sessions, changed, and ten wrong tries', async ({ folder, computer, start }) => {
  test.setTimeout(900_000);
  const destination = path.join(folder, 'disk');
  const hard = path.join(folder, 'Hard cases');
  const cases = await makeHardCases(hard, { unreadable: false });
  const vault = await vaultPages.startOwnVault();
  const { site } = vault;
  const other = await makeComputer();
  const keyring = await makeKeyring();
  const vaultSaid: string[] = [];
  try {
    let app = await start(computer);
    let key: string[] = [];

    await test.step('the vault proves itself before anything is sent to it', async () => {
      const { page } = app;
      await vaultPages.toVaultPage(app, destination);
      await look(app, '50 which vault');
      await vaultPages.typeVault(page, vault.address, `0${vault.identity.slice(1)}`.replace(/^00/, '01'));
      await button(page, 'Let it prove itself').click();
      await expect(page.getByText('did not prove to be your key vault')).toBeVisible({ timeout: TRY_MS });
      await look(app, '51 another vault');
      await vaultPages.typeVault(page, vault.address, vault.identity);
      await button(page, 'Let it prove itself').click();
      await expect(page.getByText('1 of 1 vault site answered')).toBeVisible({ timeout: TRY_MS });
      await expect(page.getByRole('region', { name: 'Proof of the vault' })).toContainText('127.0.0.2');
      await look(app, '52 vault proven');
      // Asked for its bundles, and for nothing else.
      expect(await site.ledger.recordIds()).toEqual([]);
      await button(page, 'Continue').click();
    });

    await test.step('a password, once more, and the kit that one site asks for', async () => {
      const { page } = app;
      const field = page.getByRole('textbox', { name: 'Password', exact: true });
      await field.fill('password1234');
      await expect(page.getByText('Too easy to guess')).toBeVisible();
      await expect(button(page, 'Continue')).toBeDisabled();
      await look(app, '53 password, weak');
      await field.fill(PASSWORD);
      await expect(page.getByText('Very strong')).toBeVisible();
      await look(app, '54 password, strong');
      await vaultPages.choosePassword(page, PASSWORD);
      await vaultPages.again(page, `${PASSWORD} `);
      await button(page, 'Continue').click();
      await expect(title(page)).toHaveText('Type it once more');
      await look(app, '55 once more, another');
      await vaultPages.again(page, PASSWORD, { consents: false });
      await button(page, 'Continue').click();
      await look(app, '56 kit beside the password');
      key = await vaultPages.makeKit(page);
      await vaultPages.startFirstBackup(app, [hard]);
      await pages.firstBackupDone(page);
      await expect(title(page)).toHaveText('Everything is protected');
      await expect.poll(async () => (await app.state()).vault?.sessionUntil ?? null).not.toBeNull();
    });

    await test.step('a restart of the app finds it unlocked by its session', async () => {
      await app.close();
      app = await start(computer);
      await expect.poll(async () => (await app.state()).locked, { timeout: TRY_MS }).toBe(false);
    });

    let elsewhere = await start(other, { env: keyring.env });

    await test.step('another computer restores with the password, byte for byte', async () => {
      const page = await vaultPages.connect(elsewhere, destination);
      await expect(title(page)).toHaveText('Type your password');
      await look(elsewhere, '60 password of a backup');
      await vaultPages.send(page, PASSWORD);
      await expect(title(page)).toHaveText('What do you want back?', { timeout: TRY_MS });
      await button(page, 'Continue').click();
      const target = path.join(folder, 'back');
      await expect(title(page)).toHaveText('Where should it go?');
      await pages.restoreInto(elsewhere, target);
      await expect(title(page)).toHaveText(/^All \d+ files are back$/);
      const ignore = cases.special;
      expect(await compareTrees(hard, path.join(target, 'Hard cases'), { ignore })).toEqual([]);
    });

    await test.step('it goes on in the same backup, by the password again', async () => {
      const { page } = elsewhere;
      await button(page, 'Set up backups here').click();
      await pages.chooseStorage(elsewhere, destination);
      await button(page, 'Enter its key').click();
      await expect(title(page)).toHaveText('Type your password');
      await look(elsewhere, '61 password of an existing backup');
      await vaultPages.send(page, PASSWORD);
      await expect(title(page)).toHaveText('Is this a new computer, or does it replace one?', { timeout: TRY_MS });
      await pages.furtherComputer(page);
      await expect(title(page)).toHaveText('The password opens it. Two things to know');
      await look(elsewhere, '62 joined by password');
      await page.getByText('If I forget the password and lose the digits').click();
      await page.getByText('Ten wrong tries in a row destroy').click();
      await button(page, 'Continue').click();
      await vaultPages.startFirstBackup(elsewhere, [path.join(other.folder, 'Documents')]);
      await pages.firstBackupDone(page);
    });

    await test.step('it ends the session of the first one, which locks at its next touch', async () => {
      await goTo(elsewhere.page, 'Protection');
      await expect(elsewhere.page.getByText('This computer is unlocked', { exact: true })).toBeVisible();
      await look(elsewhere, '63 protection, two computers');
      await button(elsewhere.page, 'Lock it').click();
      await expect(elsewhere.page.getByText('Another computer is unlocked')).toHaveCount(0);
      expect((await app.state()).locked).toBe(false);
      await goTo(app.page, 'Browse');
      await expect.poll(async () => (await app.state()).locked, { timeout: TRY_MS }).toBe(true);
      await expect(app.page.getByText('Your key opens this')).toBeVisible();
      await pages.backUpNow(app);
      expect((await app.state()).lastBackup?.result).toBe('done');
      expect((await app.state()).locked).toBe(true);
    });

    await test.step('nine wrong tries, counted and slowed by the vault; the right one at the tenth', async () => {
      const { page } = app;
      await vaultPages.openUnlockSheet(page);
      for (let used = 1; used <= 9; used += 1) {
        await vaultPages.sendWrong(page, `not it, number ${used}`, 10 - used);
        await expect(page.getByText(`${used} of 10 used. The count is signed by the vault.`)).toBeVisible();
        if (used === 1) await look(app, '65 unlock, one wrong');
        if (used === 5) await look(app, '66 unlock, a pause');
        await sitOut(app, vault, used, 'known');
        if (used === 7) await expect(page.getByText('3 tries left. Stop and think.')).toBeVisible();
      }
      await look(app, '67 unlock, last try');
      await passwordField(page).fill(PASSWORD);
      await expect(button(page, 'Try this password')).toBeDisabled();
      await page.getByRole('textbox', { name: /LAST TRY/ }).fill('last');
      await expect(button(page, 'Try this password')).toBeDisabled();
      await page.getByRole('textbox', { name: /LAST TRY/ }).fill('LAST TRY');
      await button(page, 'Try this password').click();
      await expect.poll(async () => (await app.state()).locked, { timeout: TRY_MS }).toBe(false);
      // The last two came an hour later each, and are lines of their own.
      await expect(page.getByText('7 wrong passwords')).toBeVisible();
      await expect(page.getByText('1 wrong password', { exact: true })).toHaveCount(2);
      await expect.poll(async () => (await app.state()).vault?.report?.tries).toMatchObject({ used: 0, left: 10 });
      await look(app, '68 protection, wrong tries');
      await goTo(page, 'Home');
      await expect(title(page)).toHaveText(/^9 wrong tries at your password (today|since yesterday)$/);
      await look(app, '69 home, wrong tries');
      await goTo(page, 'Protection');
      await button(page, 'They were mine').click();
      await expect(page.getByText('Nobody typed a wrong password.')).toBeVisible();
    });

    await test.step('a change of password: the old one is refused, the new one opens, others lock', async () => {
      const { page } = app;
      await button(page, 'Change').first().click();
      await expect(title(page)).toHaveText('Choose a new password');
      await look(app, '70 change');
      await vaultPages.choosePassword(page, NEW_PASSWORD);
      await vaultPages.again(page, NEW_PASSWORD, { consents: false });
      await button(page, 'Change the password').click();
      await expect(page.getByText('The new password is in use.')).toBeVisible({ timeout: TRY_MS });
      await elsewhere.close();
      expect(await hasSession(other)).toBe(true);
      elsewhere = await start(other, { env: keyring.env });
      // It asks the vault for its part of the session, hears that there is none, and drops its own.
      await expect.poll(async () => await hasSession(other), { timeout: TRY_MS }).toBe(false);
      expect((await elsewhere.state()).locked).toBe(true);
      await vaultPages.openUnlockSheet(elsewhere.page);
      await vaultPages.sendWrong(elsewhere.page, PASSWORD, 9);
      await vaultPages.send(elsewhere.page, NEW_PASSWORD);
      await expect.poll(async () => (await elsewhere.state()).locked, { timeout: TRY_MS }).toBe(false);
      await button(elsewhere.page, 'Lock now').click();
    });

    await test.step('a vault that does not answer: nothing is charged, and it is said', async () => {
      const { page } = elsewhere;
      vaultSaid.push(...site.service.lines);
      await site.stop();
      await vaultPages.openUnlockSheet(page);
      await vaultPages.send(page, NEW_PASSWORD);
      await expect(page.getByText('That try did not count.')).toBeVisible({ timeout: TRY_MS });
      await look(elsewhere, '71 unlock, no answer');
      await button(page, 'Cancel').click();
      await expect(page.getByRole('dialog')).toHaveCount(0);
      await copyDatabase(site.folder, path.join(folder, 'older'));
      await site.start();
    });

    const stranger = await makeComputer();
    try {
      await tenWrong(await start(stranger, { keychain: 'memory' }), vault, destination);
    } finally {
      removeComputer(stranger);
    }

    await test.step('destroyed: the right password opens nothing, also after a restart of the vault', async () => {
      vaultSaid.push(...site.service.lines);
      await site.restart();
      const { page } = elsewhere;
      await vaultPages.openUnlockSheet(page);
      await vaultPages.send(page, NEW_PASSWORD);
      const sheet = page.getByRole('dialog');
      await expect(sheet).toContainText('The vault destroyed its copy of your key', { timeout: TRY_MS });
      await look(elsewhere, '76 unlock, destroyed');
      await button(page, 'Close').last().click();
    });

    await test.step('an older copy of its database is refused: no answer, nothing charged, nothing opened', async () => {
      vaultSaid.push(...site.service.lines);
      await site.stop();
      await copyDatabase(site.folder, path.join(folder, 'current'));
      await copyDatabase(path.join(folder, 'older'), site.folder);
      await expect(site.start()).rejects.toMatchObject({ code: 'rolled-back' });
      // A stranger with the storage alone, who was told nothing yet.
      const late = await makeComputer();
      try {
        const last = await start(late, { keychain: 'memory' });
        const page = await vaultPages.connect(last, destination);
        await vaultPages.send(page, NEW_PASSWORD);
        await expect(page.getByText('The key vault can’t be reached.')).toBeVisible({ timeout: TRY_MS });
        await expect(page.getByText('That try did not count.')).toBeVisible();
        await expect(title(page)).toHaveText('Type your password');
        expect((await last.state()).locked).toBe(true);
        await look(last, '78 restore, no answer');
        await last.close();
      } finally {
        removeComputer(late);
      }
      await copyDatabase(path.join(folder, 'current'), site.folder);
      await site.start();
    });

    await test.step('the first computer opens with the digits, says so, and sets a new password at a new record', async () => {
      const { page } = app;
      // Weeks have passed at the vault, and its session with them; the digits open all the same.
      await page.evaluate(() => window.holdfast.keys.lock());
      await vaultPages.openUnlockSheet(page);
      await button(page, 'Use the 64 digits').click();
      await pages.pasteKey(app, pages.keyText(key));
      await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click();
      await expect.poll(async () => (await app.state()).locked).toBe(false);
      // Asked by itself after every unlock.
      await expect(title(page)).toHaveText('Only your 64 digits open this backup now');
      await look(app, '77 protection, destroyed');
      await goTo(page, 'Home');
      await expect(title(page)).toHaveText('Your password no longer opens this backup');
      await goTo(page, 'Protection');
      await button(page, 'Set a new one').click();
      await vaultPages.typeVault(page, vault.address, vault.identity);
      await vaultPages.prove(page);
      await vaultPages.choosePassword(page, PASSWORD);
      await vaultPages.again(page, PASSWORD);
      await button(page, 'Use this password').click();
      await expect(page.getByText('The password is in use.')).toBeVisible({ timeout: TRY_MS });
      await expect(title(page)).toHaveText('Your password opens this backup');
    });

    await test.step('no secret is anywhere on either computer, in the storage, or at the vault', async () => {
      await button(app.page, 'Lock now').click();
      const forms = [PASSWORD, NEW_PASSWORD].flatMap((password) => [
        ...formsOfText('password', password),
        ...formsOfText('password in base64', Buffer.from(password).toString('base64').slice(0, 40)),
      ]);
      forms.push(...formsOfKey(key));
      vaultSaid.push(...site.service.lines);
      expect(vaultSaid.length).toBeGreaterThan(20);
      const said = new Map([
        ['the first computer', Buffer.from(app.said.join('\n'))],
        ['the second computer', Buffer.from(elsewhere.said.join('\n'))],
        ['the vault', Buffer.from(vaultSaid.join('\n'))],
        ['page of the first', Buffer.from(await app.page.content())],
        ['page of the second', Buffer.from(await elsewhere.page.content())],
      ]);
      const places: Record<string, Map<string, Buffer>> = {
        said,
        keychain: await keychainEntries(),
        'the other keychain': await keychainEntries(keyring),
        'the first computer': await computerFiles(computer),
        'the second computer': await computerFiles(other),
        'the storage': await filesIn(destination),
        'the vault’s folder': await filesIn(site.folder),
        'the vault’s token': await filesIn(site.tokens),
      };
      for (const [where, files] of Object.entries(places)) {
        expect(files.size, where).toBeGreaterThan(0);
        expect(formsIn(files, forms), where).toEqual([]);
      }
    });
    // Before its keyring goes.
    await elsewhere.close();
  } finally {
    await site.dispose();
    await keyring.end();
    removeComputer(other);
  }
});
