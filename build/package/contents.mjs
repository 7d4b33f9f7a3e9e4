/** What may lie in a package, and what must not: an entry that no line here allows is a mistake. */
import { homedir } from 'node:os';
import path from 'node:path';
import { codeJobs } from '../bundle/code.mjs';
import { root } from '../tools.mjs';
import { nativeFiles } from './natives.mjs';

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Programs and scripts that the build makes; the vault is packaged by itself. */
export const PROGRAMS = codeJobs
  .filter(({ name }) => name !== 'vault.js')
  .flatMap(({ outputs }) => outputs)
  .concat('chunker.wasm', 'pdfium.wasm', 'renderer/index.html', 'icons/app.png', 'licences.json')
  .map((name) => `dist/${name}`);

const ALLOWED = [
  /^package\.json$/,
  new RegExp(`^(${PROGRAMS.map(escaped).join('|')})$`),
  /^dist\/chunks\/[\w.-]+-[A-Z0-9]{8}\.js$/,
  /^dist\/icons\/tray\/[a-zA-Z]+(-\d+)?(@2x)?\.png$/,
  /^dist\/renderer\/assets\/[\w.-]+-[\w-]{8}\.(js|css|woff2|png|svg)$/,
];

/** For a sentence that says more than "not on the list". */
const NAMED = [
  [/\.map$/, 'a source map'],
  [/(^|\/)(test|tests|__tests__)\/|\.(test|spec)\.[cm]?[jt]sx?$/, 'a test'],
  [/\.(ts|tsx|mts|cts)$/, 'a source file'],
  [/^dist\/vault\.js$/, 'the vault, which is a release of its own'],
];

/**
 * What is wrong with the names of a package's entries.
 * @param {string[]} names with / between folders
 * @param {{ platform: string, arch: string, development?: readonly string[] }} facts `development`: names of packages
 *   that are only there to develop
 */
export function nameProblems(names, { platform, arch, development = [] }) {
  const archs = arch === 'universal' ? ['x64', 'arm64'] : [arch];
  const allowed = [...ALLOWED, ...archs.flatMap((one) => nativeFiles(platform, one))];
  const problems = [];
  for (const name of names) {
    if (allowed.some((pattern) => pattern.test(name))) continue;
    const [, scope, inScope] = /^node_modules\/(@?[^/]+)(?:\/([^/]+))?/.exec(name) ?? [];
    const owner = scope?.startsWith('@') ? `${scope}/${inScope}` : scope;
    const what =
      owner !== undefined && development.includes(owner)
        ? `of ${owner}, which serves development only`
        : (NAMED.find(([pattern]) => pattern.test(name))?.[1] ?? 'on no list of what a package holds');
    problems.push(`${name} is ${what}`);
  }
  for (const name of PROGRAMS) if (!names.includes(name)) problems.push(`${name} is missing`);
  return problems;
}

/** Folders of the computer that built it, which nobody else's has. */
const machineFolders = () => [...new Set([root, homedir(), path.dirname(root)])].filter((folder) => folder.length > 4);

/** What is wrong with the bytes of one entry; null where nothing is. */
export function contentProblem(name, bytes, folders = machineFolders()) {
  for (const folder of folders)
    if (bytes.includes(`${folder}/`)) return `names a folder of the computer that built it, ${folder}`;
  if (
    /\.(c?js|mjs|css)$/.test(name) &&
    name.startsWith('dist/') &&
    /[#@] sourceMappingURL=(?!data:)\S+\.map/.test(bytes.toString('latin1'))
  ) {
    return 'points at a source map';
  }
  return null;
}
