/** The command line in the runtime that the app brings: packaged, there is no other. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readRuntime } from '../../build/runtime.mjs';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

test('reads its words where Electron runs as Node', async () => {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const { stdout } = await run(readRuntime().executable, [CLI, 'completion', 'bash'], { env });
  expect(stdout).toContain('_holdfast()');
});
