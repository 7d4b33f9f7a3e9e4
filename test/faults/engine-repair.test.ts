/** What a backup does about things that are gone or damaged in the storage or in this computer's own folder. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EngineEvent } from '../../main/engine/api.ts';
import { KIB, MIB, noise, World } from '../support/crash-world.ts';

let world: World;

beforeEach(async () => {
  world = await World.make({ packBytes: 256 * KIB, bytes: MIB });
});

afterEach(() => world.end());

/** Files of one room of the only computer in the repository, by name. */
function objects(room: 'p' | 'm' | 'i' | 's'): Map<string, string> {
  const clients = path.join(world.repo, 'c');
  const found = new Map<string, string>();
  for (const client of readdirSync(clients)) {
    const folder = path.join(clients, client, room);
    for (const shard of existsSync(folder) ? readdirSync(folder) : []) {
      for (const name of readdirSync(path.join(folder, shard))) found.set(name, path.join(folder, shard, name));
    }
  }
  return found;
}

async function warningsOfBackup(): Promise<string[]> {
  const warnings: string[] = [];
  const emit = (event: EngineEvent): void => {
    if (event.type === 'message') warnings.push(event.text);
  };
  await world.backup({ emit });
  return warnings;
}

test('a snapshot that does not open keeps its number, so that it can come back', async () => {
  await world.backup();
  world.change('second');
  const { snapshotId } = await world.backup();
  const file = objects('s').get(snapshotId) ?? '';
  const bytes = readFileSync(file);
  const wrong = Buffer.from(bytes);
  wrong[bytes.length >> 1] = (wrong[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(file, wrong);
  world.change('third');
  await world.backup();
  expect((await world.damage()).length).toBeGreaterThan(0);
  writeFileSync(file, bytes);
  expect(await world.damage()).toEqual([]);
  expect((await world.snapshots()).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  for (const id of world.states.keys()) expect(await world.restoreProblems(id)).toEqual([]);
});

test.each(['gone', 'cut short'])('a keyring that is %s is written again', async (how) => {
  await world.backup();
  const shard = path.join(world.repo, 'k', readdirSync(path.join(world.repo, 'k'))[0] ?? '');
  const file = path.join(shard, readdirSync(shard)[0] ?? '');
  const bytes = readFileSync(file);
  if (how === 'gone') rmSync(file);
  else truncateSync(file, bytes.length >> 1);
  expect((await warningsOfBackup()).join()).toContain('keyring');
  expect(readFileSync(file)).toEqual(bytes);
});

test('part of a large folder that is gone is stored again, though nothing changed and its topmost tree is there', async () => {
  const large = path.join(world.sources, 'large');
  mkdirSync(large);
  for (let i = 0; i < 5000; i++) writeFileSync(path.join(large, `file ${i}`), '');
  // An hour on: what was written just before a run is read again whatever its times say.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
  await world.backup();
  const first = [...objects('m').values()];
  writeFileSync(path.join(large, 'one more'), '');
  await world.backup();
  // The leaves that the second run did not have to write again are in these only.
  for (const file of first) rmSync(file);
  vi.setSystemTime(Date.now() + 3_600_000);
  const third = await world.backup();
  vi.useRealTimers();
  expect(third.unchangedFiles).toBeGreaterThan(5000);
  expect(await world.newestProblems()).toEqual([]);
});

test('data that is gone from the storage is read and stored again, and what had it restores again', async () => {
  const { snapshotId } = await world.backup();
  for (const file of objects('p').values()) rmSync(file);
  expect((await world.damage()).length).toBeGreaterThan(0);
  await world.backup();
  expect(await world.newestProblems()).toEqual([]);
  expect(await world.restoreProblems(snapshotId)).toEqual([]);
});

test('index segments that are gone cost nothing: the packs tell the same', async () => {
  await world.backup();
  const before = await world.stored();
  for (const file of objects('i').values()) rmSync(file);
  const output = await world.backup();
  expect(output.newBytes).toBe(0);
  expect(await world.stored()).toEqual(before);
  expect(await world.damage(3)).toEqual([]);
});

test.each([
  ['cut short', (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length >> 1)],
  ['empty', (): Buffer => Buffer.alloc(0)],
  ['garbage', (bytes: Buffer): Buffer => noise('garbage', bytes.length)],
])('a local cache that is %s is made anew', async (_how, spoil) => {
  await world.backup();
  const folder = path.join(world.state, 'cache');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.cache'));
  expect(files.length).toBe(1);
  const file = path.join(folder, files[0] ?? '');
  writeFileSync(file, spoil(readFileSync(file)));
  const output = await world.backup();
  expect(output.unchangedFiles).toBe(0);
  expect(output.newBytes).toBe(0);
  expect(await world.newestProblems()).toEqual([]);
});

test('without its own folder a computer still backs up, and says what that costs', async () => {
  // A file where the folder would be: nothing can be made in it, whoever asks.
  writeFileSync(world.state, '');
  const warnings = await warningsOfBackup();
  expect(warnings.some((text) => text.includes('cannot write'))).toBe(true);
  expect(warnings.some((text) => text.includes('cache'))).toBe(true);
  expect(await world.newestProblems()).toEqual([]);
  rmSync(world.state);
  expect(await warningsOfBackup()).toEqual([]);
  expect(existsSync(world.state)).toBe(true);
});

test('what a killed run left in the spool is cleared, and is in no list before that', async () => {
  await world.backup();
  const client = readdirSync(path.join(world.repo, 'c'))[0] ?? '';
  const spool = path.join(world.repo, 'tmp', client);
  mkdirSync(spool, { recursive: true });
  writeFileSync(path.join(spool, `${'ab'.repeat(12)}.pack`), noise('left', 300_000));
  expect(await world.damage()).toEqual([]);
  expect(world.spool().length).toBe(1);
  await world.backup();
  expect(world.spool()).toEqual([]);
});
