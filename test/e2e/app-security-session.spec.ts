/**
 * The key's way through the real app: set up by the bridge alone, with the dialogs answered, then locked and unlocked;
 * what is on disk, on the clipboard and in the state at every step.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import type { AppState, Bridge } from '../../preload/contract.ts';
import { type AppWindow, openApp } from '../support/app-window.ts';

declare global {
  interface Window {
    readonly holdfast: Bridge;
  }
}

let window: AppWindow;
let folder: string;
let groups: string[];

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  window = await openApp();
  folder = path.join(window.home, 'test');
  await mkdir(path.join(folder, 'files', 'deep'), { recursive: true });
  await mkdir(path.join(folder, 'kit'));
  await writeFile(path.join(folder, 'files', 'first name in the clear.txt'), 'content in the clear '.repeat(500));
  await writeFile(path.join(folder, 'files', 'deep', 'second.txt'), 'second');
});
test.afterAll(async () => {
  await window.close();
});

/** Answers the next native dialogs as a person would. */
async function answer(chosen: string): Promise<void> {
  await window.app.evaluate(({ dialog }, file) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [file] });
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: file });
  }, chosen);
}

async function state(): Promise<AppState> {
  return await window.page.evaluate(async () => {
    const result = await globalThis.window.holdfast.app.getState();
    if (!result.ok) throw new Error(result.error.message);
    return result.value;
  });
}

/** Waits for a state that the app sends by itself. */
async function stateWhere(what: 'backup done' | 'locked'): Promise<void> {
  await window.page.evaluate(
    async (wanted) =>
      await new Promise<void>((resolve) => {
        const look = (now: AppState): void => {
          const over = now.progress?.state === 'done' && now.lastBackup !== null;
          if (wanted === 'locked' ? now.locked : over) {
            stop();
            resolve();
          }
        };
        const stop = globalThis.window.holdfast.on('state', look);
        void globalThis.window.holdfast.app.getState().then((result) => {
          if (result.ok) look(result.value);
        });
      }),
    what,
  );
}

async function filesBelow(at: string): Promise<string[]> {
  const entries = await readdir(at, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

/** Files under `at` that hold one of the needles, as text, as hex or as the bytes of the hex. */
async function filesHolding(at: string, needles: Buffer[]): Promise<string[]> {
  const found: string[] = [];
  for (const file of await filesBelow(at)) {
    const bytes = await readFile(file);
    if (needles.some((needle) => bytes.includes(needle))) found.push(path.relative(at, file));
  }
  return found;
}

function keyNeedles(): Buffer[] {
  const hex = groups.join('');
  return [
    Buffer.from(hex, 'hex'),
    Buffer.from(hex.toLowerCase()),
    Buffer.from(hex.toUpperCase()),
    Buffer.from(groups.join(' ')),
    Buffer.from(Buffer.from(hex, 'hex').toString('base64').slice(0, 40)),
  ];
}

test('a key is made, shown, copied and typed back', async () => {
  const { app, page } = window;
  groups = await page.evaluate(async () => {
    const { setup } = globalThis.window.holdfast;
    await setup.newKey();
    const shown = await setup.revealKey();
    if (!shown.ok) throw new Error(shown.error.message);
    await setup.copyKey();
    return shown.value.groups;
  });
  expect(groups.join('')).toMatch(/^[0-9a-f]{64}$/i);
  const board = await app.evaluate(async ({ clipboard }) => await clipboard.readText());
  expect(board.replace(/\s/g, '').toUpperCase()).toBe(groups.join('').toUpperCase());
  const proved = await page.evaluate(async (digits) => {
    const { setup } = globalThis.window.holdfast;
    const asked = await setup.challenge();
    if (!asked.ok) throw new Error(asked.error.message);
    const rows = Object.fromEntries(
      asked.value.rows.map((row) => [row, digits.slice(4 * 'ABCD'.indexOf(row), 4 * 'ABCD'.indexOf(row) + 4)]),
    );
    return await setup.proveKey({ rows });
  }, groups);
  expect(proved).toMatchObject({ ok: true, value: { ok: true } });
});

test('the kit is saved where the person says, and nowhere else', async () => {
  await answer(path.join(folder, 'kit', 'kit.pdf'));
  const saved = await window.page.evaluate(async () => await globalThis.window.holdfast.setup.saveKit());
  expect(saved).toMatchObject({ ok: true, value: { path: path.join(folder, 'kit', 'kit.pdf') } });
  expect((await readdir(path.join(folder, 'kit'))).sort()).toEqual(['kit.pdf', 'restore.mjs']);
  await rm(path.join(folder, 'kit', 'kit.pdf'));
});

test('the kit is printed from memory, by a window that is gone afterwards', async () => {
  const { app, page } = window;
  await app.evaluate(({ app: electron }) => {
    const seen: { url: string; pages: string; preferences: Record<string, unknown> }[] = [];
    Object.assign(globalThis, { printed: seen });
    electron.once('web-contents-created', (_event, contents) => {
      contents.print = (_options, done) => {
        void (async () => {
          const pdf = await contents.printToPDF({});
          const all = contents as unknown as { getLastWebPreferences: () => Record<string, unknown> };
          const preferences = all.getLastWebPreferences();
          seen.push({ url: contents.getURL(), pages: pdf.toString('latin1'), preferences });
          done?.(true, '');
        })();
      };
    });
  });
  expect(await page.evaluate(async () => await globalThis.window.holdfast.setup.printKit())).toEqual({
    ok: true,
    value: null,
  });
  const printed = await app.evaluate(({ BrowserWindow }) => {
    type Seen = { url: string; pages: string; preferences: Record<string, unknown> };
    const seen = (globalThis as unknown as { printed: Seen[] }).printed;
    return { seen, windows: BrowserWindow.getAllWindows().length };
  });
  expect(printed.windows).toBe(1);
  expect(printed.seen.map((one) => one.url)).toEqual(['kit://print/']);
  expect(printed.seen[0]?.pages.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  expect(printed.seen[0]?.preferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
    javascript: false,
  });
});

test('set-up finishes and the first backup runs by itself', async () => {
  const { page } = window;
  const choose = async (at: string, what: 'destination' | 'source'): Promise<string> => {
    await answer(at);
    return await page.evaluate(async (kind) => {
      const { destinations, setup } = globalThis.window.holdfast;
      const result = await (kind === 'destination' ? destinations.chooseFolder() : setup.chooseSource());
      if (!result.ok || result.value === null) throw new Error('nothing was chosen');
      return result.value.cap;
    }, what);
  };
  const destination = await choose(path.join(folder, 'backup'), 'destination');
  const source = await choose(path.join(folder, 'files'), 'source');
  const finished = await page.evaluate(
    async (plan) =>
      await globalThis.window.holdfast.setup.finish({
        ...plan,
        excludes: [],
        consents: { nobodyCanHelp: true, keptSafe: true },
      }),
    { destinations: [destination], sources: [source] },
  );
  expect(finished).toEqual({ ok: true, value: null });
  await stateWhere('backup done');
  const now = await state();
  expect(now).toMatchObject({ phase: 'ready', locked: false, lastBackup: { result: 'done', newFiles: 2 } });
  expect(now.progress?.error).toBeNull();
});

test('while locked nothing inside can be looked at or restored, and backups go on', async () => {
  const { page } = window;
  const insides = await page.evaluate(async () => {
    const { browse, keys, restore } = globalThis.window.holdfast;
    const look = async (snapshotId: string): Promise<string[]> => {
      const page = { folderId: null, sort: 'name', descending: false, offset: 0, limit: 10 } as const;
      const list = await browse.list({ snapshotId, ...page });
      const target = { kind: 'original' } as const;
      const plan = await restore.plan({ snapshotId, entryIds: [], target, conflict: 'skip' });
      return [list, plan].map((result) => (result.ok ? 'shown' : result.error.code));
    };
    // The computer's own snapshots are listed without the key: it makes them without it.
    const known = await browse.snapshots();
    const id = known.ok ? (known.value[0]?.id ?? '') : '';
    const before = await look(id);
    await keys.lock();
    return { before, after: await look(id) };
  });
  expect(insides).toEqual({ before: ['shown', 'shown'], after: ['locked', 'locked'] });
  await stateWhere('locked');
  await writeFile(path.join(folder, 'files', 'third.txt'), 'third');
  const started = await page.evaluate(async () => await globalThis.window.holdfast.backup.start());
  expect(started.ok).toBe(true);
  await expect.poll(async () => (await state()).lastBackup?.newFiles).toBe(1);
});

test('neither key nor names nor contents are in the clear in the app’s files or the backup', async () => {
  const clear = [...keyNeedles(), Buffer.from('in the clear')];
  expect(await filesHolding(path.join(folder, 'backup'), clear)).toEqual([]);
  expect(await filesHolding(path.join(window.home, 'browser'), keyNeedles())).toEqual([]);
  // The local cache of the engine knows names, as the disk it lies on does; it never knows the key.
  expect(await filesHolding(window.home, keyNeedles())).toEqual([]);
});

test('wrong digits are answered, right ones open, and the computer’s sleep locks again', async () => {
  const { app, page } = window;
  const unlock = async (digits: string[]) =>
    await page.evaluate(async (typed) => await globalThis.window.holdfast.keys.unlock({ groups: typed }), digits);
  const wrong = groups.map((group, i) => (i === 0 ? group.replace(/./g, (d) => (d === '0' ? '1' : '0')) : group));
  expect(await unlock(wrong)).toMatchObject({ ok: true, value: { ok: false } });
  expect((await state()).locked).toBe(true);
  expect(await unlock(groups)).toMatchObject({ ok: true, value: { ok: true } });
  const names = await page.evaluate(async () => {
    const { browse } = globalThis.window.holdfast;
    const snapshots = await browse.snapshots();
    if (!snapshots.ok) throw new Error(snapshots.error.message);
    let folderId: string | null = null;
    for (;;) {
      const list = await browse.list({
        snapshotId: snapshots.value[0]?.id ?? '',
        folderId,
        sort: 'name',
        descending: false,
        offset: 0,
        limit: 100,
      });
      if (!list.ok) throw new Error(list.error.message);
      const [only] = list.value.entries;
      if (list.value.entries.length !== 1 || only?.kind !== 'folder') return list.value.entries.map((one) => one.name);
      folderId = only.id;
    }
  });
  expect(names).toEqual(['deep', 'first name in the clear.txt', 'third.txt']);
  await app.evaluate(({ powerMonitor }) => powerMonitor.emit('suspend'));
  await stateWhere('locked');
});

test('the clipboard is empty after quitting, and the app starts again locked', async () => {
  const { home } = window;
  await window.close({ keepHome: true });
  window = await openApp({ home });
  const board = await window.app.evaluate(async ({ clipboard }) => await clipboard.readText());
  expect(board).not.toContain(groups[0] ?? '');
  expect(await state()).toMatchObject({ phase: 'ready', locked: true, lastBackup: { result: 'done' } });
});
