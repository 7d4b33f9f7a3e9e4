#!/usr/bin/env node
/**
 * Looks at a packed program as it would be installed: fuses, contents, checksums, native parts, sizes.
 *
 *   node build/package/check.mjs FOLDER [--platform P] [--arch A]      FOLDER: e.g. dist-packages/linux-unpacked
 */
import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Stop, isMain, main, readJson, root, run, say } from '../tools.mjs';
import { integrityProblem, openArchive } from './archive.mjs';
import { contentProblem, nameProblems } from './contents.mjs';
import { fuseProblems } from './fuses.mjs';
import { NATIVE_COUNT, binaryProblem } from './natives.mjs';
import { archiveParts, budgetProblems, folderBytes, megabytes } from './sizes.mjs';

/** Where the parts lie in a packed program of each system. */
export function layout(folder, platform) {
  if (platform === 'darwin') {
    const contents = path.join(folder, 'Holdfast.app', 'Contents');
    return {
      fused: path.join(contents, 'Frameworks', 'Electron Framework.framework', 'Electron Framework'),
      resources: path.join(contents, 'Resources'),
      vouches: path.join(contents, 'Info.plist'),
    };
  }
  const program = path.join(folder, platform === 'win32' ? 'Holdfast.exe' : 'holdfast');
  return { fused: program, resources: path.join(folder, 'resources'), vouches: platform === 'win32' ? program : null };
}

/** Names of packages that only development has. */
export function developmentPackages() {
  const lock = readJson(path.join(root, 'package-lock.json'));
  return Object.entries(lock.packages)
    .filter(([folder, facts]) => folder !== '' && (facts.dev === true || facts.devOptional === true))
    .map(([folder]) => folder.replace(/^.*node_modules\//, ''));
}

async function archiveProblems(file, { platform, arch }) {
  const archive = openArchive(file);
  const names = archive.entries.map(({ name }) => name.replaceAll('\\', '/'));
  const problems = nameProblems(names, { platform, arch, development: developmentPackages() });
  for (const entry of archive.entries) {
    const bytes = await archive.read(entry);
    for (const problem of [integrityProblem(entry, bytes), contentProblem(entry.name, bytes)]) {
      if (problem !== null) problems.push(`${entry.name} ${problem}`);
    }
  }
  return { archive, problems };
}

/** What is not in the archive but beside it: native parts alone, each one named in the archive. */
async function nativeProblems(file, archive, { platform, arch }) {
  const folder = `${file}.unpacked`;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => path.join(entry.parentPath, entry.name));
  const problems = [];
  for (const each of files) {
    const name = path.relative(folder, each).replaceAll(path.sep, '/');
    if (!archive.entries.some((entry) => entry.name === name && entry.unpacked))
      problems.push(`${name} is not in the archive's list`);
    const problem = await binaryProblem(each, platform, arch);
    if (problem !== null) problems.push(`${name} ${problem}`);
  }
  // For Windows on ARM zstd has no binary; Electron's own is used there, as everywhere it has one.
  const least = NATIVE_COUNT - (platform === 'win32' && arch === 'arm64' ? 1 : 0);
  if (files.length < least) problems.push(`${files.length} native parts, not ${least}`);
  return problems;
}

/**
 * What holds the archive's checksum: the signed program on macOS and Windows. Linux has no such check in Electron.
 * @returns {Promise<string[]>}
 */
async function vouchProblems(vouches, archive) {
  if (vouches === null) return [];
  const text = (await readFile(vouches)).toString('latin1');
  // In a Windows resource the JSON may be UTF-16.
  const wide = [...archive.headerHash].join('\0');
  if (text.includes(archive.headerHash) || text.includes(wide)) return [];
  return [`${path.basename(vouches)} does not hold the checksum of app.asar, ${archive.headerHash}`];
}

/** Whether each native package loads from inside the archive, by the runtime that it was packed for. */
async function loadProblems(file, runtime) {
  if (runtime === null) return [];
  const names = ['keytar', 'koffi', '@toondepauw/node-zstd', '@napi-rs/blake-hash', '@node-rs/argon2'];
  const script = `for (const name of ${JSON.stringify(names)}) {
    try { require(${JSON.stringify(path.join(file, 'node_modules'))} + '/' + name); } catch (error) { console.log(name + ' does not load: ' + error.message); }
  }`;
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const { code, output } = await run(runtime.executable, ['-e', script], { env, quiet: true });
  if (code !== 0) return [`the native parts could not be tried: ${output.trim()}`];
  return output.split('\n').filter((line) => line !== '');
}

/**
 * @param {string} folder of the packed program
 * @param {{ platform: string, arch: string, packages?: Record<string, string>,
 *   runtime?: import('../runtime.d.mts').Runtime | null }} facts `packages`: files made of it by kind; `runtime`: to try
 *   native parts with, where it is for this computer
 * @returns {Promise<{ problems: string[], report: string[], headerHash: string }>}
 */
export async function checkPackage(folder, { platform, arch, packages = {}, runtime = null }) {
  const { fused, resources, vouches } = layout(folder, platform);
  const asar = path.join(resources, 'app.asar');
  if (!existsSync(asar)) throw new Stop(`${asar} is not there`);
  const { archive, problems } = await archiveProblems(asar, { platform, arch });
  problems.push(...(await fuseProblems(fused)));
  problems.push(...(await nativeProblems(asar, archive, { platform, arch })));
  problems.push(...(await vouchProblems(vouches, archive)));
  problems.push(...(await loadProblems(asar, runtime)));
  for (const other of ['app', 'default_app.asar']) {
    if (existsSync(path.join(resources, other))) problems.push(`${other} lies beside app.asar`);
  }
  const sizes = {
    'app.asar': (await stat(asar)).size,
    'app.asar.unpacked': await folderBytes(`${asar}.unpacked`),
    installed: await folderBytes(folder),
  };
  for (const [kind, file] of Object.entries(packages)) sizes[kind] = (await stat(file)).size;
  problems.push(...budgetProblems(platform, sizes));
  const report = [
    ...Object.entries(sizes).map(([name, bytes]) => `${name.padEnd(20)} ${megabytes(bytes).padStart(9)}`),
    'in app.asar:',
    ...archiveParts(archive.entries).map(([name, bytes]) => `  ${name.padEnd(32)} ${megabytes(bytes).padStart(9)}`),
  ];
  return { problems, report, headerHash: archive.headerHash };
}

if (isMain(import.meta.url)) {
  await main(async () => {
    const args = process.argv.slice(2);
    const option = (name, otherwise) => (args.includes(name) ? args[args.indexOf(name) + 1] : otherwise);
    const folder = args.find((word) => !word.startsWith('--'));
    if (folder === undefined) throw new Stop('usage: node build/package/check.mjs FOLDER [--platform P] [--arch A]');
    const facts = { platform: option('--platform', process.platform), arch: option('--arch', process.arch) };
    const { problems, report, headerHash } = await checkPackage(path.resolve(folder), facts);
    for (const line of report) console.log(line);
    say(`app.asar: header ${headerHash}`);
    for (const problem of problems) console.error(`  ${problem}`);
    if (problems.length > 0) throw new Stop(`${problems.length} things are wrong with ${folder}`);
    say('nothing is wrong with it');
  });
}
