#!/usr/bin/env node
/**
 * Packs the app twice, in two folders of different names, with different clocks' zones, languages and masks of modes, and
 * compares the archives byte for byte. Fails where they differ, and says in which entries.
 *
 *   npm run package:reproduce
 */
import { cp, link, mkdir, mkdtemp, readdir, rm, symlink, readlink, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Stop, fileHash, main, root, run, say, since } from '../tools.mjs';
import { openArchive } from './archive.mjs';

/** Two builds that have nothing in common but the sources. */
const BUILDS = [
  { name: 'a', env: { TZ: 'UTC', LANG: 'C.UTF-8' }, mask: '022' },
  { name: 'a checkout elsewhere', env: { TZ: 'Pacific/Chatham', LANG: 'tr_TR.UTF-8' }, mask: '077' },
];

/** Files of the checkout that are not ignored, as they are now. */
async function sources() {
  const { code, output } = await run('git', ['ls-files', '-z', '-co', '--exclude-standard'], { quiet: true });
  if (code !== 0) throw new Stop(`git could not list the sources: ${output.trim()}`);
  return output.split('\0').filter((name) => name !== '');
}

/** The installed packages, by links where both lie on one disk; not what is only remembered of earlier builds. */
async function packages(from, to) {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.name === '.cache' || entry.name === '.vite') continue;
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) await packages(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else await link(source, target).catch(() => copyFile(source, target));
  }
}

async function build(folder, { env, mask }, files) {
  for (const name of files) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    // One that was removed and not committed yet is still listed.
    await cp(path.join(root, name), path.join(folder, name), { verbatimSymlinks: true }).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await packages(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const pack = `umask ${mask} && exec "$0" build/package.mjs --only dir`;
  const { code, output } = await run('sh', ['-c', pack, process.execPath], {
    cwd: folder,
    env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000', ...env },
    quiet: true,
  });
  if (code !== 0) throw new Stop(`the build in "${folder}" failed:\n${output.trimEnd()}`);
  const unpacked = (await readdir(path.join(folder, 'dist-packages'))).find((name) => name.endsWith('-unpacked'));
  return path.join(folder, 'dist-packages', unpacked, 'resources', 'app.asar');
}

/** Names of the entries in which two archives differ. */
function differences(first, second) {
  const hashes = (file) => new Map(openArchive(file).entries.map((entry) => [entry.name, JSON.stringify(entry)]));
  const [a, b] = [hashes(first), hashes(second)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
}

await main(async () => {
  const started = performance.now();
  if (process.platform === 'win32') throw new Stop('this runs on Linux and macOS');
  const work = await mkdtemp(path.join(tmpdir(), 'holdfast-reproduce-'));
  try {
    const files = await sources();
    const archives = [];
    for (const one of BUILDS) {
      const folder = path.join(work, one.name);
      archives.push(await build(folder, one, files));
      say(`${one.name}: app.asar ${await fileHash(archives.at(-1))}`);
    }
    const [first, second] = archives;
    if ((await fileHash(first)) !== (await fileHash(second))) {
      throw new Stop(`two builds differ: ${differences(first, second).slice(0, 20).join(', ') || 'only in the order'}`);
    }
    say(`two builds in different folders gave the same archive (${since(started)})`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
});
