/** What others wrote and a release carries: each licence is one that may be, each text is there, each package is explained. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openFindings, parseReport } from '../../build/audit.mjs';
import { ALLOWED, collectLicences, EXPLAINED, licenceOf, noticeText, shippedPackages } from '../../build/licences.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const lock = JSON.parse(read('package-lock.json')) as Parameters<typeof shippedPackages>[0];
const manifest = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'optionalDependencies' | 'devDependencies',
  Record<string, string>
>;

describe('licences', () => {
  const licences = collectLicences(); // throws at the first that may not be carried

  it('are all on the list', () => {
    for (const { name, licence } of licences.packages) expect(ALLOWED.has(licence), name).toBe(true);
  });

  it('are there for every package that the program is made of, the fonts and Electron', () => {
    const names = licences.packages.map(({ name }) => name);
    const wanted = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.optionalDependencies)];
    expect(names).toEqual(expect.arrayContaining([...wanted, 'Electron', 'Inter (in the key kit)']));
    expect(names).not.toContain('vitest');
  });

  it('have their texts, with a name in each that asks for one', () => {
    for (const { name, licence, text } of licences.packages) {
      const words = licences.texts[text] ?? '';
      expect(words.length, name).toBeGreaterThan(100);
      if (licence === 'MIT' || licence === 'ISC') expect(words, name).toMatch(/copyright|©|permission/i);
    }
    const notice = noticeText(licences);
    for (const words of licences.texts) expect(notice).toContain(words);
  });

  it('that are not on the list are refused, with what to do', () => {
    const needs = (...names: string[]) => ({ dependencies: Object.fromEntries(names.map((name) => [name, '*'])) });
    const found = shippedPackages({
      packages: {
        '': needs('a'),
        'node_modules/a': { version: '1.0.0', license: 'MIT', ...needs('planted') },
        'node_modules/a/node_modules/planted': { version: '2.0.0', license: 'GPL-3.0-only' },
        'node_modules/planted': { version: '1.0.0', license: 'MIT' }, // for development
      },
    });
    expect(found.map(({ name, version }) => `${name} ${version}`)).toEqual(['a 1.0.0', 'planted 2.0.0']);
    const planted = found[1];
    if (planted === undefined) throw new Error('it was not found');
    expect(() => licenceOf(planted)).toThrow(/planted is under “GPL-3.0-only”.*add the licence or the reason/);
    expect(() => licenceOf({ ...planted, says: null })).toThrow(/no stated licence/);
  });

  it('that are explained are still as the explanation says', () => {
    const carried = shippedPackages(lock);
    for (const [name, { is }] of Object.entries(EXPLAINED)) {
      const one = carried.find((found) => found.name === name);
      expect(one, `${name} is no longer carried`).toBeDefined();
      if (one !== undefined) expect(licenceOf(one)).toBe(is);
    }
  });
});

describe('npm run audit', () => {
  const url = 'https://github.com/advisories/GHSA-0000-0000-0000';
  const report = parseReport(
    JSON.stringify({
      vulnerabilities: {
        planted: { severity: 'high', via: [{ title: 'It can be entered', url }] },
        above: { severity: 'high', via: ['planted'] },
      },
    }),
  );

  it('tells each finding once, but what is explained', () => {
    if (report === null) throw new Error('not understood');
    expect(openFindings(report, {})).toEqual([`planted (high): It can be entered ${url}`]);
    expect(openFindings(report, { [url]: 'never called' })).toEqual([]);
  });

  it('takes no answer of another kind for a clean one', () => {
    expect(parseReport('{"message":"405 Method Not Allowed"}')).toBeNull();
    expect(parseReport('')).toBeNull();
  });
});

describe('docs/dependencies.md', () => {
  const text = read('docs/dependencies.md');
  const rows = new Map(
    [...text.matchAll(/^\| `(?<name>[^`]+)` +\|(?<rest>.*)$/gm)].map(({ groups }) => [
      groups?.['name'] ?? '',
      groups?.['rest'] ?? '',
    ]),
  );

  it('says why each package of the program is there, and under which licence', () => {
    const wanted = { ...manifest.dependencies, ...manifest.optionalDependencies };
    expect([...rows.keys()].sort()).toEqual(Object.keys(wanted).sort());
    for (const one of shippedPackages(lock)) {
      const row = rows.get(one.name);
      if (row !== undefined && one.at === `node_modules/${one.name}`) expect(row, one.name).toContain(licenceOf(one));
    }
  });

  it('names every package for development', () => {
    const missing = Object.keys(manifest.devDependencies).filter((name) => !text.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });
});
