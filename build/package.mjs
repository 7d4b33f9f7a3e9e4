#!/usr/bin/env node
/**
 * Packs the app for this system, checks what came out, and says what was not made and why (docs/packaging.md).
 *
 *   npm run package                          everything that this computer can make, in dist-packages/
 *   npm run package -- --only deb,tar.gz     some kinds; `dir` is the unpacked program, which is always made
 *   npm run package -- --release             refused unless the runtime is the pinned official one
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { buildAll } from './build.mjs';
import { checkPackage } from './package/check.mjs';
import { makeFiles } from './package/made-files.mjs';
import { runtimeForPackaging } from './package/runtime-copy.mjs';
import { makeTar } from './package/tar.mjs';
import { KINDS, reachesGitHub, targetsHere } from './package/targets.mjs';
import { updateProblems } from './package/update-constants.mjs';
import { readRuntime, requireOfficialRuntime } from './runtime.mjs';
import { setup } from './setup.mjs';
import { Stop, fileHash, main, readJson, root, run, say, since, warn } from './tools.mjs';

const output = path.join(root, 'dist-packages');
/** Two processors in one program on macOS; elsewhere a package is made on a computer of its kind. */
const ARCH = process.platform === 'darwin' ? 'universal' : process.arch;
const PLATFORM_OPTIONS = { linux: '--linux', darwin: '--mac', win32: '--win' };

function parse(args) {
  const only = args.indexOf('--only');
  const known = new Set(only < 0 ? ['--release'] : ['--release', '--only', args[only + 1]]);
  const unknown = args.find((word) => !known.has(word));
  if (unknown !== undefined) throw new Stop(`npm run package does not know ${unknown}`);
  return {
    release: args.includes('--release'),
    only: only < 0 ? null : (args[only + 1] ?? '').split(','),
  };
}

/** Time of the newest commit in seconds since 1970, which every entry of a package carries, so that it can be made again. */
function sourceTime() {
  const told = Number(process.env.SOURCE_DATE_EPOCH);
  if (Number.isInteger(told) && told > 0) return told;
  try {
    return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).trim());
  } catch {
    return 1_700_000_000; // no repository: a time that is always the same
  }
}

/** @throws {Stop} for what may be packed to try it out and not be given to others */
function requireRelease() {
  const runtime = requireOfficialRuntime();
  const { homepage, author } = readJson(path.join(root, 'package.json'));
  // Reserved names (RFC 2606): nobody can be reached there.
  for (const address of [homepage, author]) {
    if (/[.](example|invalid|test)\b/.test(address)) {
      throw new Stop(`a release says where its makers are; ${address} in package.json is a reserved name.`);
    }
  }
  const [wrong] = updateProblems(process.env, process.platform);
  if (wrong !== undefined) throw new Stop(`a release with this would never update itself: ${wrong}.`);
  return runtime;
}

/** Runs electron-builder for these kinds. */
async function pack(kinds, { runtime, dist, fpm, release, time }) {
  const env = {
    ...process.env,
    SOURCE_DATE_EPOCH: String(time),
    HOLDFAST_RELEASE: release ? '1' : '',
    ...(fpm === 'ours' ? { CUSTOM_FPM_PATH: path.join(root, 'build', 'package', 'fpm.mjs') } : {}),
  };
  const options = [`--${ARCH}`, `-c.electronVersion=${runtime.version}`, '--publish', 'never'];
  // For a universal program electron-builder gets the same version for both processors, checked by Electron's checksums.
  if (dist !== null) options.push(`-c.electronDist=${dist}`);
  const builder = path.join(root, 'node_modules', 'electron-builder', 'cli.js');
  const args = [builder, PLATFORM_OPTIONS[process.platform], ...kinds, ...options];
  const { code, output: said } = await run(process.execPath, args, { env, quiet: true });
  if (code !== 0) throw new Stop(`electron-builder failed:\n${said.trimEnd()}`);
}

/** The folder of the unpacked program that electron-builder left. */
async function unpackedFolder() {
  const names = (await readdir(output)).filter((name) => name.endsWith('-unpacked') || /^mac(-|$)/.test(name));
  if (names.length !== 1) throw new Stop(`expected one unpacked program in dist-packages, found: ${names.join(', ')}`);
  return path.join(output, names[0]);
}

/** Files that were made, by kind. */
async function packagesMade() {
  const endings = {
    deb: '.deb',
    rpm: '.rpm',
    'tar.gz': '.tar.gz',
    AppImage: '.AppImage',
    dmg: '.dmg',
    zip: '.zip',
    nsis: '.exe',
  };
  const names = await readdir(output);
  const found = Object.entries(endings).map(([kind, ending]) => [kind, names.find((name) => name.endsWith(ending))]);
  return Object.fromEntries(
    found.filter(([, name]) => name !== undefined).map(([kind, name]) => [kind, path.join(output, name)]),
  );
}

await main(async () => {
  const started = performance.now();
  const { release, only } = parse(process.argv.slice(2));
  await setup();
  const runtime = release ? requireRelease() : readRuntime();
  if (runtime.kind !== 'official') {
    warn(`packed from a ${runtime.kind} runtime, Electron ${runtime.version}: to try out, never to give to others.`);
  }
  const { kinds: possible, fpm, not } = targetsHere(await reachesGitHub());
  const kinds = only === null ? possible : ['dir', ...only.filter((kind) => kind !== 'dir')];
  for (const kind of kinds) {
    if (!(KINDS[process.platform] ?? []).includes(kind))
      throw new Stop(`${kind} is no kind of package for this system`);
    const why = not.find(([name]) => name === kind)?.[1];
    if (why !== undefined) throw new Stop(`${kind} cannot be made here: ${why}`);
  }
  await buildAll({ production: true });
  await rm(output, { recursive: true, force: true });
  const dist = process.platform === 'darwin' ? null : await runtimeForPackaging(runtime, output);
  if (process.platform === 'linux') await makeFiles(path.join(output, 'made'));
  const time = sourceTime();
  await pack(
    kinds.filter((kind) => kind !== 'tar.gz'),
    { runtime, dist, fpm, release, time },
  );
  const folder = await unpackedFolder();
  const { version } = readJson(path.join(root, 'package.json'));
  if (kinds.includes('tar.gz')) {
    const name = `holdfast-${version}-linux-${process.arch}`;
    await makeTar({ folder, name, file: path.join(output, `${name}.tar.gz`), time });
  }
  if (dist?.startsWith(output)) await rm(dist, { recursive: true });
  await rm(path.join(output, 'made'), { recursive: true, force: true });
  const packages = await packagesMade();
  const { problems, report, headerHash } = await checkPackage(folder, {
    platform: process.platform,
    arch: ARCH,
    packages,
    runtime,
  });
  for (const line of report) console.log(`  ${line}`);
  say(`app.asar: SHA-256 ${await fileHash(path.join(folder, archiveOf(folder)))}, header ${headerHash}`);
  for (const problem of problems) console.error(`  wrong: ${problem}`);
  if (problems.length > 0) throw new Stop(`${problems.length} things are wrong with what was packed.`);
  say(`checked: fuses, contents, checksums, native parts, sizes`);
  for (const [kind, file] of Object.entries(packages)) say(`made ${kind}: ${path.relative(root, file)}`);
  say(`made dir: ${path.relative(root, folder)}`);
  for (const [kind, why] of not) say(`not made: ${kind}; ${why}`);
  say(`packed in ${since(started)}`);
});

/** Where app.asar lies below a packed program. */
function archiveOf(folder) {
  const mac = path.join('Holdfast.app', 'Contents', 'Resources', 'app.asar');
  return existsSync(path.join(folder, mac)) ? mac : path.join('resources', 'app.asar');
}
