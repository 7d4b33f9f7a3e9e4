/** find, versions, diff, stats and mount as people run them: dist/cli.js in a process of its own. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

let folder: string;
const ids: string[] = [];
const at = (...names: string[]): string => path.join(folder, ...names);

function start(args: string[]): ChildProcessWithoutNullStreams {
  const { DBUS_SESSION_BUS_ADDRESS: _, ...env } = process.env;
  const keyed = ['--repo', at('repo'), '--key-file', at('key')];
  return spawn(process.execPath, [CLI, ...args.slice(0, 1), ...keyed, ...args.slice(1)], {
    env: { ...env, HOLDFAST_HOME: at('home') },
    cwd: folder,
  });
}

async function run(args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = start(args);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

async function ok(args: string[]): Promise<string> {
  const ran = await run(args);
  expect([args[0], ran.code, ran.err]).toEqual([args[0], 0, '']);
  return ran.out;
}

/** The last line of what a command says to programs. */
async function json(args: string[]): Promise<Record<string, unknown>> {
  const lines = (await ok([...args, '--json'])).trim().split('\n');
  return JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'holdfast-cli-read-')));
  mkdirSync(at('src'));
  writeFileSync(at('src/letter.txt'), 'Dear Anna');
  writeFileSync(at('src/escape \u001b[31m'), 'x');
  await ok(['init']);
  ids.push((await json(['backup', at('src')]))['snapshotId'] as string);
  writeFileSync(at('src/letter.txt'), 'Dear Anna, dear Bert');
  writeFileSync(at('src/new'), 'x');
  ids.push((await json(['backup', at('src')]))['snapshotId'] as string);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('finds', async () => {
  const out = await ok(['find', 'E']);
  expect(out).toContain(`2 snapshots, newest ${ids[1]?.slice(0, 12)}`);
  expect(out).toMatch(/letter\.txt\n/);
  expect(out).toMatch(/\d+ found in \d+ paths in 2 snapshots\.\n$/);
  // What names hold never reaches the terminal as it is.
  expect(out).toContain('escape \\u{1b}[31m');
  expect(
    await json(['find', '*.txt', '--kind', 'file', '--larger', '20', '--newer', '1d', '--limit', '1']),
  ).toMatchObject({
    type: 'result',
    total: 1,
  });
  const wrong = await run(['find', 'x', '--larger', 'huge']);
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/^huge is no size\.\n/)]);
});

it('tells versions and differences', async () => {
  const versions = (await ok(['versions', at('src/letter.txt')])).trim().split('\n');
  expect(versions).toHaveLength(2);
  expect(versions[0]).toMatch(/20 B .* changed: content, times/);
  const [one = '', two = ''] = ids;
  const between = await ok(['diff', one, two]);
  expect(between).toMatch(/^M .*letter\.txt\n\+ .*\/new\nAdded 1 files \(1 B\), 0 folders, 0 others\. Removed 0 files/);
  writeFileSync(at('src/later'), 'later');
  expect(await ok(['diff', 'latest', '--content'])).toMatch(/^\+ .*later\nAdded 1 files/);
  const events = (await ok(['diff', one, two, '--json'])).trim().split('\n');
  expect(events.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['differences', 'result']);
});

it('tells statistics', async () => {
  expect(await ok(['stats'])).toMatch(/All snapshots {5}2, \d+ B if each were a copy\n.*pieces, \d\.\d\d to 1\n/);
});

it('mounts until it is told to end', async () => {
  const child = start(['mount', '--json']);
  const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>;
  const { value } = (await lines.next()) as { value: string };
  const { url } = JSON.parse(value) as { url: string };
  const listed = await fetch(url);
  expect([listed.status, await listed.text()]).toEqual([200, expect.stringContaining('<ul>')]);
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
});
