/** The heap of the command line's own thread: dist/cli.js in a process of its own. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const MIB = 1024 * 1024;

/** Writes down, when the process ends, how much room its main thread had for new objects. */
const TELL = `
  const { isMainThread } = require('node:worker_threads');
  if (isMainThread) process.on('exit', () => {
    const { space_size } = require('node:v8').getHeapSpaceStatistics().find((one) => one.space_name === 'new_space');
    require('node:fs').writeFileSync(process.env.TELL_TO, String(space_size));
  });
`;

let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-cli-heap-'));
  for (let i = 0; i < 40; i++) {
    mkdirSync(at('src', String(i)), { recursive: true });
    for (let k = 0; k < 250; k++) writeFileSync(at('src', String(i), `${k}`), `${i} ${k}`);
  }
  writeFileSync(at('tell.cjs'), TELL);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('has little room for new objects from the first line on, also when threads have begun', () => {
  const env = {
    ...process.env,
    HOLDFAST_HOME: at('home'),
    NODE_OPTIONS: `--require ${at('tell.cjs')}`,
    TELL_TO: at('told'),
  };
  const keyed = ['--repo', at('repo'), '--key-file', at('key')];
  execFileSync(process.execPath, [CLI, 'init', ...keyed], { env });
  for (const round of ['first backup', 'no change']) {
    execFileSync(process.execPath, [CLI, 'backup', ...keyed, at('src')], { env });
    // Two halves of 1 MB; left to itself V8 has 16 after the modules are loaded, and up to 32.
    expect(Number(readFileSync(at('told'), 'utf8')), round).toBeLessThanOrEqual(4 * MIB);
  }
});
