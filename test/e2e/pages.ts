/** The app's pages as a person goes through them, for tests that need a set-up computer. */
import { mkdir } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import type { AppState } from '../../preload/contract.ts';
import type { App } from '../support/app.ts';
import { expect } from './fixtures.ts';

/** A backup of any size that these tests make, on a busy machine. */
export const RUN_MS = 150_000;

export function button(page: Page, name: string | RegExp): Locator {
  return page.getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) });
}

export function title(page: Page): Locator {
  return page.getByRole('heading', { level: 1 });
}

/** Goes to one of the five places in the sidebar. */
export async function goTo(
  page: Page,
  place: 'Home' | 'Browse' | 'Activity' | 'Protection' | 'Settings',
): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: place }).first().click();
}

/** Opens one of the kinds of storage in the picker. */
export async function chooseKind(page: Page, word: string): Promise<void> {
  const kinds = page.getByRole('navigation', { name: 'Kinds of storage' });
  await kinds.getByRole('button', { name: new RegExp(`^${word}`) }).click();
}

/** Chooses a folder as destination, which runs its real checks. */
export async function chooseStorage(app: App, folder: string): Promise<void> {
  const { page } = app;
  await mkdir(folder, { recursive: true });
  await expect(title(page)).toHaveText('Where should your backups go?');
  await app.chooseNext(folder);
  await button(page, 'Choose another folder…').click();
  const report = page.getByRole('region', { name: 'Test of this destination' });
  await expect(report).toContainText(folder);
  await expect(report.getByText('Works', { exact: true })).toBeVisible();
}

/** The digits shown on the key's page: 16 groups in order. */
export async function shownKey(page: Page): Promise<string[]> {
  const shown = page.locator('.keycard .krow > .sr');
  await expect(shown).toHaveCount(4);
  const rows = await shown.allTextContents();
  const digits = rows.map((row) => /^Row [A-D]: ([^.]*)\./.exec(row)?.[1]?.replace(/[ ,]/g, '') ?? '').join('');
  expect(digits).toMatch(/^[0-9A-F]{64}$/);
  return digits.match(/.{4}/g) ?? [];
}

/** The group boxes of the rows that are asked for, in order. */
export function boxes(page: Page): Locator {
  return page.getByRole('textbox', { name: /^Row [A-D], group [1-4] of 4$/ });
}

/** Pastes a text into the first box, as from a password manager. */
export async function pasteKey(app: App, text: string): Promise<void> {
  await app.setClipboard(text);
  await boxes(app.page).first().focus();
  await app.page.keyboard.press('ControlOrMeta+V');
  await expect(boxes(app.page).last()).not.toHaveValue('');
}

/** The key in the layout a person would paste. */
export function keyText(groups: readonly string[]): string {
  return groups.join(' ');
}

/** Types the rows that are asked for, digit by digit. */
export async function typeRows(page: Page, key: readonly string[]): Promise<void> {
  for (const box of await boxes(page).all()) {
    const label = (await box.getAttribute('aria-label')) ?? '';
    const [, row = 'A', group = '1'] = /^Row ([A-D]), group ([1-4])/.exec(label) ?? [];
    await box.fill('');
    await box.pressSequentially(key['ABCD'.indexOf(row) * 4 + Number(group) - 1] ?? '');
  }
}

/** From the protection cards to the page where files are chosen; returns the key. */
export async function makeKey(page: Page): Promise<string[]> {
  await page.getByText('64-digit key', { exact: true }).click();
  await button(page, 'Continue').click();
  await button(page, 'Show the key').click();
  const key = await shownKey(page);
  await button(page, 'I have it on paper').click();
  await typeRows(page, key);
  await button(page, 'Check').click();
  await consent(page);
  return key;
}

/** On the page that asks which computer this is, where a backup is joined: a further one. */
export async function furtherComputer(page: Page): Promise<void> {
  await expect(title(page)).toHaveText('Is this a new computer, or does it replace one?');
  await expect(page.getByRole('radio', { name: /It is a further computer/ })).toBeChecked();
  await button(page, 'Continue').click();
}

export async function consent(page: Page): Promise<void> {
  await expect(title(page)).toContainText('Two things to know');
  await page.getByText('If I lose the 64 digits, nobody can open my backup').click();
  await page.getByText('I keep the digits somewhere safe, away from this computer').click();
  await button(page, 'Continue').click();
  await expect(title(page)).toHaveText('What should be backed up?');
}

/** Ticks exactly these folders, each through the native dialog. */
export async function chooseSources(app: App, folders: readonly string[]): Promise<void> {
  const { page } = app;
  const ticked = page.getByRole('treeitem', { checked: true });
  await expect(page.getByRole('tree', { name: 'What to back up' })).toBeVisible();
  while ((await ticked.count()) > 0) await ticked.first().press('Space');
  for (const folder of folders) {
    await app.chooseNext(folder);
    await button(page, 'Add another folder…').click();
    await expect(page.locator(`[role=treeitem][title=${JSON.stringify(folder)}]`)).toHaveAttribute(
      'aria-checked',
      'true',
    );
  }
}

/** A whole set-up up to the running first backup; returns the key. */
export async function setUp(app: App, destination: string, sources: readonly string[]): Promise<string[]> {
  const { page } = app;
  await button(page, /Set up this computer/).click();
  await chooseStorage(app, destination);
  await button(page, 'Continue').click();
  const key = await makeKey(page);
  await chooseSources(app, sources);
  await button(page, 'Start the first backup').click();
  return key;
}

/** Waits for the end of the first backup and leaves the set-up for Home. */
export async function firstBackupDone(page: Page): Promise<void> {
  await expect(title(page)).toHaveText('Your first backup is done', { timeout: RUN_MS });
  await button(page, 'Go to Home').click();
}

/** Presses "Back up now" and waits for that run's end. */
export async function backUpNow(app: App): Promise<AppState['lastBackup']> {
  const before = (await app.state()).lastBackup?.id;
  await goTo(app.page, 'Home');
  await button(app.page, 'Back up now').click();
  await expect.poll(async () => (await app.state()).lastBackup?.id, { timeout: RUN_MS }).not.toBe(before);
  await expect(button(app.page, 'Back up now')).toBeEnabled();
  return (await app.state()).lastBackup;
}

/** Of the folders on the way, those below what Browse shows: it begins at the folder that everything backed up lies in. */
export async function foldersBelow(page: Page, names: readonly string[]): Promise<readonly string[]> {
  const here = page.locator('.crumb-here');
  await expect(page.getByRole('grid').getByRole('row').nth(1)).toBeVisible();
  return names.slice(names.indexOf((await here.textContent()) ?? '') + 1);
}

/** Opens one folder after the other in Browse, from wherever it is on the way. */
export async function openFolders(page: Page, names: readonly string[]): Promise<void> {
  for (const name of await foldersBelow(page, names)) {
    await entry(page, name).dblclick();
    await expect(page.locator('.crumb-here')).toHaveText(name);
  }
}

/** The row of an entry in Browse. */
export function entry(page: Page, name: string): Locator {
  return page
    .getByRole('grid')
    .getByRole('row')
    .filter({ has: page.getByText(name, { exact: true }) });
}

/** In the sheet that asks where to: another folder, then the start; ends on the report. */
export async function restoreInto(app: App, folder: string): Promise<void> {
  const { page } = app;
  await mkdir(folder, { recursive: true });
  await app.chooseNext(folder);
  await button(page, 'Choose…').click();
  await expect(page.getByRole('radio', { name: 'The folder you chose' })).toBeChecked();
  await expect(page.getByText('There is room for it')).toBeVisible();
  await page.getByRole('button', { name: /^Restore [\d,]+ files?$/ }).click();
  await expect(title(page)).toContainText(/is back|are back/, { timeout: RUN_MS });
}

/**
 * Waits until the running backup stores bytes, told by the app's own events; fails where it ended before.
 * @param pause pauses it for an hour at that same moment
 */
export async function storing(app: App, { pause = false } = {}): Promise<void> {
  const how = await app.page.evaluate(
    (pauseThen) =>
      new Promise<string>((resolve) => {
        let begun = false;
        const end = window.holdfast.on('state', ({ progress }) => {
          begun ||= progress?.kind === 'backup' && progress.state === 'running';
          if (!begun || progress === null) return;
          if (progress.state === 'running' && progress.storedBytes === 0) return;
          end();
          if (pauseThen) void window.holdfast.backup.pause({ until: 'hour' });
          resolve(progress.state);
        });
      }),
    pause,
  );
  expect(how, 'the backup was still going on when it had stored its first bytes').toBe('running');
}
