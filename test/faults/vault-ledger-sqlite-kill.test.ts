/** kill -9 at every step of a commit to SQLite: what was answered is there, what was not begun is not, nothing is half. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../vault/store/sqlite.ts';
import type { CommitStep } from '../../vault/store/sqlite.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-kill-'));
  // Beside the packages that it loads.
  const cache = path.join(root, 'node_modules', '.cache', 'holdfast-tests');
  await mkdir(cache, { recursive: true });
  script = path.join(cache, `sqlite-crash-child-${process.pid}.mjs`);
  const entry = path.join(root, 'test/support/vault/sqlite-crash-child.ts');
  const options = { bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' } as const;
  await build({ ...options, entryPoints: [entry], outfile: script });
});
afterAll(async () => {
  await rm(script, { force: true });
  await rm(folder, { recursive: true });
});

/** @param kill whether to kill the process from outside, given each commit that it has answered */
async function run(
  file: string,
  step: string,
  at: number,
  kill: (answered: number) => boolean = () => false,
): Promise<number> {
  const child = spawn(process.execPath, [script, file, step, String(at)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let answered = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    answered = Number(line);
    if (kill(answered)) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  return answered;
}

async function stored(file: string): Promise<number> {
  const store = await openSqliteStore({ file });
  const [a, b] = await store.getMany(['a', 'b']);
  const made = await store.range('made/');
  const number = Number(Buffer.from(a?.value ?? []).toString() || 0);
  expect(b?.value).toEqual(a?.value);
  expect(b?.revision).toBe(a?.revision);
  expect(made.map((entry) => entry.key)).toEqual(number === 0 ? [] : [`made/${number}`]);
  // The operation of the change that did not come is free; that of the one that did is known.
  const again = { operationId: number.toString(16).padStart(32, '0'), conditions: [], puts: [], deletes: ['a'] };
  if (number > 0) expect(await store.commit(again)).toEqual({ outcome: 'done', revision: a?.revision });
  expect((await store.get('a'))?.revision).toBe(a?.revision);
  await store.close();
  return number;
}

describe('a process that dies in a commit', () => {
  for (const step of ['begun', 'checked', 'written', 'committed'] satisfies CommitStep[]) {
    for (const at of [1, 4]) {
      it(`number ${at}, after "${step}"`, async () => {
        const file = path.join(folder, `${step}-${at}.db`);
        expect(await run(file, step, at)).toBe(at - 1);
        expect(await stored(file)).toBe(step === 'committed' ? at : at - 1);
        // And the next process goes on from there.
        if (step === 'written') expect(await stored(file)).toBe(at - 1);
      });
    }
  }

  it('at any moment, killed from outside', async () => {
    for (const last of [1, 3, 10]) {
      const file = path.join(folder, `outside-${last}.db`);
      const answered = await run(file, 'never', 0, (number) => number >= last);
      const found = await stored(file);
      // Answers may have been on their way out; what was read of them is the least.
      expect(found).toBeGreaterThanOrEqual(answered);
    }
  });
});
