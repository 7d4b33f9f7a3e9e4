/**
 * A new user from the first screen to a restored backup, and everything one then does with a computer that is set up: by
 * keyboard alone. No step clicks, and each looks where the focus is.
 */
import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { compareTrees, type HardCases, makeHardCases } from '../support/tree.ts';
import { expect, test } from './fixtures.ts';
import { Keys } from './keys.ts';
import * as pages from './pages.ts';
import { button, entry, title } from './pages.ts';

const DOC = '/usr/share/doc';

/** The digits with one of them changed in each of the rows given. */
function withSlips(key: readonly string[], rows: string): string[] {
  return key.map((group, i) =>
    i % 4 === 0 && rows.includes('ABCD'[i / 4] ?? '') ? `${group[0] === '0' ? '1' : '0'}${group.slice(1)}` : group,
  );
}

/** Whether any digits of the key stand anywhere in the page: text, attributes, or what fields hold. */
async function keyInPage(page: Page, key: readonly string[]): Promise<boolean> {
  return await page.evaluate((groups) => {
    const fields = [...document.querySelectorAll('input, textarea')].map((field) => (field as HTMLInputElement).value);
    const all = [document.documentElement.outerHTML, document.documentElement.innerText, ...fields].join('\n');
    const bare = all.toUpperCase().replace(/[^0-9A-F]/g, '');
    return groups.some((_, i) => i % 4 === 0 && bare.includes(groups.slice(i, i + 4).join('')));
  }, key);
}

test('a new user sets up, backs up, browses and restores', async ({ folder, computer, start }) => {
  test.setTimeout(600_000);
  const app = await start(computer);
  const { page } = app;
  const keys = new Keys(page);
  const destination = path.join(folder, 'disk');
  const hard = path.join(folder, 'Hard cases');
  const documents = path.join(computer.folder, 'Documents');
  let key: string[] = [];
  let cases: HardCases = { unreadable: [], special: [], notUtf8: [], hardLinked: [] };

  await test.step('welcome, how it works', async () => {
    await expect(title(page)).toHaveText('Backups that only you can open');
    await keys.arrives(title(page));
    await keys.press(button(page, 'How it works'));
    await expect(title(page)).toHaveText('How Holdfast works');
    await keys.press(button(page, 'Set up this computer'));
  });

  await test.step('destination: every check runs for real', async () => {
    await expect(page.getByText('Suggested folder')).toBeVisible();
    await keys.arrives(title(page));
    await mkdir(destination);
    await app.chooseNext(destination);
    await keys.press(button(page, 'Choose another folder…'));
    const checks = page.getByRole('region', { name: 'Test of this destination' }).getByRole('listitem');
    await expect(checks).toHaveText(
      ['Write', 'Read back', 'List', 'Replace', 'Remove'].map((word) => `${word}: works`),
    );
    await expect(page.getByText(/ free of /)).toBeVisible();
    await keys.press(button(page, 'Continue'));
  });

  await test.step('protection: two ways, none chosen beforehand', async () => {
    const byKey = page.getByRole('radio', { name: /64-digit key/ });
    const byPassword = page.getByRole('radio', { name: /Password/ });
    await expect(byKey).not.toBeChecked();
    await expect(byPassword).not.toBeChecked();
    await expect(button(page, 'Continue')).toBeDisabled();
    await keys.arrives(title(page));
    await keys.press(button(page, 'Compare'));
    await keys.trapped(page.getByRole('dialog'));
    await keys.hit('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await keys.arrives(button(page, 'Compare'));
    await keys.press(byPassword, { key: 'Space', back: true });
    await expect(byPassword).toBeChecked();
    await keys.hit('ArrowLeft');
    await expect(byKey).toBeChecked();
    await keys.stop();
    await keys.press(button(page, 'Continue'));
  });

  await test.step('the key: hidden until asked for, saved as a kit, copied', async () => {
    await expect(page.locator('.keycard')).toContainText('••••');
    await expect(button(page, 'I have it on paper')).toBeDisabled();
    await keys.arrives(title(page));
    await keys.press(button(page, 'Show the key'));
    key = await pages.shownKey(page);
    expect(await keyInPage(page, key)).toBe(true);

    const kits = path.join(folder, 'stick');
    await mkdir(kits);
    await app.saveNext(path.join(kits, 'kit.pdf'));
    await keys.press(button(page, 'Save as PDF'));
    await expect(page.getByText('The kit is saved.')).toBeVisible();
    const kit = await readFile(path.join(kits, 'kit.pdf'));
    expect(kit.subarray(0, 5).toString()).toBe('%PDF-');
    expect((await stat(path.join(kits, 'kit.pdf'))).mode & 0o777).toBe(0o600);
    expect(await readFile(path.join(kits, 'restore.mjs'), 'utf8')).toContain('--key-file');

    await keys.press(button(page, 'Copy'));
    await expect(page.getByText(/Leaves the clipboard in \d+ s/)).toBeVisible();
    expect((await app.clipboard()).replace(/\s/g, '')).toBe(key.join(''));
    await keys.press(button(page, 'I have it on paper'));
    await expect(title(page)).toContainText('Type rows');
    await keys.arrives(pages.boxes(page).first());
    expect(await keyInPage(page, key)).toBe(false);
  });

  await test.step('prove it: a slip is found in its row, then both rows are right', async () => {
    const [, first = '', second = ''] = /rows ([A-D]) and ([A-D])/.exec((await title(page).textContent()) ?? '') ?? [];
    const rows = (digits: readonly string[]): string =>
      [first, second].flatMap((row) => digits.slice('ABCD'.indexOf(row) * 4, 'ABCD'.indexOf(row) * 4 + 4)).join('');
    // The boxes follow each other by themselves, and Enter in any of them asks for the check.
    await keys.type(rows(withSlips(key, second)));
    await keys.hit('Enter');
    const row = (name: string) => page.getByRole('textbox', { name: `Row ${name}, group 1 of 4` });
    await expect(row(second)).toHaveAttribute('aria-invalid', 'true');
    await expect(row(first)).toHaveAttribute('aria-invalid', 'false');
    await keys.to(row(second), { back: true });
    await keys.type(rows(key).slice(16));
    await keys.press(button(page, 'Check'));
    await expect(button(page, 'Continue')).toBeDisabled();
    await expect(title(page)).toContainText('Two things to know');
    await keys.arrives(title(page));
    await keys.press(page.getByRole('checkbox', { name: /nobody can open my backup/ }), { key: 'Space' });
    await keys.press(page.getByRole('checkbox', { name: /somewhere safe/ }), { key: 'Space' });
    await keys.press(button(page, 'Continue'));
    await expect(title(page)).toHaveText('What should be backed up?');
  });

  await test.step('what to back up: sizes, and what cannot be read, before anything is stored', async () => {
    await expect(page.getByRole('treeitem', { name: /^Documents/ })).toHaveAttribute('aria-checked', 'true');
    cases = await makeHardCases(hard);
    await keys.arrives(title(page));
    const tree = page.getByRole('tree', { name: 'What to back up' });
    await keys.to(tree.getByRole('treeitem').first());
    await keys.type('pic');
    await keys.arrives(tree.getByRole('treeitem', { name: /^Pictures/ }));
    await keys.hit('Space', 'Home');
    await keys.type('doc');
    await keys.hit('Space');
    await expect(tree.getByRole('treeitem', { checked: true })).toHaveCount(0);
    for (const folder of [DOC, hard]) {
      await app.chooseNext(folder);
      await keys.press(button(page, 'Add another folder…'));
      await expect(page.locator(`[role=treeitem][title=${JSON.stringify(folder)}]`)).toHaveAttribute(
        'aria-checked',
        'true',
      );
    }
    await expect(page.getByText('3 items can’t be read.')).toBeVisible({ timeout: 60_000 });
    await keys.press(page.getByRole('button', { name: 'See why, and the fix' }));
    await keys.trapped(page.getByRole('dialog'));
    for (const item of cases.unreadable) {
      await expect(page.getByRole('dialog').getByText(path.basename(item), { exact: true })).toBeVisible();
    }
    await keys.hit('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await keys.arrives(page.getByRole('button', { name: 'See why, and the fix' }));
    await expect(page.getByText('still counting')).toHaveCount(0, { timeout: 60_000 });
  });

  await test.step('first backup, phase by phase', async () => {
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      window.holdfast.on('state', ({ progress }) => {
        const now = progress?.phases.find((one) => one.state === 'running')?.phase;
        if (now !== undefined && seen.at(-1) !== now) seen.push(now);
      });
    });
    await keys.press(button(page, 'Start the first backup'));
    await expect(page.getByText('Encrypt and store', { exact: false }).first()).toBeVisible();
    await expect(title(page)).toHaveText('Your first backup is done', { timeout: pages.RUN_MS });
    await keys.arrives(title(page));
    await keys.press(button(page, 'Go to Home'));
    const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen);
    // The others may pass between two messages; scanning and storing this much cannot.
    expect(seen).toEqual(expect.arrayContaining(['scan', 'upload']));
    expect([...seen].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))).toEqual(seen);
  });

  await test.step('home: protected, and what is not', async () => {
    await expect(title(page)).toHaveText('Protected, except for 3 items');
    await keys.arrives(title(page));
    await keys.press(button(page, 'See 3 items'));
    await expect(title(page)).toHaveText('3 items couldn’t be read');
    await keys.arrives(title(page));
    for (const item of cases.unreadable) {
      await expect(page.getByText(path.basename(item), { exact: true })).toBeVisible();
    }
  });

  await test.step('again, with nothing new', async () => {
    const first = (await app.state()).lastBackup;
    await keys.hit('ControlOrMeta+1');
    await keys.arrives(title(page));
    await keys.press(button(page, 'Back up now'));
    await expect.poll(async () => (await app.state()).lastBackup?.id, { timeout: pages.RUN_MS }).not.toBe(first?.id);
    await keys.stop();
    const second = (await app.state()).lastBackup;
    expect(second?.files).toBe(first?.files);
    expect(second?.removedFiles).toBe(0);
    expect(second?.unchangedFiles).toBeGreaterThan(0.9 * (first?.files ?? Infinity));
    expect(second?.storedBytes).toBeLessThan(1_000_000);
    await expect.poll(async () => (await app.state()).snapshotCount).toBe(2);
  });

  const inside = [...hard.split('/').slice(1)];
  const grid = page.getByRole('grid');
  /** By the first letters of each, from wherever the list begins; ends in the last one. */
  const openFolders = async (names: readonly string[]): Promise<void> => {
    for (const name of await pages.foldersBelow(page, names)) {
      await keys.arrives(grid);
      await keys.type(name.slice(0, 14));
      await expect(grid.locator('[aria-selected=true]')).toContainText(name);
      await keys.hit('Enter');
      await expect(page.locator('.crumb-here')).toHaveText(name);
    }
    await keys.arrives(grid);
  };
  await test.step('browse: folders, order, several selected', async () => {
    await keys.hit('ControlOrMeta+2');
    await openFolders([...inside, 'sizes']);
    const rows = grid.getByRole('row');
    await expect(rows.nth(1)).toContainText('many');
    await keys.press(button(page, 'Size'));
    await expect(page.getByRole('columnheader', { name: 'Size' })).toHaveAttribute('aria-sort', 'descending');
    await expect(rows.nth(2)).toContainText('zeros 10 MiB');
    await keys.hit('Enter');
    await expect(page.getByRole('columnheader', { name: 'Size' })).toHaveAttribute('aria-sort', 'ascending');
    await expect(rows.nth(2)).toContainText('empty');
    await keys.to(grid, { back: true });
    await keys.hit('Backspace');
    await expect(page.locator('.crumb-here')).toHaveText('Hard cases');
    await keys.arrives(grid);
    await keys.type('links');
    await expect(entry(page, 'links')).toHaveAttribute('aria-selected', 'true');
    while ((await entry(page, 'times').getAttribute('class'))?.includes('fg-cursor') !== true) {
      await page.keyboard.press('ControlOrMeta+ArrowDown');
    }
    await keys.hit('ControlOrMeta+Space');
    await expect(page.getByText('2 items selected', { exact: true })).toBeVisible();
  });

  /** In the sheet that asks where to: another folder, then the start; ends on the report. */
  const restoreInto = async (target: string): Promise<void> => {
    await keys.trapped(page.getByRole('dialog'));
    await mkdir(target);
    await app.chooseNext(target);
    await keys.press(button(page, 'Choose…'));
    await expect(page.getByRole('radio', { name: 'The folder you chose' })).toBeChecked();
    await expect(page.getByText('There is room for it')).toBeVisible();
    await keys.press(page.getByRole('button', { name: /^Restore [\d,]+ files?$/ }));
    await expect(title(page)).toContainText(/is back|are back/, { timeout: pages.RUN_MS });
    await keys.arrives(title(page));
  };

  await test.step('restore of the selection', async () => {
    const target = path.join(folder, 'some');
    await keys.press(button(page, 'Restore 2 items…'));
    await restoreInto(target);
    await expect(title(page)).toHaveText(/^All \d+ files are back$/);
    expect(await compareTrees(path.join(hard, 'links'), path.join(target, 'links'))).toEqual([]);
    expect(await compareTrees(path.join(hard, 'times'), path.join(target, 'times'))).toEqual([]);
    await app.saveNext(path.join(folder, 'report.txt'));
    await keys.press(button(page, 'Save the report…'));
    await expect(page.getByText(/^Saved as/)).toBeVisible();
    expect(await readFile(path.join(folder, 'report.txt'), 'utf8')).toContain(target);
    await keys.press(button(page, 'Done'));
  });

  await test.step('restore of everything: byte for byte, with modes, times and links', async () => {
    const target = path.join(folder, 'everything');
    await keys.hit('ControlOrMeta+2');
    await keys.arrives(page.getByRole('grid'));
    await keys.press(button(page, 'Restore everything…'));
    await restoreInto(target);
    await expect(title(page)).toHaveText(/^[\d,]+ of [\d,]+ files are back$|^All [\d,]+ files are back$/);
    const ignore = [...cases.special, 'modes/file 0000', 'modes/file 0200'];
    expect(await compareTrees(hard, path.join(target, 'Hard cases'), { ignore })).toEqual([]);
    expect(await compareTrees(DOC, path.join(target, 'doc'))).toEqual([]);
    await keys.press(button(page, 'Done'));
  });

  await test.step('activity: each run, with what it left out', async () => {
    await keys.hit('ControlOrMeta+3');
    await keys.arrives(title(page));
    const runs = page.locator('.runrow');
    await expect(runs).toHaveCount(4);
    await expect(runs.filter({ hasText: 'Restore' })).toHaveCount(2);
    const first = runs.filter({ hasText: 'Backup' }).last();
    await keys.press(first);
    await keys.arrives(title(page));
    await expect(page.getByRole('heading', { name: 'Your account may not open 3 items' })).toBeVisible();
    await keys.press(button(page, 'Copy as text'));
    await expect(page.getByText('The whole run is on the clipboard.')).toBeVisible();
    for (const item of cases.unreadable) expect(await app.clipboard()).toContain(path.join(hard, item));
    await keys.hit('Alt+ArrowLeft');
    await keys.arrives(first);
  });

  /** Settings by its field, which shows nothing else of the page. */
  const findSetting = async (words: string): Promise<void> => {
    const field = page.getByRole('searchbox', { name: 'Find a setting' });
    await keys.to(field, { back: !(await title(page).evaluate((element) => element === document.activeElement)) });
    await keys.hit('ControlOrMeta+A');
    await keys.type(words);
    await expect(page.getByText(/^1 part of the settings$/)).toBeAttached();
  };

  await test.step('settings', async () => {
    await keys.hit('ControlOrMeta+5');
    await keys.arrives(title(page));
    const html = page.locator('html');
    await findSetting('dark theme');
    await keys.to(page.getByRole('radio', { name: 'As the system' }));
    await keys.hit('ArrowRight', 'ArrowRight', 'Space');
    await keys.arrives(page.getByRole('radio', { name: 'Dark' }));
    await expect(html).toHaveAttribute('data-theme', 'dark');
    expect(await app.app.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe('dark');
    await keys.hit('ArrowLeft', 'Space');
    await expect(html).toHaveAttribute('data-theme', 'light');

    await findSetting('idle');
    await keys.to(page.getByRole('textbox', { name: 'Lock after minutes without you' }));
    await keys.hit('ControlOrMeta+A');
    await keys.type('30');
    await keys.hit('Enter');
    await expect.poll(async () => (await app.state()).settings.idleLockMinutes).toBe(30);

    await findSetting('gitignore');
    await keys.to(page.getByRole('textbox', { name: 'Rules, one a line' }));
    await keys.hit('ControlOrMeta+End', 'Enter');
    await keys.type('many/');
    await keys.press(button(page, 'Save the rules'));
    await expect.poll(async () => (await app.state()).excludes).toContain('many/');
    await keys.stop();

    await findSetting('folders');
    await app.chooseNext(documents);
    await keys.press(button(page, 'Add a folder…'));
    await expect(page.getByText('is part of the backup from the next one on.')).toBeVisible();
    await keys.press(page.getByRole('button', { name: /^Stop backing up .*doc/ }));
    await keys.trapped(page.getByRole('alertdialog'));
    await keys.press(button(page, 'Stop backing it up'));
    await expect.poll(async () => (await app.state()).sources.map((source) => source.path)).toEqual([hard, documents]);
    await expect(page.getByRole('alertdialog')).toHaveCount(0);
    await keys.stop();

    await findSetting('destinations');
    await keys.press(button(page, 'Test it'));
    await expect(page.getByText('Everything works')).toBeVisible();
    await keys.stop();
    await findSetting('verify');
    for (const [level, word] of [
      [1, 'Quick check'],
      [3, 'Full check'],
    ] as const) {
      await keys.press(button(page, word));
      await expect
        .poll(async () => (await app.state()).progress, { message: `level ${level}`, timeout: pages.RUN_MS })
        .toMatchObject({ kind: 'verify', state: 'done' });
      await expect(page.getByText(/^Last checked .*: Nothing is damaged\./)).toBeVisible();
      await keys.stop();
    }
  });

  await test.step('locked: contents ask for the key, backups go on', async () => {
    await keys.hit('ControlOrMeta+K');
    // The field keeps the focus, and what Enter would do is marked.
    await expect(page.getByRole('dialog').getByRole('textbox')).toBeFocused();
    await keys.type('lock now');
    await expect(page.getByRole('menuitem', { name: 'Lock now' })).toHaveAttribute('data-focused', 'true');
    await keys.hit('Enter');
    await expect(page.getByText('Locked', { exact: true })).toBeVisible();
    await keys.stop();
    const before = (await app.state()).lastBackup?.id;
    await keys.hit('ControlOrMeta+1');
    await keys.arrives(title(page));
    await keys.press(button(page, 'Back up now'));
    await expect.poll(async () => (await app.state()).lastBackup?.id, { timeout: pages.RUN_MS }).not.toBe(before);
    expect((await app.state()).lastBackup?.result).toBe('done-with-skips');
    expect((await app.state()).locked).toBe(true);
    await keys.hit('ControlOrMeta+2');
    await expect(page.getByText('Your key opens this')).toBeVisible();
    await expect(page.getByText('tmp', { exact: true })).toHaveCount(0);
    await keys.stop();
    await keys.press(button(page, 'Restore everything…'));
    await keys.arrives(pages.boxes(page).first());
    await keys.trapped(page.getByRole('dialog', { name: 'Unlock with your 64 digits' }));
  });

  /** Pastes the key into the first of the boxes, where the focus is or which lies before it. */
  const paste = async (digits: readonly string[]): Promise<void> => {
    await app.setClipboard(pages.keyText(digits));
    await keys.to(pages.boxes(page).first(), { most: 20, back: true });
    await keys.hit('ControlOrMeta+V');
    await expect(pages.boxes(page).last()).not.toHaveValue('');
  };

  await test.step('a wrong key opens nothing; the right one, pasted whole, does', async () => {
    const dialog = page.getByRole('dialog');
    await paste(withSlips(key, 'ABCD'));
    await keys.hit('Enter');
    await expect(dialog.getByText(/These 64 digits don.t open this backup/)).toBeVisible();
    expect((await app.state()).locked).toBe(true);
    await keys.stop();
    await paste(key);
    await keys.press(button(page, 'Unlock').last());
    await expect(page.getByRole('dialog', { name: /^Restore everything/ })).toBeVisible();
    await keys.stop();
    await keys.press(button(page, 'Cancel'));
    await expect(grid.getByRole('row').nth(1)).toBeVisible();
    expect(await keyInPage(page, key)).toBe(false);
  });

  await test.step('the rule that was added and the folders hold from then on', async () => {
    await keys.stop();
    await keys.to(grid);
    await openFolders([...inside, 'sizes']);
    await expect(entry(page, 'text')).toBeVisible();
    await expect(entry(page, 'many')).toHaveCount(0);
  });

  await test.step('test my key', async () => {
    await keys.hit('ControlOrMeta+4');
    await keys.arrives(title(page));
    await keys.press(button(page, 'Test my key'), { most: 20 });
    await keys.arrives(pages.boxes(page).first());
    await paste(withSlips(key, 'C'));
    await keys.press(button(page, 'Test these digits'));
    await expect(page.getByRole('textbox', { name: 'Row C, group 1 of 4' })).toHaveAttribute('aria-invalid', 'true');
    await keys.stop();
    await paste(key);
    await keys.hit('Enter');
    await expect(page.getByRole('dialog', { name: 'That’s the right key' })).toBeVisible();
    await keys.stop();
    await keys.press(button(page, 'Done'));
    await keys.arrives(button(page, 'Test my key'));
    expect(await keyInPage(page, key)).toBe(false);
    await test.info().attach('keys', { body: keys.steps.join('\n'), contentType: 'text/plain' });
  });
});

const ORDER = ['scan', 'compare', 'upload', 'finish', 'verify'];
