/** Style files are loaded one after the other and stay: a class that two of them define breaks whichever came first. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const RENDERER = fileURLToPath(new URL('../../renderer', import.meta.url));

/** Classes that a file gives a rule of their own, outside of media queries. */
function classesOf(file: string): Set<string> {
  const css = readFileSync(path.join(RENDERER, file), 'utf8');
  return new Set([...css.matchAll(/^\.([\w-]+) \{/gm)].map(([, name = '']) => name));
}

it('no class is defined by two style files', () => {
  const files = readdirSync(RENDERER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.css'));
  expect(files.length).toBeGreaterThan(10);
  const owners = new Map<string, string[]>();
  for (const file of files) {
    for (const name of classesOf(file)) owners.set(name, [...(owners.get(name) ?? []), file]);
  }
  expect([...owners].filter(([, found]) => found.length > 1)).toEqual([]);
});
