/** The judge of new passwords as the app runs it: in a thread of its own. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

const source = (name: string): string => fileURLToPath(new URL(`../../${name}.ts`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-strength-'));
  await build({
    entryPoints: { judge: source('test/support/judge-passwords'), host: source('main/keys/vault/strength-host') },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** @param host name of the thread's script */
async function judged(host: string, known: string, ...passwords: string[]): Promise<string[]> {
  // The flag: see main/engine/thread.ts.
  const script = [path.join(folder, 'judge.mjs'), path.join(folder, host)];
  const args = ['--no-concurrent-recompilation', ...script, known, ...passwords];
  return (await promisify(execFile)(process.execPath, args)).stdout.trim().split('\n');
}

test('refuses what is guessed first, the words of this computer among it, and takes the rest', async () => {
  const name = 'Quorvexil-Brandithane';
  expect(await judged('host.mjs', name, 'passwordpassword', name, 'velvet anchor thistle morning')).toEqual([
    'password-weak',
    'password-weak',
    'taken',
  ]);
  expect(await judged('host.mjs', 'ada', name)).toEqual(['taken']);
});

test('takes nothing where the thread does not run', async () => {
  expect(await judged('not-there.mjs', '', 'velvet anchor thistle morning')).toEqual(['internal']);
});
