/** Wrong tries in the real window: what the vault makes everybody wait, and how ten of them end. */
import type { App } from '../support/app.ts';
import { expect } from './fixtures.ts';
import { look } from './look.ts';
import { title } from './pages.ts';
import * as vaultPages from './vault-pages.ts';
import { type OwnVault, passwordField, TRY_MS } from './vault-pages.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** After so many wrong tries in a row the vault takes the next one after so long; of unknown computers and known ones. */
const PAUSES: Readonly<Record<number, { unknown: number; known: number }>> = {
  4: { unknown: MINUTE, known: MINUTE },
  5: { unknown: 5 * MINUTE, known: 5 * MINUTE },
  6: { unknown: 15 * MINUTE, known: 15 * MINUTE },
  7: { unknown: HOUR, known: HOUR },
  8: { unknown: 7 * DAY, known: HOUR },
  9: { unknown: 7 * DAY, known: HOUR },
};

/** The pause after `used` wrong tries: on screen with the time at which it ends, and over when the vault's time is there. */
export async function sitOut(app: App, { site }: OwnVault, used: number, who: 'unknown' | 'known'): Promise<void> {
  const wait = PAUSES[used]?.[who];
  if (wait === undefined) return;
  const { page } = app;
  const until = (await app.state()).vault?.tries?.waitUntil ?? 0;
  expect(Math.abs(until - Date.now() - wait), `pause after ${used}`).toBeLessThan(MINUTE);
  await expect(page.getByText('The vault asks for a pause.')).toBeVisible();
  // A date of another year is written without the hour.
  const sameYear = new Date(until).getUTCFullYear() === new Date().getUTCFullYear();
  const shown = sameYear ? new Date(until).toISOString().slice(11, 16) : String(new Date(until).getUTCFullYear());
  await expect(page.getByText(/It takes the next try/)).toContainText(shown);
  await expect(passwordField(page)).toBeDisabled();
  await site.pass(wait);
  await vaultPages.passInWindow(page, wait);
}

/** A stranger with the storage alone uses up all ten tries. */
export async function tenWrong(app: App, vault: OwnVault, destination: string): Promise<void> {
  const page = await vaultPages.connect(app, destination);
  for (let used = 1; used <= 9; used += 1) {
    await vaultPages.sendWrong(page, `guess of a stranger ${used}`, 10 - used);
    if (used === 4) {
      await expect(title(page)).toHaveText('The vault asks for a pause');
      // Setting the computer's clock changes nothing: the vault still refuses, and counts nothing.
      await vaultPages.passInWindow(page, MINUTE);
      await vaultPages.send(page, 'guess before its time');
      await expect(passwordField(page)).toBeDisabled({ timeout: TRY_MS });
      await expect.poll(async () => (await app.state()).vault?.tries).toMatchObject({ used: 4, left: 6 });
    }
    if (used === 5) await look(app, '72 restore, a pause');
    await sitOut(app, vault, used, 'unknown');
    if (used === 7) {
      await expect(title(page)).toHaveText('3 tries left. Stop and think.');
      await expect(page.getByRole('heading', { name: 'Before you try' })).toBeVisible();
      await look(app, '73 restore, stop and think');
    }
  }
  await expect(title(page)).toHaveText('One try left');
  await look(app, '74 restore, one try left');
  await vaultPages.send(page, 'guess of a stranger, the last');
  await expect(title(page)).toHaveText('The vault destroyed its copy of your key', { timeout: TRY_MS });
  await expect(page.getByText('Your backup still exists.')).toBeVisible();
  await look(app, '75 restore, locked out');
  await app.close();
}
