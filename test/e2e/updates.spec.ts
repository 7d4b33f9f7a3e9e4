/** Newer versions, refused settings and faults, in the real window. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readRuntime } from '../../build/runtime.mjs';
import { type Computer, root } from '../support/app.ts';
import { UpdateServer, writeStandIn } from '../support/update-server.ts';
import { expect, test } from './fixtures.ts';
import { look } from './look.ts';
import { button, goTo, title } from './pages.ts';

/** Settings of a computer that backs up to a disk which is away, as 0.1.0 wrote them. */
async function writeSettings(computer: Computer): Promise<void> {
  const kept = await readFile(path.join(root, 'test/golden/home-0.1.0/home/config.json'), 'utf8');
  const config = JSON.parse(kept) as {
    plan: { destinations: unknown[]; vault: null };
    settings: { theme: string };
    alarms: object;
  };
  config.plan.destinations.splice(1);
  config.plan.vault = null;
  config.settings.theme = 'system';
  config.alarms = { heartbeat: null, webhook: null };
  await mkdir(computer.home, { recursive: true });
  await writeFile(path.join(computer.home, 'config.json'), JSON.stringify(config));
}

test('a forged update is refused, a genuine one is in place after the restart', async ({ folder, computer, start }) => {
  const server = await UpdateServer.start(path.join(folder, 'server'));
  const image = path.join(folder, 'Holdfast.AppImage');
  const ran = path.join(folder, 'ran');
  const blocks = Array.from({ length: 200 }, (_, at) => `block ${at} `);
  await writeStandIn(image, '0.1.0', blocks);
  await writeStandIn(path.join(server.folder, 'Holdfast-9.2.0.AppImage'), '9.2.0', [...blocks, 'new ']);
  await writeSettings(computer);
  const env = { HOLDFAST_UPDATE_URL: server.url, HOLDFAST_UPDATE_KEYS: server.publicKey };
  // As if the runtime lay in the image.
  const mounted = { APPIMAGE: image, APPDIR: path.dirname(readRuntime().executable) };
  const app = await start(computer, { env: { ...env, ...mounted, HOLDFAST_STAND_IN: ran } });
  const { page } = app;
  await goTo(page, 'Settings');
  const card = page.getByRole('region', { name: 'Updates' });

  await test.step('signed by somebody else', async () => {
    await server.offer({ version: '9.2.0', keys: [generateKeyPairSync('ed25519').privateKey] });
    await button(page, 'Check now').click();
    await expect(card.getByText(/isn’t signed by the makers of Holdfast/)).toBeVisible();
    await expect(card.getByText('Nothing was loaded or changed.')).toBeVisible();
    expect(server.sent.has('Holdfast-9.2.0.AppImage')).toBe(false);
    expect(app.problems.splice(0)).toEqual([expect.stringContaining('it isn’t signed by the makers')]);
  });

  await test.step('genuine', async () => {
    await server.offer({ version: '9.2.0', notes: 'Backups are faster.' });
    await button(page, 'Check now').click();
    await expect(card.getByText('Holdfast 9.2.0 is ready')).toBeVisible();
    await card.getByText('What is new').click();
    await expect(card.getByText('Backups are faster.')).toBeVisible();
    await look(app, 'settings update');
    // Nothing is told of this computer: not its system or language, and not what runs.
    for (const headers of server.heard) {
      expect(headers).toMatchObject({ 'user-agent': 'Holdfast', 'accept-language': '*' });
      expect(JSON.stringify(headers)).not.toMatch(/chrome|electron|linux|x86|cookie/i);
    }
    const ended = new Promise((resolve) => app.app.process().once('exit', resolve));
    await button(page, 'Restart to update').click();
    await ended;
    await expect.poll(async () => await readFile(ran, 'utf8').catch(() => '')).toBe('9.2.0\n');
    expect((await readFile(image, 'utf8')).includes('echo 9.2.0')).toBe(true);
  });
  await server.end();
});

test('settings of a newer version are refused in the window; faults are kept without what they say', async ({
  computer,
  start,
}) => {
  await test.step('started by an update to see that it starts, it ends at once and well', async () => {
    const env = { ...process.env, HOLDFAST_HOME: computer.home, APPIMAGE_EXIT_AFTER_INSTALL: 'true' };
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const tried = spawn(readRuntime().executable, [root, `--user-data-dir=${computer.profile}`, ...sandbox], { env });
    expect(await new Promise((resolve) => tried.once('exit', resolve))).toBe(0);
    expect(existsSync(computer.home)).toBe(false);
  });

  const newer = '{"version":99}';
  await test.step('a newer version’s settings', async () => {
    await mkdir(computer.home, { recursive: true });
    const file = path.join(computer.home, 'config.json');
    await writeFile(file, newer);
    const app = await start(computer);
    await expect(title(app.page)).toHaveText('A newer version of Holdfast wrote the settings on this computer.');
    await look(app, 'newer settings');
    const ended = new Promise((resolve) => app.app.process().once('exit', resolve));
    await button(app.page, 'Quit Holdfast').click();
    await ended;
    expect(await readFile(file, 'utf8')).toBe(newer);
    await writeFile(file, '');
  });

  const app = await start(computer);
  const secret = '/home/ada/divorce.odt';
  const titles = async (): Promise<string[]> => {
    const answer = await app.page.evaluate(() => window.holdfast.faults.list());
    return answer.ok ? answer.value.map((fault) => fault.title) : [];
  };
  await test.step('an exception of the main process, and one of the page', async () => {
    await app.app.evaluate(({ dialog }, what) => {
      dialog.showMessageBox = (async () => ({ response: 1, checkboxChecked: false })) as typeof dialog.showMessageBox;
      setTimeout(() => {
        throw new TypeError(`no such file ${what}`);
      }, 0);
    }, secret);
    await app.page.evaluate((what) => {
      setTimeout(() => {
        throw new RangeError(`no such file ${what}`);
      }, 0);
    }, secret);
    await expect.poll(titles).toEqual(['RangeError in the window', 'TypeError in the program']);
    // They were asked for, and what they say is nowhere but in the console of the page.
    expect(app.problems.splice(0).filter((line) => line.startsWith('main:') && line.includes('divorce'))).toEqual([]);
  });
  await test.step('a process that was killed, and then the program', async () => {
    await app.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
    );
    const folder = path.join(computer.home, 'faults');
    await expect.poll(async () => (await readdir(folder)).length).toBe(4); // three reports, and that it runs
    await app.kill();
    expect(app.problems.splice(0).filter((line) => !/crashed/.test(line))).toEqual([]);
    const again = await start(computer);
    const answer = await again.page.evaluate(() => window.holdfast.faults.list());
    expect(answer.ok ? answer.value[0]?.title : null).toBe('Holdfast ended without a word');
    await again.close();
    for (const name of await readdir(folder)) {
      expect(name).toMatch(/\.txt$/); // what says that it runs is gone
      expect(await readFile(path.join(folder, name), 'utf8')).not.toMatch(/divorce|ada/);
    }
    const everything = await readdir(computer.folder, { recursive: true });
    expect(everything.filter((name) => name.endsWith('.dmp'))).toEqual([]);
  });
});
