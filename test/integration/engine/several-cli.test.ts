/** Several places of one backup by the command line: dist/cli.js in a process of its own. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { noise } from '../../support/crash-world.ts';
import { filesIn, flipFile } from '../../support/engine.ts';
import { compareTrees, removeTree } from '../../support/tree.ts';

const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'holdfast-several-cli-')));
  mkdirSync(at('src'));
  writeFileSync(at('src/noise.bin'), noise('cli', 300_000));
  writeFileSync(at('src/letter.txt'), 'Dear Anna');
  await run(['init', '--repo', at('a'), '--key-file', at('key')]);
  mkdirSync(at('b'));
});
afterEach(() => removeTree(folder));

interface Ran {
  code: number;
  out: string;
  err: string;
  result: Record<string, unknown>;
}

function run(args: string[]): Promise<Ran> {
  const { DBUS_SESSION_BUS_ADDRESS: _, ...env } = process.env;
  return new Promise((resolve) => {
    const options = { env: { ...env, HOLDFAST_HOME: at('home') }, cwd: folder };
    execFile(process.execPath, [CLI, ...args], options, (error, out, err) => {
      const last = out.trim().split('\n').at(-1) ?? '';
      const result = args.includes('--json') && last !== '' ? (JSON.parse(last) as Record<string, unknown>) : {};
      resolve({ code: error === null ? 0 : Number(error.code), out, err, result });
    });
  });
}

const backup = (...more: string[]): Promise<Ran> =>
  run(['backup', '--repo', at('a'), '--also', at('b'), '--key-file', at('key'), at('src'), ...more]);

it('backs up to all, goes on without one, and brings it up to date when it is back', async () => {
  const first = await backup();
  expect([first.code, first.err]).toEqual([0, '']);
  expect(first.out).toContain(`Complete  ${at('a')}`);
  expect(first.out).toContain(`Complete  ${at('b')}`);
  expect(first.out).not.toContain('behind');

  renameSync(at('a'), at('unplugged'));
  writeFileSync(at('src/second'), 'second');
  const second = await backup('--json');
  expect(second.code).toBe(3);
  expect(second.result).toMatchObject({
    type: 'result',
    destinations: [
      { place: at('a'), state: 'behind', error: { code: 'destination-missing' } },
      { place: at('b'), state: 'complete', error: null },
    ],
  });
  expect(existsSync(at('a'))).toBe(false);

  renameSync(at('unplugged'), at('a'));
  writeFileSync(at('src/third'), 'third');
  const third = await backup();
  expect([third.code, third.err]).toEqual([0, '']);
  for (const place of ['a', 'b']) {
    const back = at(`back-${place}`);
    await run(['restore', '--repo', at(place), '--key-file', at('key'), 'latest', '--target', back]);
    expect(await compareTrees(at('src'), path.join(back, at('src')))).toEqual([]);
    const listed = await run(['snapshots', '--repo', at(place), '--key-file', at('key'), '--json']);
    expect((listed.result['snapshots'] as { sequence: number }[]).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect((await run(['verify', '--repo', at(place), '--key-file', at('key'), '--level', '3'])).code).toBe(0);
  }
});

it('says it where no place can be reached', async () => {
  await backup();
  for (const place of ['a', 'b']) renameSync(at(place), at(`${place}-gone`));
  const ran = await backup('--json');
  expect(ran.code).toBe(1);
  expect(ran.result).toMatchObject({ type: 'error', code: 'destination-missing' });
});

it('copies without a key, and heals one place from another', async () => {
  await backup();
  const copied = await run(['copy', '--repo', at('c'), '--from', at('a')]);
  expect(copied.code).toBe(0);
  expect(copied.out).toMatch(/^Copied \d+ objects, .* to .*c\.$/m);
  const pack = filesIn(at('c', 'c')).find((file) => file.includes('/p/')) ?? '';
  flipFile(pack);
  expect((await run(['verify', '--repo', at('c'), '--key-file', at('key'), '--level', '3'])).code).toBe(1);
  const healed = await run(['heal', '--repo', at('c'), '--from', at('b'), '--key-file', at('key'), '--json']);
  expect(healed.code).toBe(0);
  expect((healed.result['healed'] as string[]).map((name) => path.basename(name))).toContain(path.basename(pack));
  const well = await run(['heal', '--repo', at('c'), '--from', at('b'), '--key-file', at('key')]);
  expect([well.code, well.out]).toEqual([0, `All is well at ${at('c')}: nothing had to be healed.\n`]);

  const object = `c/${path.relative(at('c', 'c'), pack).split(path.sep)[0]}/p/${path.basename(pack)}`;
  for (const place of ['b', 'c']) flipFile(pack.replace(at('c', 'c'), at(place, 'c')));
  const none = await run(['heal', '--repo', at('c'), '--from', at('b'), '--object', object]);
  expect(none.code).toBe(3);
  expect(none.out).toContain(`No place has it whole: ${object}`);
  const one = await run(['heal', '--repo', at('c'), '--from', at('b'), '--from', at('a'), '--object', object]);
  expect([one.code, one.out]).toEqual([0, expect.stringContaining(`Damaged at ${at('b')}: ${object}.`)]);
  expect((await run(['verify', '--repo', at('c'), '--key-file', at('key'), '--level', '3'])).code).toBe(0);
  expect((await run(['copy', '--repo', at('c')])).code).toBe(1);
});
