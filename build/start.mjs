#!/usr/bin/env node
/**
 * Sets up, builds and runs the app from this checkout; arguments go to the app.
 *
 *   npm start [-- --user-data-dir=FOLDER ...]
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, watch } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { buildAll } from './build.mjs';
import { setup } from './setup.mjs';
import { main, root, say, warn } from './tools.mjs';
import { startXvfb } from './xvfb.mjs';

const READY = 'holdfast: window ready';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const SLOW_MS = 60_000;
const ORPHAN_CHECK_MS = 1_000;
/** What Chromium says, many times, where there is no message bus; said once and plainly instead. */
const BUS_COMPLAINT = /:ERROR:(dbus\/)?(bus|object_proxy)[.]cc/;

const linux = process.platform === 'linux';
const runsAsRoot = linux && process.getuid() === 0;
const hasDisplay = !linux || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

function setting(name) {
  try {
    return readFileSync(`/proc/sys/kernel/${name}`, 'utf8').trim();
  } catch {
    return null; // this kernel has no such setting
  }
}

/** Chromium's sandbox needs user namespaces or its helper owned by root; says the one command where both lack. */
function checkSandbox(folder) {
  const forbidden =
    setting('unprivileged_userns_clone') === '0' || setting('apparmor_restrict_unprivileged_userns') === '1';
  if (!linux || runsAsRoot || !forbidden) return;
  const helper = path.join(folder, 'chrome-sandbox');
  const { uid, mode } = statSync(helper);
  if (uid === 0 && (mode & 0o4755) === 0o4755) return;
  warn('this system lets ordinary programs make no user namespaces, which the sandbox of the window needs.');
  say(`type this once:  sudo chown root:root '${helper}' && sudo chmod 4755 '${helper}'`);
}

/** Resolves when a file that is being written has come. */
function arrival(file) {
  if (existsSync(file)) return Promise.resolve();
  return new Promise((resolve) => {
    const watcher = watch(path.dirname(file), () => {
      if (!existsSync(file)) return;
      watcher.close();
      resolve();
    });
  });
}

/** Runs Electron until it ends; passes its output on and calls `onReady` when its window shows. */
function runApp(runtime, args, env, onReady) {
  return new Promise((resolve, reject) => {
    const app = spawn(runtime.executable, args, { cwd: root, env, stdio: ['inherit', 'pipe', 'pipe'] });
    const forward = (signal) => app.kill(signal);
    // In a terminal Ctrl-C reaches the app by itself; a signal sent to this process alone must be passed on.
    for (const signal of SIGNALS) process.on(signal, forward);
    // npm that is told to end does not always tell the script it runs.
    const parent = process.ppid;
    const orphaned = setInterval(() => process.ppid !== parent && app.kill('SIGTERM'), ORPHAN_CHECK_MS);
    const slow = setTimeout(() => warn('the window is not ready after a minute; what the app says is above.'), SLOW_MS);
    createInterface({ input: app.stdout }).on('line', (line) => {
      if (line !== READY) return console.log(line);
      clearTimeout(slow);
      onReady();
    });
    createInterface({ input: app.stderr }).on('line', (line) => {
      if (!BUS_COMPLAINT.test(line)) console.error(line);
    });
    app.once('error', reject);
    app.once('close', (code, signal) => {
      clearTimeout(slow);
      clearInterval(orphaned);
      for (const each of SIGNALS) process.off(each, forward);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

await main(async () => {
  const runtime = await setup();
  await buildAll();
  const args = [root];
  const env = { ...process.env, HOLDFAST_READY: '1' };
  if (runsAsRoot) {
    warn('running as root, so the window runs without its sandbox (--no-sandbox). Better: an ordinary user.');
    args.push('--no-sandbox');
  }
  checkSandbox(runtime.folder);
  if (linux && !process.env.DBUS_SESSION_BUS_ADDRESS && !existsSync(`${process.env.XDG_RUNTIME_DIR ?? ''}/bus`)) {
    warn('no D-Bus session here, hence no keyring: backups stop when you quit the app.');
  }
  let xvfb = null;
  let screenshot = null;
  if (!hasDisplay) {
    xvfb = await startXvfb();
    screenshot = path.join(await mkdtemp(path.join(tmpdir(), 'holdfast-')), 'window.png');
    say(`no display here: started a virtual one, Xvfb ${xvfb.display}`);
    Object.assign(env, xvfb.env, { HOLDFAST_SCREENSHOT: screenshot });
    args.push('--disable-gpu');
  }
  try {
    return await runApp(runtime, [...args, ...process.argv.slice(2)], env, async () => {
      say('the window is ready; Ctrl-C ends it');
      if (screenshot === null) return;
      await arrival(screenshot);
      say(`screenshot of the window: ${screenshot}`);
    });
  } finally {
    await xvfb?.end();
  }
});
