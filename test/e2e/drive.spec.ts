/**
 * Google Drive from the sign-in on: a real browser shows the fake Google's page, the app is killed in the middle of an
 * object and goes on there, consent is withdrawn in mid-run, and other computers get everything back from Drive alone.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { App, Computer } from '../support/app.ts';
import { makeComputer, removeComputer } from '../support/app.ts';
import { deferred } from '../support/deferred.ts';
import { CLIENT_SECRET, FakeGoogle, type FakeCall } from '../support/fake-google/fake-google.ts';
import { randomData } from '../support/made-data.ts';
import { filesIn, formsIn, formsOfSecret } from '../support/secret-search.ts';
import { compareTrees } from '../support/tree.ts';
import { expect, test } from './fixtures.ts';
import { browserMissing, SystemBrowser } from './google-browser.ts';
import { chooseDrive, findBackup, value, type Signing } from './google-pages.ts';
import { expectNoSecret, googleSecrets } from './google-secrets.ts';
import * as pages from './pages.ts';
import { button, goTo, title } from './pages.ts';
import * as vaultPages from './vault-pages.ts';
import { TRY_MS } from './vault-pages.ts';

const ACCOUNT = 'ada@example.com';
const PASSWORD = 'copper lantern ferry umbrella noon glacier';
const MIB = 2 ** 20;
/** Of one piece of an upload to Drive. */
const PIECE = 16 * MIB;

test.skip(browserMissing !== null, browserMissing ?? '');

let google: FakeGoogle;
let browser: SystemBrowser;
let signing: Signing;
test.beforeEach(async ({ folder }) => {
  google = await FakeGoogle.start({ writesPerSecond: 3 });
  google.addAccount(ACCOUNT, 15e9);
  browser = new SystemBrowser(path.join(folder, 'browser'));
  signing = { google, browser, account: ACCOUNT };
});
test.afterEach(async () => {
  await browser.end();
  await google.close();
});

type Start = (computer: Computer) => Promise<App>;

/** Pieces of uploads and what the server was asked of them, in order. */
function uploads(from = 0): { where: FakeCall['where']; id: string; range: string }[] {
  return google.calls.slice(from).flatMap(({ where, upload }) => (upload === null ? [] : [{ where, ...upload }]));
}

/** The next piece that begins at the second of an object gets no answer; resolves with its upload when it has come. */
function holdSecondPiece(): Promise<string> {
  const held = deferred<string>();
  google.fault = ({ where, upload }) => {
    if (where !== 'upload.piece' || !(upload?.range.startsWith(`bytes ${PIECE}-`) ?? false)) return null;
    held.resolve(upload?.id ?? '');
    return 'stall';
  };
  return held.promise;
}

test('first backup, killed in mid-upload, consent withdrawn in mid-run, restored with the digits', async ({
  folder,
  computer,
  start,
}) => {
  test.setTimeout(300_000);
  const source = path.join(folder, 'Letters');
  await mkdir(source);
  await writeFile(path.join(source, 'first.bin'), randomData(40 * MIB, 1));
  const env = { ...browser.env, HOLDFAST_GOOGLE_ENDPOINT: google.origin };
  const begin: Start = async (on) => await start(on, { env });
  let app = await begin(computer);
  const apps = [app];
  let key: string[] = [];
  const storedFiles = (): number =>
    [...google.drive(ACCOUNT).files.values()].filter(({ content, trashed }) => content !== null && !trashed).length;

  await test.step('signs in in the browser and begins', async () => {
    await button(app.page, /Set up this computer/).click();
    await chooseDrive(app, signing);
    await button(app.page, 'Continue').click();
    key = await pages.makeKey(app.page);
    await pages.chooseSources(app, [source]);
  });

  await test.step('killed in the middle of an object, it goes on there', async () => {
    const held = holdSecondPiece();
    await button(app.page, 'Start the first backup').click();
    const id = await held;
    await app.kill();
    await expectNoSecret(computer, [], googleSecrets(google));
    google.fault = () => null;
    const from = google.calls.length;
    app = await begin(computer);
    apps.push(app);
    const last = await pages.backUpNow(app);
    expect(last?.result).toBe('done');
    const after = uploads(from).filter((each) => each.id === id);
    const size = Number(after[0]?.range.split('/')[1]);
    // Asked once how much is there, then sent what was not: no byte below comes again.
    expect(after.map(({ where, range }) => `${where} ${range}`)).toEqual([
      `upload.status bytes */${size}`,
      `upload.piece bytes ${PIECE}-${2 * PIECE - 1}/${size}`,
      `upload.piece bytes ${2 * PIECE}-${size - 1}/${size}`,
    ]);
    await expect.poll(async () => (await app.state()).snapshotCount).toBe(1);
  });

  await test.step('consent withdrawn in mid-run: nothing is lost, and it asks to sign in again', async () => {
    await writeFile(path.join(source, 'second.bin'), randomData(40 * MIB, 2));
    const stored = storedFiles();
    google.fault = ({ where, upload }) => {
      if (where === 'upload.piece' && upload?.range.startsWith(`bytes ${PIECE}-`)) google.accounts.withdraw(ACCOUNT);
      return null;
    };
    await goTo(app.page, 'Home');
    await button(app.page, 'Back up now').click();
    await expect(title(app.page)).toHaveText('Sign in to Google Drive again', { timeout: pages.RUN_MS });
    google.fault = () => null;
    const [newest] = await value(app.page.evaluate(() => window.holdfast.activity.runs()));
    expect(newest).toMatchObject({ result: 'failed', error: { code: 'destination-sign-in' } });
    const { destinations, snapshotCount } = await app.state();
    expect(destinations.map(({ state }) => state)).toEqual(['sign-in']);
    expect(snapshotCount).toBe(1);
    expect(storedFiles()).toBeGreaterThanOrEqual(stored);
  });

  await test.step('signed in again, the run completes', async () => {
    await button(app.page, 'Sign in again').click();
    await browser.allow(google.origin, ACCOUNT);
    await expect(app.page.getByText(`Signed in as ${ACCOUNT}.`)).toBeVisible();
    const last = await pages.backUpNow(app);
    expect(last?.result).toBe('done');
    const { destinations } = await app.state();
    expect(destinations.map(({ state }) => state)).toEqual(['up-to-date']);
    await expect.poll(async () => (await app.state()).snapshotCount).toBe(2);
  });

  const other = await makeComputer();
  try {
    const elsewhere = await begin(other);
    await test.step('a new computer gets everything back from Drive with the digits', async () => {
      const { page } = elsewhere;
      await findBackup(elsewhere, signing);
      await expect(title(page)).toHaveText('Type your 64 digits');
      await pages.pasteKey(elsewhere, pages.keyText(key));
      await button(page, 'Unlock').click();
      await expect(title(page)).toHaveText('What do you want back?');
      await button(page, 'Continue').click();
      const target = path.join(folder, 'back');
      await pages.restoreInto(elsewhere, target);
      expect(await compareTrees(source, path.join(target, 'Letters'))).toEqual([]);
    });

    await test.step('no token and no address of an upload is in a file, in what was said, or in arguments', async () => {
      const forms = [...googleSecrets(google), ...formsOfSecret('client secret', CLIENT_SECRET)];
      // The search finds what is there.
      const token = google.accounts.secrets()[0] ?? '';
      expect(formsIn(new Map([['a file', Buffer.from(`{"token":"${token}"}`)]]), forms)).not.toEqual([]);
      await expectNoSecret(computer, apps, forms);
      await expectNoSecret(other, [elsewhere], forms);
      expect((await filesIn(computer.home)).size).toBeGreaterThan(4);
    });
  } finally {
    removeComputer(other);
  }
});

test('a password opens a backup in Drive on another computer', async ({ folder, computer, start }) => {
  test.setTimeout(300_000);
  const source = path.join(computer.folder, 'Documents');
  await writeFile(path.join(source, 'some.bin'), randomData(2 * MIB, 3));
  const vault = await vaultPages.startOwnVault();
  const env = { ...browser.env, HOLDFAST_GOOGLE_ENDPOINT: google.origin };
  const other = await makeComputer();
  try {
    const app = await start(computer, { env });
    const { page } = app;
    await button(page, /Set up this computer/).click();
    await chooseDrive(app, signing);
    await button(page, 'Continue').click();
    await page.getByRole('radiogroup', { name: 'Protection' }).getByText('Password', { exact: true }).click();
    await button(page, 'Continue').click();
    await vaultPages.typeVault(page, vault.address, vault.identity);
    await vaultPages.prove(page);
    await vaultPages.choosePassword(page, PASSWORD);
    await vaultPages.again(page, PASSWORD);
    await button(page, 'Continue').click();
    await vaultPages.makeKit(page);
    await vaultPages.startFirstBackup(app, [source]);
    await pages.firstBackupDone(page);
    await app.close();

    const elsewhere = await start(other, { env });
    await findBackup(elsewhere, signing);
    await expect(title(elsewhere.page)).toHaveText('Type your password');
    await vaultPages.send(elsewhere.page, PASSWORD);
    await expect(title(elsewhere.page)).toHaveText('What do you want back?', { timeout: TRY_MS });
    await button(elsewhere.page, 'Continue').click();
    const target = path.join(folder, 'back');
    await pages.restoreInto(elsewhere, target);
    expect(await compareTrees(source, path.join(target, 'Documents'))).toEqual([]);
    // Before the vault goes.
    await elsewhere.close();
  } finally {
    await vault.site.dispose();
    removeComputer(other);
  }
});
