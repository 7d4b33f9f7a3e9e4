/**
 * `npm run bench -- --app`: what a person waits for in the window, and what the program takes while it rests, measured in
 * the real Electron on a production build, with a display and a keyring of its own.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { machineFacts } from '../facts.ts';
import { writeBetween } from '../marked.ts';
import { openLarge, scrollThrough, searchAsTyped } from './browse.ts';
import { makeTree } from './made.ts';
import { measurePause } from './pause.ts';
import { cpuSeconds, family, pssBytes } from './processes.ts';
import { appMarkdown, appTable } from './report.ts';
import { scriptBytes } from './scripts.ts';
import type { AppReport } from './types.ts';
import { backupDone, drive, end, reload, setUp, timedStart, type Computer, type Driven } from './window.ts';

const HELP = `npm run bench -- --app [options]

  --starts N      how often the program is started, with empty file caches and again (default 5)
  --paths N       files in the backup (default 1000000); 5 folders hold 100000 each, or a tenth of all
  --idle N        seconds in the tray (default 60)
  --work FOLDER   where files and backup go (default: a file system in memory if there is one, else the temporary folder)
  --out FILE.json results; a FILE.md is written beside it (default test/bench/results/app.json)
  --write         put the table into README.md
`;
/** Enough for the tree, its backup and the index of the search, in bytes and files. */
const NEEDED = { bytes: 4e9, files: 1.3e6 };
const LARGE = 5;
const PAUSES = 3;
/** After the window has closed: what it held is given back, what it had begun comes to its end. */
const SETTLE_MS = 5_000;
const INSIDE = 'HOLDFAST_BENCH_DISPLAY';
const INTRODUCTION =
  'The window and the program at rest (`npm run bench -- --app`; the machine and all figures are in\n' +
  '[test/bench/results/app.md](test/bench/results/app.md)):';
const MARKS = ['<!-- npm run bench -- --app --write -->', '<!-- end of the app -->'] as const;

interface Options {
  starts: number;
  paths: number;
  idle: number;
  work: string;
  out: string;
  write: boolean;
}

/** @returns exit code: 0 all was measured, 2 it could not start */
export async function main(argv: string[], root: string): Promise<number> {
  const options = readOptions(argv, root);
  if (options === null || process.platform !== 'linux') {
    process.stdout.write(options === null ? HELP : 'This bench reads /proc and needs Linux.\n');
    return 2;
  }
  if (process.env[INSIDE] === undefined) return await withDisplay(argv, root);
  // Before the build below, which is no other's work.
  const loadBefore = os.loadavg()[0] ?? 0;
  const built = spawnSync(process.execPath, [path.join(root, 'build/build.mjs'), '--production'], { stdio: 'inherit' });
  if (built.status !== 0) return 2;
  const { executable, version } = JSON.parse(
    readFileSync(path.join(root, 'node_modules/.cache/holdfast/runtime.json'), 'utf8'),
  ) as { executable: string; version: string };
  mkdirSync(options.work, { recursive: true });
  const work = mkdtempSync(path.join(options.work, 'holdfast-app-'));
  try {
    const found = await measureAll(options, { root, executable, version, work });
    const report = { ...found, machine: { ...found.machine, loadBefore } };
    mkdirSync(path.dirname(options.out), { recursive: true });
    writeFileSync(options.out, `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(options.out.replace(/(\.json)?$/, '.md'), appMarkdown(report));
    if (options.write) writeBetween(path.join(root, 'README.md'), MARKS, `${INTRODUCTION}\n\n${appTable(report)}`);
    process.stdout.write(`\n${appMarkdown(report)}`);
    return 0;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function readOptions(argv: string[], root: string): Options | null {
  const { values } = parseArgs({
    args: argv,
    options: {
      app: { type: 'boolean' },
      starts: { type: 'string', default: '5' },
      paths: { type: 'string', default: '1000000' },
      idle: { type: 'string', default: '60' },
      work: { type: 'string', default: workFolder() },
      out: { type: 'string', default: path.join(root, 'test/bench/results/app.json') },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [starts, paths, idle] = [values.starts, values.paths, values.idle].map(Number);
  if (values.help || starts === undefined || paths === undefined || idle === undefined) return null;
  if (![starts, paths, idle].every((value) => Number.isSafeInteger(value) && value > 0)) return null;
  return { starts, paths, idle, work: path.resolve(values.work), out: path.resolve(values.out), write: values.write };
}

function workFolder(): string {
  try {
    const { bavail, bsize, ffree } = statfsSync('/dev/shm');
    if (bavail * bsize > NEEDED.bytes && ffree > NEEDED.files) return '/dev/shm';
  } catch {
    // There is none.
  }
  return os.tmpdir();
}

/** Runs itself again on a virtual display, with a throw-away keyring: nothing pops up over a person's work. */
async function withDisplay(argv: string[], root: string): Promise<number> {
  const xvfb = (await import(pathToFileURL(path.join(root, 'build/xvfb.mjs')).href)) as {
    startXvfb: (size: object) => Promise<{ env: Record<string, string>; end: () => Promise<void> }>;
  };
  const display = await xvfb.startXvfb({ width: 1600, height: 1200 });
  try {
    const keyring = path.join(root, 'test/support/with-keyring.sh');
    const own = [process.execPath, path.join(root, 'test/bench/run.mjs'), ...argv];
    const env = { ...process.env, ...display.env, [INSIDE]: '1' };
    return spawnSync(keyring, own, { stdio: 'inherit', env }).status ?? 2;
  } finally {
    await display.end();
  }
}

interface Place {
  root: string;
  executable: string;
  version: string;
  work: string;
}

async function measureAll(options: Options, { root, executable, version, work }: Place): Promise<AppReport> {
  const { paths, starts } = options;
  const machine = machineFacts(root, work);
  const say = (what: string): void => void process.stderr.write(`${what} ...\n`);
  const entries = Math.min(100_000, Math.floor(paths / 10));
  const source = path.join(work, 'files');
  say(`making ${paths.toLocaleString('en')} files`);
  makeTree(source, { large: LARGE, entries, paths });
  const computer: Computer = { root, executable, folder: path.join(work, 'first') };

  say('setting up, first backup');
  const backup = path.join(work, 'backup');
  mkdirSync(backup);
  const driven = await drive(computer);
  await driven.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setContentSize(1280, 800));
  await setUp(driven, { kind: 'folder', folder: backup }, source);
  await backupDone(driven);
  const addresses = await reload(driven.page); // from the set-up to where one is when it is done
  say('folders, scrolling, search');
  const folderOpen = await openLarge(driven.page, source, LARGE);
  const scroll = await scrollThrough(driven.page);
  const found = await searchAsTyped(driven.page);
  await end(driven);

  say('starts');
  await timedStart(computer); // what the system does once for a program is done
  const startCold: number[] = [];
  const startWarm: number[] = [];
  for (let i = 0; i < starts; i += 1) {
    if (dropCaches()) startCold.push(await timedStart(computer));
    startWarm.push(await timedStart(computer));
  }

  say(`${String(options.idle)} s in the tray`);
  const resting = await measureIdle(computer, options.idle);
  say('pauses');
  const pause = await measurePause({ ...computer, folder: path.join(work, 'second') }, PAUSES);
  return {
    version: 1,
    machine,
    electron: version,
    paths,
    entries,
    startCold: startCold.length === 0 ? null : startCold,
    startWarm,
    scriptsAtStart: scriptBytes(root, addresses),
    folderOpen,
    scroll,
    ...found,
    pause,
    ...resting,
  };
}

/** Empties the system's caches of files; false where only root may. */
function dropCaches(): boolean {
  try {
    spawnSync('sync');
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}

async function measureIdle(computer: Computer, seconds: number): Promise<Pick<AppReport, 'idle' | 'open'>> {
  const driven = await drive(computer);
  await wait(SETTLE_MS);
  const before = family(driven.pid);
  const open = { pssBytes: pssBytes(before), processes: before.length };
  await closeWindow(driven);
  await wait(SETTLE_MS);
  const pids = family(driven.pid);
  const used = cpuSeconds(pids);
  await wait(seconds * 1_000);
  const now = family(driven.pid);
  const cpuShare = (cpuSeconds(now) - used) / seconds;
  const idle = { seconds, cpuShare, pssBytes: pssBytes(now), processes: now.length };
  await end(driven);
  return { idle, open };
}

/** Closes the window as a person does; the program stays. */
async function closeWindow({ app, page }: Driven): Promise<void> {
  const gone = page.waitForEvent('close');
  await app.evaluate(({ BrowserWindow, dialog }) => {
    // It is said once that the program goes on.
    dialog.showMessageBox = (async () => ({ response: 0, checkboxChecked: false })) as typeof dialog.showMessageBox;
    BrowserWindow.getAllWindows()[0]?.close();
  });
  await gone;
}
