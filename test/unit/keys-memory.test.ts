/** What is left of the root key in the memory of a process that has used it and was locked; Linux. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { formsInMemory, formsOfKey, unmaskKey } from '../support/secret-search.ts';

const source = (name: string): string => fileURLToPath(new URL(`../support/${name}.ts`, import.meta.url));

describe.runIf(process.platform === 'linux')('the root key in memory', () => {
  let folder: string;
  let child: ChildProcessWithoutNullStreams | null = null;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-key-memory-'));
    await build({
      entryPoints: [source('key-in-memory'), source('key-in-memory-host')],
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      logLevel: 'error',
    });
  });
  afterEach(() => child?.kill());
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is in no form anywhere once it is wiped, whatever was done with it', async () => {
    const script = path.join(folder, 'key-in-memory.mjs');
    child = spawn(process.execPath, [script, path.join(folder, 'key-in-memory-host.mjs')]);
    const { pid, stdin, stdout, stderr } = child;
    stderr.pipe(process.stderr);
    const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<string> => String((await lines.next()).value);

    const key = unmaskKey((await next()).replace('key ', ''));
    const forms = formsOfKey(key);
    expect(await next()).toBe('unlocked');
    // The search finds what is there: three keys, and what else may stand beside them.
    expect(formsInMemory(pid ?? 0, forms).get('bytes')).toBeGreaterThanOrEqual(3);
    stdin.write('\n');
    expect(await next()).toBe('locked');
    expect([...formsInMemory(pid ?? 0, forms)]).toEqual([]);
  });
});
