/** Google Drive as a place for backups, as a person goes through it in the app's window and in the browser. */
import type { Page } from '@playwright/test';
import type { Result } from '../../preload/contract.ts';
import type { App } from '../support/app.ts';
import { CLIENT_ID, CLIENT_SECRET, type FakeGoogle } from '../support/fake-google/fake-google.ts';
import { expect } from './fixtures.ts';
import type { SystemBrowser } from './google-browser.ts';
import { button } from './pages.ts';

/** A test of a Drive takes several requests, whose rate Google limits. */
const TEST_MS = 60_000;

/** What a method of the bridge gave. @throws Error with what it said where it failed */
export async function value<T>(answer: Promise<Result<T>>): Promise<T> {
  const result = await answer;
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message} ${result.error.detail ?? ''}`);
  return result.value;
}

export interface Signing {
  google: FakeGoogle;
  browser: SystemBrowser;
  account: string;
}

/** The kind of place in the list beside the forms. */
export async function chooseKind(page: Page, word: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Kinds of storage' })
    .getByRole('button', { name: new RegExp(`^${word}`) })
    .click();
}

/** From the choice of a place to the signed-in account's folders. */
export async function signIn(app: App, { google, browser, account }: Signing): Promise<void> {
  const { page } = app;
  await chooseKind(page, 'Google Drive');
  await page.getByRole('textbox', { name: 'Client id' }).fill(CLIENT_ID);
  await page.getByRole('textbox', { name: 'Client secret' }).fill(CLIENT_SECRET);
  await button(page, 'Sign in with Google').click();
  await expect(page.getByRole('region', { name: 'Sign-in to Google' })).toBeVisible();
  await browser.allow(google.origin, account);
  await expect(page.getByRole('form', { name: 'Which folder?' })).toContainText(account);
}

/** A new folder in Drive, tested for real, in the set-up. */
export async function chooseDrive(app: App, signing: Signing): Promise<void> {
  const { page } = app;
  await signIn(app, signing);
  await button(page, 'Use this folder').click();
  const report = page.getByRole('region', { name: 'Test of this destination' }).filter({ hasText: 'Google Drive' });
  await expect(report.getByText('Works', { exact: true })).toBeVisible({ timeout: TEST_MS });
}

/** The folder that holds the backup, on another computer. */
export async function findBackup(app: App, signing: Signing): Promise<void> {
  const { page } = app;
  await button(page, /Restore an existing backup/).click();
  await signIn(app, signing);
  await expect(page.getByText('Holds a backup')).toBeVisible();
  await button(page, 'Look there').click();
  await expect(page.getByText(/computers? backed up here/)).toBeVisible({ timeout: TEST_MS });
  await button(page, 'Continue').click();
}
