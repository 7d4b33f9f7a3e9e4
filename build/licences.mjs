#!/usr/bin/env node
/**
 * The licences of everything that others wrote and that a release carries: what the lock file names for running the app
 * or the vault (packages for other systems among them), the fonts, and Electron. Chromium's own notices come with
 * Electron's binary, as LICENSES.chromium.html beside it.
 *
 *   node build/licences.mjs        checks every licence against the list below
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Stop, isMain, main, readJson, root, say } from './tools.mjs';

/** Licences that ask for no more than their text and names; what a release may carry. */
export const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'MIT AND Zlib',
  'OFL-1.1',
  'Python-2.0',
  'Unlicense',
]);

/** What a package says, and what holds for it; each with the reason. */
export const EXPLAINED = {
  buildcheck: { says: 'MIT', is: 'MIT', why: 'says it in the older field `licenses`' },
  'cpu-features': { says: 'MIT', is: 'MIT', why: 'says it in the older field `licenses`' },
  ssh2: { says: 'MIT', is: 'MIT', why: 'says it in the older field `licenses`' },
  'url-template': { says: 'BSD', is: 'BSD-3-Clause', why: 'its LICENSE is the text with three clauses' },
  'expand-template': { says: '(MIT OR WTFPL)', is: 'MIT', why: 'either may be chosen' },
  rc: { says: '(BSD-2-Clause OR MIT OR Apache-2.0)', is: 'MIT', why: 'any may be chosen' },
  pako: { says: '(MIT AND Zlib)', is: 'MIT AND Zlib', why: 'both are kept to' },
};

/**
 * What a release can carry, by the lock file: what package.json names for running, and what that depends on, once for each
 * version. Peers are whatever the program itself brings for them, or tools of the build.
 * @param {{ packages: Record<string, { version?: string, license?: string, dependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string> }> }} lock
 * @returns {{ name: string, version: string, says: string | null, at: string }[]} `at`: its folder in the checkout
 */
export function shippedPackages({ packages }) {
  const seen = new Set();
  const found = new Map();
  const visit = (from) => {
    const { dependencies = {}, optionalDependencies = {} } = packages[from] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const at = folderOf(packages, name, from);
      if (at === null || seen.has(at)) continue;
      seen.add(at);
      const { version = '', license } = packages[at];
      const key = `${name} ${version}`;
      // The same version may lie in several folders; one that is there has its text.
      if (!found.has(key) || existsSync(path.join(root, at))) {
        found.set(key, { name, version, says: license ?? null, at });
      }
      visit(at);
    }
  };
  visit('');
  return [...found.values()].sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

/** Where a package finds another by its name, as Node looks for it; null for one that no system here needs. */
function folderOf(packages, name, from) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const at = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[at] !== undefined) return at;
    if (folder === '') return null;
  }
}

/** By code units, so that every machine makes the same file. */
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The licence that holds for a package.
 * @throws {Stop} where it is not on the list, and no reason is known why it may be carried
 */
export function licenceOf({ name, says, at }) {
  const own = says ?? olderField(at);
  const explained = Object.hasOwn(EXPLAINED, name) ? EXPLAINED[name] : undefined;
  if (explained !== undefined && explained.says === own) return explained.is;
  if (own !== null && ALLOWED.has(own)) return own;
  throw new Stop(
    `${name} is under “${own ?? 'no stated licence'}”, which is not on the list of build/licences.mjs. ` +
      'Look at its text; add the licence or the reason there, or do without the package.',
  );
}

/** `licenses: [{ type }]`, as packages of before 2014 have it. */
function olderField(at) {
  const types = (readJson(path.join(root, at, 'package.json'))?.licenses ?? []).map(({ type }) => type);
  return types.length === 1 ? types[0] : null;
}

const FILE = /^(licen[cs]e|copying|unlicense|notice)([.-].*)?$/i;

/** The texts in a package's folder; its licence's usual text with the author's name where there is none. */
function textOf({ name, at }, licence) {
  const folder = path.join(root, at);
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => FILE.test(file)) : [];
  if (files.length > 0)
    return files
      .sort()
      .map((file) => readFileSync(path.join(folder, file), 'utf8').trim())
      .join('\n\n');
  if (licence === 'Apache-2.0') return readFileSync(path.join(root, 'LICENSE'), 'utf8').trim();
  const { author } = readJson(path.join(folder, 'package.json')) ?? {};
  const who = typeof author === 'string' ? author : (author?.name ?? `the authors of ${name.split('/')[0]}`);
  const text = USUAL[licence];
  if (text === undefined) throw new Stop(`${name} brings no text of its licence (${licence}), and none is known here.`);
  return `Copyright (c) ${who}\n\n${text}`;
}

const USUAL = {
  MIT: `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`,
};

/** What is carried beside npm's packages. */
function others() {
  const electron = readJson(path.join(root, 'node_modules/electron/package.json'));
  return [
    {
      name: 'Electron',
      version: electron.version,
      licence: 'MIT',
      text:
        readFileSync(path.join(root, 'node_modules/electron/LICENSE'), 'utf8').trim() +
        '\n\nElectron carries Chromium, Node.js and what these are made of. Their notices are in the file ' +
        'LICENSES.chromium.html that is installed with the app.',
    },
    {
      name: 'PDFium (as WebAssembly, in @embedpdf/pdfium)',
      version: '',
      licence: 'BSD-3-Clause',
      text:
        readFileSync(path.join(root, 'node_modules/@embedpdf/pdfium/LICENSE.pdfium'), 'utf8').trim() +
        '\n\nPDFium carries FreeType, OpenJPEG, Little CMS, libjpeg-turbo, zlib, Anti-Grain Geometry, Abseil and others, ' +
        'as the PDFium in Chromium does. Their notices are in the file LICENSES.chromium.html that is installed with the ' +
        'app. Portions of this software are copyright The FreeType Project (www.freetype.org). It is based in part on the ' +
        'work of the Independent JPEG Group.',
    },
    {
      name: 'Inter (in the key kit)',
      version: '',
      licence: 'OFL-1.1',
      text: readFileSync(path.join(root, 'main/keys/LICENSE-inter.txt'), 'utf8').trim(),
    },
  ];
}

/**
 * Every piece with its licence; texts that several share are kept once.
 * @returns {{ packages: { name: string, version: string, licence: string, text: number }[], texts: string[] }} `text`
 *   is a place in `texts`
 * @throws {Stop} on a licence that is not on the list
 */
export function collectLicences() {
  const lock = readJson(path.join(root, 'package-lock.json'));
  const texts = [];
  const known = new Map();
  const numberOf = (text) => {
    if (!known.has(text)) known.set(text, texts.push(text) - 1);
    return known.get(text);
  };
  const npm = shippedPackages(lock).map((one) => {
    const licence = licenceOf(one);
    return { name: one.name, version: one.version, licence, text: textOf(one, licence) };
  });
  const packages = [...others(), ...npm].map((one) => ({ ...one, text: numberOf(one.text.replaceAll('\r\n', '\n')) }));
  return { packages, texts };
}

/** All of it as one text, for people. */
export function noticeText({ packages, texts }) {
  const rule = '-'.repeat(80);
  const line = ({ name, version, licence }) => `  ${[name, version].filter(Boolean).join(' ')}: ${licence}`;
  const parts = texts.map((text, number) => {
    const of = packages.filter((one) => one.text === number);
    return [rule, ...of.map(line), '', text, ''].join('\n');
  });
  return [
    'Holdfast is under the Apache License 2.0. It carries the following works of others, the app and its key vault',
    'together; each is under the licence that stands with it. Chromium’s notices are in LICENSES.chromium.html.',
    '',
    ...packages.map(line),
    '',
    ...parts,
  ].join('\n');
}

/** One job of the build: what About shows, and the file that lies beside the app. */
export const licencesJob = {
  name: 'licences',
  outputs: ['licences.json', 'THIRD-PARTY-NOTICES.txt'],
  async run() {
    const licences = collectLicences();
    const dist = path.join(root, 'dist');
    await mkdir(dist, { recursive: true });
    await writeFile(path.join(dist, 'licences.json'), JSON.stringify(licences));
    await writeFile(path.join(dist, 'THIRD-PARTY-NOTICES.txt'), noticeText(licences));
    const files = ['build/licences.mjs', 'LICENSE', 'main/keys/LICENSE-inter.txt'];
    return { files, outputs: this.outputs };
  },
};

if (isMain(import.meta.url)) {
  await main(() => {
    const { packages, texts } = collectLicences();
    say(`${packages.length} pieces by others, ${texts.length} texts, every licence is on the list`);
  });
}
