/** A password with the vault that runs on this computer: set-up, wrong and right tries, restart, change, the way back. */
import path from 'node:path';
import type { Page } from '@playwright/test';
import { type App, makeComputer, removeComputer } from '../support/app.ts';
import { expect, test } from './fixtures.ts';
import * as pages from './pages.ts';
import { button, goTo, title } from './pages.ts';

const PASSWORD = 'copper lantern ferry umbrella noon glacier';
const NEXT = 'another password of five words';
/** The vault makes its keys at its first start, and each try stretches the password for a second or more. */
const VAULT_MS = 60_000;

async function choosePassword(page: Page, password: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await expect(page.getByText(/^(Very strong|Strong)/)).toBeVisible();
  await button(page, 'Continue').click();
  await page.getByRole('textbox', { name: 'The password, once more' }).fill(password);
}

/** From the welcome to Home, with a password and the kit that this vault demands; returns the key. */
async function setUp(app: App, destination: string, source: string): Promise<string[]> {
  const { page } = app;
  await button(page, /Set up this computer/).click();
  await pages.chooseStorage(app, destination);
  await button(page, 'Continue').click();
  await page.getByText('Password', { exact: true }).last().click();
  await button(page, 'Continue').click();
  await button(page, 'Let it prove itself').click();
  await expect(page.getByText('1 of 1 vault site answered, identity proven')).toBeVisible({ timeout: VAULT_MS });
  await button(page, 'Continue').click();
  await choosePassword(page, PASSWORD);
  await page.getByText('Nobody can reset this password').click();
  await page.getByText('wrong tries in a row destroy').click();
  await button(page, 'Continue').click();
  await expect(title(page)).toHaveText('Make a 64-digit kit as well');
  await button(page, 'Show the key').click();
  const key = await pages.shownKey(page);
  await button(page, 'I have it on paper').click();
  await pages.typeRows(page, key);
  await button(page, 'Check').click();
  await pages.chooseSources(app, [source]);
  await button(page, 'Start the first backup').click();
  await pages.firstBackupDone(page);
  return key;
}

async function unlock(page: Page, password: string): Promise<void> {
  await page.getByRole('textbox', { name: /^Password/ }).fill(password);
  await page.keyboard.press('Enter');
}

test('a password, from the set-up to the way back', async ({ start, computer, folder }) => {
  test.setTimeout(360_000);
  const app = await start(computer);
  const { page } = app;
  const destination = path.join(folder, 'backup');
  const key = await setUp(app, destination, path.join(computer.folder, 'Documents'));
  await expect(title(page)).toHaveText('This password works only on this computer');

  await test.step('wrong ones are counted by the vault, the right one opens', async () => {
    await goTo(page, 'Protection');
    await expect(page.getByText('Nobody typed a wrong password.')).toBeVisible();
    await button(page, 'Lock now').click();
    await button(page, 'Unlock').first().click();
    await unlock(page, 'not this one at all');
    await expect(page.getByText('9 tries left before the vault destroys its copy.')).toBeVisible({ timeout: VAULT_MS });
    await unlock(page, PASSWORD);
    await expect(title(page)).toHaveText('Your password opens this backup', { timeout: VAULT_MS });
    await expect(page.getByText('1 wrong password')).toBeVisible({ timeout: VAULT_MS });
    await expect.poll(async () => (await app.state()).vault?.sessionUntil, { timeout: VAULT_MS }).not.toBeNull();
  });
  await app.close();

  const again = await start(computer);
  await test.step('a restart finds it unlocked, and the wrong try at once', async () => {
    await expect.poll(async () => (await again.state()).locked, { timeout: VAULT_MS }).toBe(false);
    await expect(title(again.page)).toHaveText('1 wrong try at your password today', { timeout: VAULT_MS });
    await button(again.page, 'See them').click();
    await button(again.page, 'Mark as seen').click();
    await expect(button(again.page, 'Mark as seen')).toHaveCount(0);
  });

  await test.step('another password takes its place', async () => {
    await button(again.page, 'Change').first().click();
    await choosePassword(again.page, NEXT);
    await button(again.page, 'Change the password').click();
    await expect(again.page.getByText('The new password is in use.')).toBeVisible({ timeout: VAULT_MS });
    await button(again.page, 'Lock now').click();
    await button(again.page, 'Unlock').first().click();
    await unlock(again.page, PASSWORD);
    await expect(again.page.getByText('9 tries left before the vault destroys its copy.')).toBeVisible({
      timeout: VAULT_MS,
    });
    await unlock(again.page, NEXT);
    await expect(title(again.page)).toHaveText('Your password opens this backup', { timeout: VAULT_MS });
  });

  await test.step('the digits turn it off', async () => {
    await button(again.page, 'Switch').click();
    await pages.pasteKey(again, pages.keyText(key));
    await button(again.page, 'Turn the password off').click();
    await expect(title(again.page)).toHaveText('Only your 64 digits open this backup', { timeout: VAULT_MS });
    expect((await again.state()).vault).toBeNull();
  });

  for (const word of ['lantern', 'five words', key.join('')]) {
    expect([...app.said, ...again.said].join('\n')).not.toContain(word);
  }
});

test('another computer restores with the password', async ({ start, computer, folder }) => {
  test.setTimeout(300_000);
  const destination = path.join(folder, 'backup');
  const first = await start(computer);
  await setUp(first, destination, path.join(computer.folder, 'Documents'));
  const identity = (await first.state()).vault?.fingerprint ?? '';

  // The first one stays open: the vault runs with it.
  const other = await makeComputer();
  try {
    const app = await start(other);
    const { page } = app;
    await page.getByRole('button', { name: /Restore an existing backup/ }).click();
    await app.chooseNext(destination);
    await button(page, 'Choose the folder…').click();
    await button(page, 'Continue').click();
    await expect(title(page)).toHaveText('Type your password');
    expect((await page.locator('.fingerprint').textContent())?.replaceAll(' ', '')).toBe(identity.replaceAll(' ', ''));
    await unlock(page, 'not this one at all');
    await expect(page.getByText('9 tries left before the vault destroys its copy.')).toBeVisible({ timeout: VAULT_MS });
    await unlock(page, PASSWORD);
    await expect(title(page)).toHaveText('What do you want back?', { timeout: VAULT_MS });
    await button(page, 'Continue').click();
    await expect(title(page)).toHaveText('Where should it go?');
    await pages.restoreInto(app, path.join(folder, 'back'));
    await app.close();
  } finally {
    removeComputer(other);
  }
});
