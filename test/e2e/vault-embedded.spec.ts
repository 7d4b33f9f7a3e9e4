/**
 * The vault on this computer, as `npm start` gives it with nothing else configured: a process of its own, killed and
 * started again; the password changed, also across a kill; turned off in the end.
 */
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { type App, type Computer, makeComputer, removeComputer } from '../support/app.ts';
import { processes } from '../support/processes.ts';
import { filesIn, formsIn, formsInProcesses, formsOfKey, formsOfText } from '../support/secret-search.ts';
import { expect, test } from './fixtures.ts';
import { look } from './look.ts';
import * as pages from './pages.ts';
import { button, goTo, title } from './pages.ts';
import * as vaultPages from './vault-pages.ts';
import { TRY_MS } from './vault-pages.ts';

const PASSWORD = 'velvet anchor thistle morning cobalt drum';
const SECOND = 'nine lanterns drift past the sleeping mill';
const THIRD = 'a marble owl keeps the orchard ledger';

/** The vault's process of this computer; null where none runs. */
function vaultProcess(computer: Computer): number | null {
  return processes('vault.js', 'embedded', computer.home)[0] ?? null;
}

/** Kills the vault's process when the registration that runs has come to this step, told by the app's own events. */
async function killAt(app: App, computer: Computer, step: 'start' | 'stage' | 'prove'): Promise<void> {
  await app.page.evaluate(
    (until) =>
      new Promise<void>((resolve) => {
        const end = window.holdfast.on('state', ({ registering }) => {
          if (registering !== until) return;
          end();
          resolve();
        });
      }),
    step,
  );
  const pid = vaultProcess(computer);
  if (pid === null) throw new Error('no vault runs');
  process.kill(pid, 'SIGKILL');
}

/** Unlocks with one of two passwords, the one that is in force; returns which. */
async function unlockWithEither(app: App, passwords: readonly string[]): Promise<string> {
  await vaultPages.openUnlockSheet(app.page);
  for (const [index, password] of passwords.entries()) {
    await vaultPages.send(app.page, password);
    const wrong = app.page.getByText(`${9 - index} tries left before the vault destroys its copy.`);
    await expect
      .poll(async () => !(await app.state()).locked || (await wrong.isVisible()), { timeout: TRY_MS })
      .toBe(true);
    if (!(await app.state()).locked) return password;
  }
  throw new Error('neither password opens the backup');
}

async function lock(app: App): Promise<void> {
  await goTo(app.page, 'Protection');
  await button(app.page, 'Lock now').click();
  await expect.poll(async () => (await app.state()).locked).toBe(true);
}

async function change(app: App, password: string): Promise<void> {
  const { page } = app;
  await goTo(page, 'Protection');
  await button(page, 'Change').first().click();
  await vaultPages.choosePassword(page, password);
  await vaultPages.again(page, password, { consents: false });
  await button(page, 'Change the password').click();
}

test('the vault on this computer, from set-up to turning the password off', async ({ folder, computer, start }) => {
  test.setTimeout(600_000);
  test.skip(process.platform !== 'linux', 'looks at processes by /proc');
  const destination = path.join(folder, 'disk');
  let app = await start(computer);
  let key: string[] = [];

  await test.step('set up with nothing else configured; the kit is compulsory', async () => {
    const { page } = app;
    await vaultPages.toVaultPage(app, destination);
    await expect(page.getByRole('radio', { name: /On this computer, for trying out/ })).toBeChecked();
    await expect(page.getByText('At risk: this password works only on this computer')).toBeVisible();
    await look(app, '80 vault on this computer');
    await vaultPages.prove(page);
    await expect(page.getByRole('region', { name: 'Proof of the vault' })).toContainText('Keys in a file');
    await vaultPages.choosePassword(page, PASSWORD);
    await vaultPages.again(page, PASSWORD);
    await button(page, 'Continue').click();
    key = await vaultPages.makeKit(page);
    await vaultPages.startFirstBackup(app, [path.join(computer.folder, 'Documents')]);
    await pages.firstBackupDone(page);
  });

  await test.step('home says that it is at risk, and why', async () => {
    const { page } = app;
    await expect(title(page)).toHaveText('This password works only on this computer');
    await expect(page.getByText('Its vault is for trying out and is lost together with this computer.')).toBeVisible();
    await expect(page.getByText('At risk', { exact: true }).first()).toBeVisible();
    await look(app, '81 home, at risk');
    await goTo(page, 'Protection');
    await expect(page.getByText('This computer is unlocked', { exact: true })).toBeVisible();
    await look(app, '82 protection, this computer');
  });

  await test.step('quitting ends the vault; the next start has it again, and the session', async () => {
    await expect.poll(async () => (await app.state()).vault?.sessionUntil ?? null).not.toBeNull();
    expect(vaultProcess(computer)).not.toBeNull();
    await app.close();
    expect(vaultProcess(computer)).toBeNull();
    app = await start(computer);
    await expect.poll(async () => (await app.state()).locked, { timeout: TRY_MS }).toBe(false);
    expect(vaultProcess(computer)).not.toBeNull();
  });

  await test.step('changed: the old one is refused, the new one opens', async () => {
    const { page } = app;
    await change(app, SECOND);
    await expect(page.getByText('The new password is in use.')).toBeVisible({ timeout: TRY_MS });
    await lock(app);
    await vaultPages.openUnlockSheet(page);
    await vaultPages.sendWrong(page, PASSWORD, 9);
    await vaultPages.send(page, SECOND);
    await expect.poll(async () => (await app.state()).locked, { timeout: TRY_MS }).toBe(false);
  });

  for (const step of ['stage', 'prove'] as const) {
    await test.step(`the vault is killed in the middle of a change, after ${step}: one of the two opens`, async () => {
      const { page } = app;
      const before = (await app.state()).vault?.fingerprint;
      const done = page.getByRole('heading', { level: 1, name: 'Your password opens this backup' });
      const killed = killAt(app, computer, step).then(() => true);
      // A change may be over before the window is told of that step; then the next one is waited for.
      for (let next = THIRD, hit = false; !hit; next = next === THIRD ? SECOND : THIRD) {
        await change(app, next);
        const over = done.waitFor({ timeout: TRY_MS }).then(
          () => false,
          () => true,
        );
        hit = await Promise.race([killed, over]);
      }
      // It is started again under the app's hands: the change is finished, or said to have failed.
      const retry = button(page, 'Try again');
      await expect(done.or(retry)).toBeVisible({ timeout: TRY_MS });
      if (await retry.isVisible()) {
        await look(app, `83 change broken off, ${step}`);
        await page.getByRole('button', { name: 'Back', exact: true }).click();
        await button(page, 'Cancel').click();
      }
      // What the app may say of it, and nothing else.
      for (const said of app.problems.splice(0)) {
        expect(said).toMatch(/the vault on this computer ended [(]SIGKILL[)]|session: The key vault can’t be reached/);
      }
      await lock(app);
      const inForce = await unlockWithEither(app, [THIRD, SECOND]);
      expect([SECOND, THIRD]).toContain(inForce);
      expect((await app.state()).vault?.fingerprint).toBe(before);
      await change(app, SECOND);
      await expect(done).toBeVisible({ timeout: TRY_MS });
    });
  }

  const passwords = [PASSWORD, SECOND, THIRD].flatMap((password, i) => formsOfText(`password ${i + 1}`, password));
  await test.step('no secret in the vault’s process, nor in its folder, nor in what either wrote', async () => {
    await lock(app);
    const vault = vaultProcess(computer);
    expect(vault).not.toBeNull();
    expect(formsInProcesses(vault === null ? [] : [vault], [...passwords, ...formsOfKey(key)])).toEqual([]);
    // The search finds what is there: where the vault listens stands in its memory.
    const url = (await app.state()).vault?.urls[0] ?? '';
    expect(formsInProcesses(vault === null ? [] : [vault], formsOfText('address', url))).not.toEqual([]);
    const places = {
      home: await filesIn(computer.home),
      profile: await filesIn(computer.profile),
      storage: await filesIn(destination),
      said: new Map([['said', Buffer.from(app.said.join('\n'))]]),
    };
    expect([...places.home.keys()].join()).toContain('embedded-vault/');
    for (const [where, files] of Object.entries(places)) {
      expect(formsIn(files, [...passwords, ...formsOfKey(key)]), where).toEqual([]);
    }
    const main = app.app.process().pid ?? 0;
    const others = processes(computer.profile).filter((pid) => pid !== main && pid !== vault);
    // A password was typed there, and strings cannot be overwritten. The key is bytes that are, in every process; the
    // digits were shown and typed before this start.
    expect(formsInProcesses([main, ...others], formsOfKey(key))).toEqual([]);
  });

  await test.step('back to the digits alone: the vault destroys its copy, the password opens nothing', async () => {
    const { page } = app;
    await vaultPages.openUnlockSheet(page);
    await vaultPages.send(page, SECOND);
    await expect.poll(async () => (await app.state()).locked, { timeout: TRY_MS }).toBe(false);
    await goTo(page, 'Protection');
    await button(page, 'Switch').click();
    const sheet = page.getByRole('dialog', { name: 'Use only the 64-digit key' });
    await expect(sheet).toBeVisible();
    await look(app, '84 turn off');
    await cp(destination, path.join(folder, 'older copy'), { recursive: true });
    await pages.pasteKey(app, pages.keyText(key));
    await button(page, 'Turn the password off').click();
    await expect(sheet).toHaveCount(0, { timeout: TRY_MS });
    await expect(title(page)).toHaveText('Only your 64 digits open this backup');
    expect((await app.state()).vault).toBeNull();
    await goTo(page, 'Home');
    await expect(title(page)).toHaveText('Everything is protected');
    await button(page, 'Lock').click();
    await goTo(page, 'Protection');
    await button(page, 'Unlock').first().click();
    await expect(page.getByRole('dialog', { name: 'Unlock with your 64 digits' })).toBeVisible();
    await pages.pasteKey(app, pages.keyText(key));
    await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click();
    await expect.poll(async () => (await app.state()).locked).toBe(false);
  });

  await test.step('storage that still names the vault: the vault says that its owner ended it', async () => {
    const stranger = await makeComputer();
    try {
      const late = await start(stranger, { keychain: 'memory' });
      const page = await vaultPages.connect(late, path.join(folder, 'older copy'));
      await vaultPages.send(page, SECOND);
      await expect(title(page)).toHaveText('This password was turned off', { timeout: TRY_MS });
      expect((await late.state()).locked).toBe(true);
      await look(late, '85 restore, turned off');
      await late.close();
    } finally {
      removeComputer(stranger);
    }
  });
});
