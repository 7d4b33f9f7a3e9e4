/** The command line in the runtime that the app brings: packaged, there is no other. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRuntime } from '../../build/runtime.mjs';
import { asarOf } from '../support/asar.ts';
import { removeTree } from '../support/tree.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-cli-electron-'));
});
afterAll(() => removeTree(folder));

/** As the launcher of a package does it (build/package/linux/holdfast.sh); there is no display. */
async function holdfast(...words: string[]): Promise<string> {
  const env = { ...process.env, HOLDFAST_HOME: at('home') };
  for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'ELECTRON_RUN_AS_NODE']) delete (env as NodeJS.ProcessEnv)[name];
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const { stdout } = await run(readRuntime().executable, [root, ...asRoot, '--cli', '--', ...words], { env });
  return stdout;
}

test('reads its words, and says by its exit code how it went', async () => {
  expect(await holdfast('completion', 'bash')).toContain('_holdfast()');
  // A switch of Chromium's among the words is a word.
  await expect(holdfast('ls', '--type=renderer')).rejects.toMatchObject({ code: 1, stderr: /--repo/ });
});

test('backs up an archive of Electron as the file that it is', async () => {
  const bytes = asarOf({ 'package.json': '{}', 'lib/main.js': 'inside' });
  mkdirSync(at('files'));
  writeFileSync(at('files', 'app.asar'), bytes);
  const repo = ['--repo', at('repo'), '--key-file', at('key.txt')];
  await holdfast('init', ...repo);
  await holdfast('backup', ...repo, at('files'));
  await holdfast('restore', ...repo, 'latest', '--target', at('restored'));
  expect(readFileSync(path.join(at('restored'), at('files', 'app.asar')))).toEqual(bytes);
});
