import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareSet, QUICK_SIZES } from '../bench/datasets.ts';
import type { SetSizes } from '../bench/datasets.ts';
import { canMeasure, measure } from '../bench/measure.ts';
import { mutate } from '../bench/mutation.ts';
import { readOptions } from '../bench/options.ts';
import { SeededBytes, SeededNumbers } from '../bench/random.ts';

const SIZES: SetSizes = { ...QUICK_SIZES, incompressibleBytes: 8 * 5000, tinyFiles: 450 };
const never = new AbortController().signal;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-bench-data-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** SHA-256 over names, sizes and contents. */
function fingerprint(root: string): string {
  const hash = createHash('sha256');
  for (const name of (readdirSync(root, { recursive: true }) as string[]).sort()) {
    const full = path.join(root, name);
    hash.update(`${name}\0`);
    if (statSync(full).isFile()) hash.update(readFileSync(full));
  }
  return hash.digest('hex');
}

describe('seeded streams', () => {
  it('give the same for the same seed, and other bytes for another', () => {
    const first = new SeededBytes('x').next(100);
    expect(new SeededBytes('x').next(100)).toEqual(first);
    expect(new SeededBytes('y').next(100)).not.toEqual(first);
  });
  it('samples different indices in range', () => {
    const sample = new SeededNumbers('s').sample(1000, 300);
    expect(new Set(sample).size).toBe(300);
    expect(Math.min(...sample)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...sample)).toBeLessThan(1000);
    expect(new SeededNumbers('s').sample(7, 7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

describe('data sets', () => {
  it('are the same each time, and built only once', () => {
    let builds = 0;
    const build = () => prepareSet('E', SIZES, folder, () => (builds += 1));
    const set = build();
    expect(set).toMatchObject({ files: 450, folders: 1 + 1 + 5 });
    const before = fingerprint(set.folder);
    build();
    expect(builds).toBe(1);
    rmSync(set.folder, { recursive: true });
    build();
    expect(builds).toBe(2);
    expect(fingerprint(set.folder)).toBe(before);
  });
  it('are built anew for other sizes and after a run that left them changed', () => {
    let builds = 0;
    const build = (sizes: SetSizes) => prepareSet('A', sizes, folder, () => (builds += 1));
    const set = build(SIZES);
    expect(set).toMatchObject({ files: 8, bytes: 40_000 });
    mutate(set);
    build(SIZES);
    expect(builds).toBe(2);
    expect(existsSync(set.dirtyMark)).toBe(false);
    build({ ...SIZES, incompressibleBytes: 80_000 });
    expect(builds).toBe(3);
  });
});

describe('the change of 1 %', () => {
  it('changes one file of a hundred, always the same, and puts everything back', () => {
    const set = prepareSet('E', SIZES, folder, () => undefined);
    const before = fingerprint(set.folder);
    const times = (): number[] =>
      (readdirSync(set.folder, { recursive: true }) as string[]).map(
        (name) => statSync(path.join(set.folder, name)).mtimeMs,
      );
    const timesBefore = times();
    const mutation = mutate(set);
    expect(mutation.files).toBe(4);
    const changed = fingerprint(set.folder);
    expect(changed).not.toBe(before);
    expect(existsSync(set.dirtyMark)).toBe(true);
    mutation.undo();
    expect(fingerprint(set.folder)).toBe(before);
    expect(times()).toEqual(timesBefore);
    expect(existsSync(set.dirtyMark)).toBe(false);
    const again = mutate(set);
    expect(fingerprint(set.folder)).toBe(changed);
    again.undo();
  });
});

describe.runIf(canMeasure())('measuring', () => {
  const env = { PATH: process.env['PATH'] ?? '' };
  const node = (code: string) => ({ argv: [process.execPath, '-e', code] });

  it('sees the memory and the CPU time of the command, not its own', async () => {
    const small = await measure({ argv: ['true'] }, env, folder, never);
    const large = await measure(
      node('const b = Buffer.alloc(150 * 2 ** 20, 1); process.exit(b[0] - 1)'),
      env,
      folder,
      never,
    );
    if (!small.ok || !large.ok) throw new Error('did not run');
    expect(small.measure.peakBytes).toBeLessThan(20 * 2 ** 20);
    expect(large.measure.peakBytes).toBeGreaterThan(150 * 2 ** 20);
    expect(large.measure.cpu).toBeGreaterThan(0);
    expect(large.measure.wall).toBeGreaterThan(small.measure.wall);
  });
  it('counts what child processes hold at the same time', async () => {
    // Both children hold their memory until their input ends; five samples fit into the time given once both are ready.
    const hold = `const held = Buffer.alloc(100 * 2 ** 20, 1);
      process.stdin.on('end', () => process.exit(held[0] - 1)).resume();
      process.stdout.write('ready');`;
    const both = `const { spawn } = require('node:child_process');
      const children = [1, 2].map(() => spawn(process.execPath, ['-e', ${JSON.stringify(hold)}]));
      const ready = children.map((child) => new Promise((resolve) => child.stdout.once('data', resolve)));
      Promise.all(ready).then(() => setTimeout(() => children.forEach((child) => child.stdin.end()), 500));`;
    const outcome = await measure(node(both), env, folder, never);
    if (!outcome.ok) throw new Error(outcome.stderr);
    expect(outcome.measure.peakBytes).toBeGreaterThan(200 * 2 ** 20);
  });
  it('tells the exit code and the error output of a command that fails', async () => {
    const outcome = await measure(node('console.error("no such luck"); process.exit(7)'), env, folder, never);
    expect(outcome).toEqual({ ok: false, exit: '7', stderr: 'no such luck' });
  });
  it('ends the command when it is stopped', async () => {
    const stop = new AbortController();
    const running = measure(node('setInterval(() => {}, 1000)'), env, folder, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
  });
});

describe('options', () => {
  it('takes everything by default and small sets for a quick run', () => {
    const full = readOptions([], '/checkout');
    expect(full).toMatchObject({
      sets: ['A', 'B', 'C', 'E'],
      tools: ['holdfast', 'electron', 'restic', 'borg'],
      rounds: 3,
      keep: false,
    });
    expect(full.out).toBe('/checkout/test/bench/results/latest.json');
    const quick = readOptions(['--quick'], '/checkout');
    expect(quick).toMatchObject({ sets: ['A', 'B'], rounds: 1 });
    expect(quick.out).not.toBe(full.out);
    expect(quick.sizes.incompressibleBytes).toBe(512 * 2 ** 20);
  });
  it('never removes a work folder that the user named', () => {
    expect(readOptions(['--work', 'somewhere'], '/checkout').keep).toBe(true);
  });
  it('refuses what it does not know', () => {
    expect(() => readOptions(['--sets', 'A,D'], '/checkout')).toThrow('not "D"');
    expect(() => readOptions(['--rounds', '1.5'], '/checkout')).toThrow('not "1.5"');
    expect(() => readOptions(['--nonsense'], '/checkout')).toThrow();
  });
});
