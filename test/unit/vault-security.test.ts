/** Every test that vault/SECURITY.md names for an attack is there, and so is every attack. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const FOLDERS = ['test/faults', 'test/integration/engine', 'test/integration/vault', 'test/unit'];

function rows(): { number: number; tests: string }[] {
  return readFileSync('vault/SECURITY.md', 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => /^\d+$/.test(cells[1] ?? ''))
    .map((cells) => ({ number: Number(cells[1]), tests: cells[4] ?? '' }));
}

it('has a row for each of the 20 attacks, whose tests exist under these names', () => {
  const files = new Map(
    FOLDERS.flatMap((folder) =>
      readdirSync(folder).map((name) => [name.replace(/\.(test|soak)\.ts$/, ''), path.join(folder, name)] as const),
    ),
  );
  expect(rows().map((row) => row.number)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  for (const { tests } of rows()) {
    const named = [...tests.matchAll(/([a-z0-9-]+)(?: "([^"]+)")?/g)];
    expect(named.length).toBeGreaterThan(0);
    for (const [, file = '', title] of named) {
      const found = files.get(file);
      expect(found, file).toBeDefined();
      if (title !== undefined) expect(readFileSync(found ?? '', 'utf8'), `${file}: ${title}`).toContain(title);
    }
  }
});
