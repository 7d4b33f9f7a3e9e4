/**
 * The documents hold together: every relative link leads to a file and a heading that are there, and every line of the
 * security checklist names a test that exists.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { anchorsOf, linksOf } from '../support/markdown.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Folders that hold no document of ours. */
const NOT_OURS = new Set(['node_modules', 'dist', 'dist-packages', 'test-results', 'playwright-report', '.git']);

function markdownBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const at = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : markdownBelow(at);
    return entry.name.endsWith('.md') ? [at] : [];
  });
}

/** What is wrong with the links of one document, as sentences. */
function brokenLinks(file: string, text: string): string[] {
  return linksOf(text).flatMap(({ line, target }) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return []; // elsewhere: nothing that a test without network can say
    const where = `${file}:${line}: ${target}`;
    const [name = '', anchor] = target.split('#');
    const to = name === '' ? file : path.posix.join(path.posix.dirname(file), decodeURIComponent(name));
    if (to.startsWith('..')) return [`${where} leads out of the repository`];
    if (!existsSync(path.join(root, to))) return [`${where} is not there`];
    if (anchor === undefined || !to.endsWith('.md')) return [];
    return anchorsOf(read(to)).has(anchor) ? [] : [`${where} has no such heading`];
  });
}

describe('the documents', () => {
  const files = markdownBelow('.');

  it('are found', () => {
    expect(files).toEqual(expect.arrayContaining(['README.md', 'SECURITY.md', 'vault/README.md', 'docs/README.md']));
  });

  it.each(files)('%s: every link leads somewhere', (file) => {
    expect(brokenLinks(file, read(file))).toEqual([]);
  });

  it('a link to nowhere is found', () => {
    const text = '# One\n\n[a](no-such.md) [b](#two) [c](README.md#no-such) [d](#one) `[e](x.md)` [f](https://x.y)\n';
    expect(brokenLinks('README.md', text).map((line) => line.split(': ')[1])).toEqual([
      'no-such.md is not there',
      '#two has no such heading',
      'README.md#no-such has no such heading',
      '#one has no such heading', // of the README itself
    ]);
  });

  it('every page of docs/ is in its index', () => {
    const index = linksOf(read('docs/README.md')).map(({ target }) => target.split('#')[0]);
    const pages = files.filter((file) => file.startsWith('docs/') && file !== 'docs/README.md');
    expect(pages.map((file) => file.slice('docs/'.length)).filter((page) => !index.includes(page))).toEqual([]);
  });
});

describe("Electron's security checklist in SECURITY.md", () => {
  const [, section = ''] = read('SECURITY.md').split("### Electron's checklist");
  const rows = section
    .split('\n')
    .filter((line) => /^\| *\d+ +\|/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .map(([, number = '', , , tests = '']) => ({ number: Number(number), tests }));

  it('has all twenty items', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it.each(rows)('item $number names tests that exist', ({ tests }) => {
    const named = namedTests(tests);
    expect(named.length).toBeGreaterThan(0);
    for (const { file, name } of named) {
      expect(read(`test/${file}`), `${file} “${name}”`).toMatch(new RegExp(`\\(\\s*['"\`]${escaped(name)}['"\`]`));
    }
  });
});

/** `file` “name”, “name of another one in it” and so on. */
function namedTests(cell: string): { file: string; name: string }[] {
  let file = '';
  return [...cell.matchAll(/`(?<file>[^`]+)`|“(?<name>[^”]+)”/g)].flatMap(({ groups }) => {
    file = groups?.['file'] ?? file;
    const name = groups?.['name'];
    return name === undefined ? [] : [{ file, name }];
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
