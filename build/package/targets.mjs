/** What can be packed on this computer, and why the rest cannot. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { which } from '../tools.mjs';

/** Kinds of packages, by the system that they are for. */
export const KINDS = {
  linux: ['dir', 'tar.gz', 'deb', 'rpm', 'AppImage'],
  darwin: ['dir', 'dmg', 'zip'],
  win32: ['dir', 'nsis'],
};
const SYSTEMS = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };
const ANSWER_MS = 5_000;

/** Whether electron-builder can get its tools: it downloads them from GitHub. */
export async function reachesGitHub() {
  try {
    const answer = await fetch('https://github.com/electron-userland/electron-builder-binaries/releases', {
      method: 'HEAD',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return answer.ok;
  } catch {
    return false;
  }
}

/** Where electron-builder keeps the tools that it has downloaded. */
function toolsFolder() {
  const told = process.env.ELECTRON_BUILDER_CACHE;
  if (told !== undefined && told !== '') return told;
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Caches', 'electron-builder');
  if (process.platform === 'win32')
    return path.join(process.env.LOCALAPPDATA ?? homedir(), 'electron-builder', 'Cache');
  return path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'electron-builder');
}

/**
 * @param {boolean} online see reachesGitHub
 * @param {{ platform?: NodeJS.Platform, has?: (program: string) => boolean, cached?: (tool: string) => boolean }} [here]
 * @returns {{ kinds: string[], fpm: 'theirs' | 'ours', not: [kind: string, why: string][] }} `fpm`: whose program makes
 *   deb and rpm; `not`: what is not made here, each with its reason
 */
export function targetsHere(online, here = {}) {
  const platform = here.platform ?? process.platform;
  const has = here.has ?? ((program) => which(program) !== null);
  const cached = here.cached ?? ((tool) => existsSync(path.join(toolsFolder(), tool)));
  const theirs = online || cached('fpm@2.1.4');
  const reasons = {
    deb: theirs || has('dpkg-deb') ? null : 'neither github.com, where fpm is, nor dpkg-deb is there',
    rpm: has('rpmbuild') ? null : 'rpmbuild is not there (Debian: apt-get install rpm)',
    AppImage: online || cached('appimage') ? null : 'its tools are on github.com, which cannot be reached',
    'tar.gz': has('tar') && has('gzip') ? null : 'tar or gzip is not there',
    dmg: online || cached('dmg-builder') ? null : 'its tools are on github.com, which cannot be reached',
    nsis: online || cached('nsis') ? null : 'its tools are on github.com, which cannot be reached',
  };
  const not = [];
  const kinds = [];
  for (const [system, all] of Object.entries(KINDS)) {
    for (const kind of all) {
      if (system !== platform) {
        if (kind !== 'dir') not.push([kind, `it is for ${SYSTEMS[system]}, and made on ${SYSTEMS[system]}`]);
      } else if ((reasons[kind] ?? null) === null) kinds.push(kind);
      else not.push([kind, reasons[kind]]);
    }
  }
  return { kinds, fpm: theirs ? 'theirs' : 'ours', not };
}
