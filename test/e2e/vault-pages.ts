/** The pages of a password as a person goes through them, and a vault of one's own for them to talk to. */
import { createServer, type AddressInfo } from 'node:net';
import type { Locator, Page } from '@playwright/test';
import { fingerprint } from '../../vault/protocol/bundle.ts';
import { fromBase64url } from '../../vault/protocol/bytes.ts';
import { fingerprintText } from '../../vault/protocol/vault-uri.ts';
import type { App } from '../support/app.ts';
import { makeBundle, SoftSite } from '../support/vault/service.ts';
import { expect } from './fixtures.ts';
import { Keys } from './keys.ts';
import { boxes, button, chooseSources, chooseStorage, shownKey, title, typeRows } from './pages.ts';

/** The password is stretched on purpose, which takes seconds on a busy computer. */
export const TRY_MS = 60_000;

/** This computer by an address that is not the usual one of itself, so that nothing takes it for the embedded vault. */
const HOST = '127.0.0.2';

export interface OwnVault {
  site: SoftSite;
  address: string;
  /** 13 groups of 4, as whoever runs the vault reads them out. */
  identity: string;
}

/** A vault with a token and a database, listening on one port over all its starts; its time begins now. */
export async function startOwnVault(): Promise<OwnVault> {
  const site = await SoftSite.make({ listen: { host: HOST, port: await freePort() }, nowMs: Date.now() });
  const { sites, tlsKeys } = site.service.bundle;
  const { bundle } = await makeBundle(site.hsm, site.ledger, { sites, tlsKeys });
  return {
    site,
    address: site.service.url,
    identity: fingerprintText(fingerprint(fromBase64url(bundle))).replaceAll('-', ' '),
  };
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, HOST, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** From the welcome page to the one where the vault is chosen. */
export async function toVaultPage(app: App, destination: string): Promise<void> {
  const { page } = app;
  await button(page, /Set up this computer/).click();
  await chooseStorage(app, destination);
  await button(page, 'Continue').click();
  await page.getByRole('radiogroup', { name: 'Protection' }).getByText('Password', { exact: true }).click();
  await button(page, 'Continue').click();
  await expect(title(page)).toHaveText('Which vault should guard your key?');
}

/** Types address and identity of a vault of one's own. */
export async function typeVault(page: Page, address: string, identity: string): Promise<void> {
  await page.getByText('A vault of my own').click();
  await page.getByRole('textbox', { name: 'Address' }).fill(address);
  await page.getByRole('textbox', { name: 'Identity' }).fill(identity);
}

/** Lets the chosen vault prove itself, and goes on; as all of the password's pages by keyboard alone. */
export async function prove(page: Page): Promise<void> {
  const keys = new Keys(page);
  await keys.press(page.getByRole('button', { name: /^(Let it prove itself|Ask again)$/ }));
  await expect(page.getByText('1 of 1 vault site answered')).toBeVisible({ timeout: TRY_MS });
  await keys.press(button(page, 'Continue'));
}

/** Chooses a password that is strong enough, and goes on. */
export async function choosePassword(page: Page, password: string): Promise<void> {
  const keys = new Keys(page);
  await keys.arrives(page.getByRole('textbox', { name: 'Password', exact: true }));
  await keys.hit('ControlOrMeta+A'); // in place of what was tried before
  await keys.type(password);
  await expect(button(page, 'Continue')).toBeEnabled();
  await keys.press(button(page, 'Continue'));
  await expect(title(page)).toHaveText('Type it once more');
}

/** Types it once more and ticks what there is to know; the page's own button is pressed by whoever asked. */
export async function again(page: Page, password: string, { consents = true } = {}): Promise<void> {
  const keys = new Keys(page);
  await keys.to(page.getByRole('textbox', { name: 'The password, once more' }), { back: true });
  await keys.hit('ControlOrMeta+A');
  await keys.type(password);
  if (!consents) return;
  await keys.press(page.getByRole('checkbox', { name: /Nobody can reset this password/ }), { key: 'Space' });
  await keys.press(page.getByRole('checkbox', { name: /wrong tries in a row destroy/ }), { key: 'Space' });
}

/** The 64-digit kit beside the password; returns its groups, on the page where files are chosen. */
export async function makeKit(page: Page): Promise<string[]> {
  const keys = new Keys(page);
  await keys.press(button(page, 'Show the key'));
  const key = await shownKey(page);
  await keys.press(button(page, 'I have it on paper'));
  await keys.arrives(boxes(page).first());
  await typeRows(page, key);
  await keys.hit('Enter');
  await expect(title(page)).toHaveText('What should be backed up?');
  return key;
}

/** From the page where files are chosen to the running first backup. */
export async function startFirstBackup(app: App, sources: readonly string[]): Promise<void> {
  await chooseSources(app, sources);
  await button(app.page, 'Start the first backup').click();
}

/** The field for the password of a backup that is there. */
export function passwordField(page: Page): Locator {
  return page.getByRole('textbox', { name: /^Password( of this backup)?$/ });
}

/** Connects to the storage, up to the page that asks for the password. */
export async function connect(app: App, destination: string): Promise<Page> {
  const { page } = app;
  await button(page, /Restore an existing backup/).click();
  await app.chooseNext(destination);
  await button(page, 'Choose the folder…').click();
  await expect(page.getByText(/computers? backed up here/)).toBeVisible();
  await button(page, 'Continue').click();
  await expect(passwordField(page)).toBeVisible();
  return page;
}

/** Opens the sheet that asks for the password, from Protection. */
export async function openUnlockSheet(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Protection' }).click();
  await button(page, 'Unlock').first().click();
  await expect(passwordField(page)).toBeVisible();
}

/** Types a password and sends it; LAST TRY is typed where it is asked for. */
export async function send(page: Page, password: string): Promise<void> {
  await passwordField(page).fill(password);
  const last = page.getByRole('textbox', { name: /LAST TRY/ });
  if (await last.isVisible()) await last.fill('last try');
  await passwordField(page).press('Enter');
}

/** Sends a wrong password and waits for what the vault says is left. */
export async function sendWrong(page: Page, password: string, left: number): Promise<void> {
  await send(page, password);
  const words = left === 1 ? 'One try is left' : `${left} tries left`;
  await expect(page.getByText(`${words} before the vault destroys its copy.`)).toBeVisible({ timeout: TRY_MS });
}

/** Lets the window believe for a moment that so much time has passed, until it takes a password again. */
export async function passInWindow(page: Page, ms: number): Promise<void> {
  await page.evaluate((by) => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + by;
  }, ms);
  await expect(passwordField(page)).toBeEnabled();
  await page.evaluate((by) => {
    const later = Date.now.bind(Date);
    Date.now = () => later() - by;
  }, ms);
}
