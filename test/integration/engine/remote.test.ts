/** Whole verbs on storage that is not a folder: the same bytes come back, by few requests, whatever goes wrong. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Access, EngineEvent, RestoreInput } from '../../../main/engine/api.ts';
import { backup } from '../../../main/engine/backup.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { create } from '../../../main/engine/create.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { entryPathOf } from '../../../main/engine/entry-path.ts';
import { list } from '../../../main/engine/list.ts';
import { closeSnapshot } from '../../../main/engine/repository/open-trees.ts';
import { restore } from '../../../main/engine/restore.ts';
import { scrub } from '../../../main/engine/scrub.ts';
import { snapshots } from '../../../main/engine/snapshots.ts';
import { verify } from '../../../main/engine/verify.ts';
import { MIB, noise } from '../../support/crash-world.ts';
import { RemoteS3 } from '../../support/remote-s3.ts';
import { compareTrees } from '../../support/tree.ts';
import { everythingTo } from '../../support/restore-all.ts';

let folder: string;
let sources: string;
let storage: RemoteS3;
let access: Extract<Access, { kind: 'capability' }>;
let clientId: string;
const rootKey = new Uint8Array(createHash('sha256').update('a root key').digest());
const key: Access = { kind: 'key', rootKey };
const PACK = 4 * MIB;
/** Bytes of noise in the sources, about. */
const DATA = 48 * MIB;

const context = (more: { control?: RunControl; emit?: (event: EngineEvent) => void } = {}) => ({
  control: more.control ?? new RunControl(),
  emit: more.emit ?? ((): void => undefined),
});

async function backUp() {
  return await backup(
    {
      destination: storage.spec,
      access,
      stateFolder: path.join(folder, 'state'),
      sources: [sources],
      excludes: [],
      computerName: 'test',
      packBytes: PACK,
    },
    context(),
  );
}

async function restoreTo(target: string, more: Partial<RestoreInput> = {}, running = context()) {
  return await restore({ ...everythingTo(target, storage.spec, key), ...more }, running);
}

/** Every file in a folder and below. */
const filesIn = (at: string): string[] =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

const packsOf = (objects: { range: string; key: string }[], room: 'p' | 'm'): string[] =>
  objects.filter(({ key: name }) => name.includes(`/${room}/`)).map(({ key: name }) => name);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-remote-'));
  sources = path.join(folder, 'files');
  mkdirSync(path.join(sources, 'deep/deeper'), { recursive: true });
  writeFileSync(path.join(sources, 'large.bin'), noise('large', 20 * MIB));
  for (let i = 0; i < 14; i++) writeFileSync(path.join(sources, `deep/${i}.bin`), noise(`middle ${i}`, 2 * MIB - i));
  for (let i = 0; i < 300; i++) writeFileSync(path.join(sources, `deep/deeper/${i}.txt`), `file ${i}\n`.repeat(i));
  storage = await RemoteS3.start();
  await create({ destination: storage.spec, rootKey });
  const made = await enrol({ destination: storage.spec, rootKey });
  access = { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey };
  clientId = made.clientId;
  await backUp();
}, 120_000);

afterAll(async () => {
  closeSnapshot();
  await storage.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  closeSnapshot();
  await storage.trouble(null);
  await storage.reset();
});

/** Bytes of a restore's files, and files that were never finished, in a target folder. */
const unfinishedIn = (at: string): string[] => filesIn(at).filter((name) => name.includes('.holdfast-'));

test('everything comes back, by requests of many MiB, each byte once', async () => {
  const target = path.join(folder, 'back');
  const output = await restoreTo(target);
  expect(output.problems).toEqual([]);
  expect(await compareTrees(sources, path.join(target, 'files'))).toEqual([]);
  const { requests, ranges } = await storage.count();
  const data = packsOf(ranges, 'p');
  // Packs here are of 4 MiB and come in one or two requests each.
  expect(new Set(data).size).toBeGreaterThanOrEqual(DATA / PACK);
  expect(data.length).toBeLessThanOrEqual(new Set(data).size * 2);
  expect(requests['GetObject']).toBeLessThan(60);
  await closeSnapshot();
  expect(filesIn(storage.scratch).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('folders are listed from metadata packs that were fetched once, for later runs too', async () => {
  const at = (names: string) => ({
    destination: storage.spec,
    access: key,
    snapshotId: 'latest',
    path: entryPathOf(`${sources}${names}`),
  });
  rmSync(path.join(storage.scratch, 'packs'), { recursive: true, force: true });
  expect((await list(at(''))).map(({ name }) => name).sort()).toEqual(['deep', 'large.bin']);
  expect((await list(at('/deep/deeper'))).length).toBe(300);
  const first = packsOf((await storage.count()).ranges, 'm').length;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThanOrEqual(2);
  await closeSnapshot();
  await storage.reset();
  expect((await list(at('/deep'))).length).toBe(15);
  expect(packsOf((await storage.count()).ranges, 'm')).toEqual([]);
  expect(packsOf((await storage.count()).ranges, 'p')).toEqual([]);
});

test('a part of the backup costs a part of the bytes', async () => {
  const target = path.join(folder, 'part');
  const output = await restoreTo(target, { paths: [entryPathOf(`${sources}/deep/7.bin`)] });
  expect(output).toMatchObject({ restoredFiles: 1, problems: [] });
  expect(readFileSync(path.join(target, '7.bin')).equals(readFileSync(path.join(sources, 'deep/7.bin')))).toBe(true);
  const { ranges } = await storage.count();
  const data = ranges.filter(({ key: name }) => name.includes('/p/'));
  const bytes = data.reduce((sum, { range }) => {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(range) ?? [];
    expect(Number(from) % MIB).toBe(0);
    return sum + Number(to) - Number(from) + 1;
  }, 0);
  expect(data.length).toBeLessThanOrEqual(3);
  expect(bytes).toBeLessThanOrEqual(6 * MIB);
});

test('snapshots and every level of verification; the third reads each pack once, and proves the contents', async () => {
  const found = await snapshots({ destination: storage.spec, access: key });
  expect(found.map(({ files, damage }) => [files, damage])).toEqual([[315, null]]);
  for (const level of [0, 1, 2, 3] as const) {
    await storage.reset();
    const output = await verify({ destination: storage.spec, access: key, level }, context());
    expect([level, output.damage, output.strays]).toEqual([level, [], []]);
    expect(output.contentsProven).toBe(level === 3);
    const packs = (await storage.count()).ranges.map(({ key: name }) => name).filter((name) => /\/[pm]\//.test(name));
    if (level <= 1) expect(packs.filter((name) => name.includes('/p/'))).toEqual([]);
    if (level === 3) {
      expect(packs.length).toBe(new Set(packs).size);
      expect(output.bytesRead).toBeGreaterThan(DATA);
    }
  }
});

test('what this computer has kept is not taken for what the storage has', async () => {
  await list({ destination: storage.spec, access: key, snapshotId: 'latest', path: '' });
  await closeSnapshot();
  const [pack] = packsOf((await storage.count()).ranges, 'm');
  const kept = path.join(storage.scratch, 'packs');
  const name = readdirSync(kept).find((file) => /^[0-9a-f]{64}$/.test(file));
  expect(pack ?? name).toBeDefined();
  const object = `c/${clientId}/m/${name}`;
  await storage.rot(object);
  try {
    const output = await verify({ destination: storage.spec, access: key, level: 3 }, context());
    expect(output.damage.map((found) => found.object)).toContain(object);
    expect(output.contentsProven).toBe(false);
  } finally {
    await storage.rot(object);
  }
});

test('a scrub downloads nothing but repo.json, and says what the storage tells no checksum of', async () => {
  const output = await scrub({ destination: storage.spec }, context());
  expect(output.damaged).toEqual([]);
  expect(output.proven + output.unproven).toBe(output.objects);
  expect((await storage.count()).ranges.every(({ key: name }) => name.startsWith('repo.'))).toBe(true);
});

test('a storage that refuses in the middle ends a restore as that, with nothing half written', async () => {
  await storage.trouble({ matches: '^GetObject .*/p/', after: 3, times: 1_000, kind: 'denied' });
  const target = path.join(folder, 'refused');
  await expect(restoreTo(target)).rejects.toMatchObject({ code: 'destination-denied' });
  expect((await storage.count()).troubled).toBeGreaterThan(0);
  expect(unfinishedIn(target)).toEqual([]);
  for (const name of filesIn(target)) {
    const original = [sources, path.join(sources, 'deep'), path.join(sources, 'deep/deeper')]
      .map((at) => path.join(at, name))
      .find((file) => existsSync(file));
    expect(original, name).toBeDefined();
  }
  // The next one finds nothing in its way.
  await storage.trouble(null);
  const again = path.join(folder, 'not refused');
  expect((await restoreTo(again)).problems).toEqual([]);
  expect(await compareTrees(sources, path.join(again, 'files'))).toEqual([]);
});

test.each(['error', 'lost', 'short'] as const)('a line that fails for a moment (%s) is not noticed', async (kind) => {
  await storage.trouble({ matches: '^GetObject .*/[pm]/', after: 1, times: 1, kind });
  const target = path.join(folder, `moment ${kind}`);
  const output = await restoreTo(target);
  expect((await storage.count()).troubled).toBe(1);
  expect(output.problems).toEqual([]);
  expect(await compareTrees(sources, path.join(target, 'files'))).toEqual([]);
});

test('a pack that is gone is missing: its files are listed, the others come back', async () => {
  const [lost] = packsOf((await restoreTo(path.join(folder, 'before')), await storage.count()).ranges, 'p');
  if (lost === undefined) throw new Error('no pack was read');
  await closeSnapshot();
  await storage.take(lost);
  try {
    const output = await restoreTo(path.join(folder, 'without'));
    expect(output.problems.length).toBeGreaterThan(0);
    expect(output.restoredFiles).toBeGreaterThan(250);
    expect(output.restoredFiles + output.problems.length).toBe(315);
  } finally {
    await storage.putBack(lost);
  }
});

test('pausing stops the bytes within a second, resuming goes on, stopping ends it', async () => {
  const control = new RunControl();
  const paused = { at: 0 };
  const running = restoreTo(
    path.join(folder, 'paused'),
    {},
    context({
      control,
      emit: (event) => {
        if (event.type !== 'progress' || event.phase !== 'restore' || event.bytes < 4 * MIB || paused.at > 0) return;
        paused.at = performance.now();
        control.pause();
      },
    }),
  );
  await vi.waitFor(() => expect(paused.at).toBeGreaterThan(0), { timeout: 20_000, interval: 10 });
  await vi.waitFor(() => expect(performance.now() - paused.at).toBeGreaterThan(1000), { timeout: 5_000, interval: 50 });
  const after = (await storage.count()).ranges.length;
  await vi.waitFor(() => expect(performance.now() - paused.at).toBeGreaterThan(2000), { timeout: 5_000, interval: 50 });
  expect((await storage.count()).ranges.length).toBe(after);
  control.resume();
  expect((await running).problems).toEqual([]);
  expect(await compareTrees(sources, path.join(folder, 'paused/files'))).toEqual([]);

  await closeSnapshot();
  const stopping = new RunControl();
  const target = path.join(folder, 'stopped');
  const stopped = restoreTo(
    target,
    {},
    context({
      control: stopping,
      emit: (event) => {
        if (event.type === 'progress' && event.phase === 'restore' && event.bytes > 0) stopping.stop();
      },
    }),
  );
  await expect(stopped).rejects.toMatchObject({ code: 'stopped' });
  expect(unfinishedIn(target)).toEqual([]);
});
