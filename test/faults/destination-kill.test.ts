/** A process that stores objects is killed at any moment: whatever is there is whole, whatever was promised is there. */
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { expect, test } from 'vitest';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import { all, expectBytes } from '../support/destination-helpers.ts';
import { remove, temporaryFolder } from '../support/destination-local.ts';
import { CLIENT, nameFor } from '../support/destination-names.ts';

const here = import.meta.dirname;

/** Stores objects by both ways, for ever, and prints the name of each that it was told is stored. */
const WRITER = `
import { writeFile } from 'node:fs/promises';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import { CLIENT, nameFor, random } from '../support/destination-names.ts';
const destination = await LocalDestination.open(process.argv[2]);
await destination.init();
const folder = await destination.spoolFolder(CLIENT);
for (let number = 0; ; number += 1) {
  const bytes = random(200_000);
  if (number % 2 === 0) await destination.put(nameFor(bytes), bytes);
  else {
    await writeFile(folder + '/' + number, bytes);
    await destination.publish(folder + '/' + number, nameFor(bytes));
  }
  process.stdout.write(nameFor(bytes) + '\\n');
}
`;

test('killed nine times, nothing is half there', { timeout: 60_000 }, async () => {
  const folder = await temporaryFolder();
  const root = path.join(folder, 'repository');
  const script = path.join(folder, 'writer.mjs');
  await build({
    stdin: { contents: WRITER, resolveDir: here, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile: script,
  });
  const promised: string[] = [];
  try {
    for (let round = 1; round <= 9; round += 1) promised.push(...(await runAndKill(script, root, round * 2)));
    expect(promised.length).toBeGreaterThanOrEqual(90);

    const destination = await LocalDestination.open(root);
    const found = new Set<string>();
    for (const info of await all(destination, '', { onStray: (stray) => expect(stray).toBe('none') })) {
      const bytes = await destination.get(info.name);
      expect(nameFor(bytes)).toBe(info.name);
      found.add(info.name);
    }
    expect(promised.filter((name) => !found.has(name))).toEqual([]);

    await destination.clearSpool(CLIENT);
    const again = new Uint8Array([1, 2, 3]);
    await destination.put(nameFor(again), again);
    expectBytes(await destination.get(nameFor(again)), again);
  } finally {
    await remove(folder);
  }
});

/** Kills the writer as soon as it has promised `after` objects: by then it is busy with the next. */
async function runAndKill(script: string, root: string, after: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, root], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<string | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  const promised: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    promised.push(line);
    if (promised.length === after) child.kill('SIGKILL');
  }
  expect(await ended).toBe('SIGKILL');
  return promised;
}
