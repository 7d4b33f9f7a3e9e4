#!/usr/bin/env node
/**
 * Stands in for fpm, which electron-builder downloads from GitHub to make deb and rpm, where that cannot be had
 * (CUSTOM_FPM_PATH). Understands what electron-builder 26 asks for and refuses the rest; the packages are made by
 * dpkg-deb and rpmbuild.
 */
import { createHash } from 'node:crypto';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Stop, isMain, main, run } from '../tools.mjs';

const FLAGS = new Set(['--force', '--verbose', '--debug']);
const LISTS = new Set(['depends', 'deb-recommends']);
const SHORT = { s: 'input', t: 'target', d: 'depends' };
const KNOWN = new Set([
  ...[
    'input',
    'target',
    'depends',
    'architecture',
    'after-install',
    'after-remove',
    'description',
    'version',
    'package',
  ],
  ...['name', 'maintainer', 'vendor', 'url', 'category', 'license', 'iteration', 'log'],
  ...['deb-priority', 'deb-compression', 'deb-recommends', 'rpm-summary', 'rpm-os', 'rpm-compression'],
]);

/**
 * @param {string[]} args as electron-builder gives them to fpm
 * @returns {{ options: Record<string, string>, lists: Record<string, string[]>, files: [from: string, to: string][] }}
 * @throws {Stop} for an option that this program does not know
 */
export function parseArguments(args) {
  const options = {};
  const lists = { depends: [], 'deb-recommends': [] };
  const files = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i];
    if (FLAGS.has(word)) continue;
    if (!word.startsWith('-')) {
      const cut = word.lastIndexOf('=');
      files.push([word.slice(0, cut), word.slice(cut + 1)]);
      continue;
    }
    const [, given, attached] = /^-{1,2}([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const name = SHORT[given] ?? given;
    if (!KNOWN.has(name)) throw new Stop(`fpm.mjs does not know ${word}`);
    const value = attached ?? args[++i];
    if (LISTS.has(name)) lists[name].push(value);
    else options[name] = value;
  }
  return { options, lists, files };
}

/** The tree that is packed, in a new temporary folder. */
async function stage(files) {
  const top = await mkdtemp(path.join(tmpdir(), 'holdfast-package-'));
  for (const [from, to] of files) {
    const target = path.join(top, to);
    await mkdir(path.dirname(target), { recursive: true });
    if (from.endsWith('/')) await cp(from, target, { recursive: true, verbatimSymlinks: true });
    else await copyFile(from, target);
  }
  const { code, output } = await run('chmod', ['-R', 'u=rwX,go=rX', top], { quiet: true });
  if (code !== 0) throw new Stop(output);
  return top;
}

/** Files below a folder, relative to it, sorted. */
async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** First line and the rest of a description, as `smarten` of electron-builder leaves it. */
function description(text) {
  const [first = '', ...rest] = text.trim().split('\n');
  return { first: first.trim(), rest: rest.map((line) => line.trim()).filter((line) => line !== '') };
}

/** The control file of a deb (deb-control(5)); `kib`: size when installed. */
export function controlText({ options, lists }, kib) {
  const { first, rest } = description(options.description);
  const lines = [
    `Package: ${options.name}`,
    `Version: ${options.version}`,
    `Architecture: ${options.architecture}`,
    `Maintainer: ${options.maintainer}`,
    `Installed-Size: ${kib}`,
    ...(lists.depends.length > 0 ? [`Depends: ${lists.depends.join(', ')}`] : []),
    ...(lists['deb-recommends'].length > 0 ? [`Recommends: ${lists['deb-recommends'].join(', ')}`] : []),
    `Section: ${options.category ?? 'utils'}`,
    `Priority: ${options['deb-priority'] ?? 'optional'}`,
    ...(options.url ? [`Homepage: ${options.url}`] : []),
    `Description: ${first || options.name}`,
    ...rest.map((line) => ` ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

async function makeDeb(parsed, top) {
  const { options } = parsed;
  const control = path.join(top, 'DEBIAN');
  const files = await filesBelow(top);
  const sizes = await Promise.all(files.map(async (name) => (await stat(path.join(top, name))).size));
  const sums = [];
  for (const name of files) {
    sums.push(
      `${createHash('md5')
        .update(await readFile(path.join(top, name)))
        .digest('hex')}  ${name}`,
    );
  }
  await mkdir(control);
  const kib = Math.ceil(sizes.reduce((sum, size) => sum + Math.ceil(size / 1024), 0));
  await writeFile(path.join(control, 'control'), controlText(parsed, kib));
  await writeFile(path.join(control, 'md5sums'), `${sums.join('\n')}\n`);
  for (const [option, name] of Object.entries({ 'after-install': 'postinst', 'after-remove': 'postrm' })) {
    if (options[option] === undefined) continue;
    await copyFile(options[option], path.join(control, name));
    await chmod(path.join(control, name), 0o755);
  }
  // Quick rather than small: what is made here is tried out, and a release is made with fpm itself.
  const args = ['--root-owner-group', '-Zxz', '-z1', '--build', top, options.package];
  const { code, output } = await run('dpkg-deb', args, { quiet: true });
  if (code !== 0) throw new Stop(`dpkg-deb failed: ${output.trim()}`);
}

const RPM_PROCESSORS = { amd64: 'x86_64', arm64: 'aarch64' };

/** In a spec file % begins a macro. */
const literal = (text) => text.replaceAll('%', '%%');

/** The spec file of an rpm; `files`: absolute names as installed. */
export function specText({ options, lists }, files, scripts) {
  const { first, rest } = description(options.description);
  const summary = options['rpm-summary'] ?? first;
  return [
    `Name: ${options.name}`,
    `Version: ${options.version.replaceAll('-', '~')}`,
    `Release: ${options.iteration ?? '1'}`,
    `Summary: ${literal(summary)}`,
    `License: ${options.license ?? 'Apache-2.0'}`,
    ...(options.url ? [`URL: ${options.url}`] : []),
    ...(options.category ? [`Group: ${options.category}`] : []),
    // What the program brings itself is nobody else's business, and what it needs is listed.
    'AutoReqProv: no',
    ...lists.depends.map((one) => `Requires: ${one}`),
    '%global __os_install_post %{nil}',
    '%global _build_id_links none',
    '%global _binary_payload w3.zstdio',
    '%global use_source_date_epoch_as_buildtime 1',
    '%global clamp_mtime_to_source_date_epoch 1',
    '%global _buildhost localhost',
    '%description',
    literal([first, ...rest].join('\n')),
    '%files',
    // Whoever packs, the files are root's.
    '%defattr(-,root,root,-)',
    ...files.map((name) => `"${literal(name)}"`),
    '%post',
    literal(scripts.post),
    '%postun',
    literal(scripts.postun),
    '',
  ].join('\n');
}

async function makeRpm(parsed, top) {
  const { options } = parsed;
  const work = await mkdtemp(path.join(tmpdir(), 'holdfast-rpm-'));
  try {
    const script = async (file) => (file === undefined ? '' : await readFile(file, 'utf8'));
    const scripts = { post: await script(options['after-install']), postun: await script(options['after-remove']) };
    const spec = path.join(work, 'package.spec');
    await writeFile(
      spec,
      specText(
        parsed,
        (await filesBelow(top)).map((name) => `/${name}`),
        scripts,
      ),
    );
    // fpm is told Debian's names of processors for rpm as well.
    const target = `${RPM_PROCESSORS[options.architecture] ?? options.architecture}-unknown-linux`;
    const args = [
      '-bb',
      '--quiet',
      '--noclean',
      '--target',
      target,
      '--buildroot',
      top,
      '--define',
      `_topdir ${work}`,
      spec,
    ];
    const { code, output } = await run('rpmbuild', args, { quiet: true });
    if (code !== 0) throw new Stop(`rpmbuild failed: ${output.trim()}`);
    const [made] = (await filesBelow(path.join(work, 'RPMS'))).filter((name) => name.endsWith('.rpm'));
    await copyFile(path.join(work, 'RPMS', made), options.package);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

if (isMain(import.meta.url)) {
  await main(async () => {
    const parsed = parseArguments(process.argv.slice(2));
    const make = { deb: makeDeb, rpm: makeRpm }[parsed.options.target];
    if (make === undefined) throw new Stop(`fpm.mjs makes deb and rpm, not ${parsed.options.target}`);
    const top = await stage(parsed.files);
    try {
      await make(parsed, top);
    } finally {
      await rm(top, { recursive: true, force: true });
    }
  });
}
