/** A finished file gets its name and never takes it from another, whatever the system offers for that. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fromPath } from '../../main/engine/format/byte-path.ts';
import { place } from '../../main/engine/pipeline/restore-writer.ts';
import { renameNew, type Renamed } from '../../main/engine/platform/rename-new.ts';

const system = vi.hoisted(() => ({ renames: true }));
vi.mock('../../main/engine/platform/rename-new.ts', async (original) => {
  const real = await original<typeof import('../../main/engine/platform/rename-new.ts')>();
  const rename = (...args: Parameters<typeof renameNew>): Renamed =>
    system.renames ? real.renameNew(...args) : 'unknown';
  return { renameNew: rename };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-place-'));
  writeFileSync(path.join(folder, 'part'), 'new');
});
afterEach(() => {
  system.renames = true;
  rmSync(folder, { recursive: true });
});

const at = (name: string) => fromPath(path.join(folder, name));
const placed = (policy: 'keep-both' | 'skip' | 'replace', { exists = false, fresh = false } = {}) =>
  place(at('part'), { target: at('name.txt'), policy, exists, fresh }, 'restored');
const contents = () =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));

describe.each([
  ['by the call of the system', true],
  ['by a link', false],
])('%s', (_, renames) => {
  beforeEach(() => {
    system.renames = renames;
  });

  test('a free name is taken, and the other one is gone', () => {
    expect(placed('skip').state).toBe('written');
    expect(contents()).toEqual({ 'name.txt': 'new' });
  });
  test('a file that came meanwhile stays', () => {
    writeFileSync(path.join(folder, 'name.txt'), 'theirs');
    expect(placed('skip').state).toBe('skipped');
    expect(contents()).toEqual({ 'name.txt': 'theirs' });
  });
  test('both are kept', () => {
    writeFileSync(path.join(folder, 'name.txt'), 'theirs');
    writeFileSync(path.join(folder, 'name (restored).txt'), 'earlier');
    expect(placed('keep-both').state).toBe('kept-both');
    expect(contents()).toEqual({
      'name.txt': 'theirs',
      'name (restored).txt': 'earlier',
      'name (restored 2).txt': 'new',
    });
  });
  test('what cannot be done is an error of the file system, and is told', () => {
    rmSync(path.join(folder, 'part'));
    expect(() => placed('skip')).toThrow(/ENOENT/);
  });
});

test.skipIf(process.platform !== 'linux' && process.platform !== 'darwin')('this system has the call', () => {
  expect(renameNew(at('part'), at('a ü name'))).toBe('done');
  writeFileSync(path.join(folder, 'part'), 'other');
  expect(renameNew(at('part'), at('a ü name'))).toBe('taken');
  expect(renameNew(at('gone'), at('free'))).toBe('unknown');
  expect(existsSync(path.join(folder, 'part'))).toBe(true);
});
