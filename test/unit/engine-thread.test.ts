import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Widens the moment in which Node 20 would abort from a few microseconds to milliseconds: it fell within a second. */
const WORST = ['--initial-old-space-size=1', '--concurrent-recompilation-delay=4'];

describe('threads of the engine', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-threads-'));
    await build({
      entryPoints: [fileURLToPath(new URL('../support/ended-threads.mjs', import.meta.url))],
      outfile: path.join(folder, 'ended-threads.mjs'),
      bundle: true,
      format: 'esm',
      platform: 'node',
      logLevel: 'error',
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('are ended in the middle of their work without taking the process with them', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...WORST,
      path.join(folder, 'ended-threads.mjs'),
      '5',
    ]);
    expect(Number(stdout)).toBeGreaterThan(10);
  });
});
