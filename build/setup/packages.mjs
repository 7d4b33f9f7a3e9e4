/** npm packages exactly as the lock file names them; nothing is done where they already are. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Stop, npm, readJson, root, say, sha256, since, stampFolder, writeJson } from '../tools.mjs';
import { nativeBuildEnvironment } from './system.mjs';

const lockFile = path.join(root, 'package-lock.json');
const stampFile = path.join(stampFolder, 'packages.json');

/**
 * True when every package of the lock file lies in node_modules in the version it names. npm writes what it installed
 * into node_modules/.package-lock.json; packages for other systems are absent from it.
 */
function installedMatchesLock(lock) {
  const installed = readJson(path.join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (!installed) return false;
  for (const [folder, wanted] of Object.entries(lock.packages)) {
    if (folder === '') continue;
    const found = installed[folder];
    if (found === undefined ? !wanted.optional : found.version !== wanted.version) return false;
    if (found !== undefined && !existsSync(path.join(root, folder))) return false;
  }
  return true;
}

/** Versions of the packages at the top of node_modules. */
function versionsOf(lock) {
  const top = Object.entries(lock.packages).filter(([folder]) => folder.lastIndexOf('node_modules/') === 0);
  return Object.fromEntries(top.map(([folder, { version }]) => [folder.slice('node_modules/'.length), version]));
}

/** What native parts were built for; another Node or machine needs another build. */
const machine = `${process.platform}-${process.arch}`;

/**
 * Installs the packages unless they are in place.
 * @returns {Promise<Record<string, string>>} the version of every package by its name
 * @throws {Stop} where npm fails
 */
export async function setUpPackages() {
  const text = readFileSync(lockFile, 'utf8');
  const lock = JSON.parse(text);
  const result = versionsOf(lock);
  const stamp = { lock: sha256(text), machine };
  const last = readJson(stampFile);
  if (last?.lock === stamp.lock && last.machine === machine) return result;
  if (last?.machine === undefined || last.machine === machine) {
    if (installedMatchesLock(lock)) {
      await writeJson(stampFile, stamp);
      return result;
    }
  }
  const started = performance.now();
  say(`installing ${Object.keys(lock.packages).length - 1} npm packages by the lock file; this takes a minute or two`);
  const { code } = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], { env: nativeBuildEnvironment() });
  if (code !== 0) throw new Stop(`npm ci failed (exit code ${code}); nothing else was done. Its reason is above.`);
  await writeJson(stampFile, stamp);
  say(`npm packages installed (${since(started)})`);
  return result;
}
