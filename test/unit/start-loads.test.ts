/** What the program loads before its first window: nothing large that only some people need, and those later. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** Statements that load at once: not `import(...)`, and not of types alone. */
const LOADS = /^(?:import|export)\s(?!type\b)[^;]*?\bfrom\s+'([^']+)';|^import\s+'([^']+)';/gm;

/** The packages that a file and all that it loads at once take from npm. */
function packagesOf(entry: string): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const [, from, bare] of readFileSync(file, 'utf8').matchAll(LOADS)) {
      const name = from ?? bare ?? '';
      if (name.startsWith('.')) waiting.push(path.join(path.dirname(file), name.replace(/[?].*$/, '')));
      else if (!name.startsWith('node:'))
        packages.add(
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/'),
        );
    }
  }
  expect(seen.size, 'files were found').toBeGreaterThan(100);
  return packages;
}

describe('the start of the program', () => {
  const packages = packagesOf('main/app/main.ts');

  it('sees what is loaded', () => {
    expect([...packages]).toEqual(expect.arrayContaining(['electron', 'zod', 'cborg']));
  });

  it.each([
    ['pdf-lib', 'a kit is made'],
    ['@pdf-lib/fontkit', 'a kit is made'],
    ['googleapis', 'a Drive is opened'],
    ['@aws-sdk/client-s3', 'a bucket is opened'],
    ['ssh2', 'a server is opened'],
    ['nodemailer', 'a message is sent'],
    ['electron-updater', 'an update is looked for'],
    ['@hyzyla/pdfium', 'a PDF is looked at'],
  ])('leaves %s until %s', (name) => {
    expect([...packages]).not.toContain(name);
  });
});
