/** Each screen comes with its own styles: a class that only another screen's sheet knows looks right by chance. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** What a file of the renderer loads with itself; what is loaded later by import() is not in it. */
function loaded(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file) || !existsSync(path.join(root, file))) return seen;
  seen.add(file);
  const pattern = file.endsWith('.css') ? /@import\s+'(\.[^']+)'/g : /(?:import|from)\s+'(\.[^']+)'/g;
  for (const next of all(read(file), pattern)) loaded(path.posix.join(path.posix.dirname(file), next), seen);
  return seen;
}

const classesOf = (css: string): string[] => all(read(css).replaceAll(/\/\*[\s\S]*?\*\//g, ''), /\.([a-zA-Z][\w-]*)/g);

const sheets = readdirSync(path.join(root, 'renderer'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.css'))
  .map((file) => `renderer/${file.split(path.sep).join('/')}`);
const known = new Set(sheets.flatMap(classesOf));
const frame = loaded('renderer/start.tsx', loaded('renderer/main.tsx'));
const screens = all(read('renderer/app.tsx'), /import\('(\.[^']+)'\)/g).map((one) => path.posix.join('renderer', one));

describe('styles of a screen', () => {
  it('are looked for in every screen', () => {
    expect(screens.length).toBeGreaterThan(8);
    expect(known.size).toBeGreaterThan(300);
  });

  it.each(screens)('come with it: %s', (screen) => {
    const files = [...new Set([...loaded(screen), ...frame])];
    const own = new Set(files.filter((file) => file.endsWith('.css')).flatMap(classesOf));
    const borrowed = files
      .filter((file) => file.endsWith('.tsx') && file.startsWith('renderer/screens/'))
      .flatMap((file) =>
        all(read(file), /className="([^"]+)"/g)
          .flatMap((names) => names.split(' '))
          .filter((name) => known.has(name) && !own.has(name))
          .map((name) => `${file}: ${name}`),
      );
    expect([...new Set(borrowed)]).toEqual([]);
  });
});
