#!/usr/bin/env node
/**
 * Installs the deb on a fresh Debian and uses it there as an ordinary user: what it pulls in, the window in its sandbox,
 * set-up, backup and restore, the command line, a link, removal and purge. Takes some minutes, root, debootstrap and
 * Debian's mirror; no part of `npm test`.
 *
 *   npm run package -- --only deb && npm run test:package [-- FOLDER]
 *
 * Pictures of the window are left in FOLDER/pictures (a temporary folder where none is given), to be looked at.
 */
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setUpSystem } from '../../build/setup/system.mjs';
import { Stop, cacheFolder, main, root, run, say, since, which } from '../../build/tools.mjs';
import { startXvfb } from '../../build/xvfb.mjs';

const SUITE = 'bookworm';
const USER = 'person';
const HOME = `/home/${USER}`;
const IN_ROOT = path.join(import.meta.dirname, 'in-root.sh');
const PROGRAM = '/opt/Holdfast/holdfast';
const KEYRING = '/repo/test/support/with-keyring.sh';

/** A fresh Debian, from the mirror once and then from the cache. */
async function freshDebian(folder) {
  const cached = path.join(cacheFolder(), `debian-${SUITE}.tar`);
  if (!existsSync(cached)) {
    const made = await mkdtemp(path.join(tmpdir(), 'holdfast-debian-'));
    say(`making a Debian ${SUITE} with debootstrap`);
    const { code, output } = await run('debootstrap', ['--variant=minbase', SUITE, made], { quiet: true });
    if (code !== 0) throw new Stop(`debootstrap failed: ${output.slice(-1000)}`);
    await mkdir(path.dirname(cached), { recursive: true });
    await run('tar', ['-cf', `${cached}.part`, '-C', made, '.'], { quiet: true });
    await rm(made, { recursive: true });
    await run('mv', [`${cached}.part`, cached], { quiet: true });
  }
  const target = path.join(folder, 'root');
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const { code, output } = await run('tar', ['-xf', cached, '-C', target], { quiet: true });
  if (code !== 0) throw new Stop(output);
  return target;
}

/** The one deb that packaging left. */
async function debPackage() {
  const folder = path.join(root, 'dist-packages');
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith('.deb')) : [];
  if (names.length !== 1) throw new Stop('there is no deb in dist-packages. Type: npm run package -- --only deb');
  return path.join(folder, names[0]);
}

function expect(condition, what) {
  if (!condition) throw new Stop(`FAILED: ${what}`);
  say(`  ok: ${what}`);
}

await main(async () => {
  const started = performance.now();
  if (process.platform !== 'linux' || process.getuid() !== 0)
    throw new Stop('this test makes a Debian of its own, and takes root on Linux');
  for (const program of ['debootstrap', 'import', 'xdotool']) {
    if (which(program) === null)
      throw new Stop(`${program} is not there. Type: apt-get install debootstrap imagemagick xdotool`);
  }
  await setUpSystem();
  const deb = await debPackage();
  const given = process.argv[2];
  const folder = given === undefined ? await mkdtemp(path.join(tmpdir(), 'holdfast-package-')) : path.resolve(given);
  const pictures = path.join(folder, 'pictures');
  await mkdir(pictures, { recursive: true });
  await chmod(pictures, 0o777);
  const debian = await freshDebian(folder);
  const xvfb = await startXvfb({ width: 1360, height: 900 });
  try {
    await walk({ debian, deb, pictures, xvfb });
  } finally {
    await xvfb.end();
  }
  say(`the package holds on a clean Debian ${SUITE} (${since(started)}); pictures: ${pictures}`);
});

async function walk({ debian, deb, pictures, xvfb }) {
  await copyFile(deb, path.join(debian, 'root', 'holdfast_test.deb'));
  await mkdir(path.join(debian, 'repo'), { recursive: true });
  await mkdir(path.join(debian, 'pictures'), { recursive: true });
  // The person may open the display as well.
  await copyFile(xvfb.env.XAUTHORITY, path.join(debian, 'root', 'Xauthority'));
  const script = path.join(debian, 'root', 'steps');
  const shares = [
    [root, '/repo'],
    [pictures, '/pictures'],
    [process.execPath, '/usr/local/bin/node'],
    ['/tmp/.X11-unix', '/tmp/.X11-unix'],
  ];
  const env = { ...process.env, HOLDFAST_TEST_SHARES: shares.map((pair) => pair.join('=')).join(' ') };

  /** Runs shell commands as root in the clean system. */
  const sh = async (text, options = {}) => {
    await writeFile(script, `set -eu\n${text}\n`);
    return await run(IN_ROOT, [debian, '/bin/bash', '/root/steps'], { env, quiet: true, ...options });
  };
  /** The same as an ordinary user with a display, and a keyring where asked for. */
  const personal = (command, extra = '') =>
    `cp /root/Xauthority ${HOME}/.Xauthority && chown ${USER}: ${HOME}/.Xauthority\n` +
    `exec setpriv --reuid=${USER} --regid=${USER} --init-groups env HOME=${HOME} DISPLAY=${xvfb.display} ` +
    `XAUTHORITY=${HOME}/.Xauthority ${extra} ${command}`;

  say('--- installation');
  const install = await sh(`
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -q --no-install-recommends dbus dbus-x11 > /dev/null
    useradd --create-home --shell /bin/bash ${USER}
    apt-get install -y -q /root/holdfast_test.deb`);
  expect(
    install.code === 0,
    `apt-get installs it with what it needs (${/(\d+) newly installed/.exec(install.output)?.[1]} packages)${install.code === 0 ? '' : install.output.slice(-2000)}`,
  );
  const missing = await sh(
    `for file in ${PROGRAM} /opt/Holdfast/*.so* $(find /opt/Holdfast/resources -name '*.node'); do LD_LIBRARY_PATH=/opt/Holdfast ldd $file; done | grep 'not found' || true`,
  );
  expect(missing.output.trim() === '', `no library is missing ${missing.output.trim()}`);
  for (const file of [
    'usr/bin/holdfast',
    'usr/share/man/man1/holdfast.1.gz',
    'usr/share/bash-completion/completions/holdfast',
    'usr/share/applications/holdfast.desktop',
    'usr/share/metainfo/org.holdfast.app.metainfo.xml',
    'usr/share/icons/hicolor/256x256/apps/holdfast.png',
  ]) {
    expect(existsSync(path.join(debian, file)), `/${file} is there`);
  }

  say('--- the command line, as an ordinary user and as root, without a display');
  const commands = (home) => `
    cd ${home}; mkdir -p files; echo words > files/a.txt
    holdfast --version
    holdfast init --repo ${home}/repo --key-file ${home}/key.txt > /dev/null
    holdfast backup --repo ${home}/repo --key-file ${home}/key.txt ${home}/files > /dev/null
    holdfast restore --repo ${home}/repo --key-file ${home}/key.txt latest --target ${home}/back > /dev/null
    cmp ${home}/files/a.txt ${home}/back${home}/files/a.txt
    set +e; holdfast ls --repo ${home}/nowhere --key-file ${home}/key.txt latest; echo "exit code $?"`;
  await writeFile(path.join(debian, 'usr/local/bin/person-steps'), `set -eu\n${commands(HOME)}\n`);
  for (const [who, ran] of [
    [
      USER,
      await sh(
        `exec setpriv --reuid=${USER} --regid=${USER} --init-groups env HOME=${HOME} bash /usr/local/bin/person-steps`,
      ),
    ],
    ['root', await sh(commands('/root'))],
  ]) {
    expect(
      ran.code === 0 && /^\d+\.\d+\.\d+/m.test(ran.output) && ran.output.includes('exit code 1'),
      `${who}: init, backup, restore, exit codes${ran.code === 0 ? '' : ran.output}`,
    );
    expect(!/ERROR:|WARNING:/.test(ran.output), `${who}: nothing of Chromium's on the terminal`);
  }

  say('--- the window as it was installed, all fuses in place');
  const seen = await watchWindow({
    debian,
    env,
    script,
    command: personal(`${KEYRING} ${PROGRAM} --disable-gpu`, 'HOLDFAST_READY=1'),
    pictures,
    xvfb,
  });
  expect(seen.ready, `the window is ready${seen.ready ? '' : `: ${seen.output}`}`);
  expect(
    seen.pages.length > 0 && seen.pages.every(({ seccomp }) => seccomp === '2'),
    `pages run under seccomp (${seen.pages.length} processes)`,
  );
  expect(
    seen.pages.every(({ ownNames }) => ownNames),
    'pages are in user and process namespaces of their own',
  );
  expect(!seen.lines.some((line) => line.includes('--no-sandbox')), 'no process was started without the sandbox');

  const bare = await sh(
    personal(`timeout --kill-after=5 30 ${PROGRAM} --disable-gpu --no-sandbox`, 'HOLDFAST_READY=1'),
  );
  expect(
    bare.output.includes('refused: --no-sandbox') && !bare.output.includes('window ready'),
    'without its sandbox no window is shown',
  );

  say('--- set-up, backup, restore, link: the same files, with the one fuse changed that keeps Playwright out');
  await flipFuses(path.join(debian, PROGRAM), {
    version: FuseVersion.V1,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
  const playwright = `/usr/local/bin/node /repo/node_modules/@playwright/test/cli.js test -c /repo/test/package/playwright.config.ts --output=${HOME}/results`;
  const driven = await sh(
    personal(
      `${KEYRING} ${playwright}`,
      `PATH=/usr/local/bin:/usr/bin:/bin HOLDFAST_TEST_PROGRAM=/repo/test/package/sandboxed.sh HOLDFAST_TEST_PICTURES=/pictures PWTEST_CACHE_DIR=${HOME}/.cache/pw`,
    ),
  );
  expect(
    driven.code === 0,
    `Playwright ${driven.code === 0 ? /\d+ passed.*/.exec(driven.output)?.[0] : driven.output.slice(-4000)}`,
  );

  say('--- removal and purge');
  const listing = `cd ${HOME} && find . -type f -not -path './.cache/*' -exec sha256sum {} + | sort | sha256sum`;
  const before = await sh(`mkdir -p ${HOME}/.local/share/holdfast; ${listing}`);
  const removed = await sh(
    `apt-get remove -y -q holdfast && test ! -e /opt/Holdfast && test ! -e /usr/bin/holdfast && test ! -e /usr/share/applications/holdfast.desktop`,
  );
  expect(
    removed.code === 0,
    `apt-get remove takes the program away${removed.code === 0 ? '' : removed.output.slice(-1500)}`,
  );
  const purged = await sh('apt-get purge -y -q holdfast');
  expect(purged.output.includes('These stay, because they belong to the people'), 'apt-get purge says what stays');
  const after = await sh(listing);
  expect(before.output === after.output && after.code === 0, 'everything of the person is as it was');
}

/** Starts the program, waits for its window, looks at its processes, presses a key, takes pictures, ends it. */
async function watchWindow({ debian, env, script, command, pictures, xvfb }) {
  await writeFile(script, `set -eu\n${command}\n`);
  const child = spawn(IN_ROOT, [debian, '/bin/bash', '/root/steps'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const ready = await new Promise((resolve) => {
    const take = (data) => {
      output += data;
      if (output.includes('holdfast: window ready')) resolve(true);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('close', () => resolve(false));
    setTimeout(() => resolve(false), 90_000).unref();
  });
  const processes = await below(child.pid);
  const lines = processes.map(({ line }) => line);
  const pages = processes.filter(({ line }) => line.includes('--type=renderer'));
  const picture = async (name) =>
    await run('import', ['-window', 'root', path.join(pictures, `${name}.png`)], {
      env: { ...process.env, ...xvfb.env },
      quiet: true,
    });
  if (ready) {
    await picture('1 first start');
    // The first button of the first screen, by keyboard, as a person without a mouse would.
    await run(
      'xdotool',
      [
        'search',
        '--sync',
        '--onlyvisible',
        '--name',
        'Holdfast',
        'windowfocus',
        '--sync',
        'key',
        '--clearmodifiers',
        'Tab',
      ],
      { env: { ...process.env, ...xvfb.env }, quiet: true },
    );
    await picture('2 keyboard');
  }
  // The program itself: unshare passes no signal on.
  const own = processes.find(({ line }) => line.startsWith(PROGRAM) && !line.includes('--type='));
  process.kill(own?.pid ?? child.pid, own === undefined ? 'SIGKILL' : 'SIGTERM');
  await new Promise((resolve) =>
    child.exitCode !== null || child.signalCode !== null ? resolve() : child.once('close', resolve),
  );
  return { ready, output, pages, lines };
}

/** All processes below one, with what keeps them apart. */
async function below(pid) {
  const all = [];
  for (const name of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
    try {
      const status = await readFile(`/proc/${name}/status`, 'utf8');
      const fact = (key) => new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
      const line = (await readFile(`/proc/${name}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      all.push({
        pid: Number(name),
        parent: Number(fact('PPid')),
        seccomp: fact('Seccomp'),
        depth: fact('NSpid').split(/\s+/).length,
        line,
      });
    } catch {
      continue; // it has ended meanwhile
    }
  }
  const found = [];
  let next = [pid];
  while (next.length > 0) {
    const children = all.filter(({ parent }) => next.includes(parent));
    found.push(...children);
    next = children.map((one) => one.pid);
  }
  const usual =
    found.find(({ line }) => line.includes('/opt/Holdfast/holdfast') && !line.includes('--type='))?.depth ?? 0;
  return found.map((one) => ({ ...one, ownNames: one.depth > usual }));
}
