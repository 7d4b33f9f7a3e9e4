/** Repair on members of the zoo: each ends with a backup that verifies, an honest list of losses, and heals with the next run. */
import { cpSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RepairInput, RepairOutput } from '../../../main/engine/api.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { toHex } from '../../../main/engine/format/bytes.ts';
import { Kind } from '../../../main/engine/format/envelope.ts';
import { encodeSegment } from '../../../main/engine/format/segment.ts';
import { Publisher } from '../../../main/engine/pipeline/publisher.ts';
import { repair, repairAt } from '../../../main/engine/repair.ts';
import { loadDomain } from '../../../main/engine/repository/domain.ts';
import { closeSnapshot } from '../../../main/engine/repository/open-trees.ts';
import { Repository } from '../../../main/engine/repository/repository.ts';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import { HoldfastError } from '../../../main/errors.ts';
import { atCall, countCalls, FaultyDestination } from '../../support/destination-faulty.ts';
import { filesIn, flipFile, hashOf, World } from '../../support/engine.ts';
import { randomData } from '../../support/made-data.ts';
import { compareTrees } from '../../support/tree.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';

let world: World;
let first: string;
let second: string;

beforeEach(async () => {
  world = await World.make();
  world.write({ 'src/big': randomData(600_000, 1), 'src/sub/small': 'small', 'src/sub/deep/other': 'other' });
  first = (await backup()).snapshotId;
  world.write({ 'src/sub/later': randomData(300_000, 2) });
  second = (await backup()).snapshotId;
});
afterEach(() => {
  vi.useRealTimers();
  void closeSnapshot();
  world.dispose();
});

const context = { control: new RunControl(), emit: () => undefined };
const input = (more: Partial<RepairInput> = {}): RepairInput => ({
  destination: world.destination,
  access: world.computer.access,
  rootKey: world.rootKey,
  stateFolder: world.computer.stateFolder,
  level: 3,
  dryRun: false,
  ...more,
});

function backup() {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
  return world.backup([world.at('src')]);
}

/** A dry run that changes nothing and says what the repair then does; verified afterwards. */
async function repaired(more: Partial<RepairInput> = {}): Promise<RepairOutput> {
  const before = hashOf(world.repo);
  const planned = await repair(input({ ...more, dryRun: true }), context);
  expect(hashOf(world.repo)).toBe(before);
  const there = new Set(filesIn(world.repo));
  const done = await repair(input(more), context);
  expect({ ...done, dryRun: true }).toEqual(planned);
  // It adds, and writes copies of repo.json again; nothing is taken away.
  for (const file of there) expect(filesIn(world.repo)).toContain(file);
  expect((await world.verify(3)).damage).toEqual([]);
  return done;
}

/** The next backup stores what the folders still hold: snapshots are whole again. */
async function expectHealedByBackup(): Promise<void> {
  await backup();
  for (const id of [first, second]) {
    const target = world.at(`healed-${id.slice(0, 8)}`);
    const restored = await world.restore(target, { snapshotId: id, layout: 'selection' });
    expect([restored.problems, restored.restoredFiles]).toEqual([[], id === first ? 3 : 4]);
    if (id === second) expect(await compareTrees(world.at('src'), `${target}/src`)).toEqual([]);
  }
  expect((await world.verify(3)).damage).toEqual([]);
}

/** The pack of the largest file, one byte of whose block is turned over. */
function flipBig(): void {
  flipFile(world.objects('p').find((file) => readFileSync(file).length > 600_000) ?? 'no such pack', 200_000);
}

describe('repair', () => {
  it('of a whole backup writes nothing and says that all of it was proven', async () => {
    const before = hashOf(world.repo);
    const done = await repaired();
    expect(done).toMatchObject({ healed: [], indexed: [], lost: [], snapshots: [], contentsProven: true });
    expect(hashOf(world.repo)).toBe(before);
  });

  it('writes copies of repo.json and the keyring again', async () => {
    const good = readFileSync(world.at('repo/repo.2.json'));
    unlinkSync(world.at('repo/repo.json'));
    truncateSync(world.at('repo/repo.1.json'), 100);
    const [keyring = ''] = filesIn(world.at('repo/k'));
    flipFile(keyring);
    expect((await repaired()).healed).toHaveLength(3);
    expect(readFileSync(world.at('repo/repo.json')).equals(good)).toBe(true);
    expect((await world.verify(3)).contentsProven).toBe(true);
  });

  it.each(['flipped', 'missing'])('names packs anew where index segments are %s', async (how) => {
    for (const segment of world.objects('i')) {
      if (how === 'flipped') flipFile(segment);
      if (how === 'missing') unlinkSync(segment);
    }
    const done = await repaired();
    expect(done.indexed.length).toBe(world.objects('p').length + world.objects('m').length);
    expect(done.snapshots).toEqual([]);
    expect(done.lost.length).toBe(how === 'missing' ? 0 : 2);
    const out = await backup();
    expect([out.readBytes, out.newBytes]).toEqual([0, 0]);
  });

  it('believes a pack where the index tells something else of it', async () => {
    const destination = await LocalDestination.open(world.repo);
    const repository = await Repository.open(destination, world.computer.access);
    const { capability } = repository;
    if (capability === null) throw new Error('opened with a capability');
    const domain = await loadDomain(repository, toHex(capability.clientId));
    const room = (name: string): 'p' | 'm' => (name.includes('/m/') ? 'm' : 'p');
    const adds = domain.packs.map(({ name, size, header, table }) => {
      // Every id is another one.
      const wrong = table.slice();
      const blobs = new DataView(wrong.buffer).getUint32(4);
      const from = 8 + 12 * new DataView(wrong.buffer).getUint32(0);
      for (let i = 0; i < blobs; i++) wrong[from + i * 45] = (wrong[from + i * 45] ?? 0) ^ 1;
      return {
        name: new Uint8Array(Buffer.from(name.slice(-64), 'hex')),
        room: room(name),
        size,
        header,
        table: wrong,
      };
    });
    for (const file of world.objects('i')) rmSync(file);
    await new Publisher(destination, capability, new RunControl()).putObject(
      'i',
      Kind.indexSegment,
      encodeSegment({ adds }),
    );
    expect((await world.verify(3)).damage.length).toBeGreaterThan(0);
    const done = await repaired();
    expect(done.indexed.length).toBe(adds.length);
    expect([done.lost, done.snapshots]).toEqual([[], []]);
  });

  it('tells what is lost with packs that are missing or cut short, and the next backup heals it', async () => {
    for (const [i, file] of world.objects('p').entries()) {
      if (i === 0) unlinkSync(file);
      else truncateSync(file, 5000);
    }
    const there = world.objects('p').length;
    const done = await repaired();
    expect(world.objects('p').length).toBe(there);
    expect(done.snapshots.map(({ id, files }) => [id, files])).toEqual([
      [first, 3],
      [second, 4],
    ]);
    expect(done.snapshots[1]?.paths).toContain(world.at('src/sub/later'));
    expect((await world.verify(1)).known?.length).toBeGreaterThan(0);
    // Told once: a second repair has no news.
    expect(await repair(input(), context)).toMatchObject({ lost: [], indexed: [] });
    await expectHealedByBackup();
  });

  it('tells the very files whose block does not open, and nothing relies on that pack any more', async () => {
    flipBig();
    const before = await world.verify(3);
    expect(before.damage[0]?.snapshots?.map(({ files }) => files)).toEqual([1, 1]);
    const done = await repaired();
    expect(done.lost.map(({ affects }) => affects)).toEqual([[world.at('src/big')]]);
    expect(done.snapshots.map(({ files, paths }) => [files, paths])).toEqual([
      [1, [world.at('src/big')]],
      [1, [world.at('src/big')]],
    ]);
    await expectHealedByBackup();
  });

  it('a snapshot that lost nothing is not marked as damaged because a pack that it needs lost a block', async () => {
    const before = new Set(world.objects('p'));
    world.write({ 'src/old': randomData(300_000, 3), 'src/broken': randomData(700_000, 4) });
    const lacks = (await backup()).snapshotId;
    unlinkSync(world.at('src/broken'));
    const whole = (await backup()).snapshotId;
    // Its block comes first in the pack that holds both.
    const pack = world.objects('p').find((file) => !before.has(file) && readFileSync(file).length > 1_000_000);
    flipFile(pack ?? 'no such pack', 100_000);
    const done = await repaired();
    expect(done.snapshots.map(({ id, paths }) => [id, paths])).toEqual([[lacks, [world.at('src/broken')]]]);
    unlinkSync(world.at('src/old'));
    // Nothing new builds on that pack: only the older snapshots need it.
    await backup();
    const marked = (await world.snapshots()).filter(({ damage }) => damage !== null);
    expect(marked.map(({ id }) => id)).toEqual([lacks]);
    expect((await world.restore(world.at('again'), { snapshotId: whole })).problems).toEqual([]);
  });

  it('without the key takes a data pack with wrong bytes for lost whole, and it heals all the same', async () => {
    flipBig();
    const done = await repaired({ rootKey: undefined });
    expect(done.contentsProven).toBe(false);
    expect(done.snapshots[0]?.files).toBeGreaterThanOrEqual(1);
    await backup();
    expect((await world.verify(3)).damage).toEqual([]);
  });

  it.each(['flipped', 'missing'])('accepts a snapshot that is %s', async (how) => {
    const file = world.objects('s').find((path) => path.endsWith(first)) ?? '';
    if (how === 'flipped') flipFile(file);
    else unlinkSync(file);
    const done = await repaired();
    expect(done.lost.map(({ object }) => object.endsWith(first))).toEqual([true]);
  });

  it('tells folders that are lost with their trees; a damage that is new is none that was told', async () => {
    for (const file of world.objects('m')) flipFile(file, 200);
    const done = await repaired();
    expect(done.snapshots.map(({ folders }) => folders > 0)).toEqual([true, true]);
    for (const file of world.objects('p')) unlinkSync(file);
    expect((await world.verify(0)).damage.length).toBe(2);
    await repaired();
    // Folders above the source have changed since, so no run makes the same trees again; what is new is whole.
    const { snapshotId } = await backup();
    expect((await world.restore(world.at('new'), { snapshotId })).problems).toEqual([]);
    expect((await world.verify(3)).damage).toEqual([]);
  });

  it('leaves everything restorable that was, at whatever call of the storage it fails', async () => {
    flipBig();
    for (const file of world.objects('i')) flipFile(file);
    unlinkSync(world.at('repo/repo.1.json'));
    cpSync(world.repo, world.at('template'), { recursive: true });
    const open = async () => await LocalDestination.open(world.repo);
    const calls = await countCalls(await open(), async (counted) => void (await repairAt(counted, input(), context)));
    const step = SOAK ? 1 : Math.ceil(calls.length / 2);
    for (const fault of ['fail-before', 'fail-after'] as const) {
      for (let number = 1; number <= calls.length; number += step) {
        rmSync(world.repo, { recursive: true });
        cpSync(world.at('template'), world.repo, { recursive: true });
        const faulty = new FaultyDestination(await open(), { rule: atCall(number, fault) });
        const error = await repairAt(faulty, input(), context).catch((thrown: unknown) => thrown);
        if (faulty.faults > 0 && error instanceof Error) expect(error).toBeInstanceOf(HoldfastError);
        const target = world.at(`after-${fault}-${number}`);
        const restored = await world.restore(target, { snapshotId: second, layout: 'selection' });
        expect(restored.problems.map(({ path }) => path)).toEqual([`${target}/src/big`]);
        await repair(input(), context);
        expect((await world.verify(3)).damage).toEqual([]);
      }
    }
  }, 600_000);

  it('of a backup that a newer version wrote to changes nothing', async () => {
    const destination = await LocalDestination.open(world.repo);
    const { capability } = await Repository.open(destination, world.computer.access);
    if (capability === null) throw new Error('opened with a capability');
    const bytes = encodeSegment({});
    bytes[2] = 2;
    await new Publisher(destination, capability, new RunControl()).putObject('i', Kind.indexSegment, bytes);
    const before = hashOf(world.repo);
    await expect(repair(input(), context)).rejects.toMatchObject({ code: 'newer-format' });
    expect(hashOf(world.repo)).toBe(before);
    writeFileSync(world.at('untouched'), '');
  });
});
