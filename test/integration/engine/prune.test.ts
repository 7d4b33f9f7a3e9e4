import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { decodeCapability } from '../../../main/engine/format/capability.ts';
import { toHex } from '../../../main/engine/format/bytes.ts';
import { Kind } from '../../../main/engine/format/envelope.ts';
import { encodeSegment } from '../../../main/engine/format/segment.ts';
import { Publisher } from '../../../main/engine/pipeline/publisher.ts';
import { repair } from '../../../main/engine/repair.ts';
import { loadDomain } from '../../../main/engine/repository/domain.ts';
import { Repository } from '../../../main/engine/repository/repository.ts';
import { HoldfastError, toHoldfastError } from '../../../main/errors.ts';
import { expectOnly, forgetIn, objectsIn, problemsOf, pruneIn, rewrite } from '../../support/collect-world.ts';
import { replaced } from '../../support/crash-faulty.ts';
import { KIB, MIB, World } from '../../support/crash-world.ts';

let world: World;

beforeEach(async () => {
  world = await World.make({ packBytes: 128 * KIB, bytes: 0 });
  rmSync(world.sources, { recursive: true });
});
afterEach(() => {
  vi.useRealTimers();
  world.end();
});

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'done',
    (error: unknown) => toHoldfastError(error).code,
  );

/** Backups of changing sources, oldest first. */
async function history(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    rewrite(world, `${i}`);
    ids.push((await world.backup()).snapshotId);
  }
  return ids;
}

test('what was forgotten is freed, and everything else is as it was; the dry run says exactly what happens', async () => {
  const ids = await history(4);
  const before = await world.stored();
  const preview = await forgetIn(world, { policy: { last: 2 }, dryRun: true });
  const whole = await pruneIn(world, { dryRun: true, without: ids.slice(0, 2) });
  expect((await world.snapshots()).length).toBe(4);
  const forgot = await forgetIn(world, { policy: { last: 2 } });
  expect({ ...forgot, dryRun: true }).toEqual(preview);
  expect(forgot.decisions.map(({ id, keep }) => [ids.indexOf(id), keep])).toEqual([
    [3, true],
    [2, true],
    [1, false],
    [0, false],
  ]);
  expectOnly(world, ids.slice(2));
  expect((await world.snapshots()).map(({ id }) => id)).toEqual(ids.slice(2));
  expect(await world.damage(1)).toEqual([]);

  const packs = [...objectsIn(world, 'p'), ...objectsIn(world, 'm')];
  const planned = await pruneIn(world, { dryRun: true });
  expect([...objectsIn(world, 'p'), ...objectsIn(world, 'm')]).toEqual(packs);
  const pruned = await pruneIn(world);
  expect({ ...pruned, dryRun: true, storedBytes: 0 }).toEqual(planned);
  expect(planned).toEqual(whole);
  expect(pruned.repacked.length).toBeGreaterThan(0);
  expect(pruned.removed).toEqual(pruned.doomed);
  const left = new Set([...objectsIn(world, 'p'), ...objectsIn(world, 'm')]);
  for (const name of pruned.removed) expect(left.has(name)).toBe(false);
  const after = await world.stored();
  expect(after.dataBytes).toBeLessThan(before.dataBytes);
  expect({ twice: after.twice, unindexed: after.unindexed }).toEqual({ twice: [], unindexed: 0 });
  expect(await problemsOf(world, 3)).toEqual([]);

  // Nothing is left to do, and the next backup has nothing to store again.
  const again = await pruneIn(world, { dryRun: true });
  expect([again.doomed, again.removed, again.unusedBytes]).toEqual([[], [], 0]);
  expect((await world.backup()).newBytes).toBe(0);
  expect(await problemsOf(world)).toEqual([]);
}, 120_000);

test('without the key contents that are packed with dead ones stay, and how much they take is said', async () => {
  const ids = await history(4);
  await forgetIn(world, { ids: ids.slice(0, 3) });
  expectOnly(world, ids.slice(3));
  const locked = await pruneIn(world, { rootKey: undefined });
  expect(locked.repacked.every((name) => name.includes('/m/'))).toBe(true);
  expect(locked.removed.some((name) => name.includes('/p/'))).toBe(true);
  expect(await problemsOf(world)).toEqual([]);
  const unlocked = await pruneIn(world);
  if (locked.lockedBytes > 0) expect(unlocked.repacked.some((name) => name.includes('/p/'))).toBe(true);
  expect(unlocked.lockedBytes).toBe(0);
  expect(await problemsOf(world)).toEqual([]);
}, 120_000);

test('within the grace nothing is removed, nothing new refers to what is doomed, and what is needed again is stored anew', async () => {
  const ids = await history(2);
  await forgetIn(world, { ids: ids.slice(0, 1) });
  const first = await pruneIn(world, { graceHours: 72 });
  expect(first.doomed.length).toBeGreaterThan(0);
  expect(first.removed).toEqual([]);
  expect(first.waitingBytes).toBeGreaterThan(0);
  expect(first.nextMs).toBeGreaterThan(Date.now());
  // The first state comes back, as from a restored folder: all that only it had is in doomed packs.
  rmSync(path.join(world.sources, 'even'), { recursive: true });
  rmSync(path.join(world.sources, 'odd'), { recursive: true });
  rewrite(world, '0');
  const again = await world.backup();
  expect(again.newBytes).toBeGreaterThan(0);
  expectOnly(world, [ids[1] ?? '', again.snapshotId]);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 71 * 3_600_000 });
  expect((await pruneIn(world, { graceHours: 72 })).removed).toEqual([]);
  vi.setSystemTime(Date.now() + 2 * 3_600_000);
  const second = await pruneIn(world, { graceHours: 72 });
  expect(second.removed).toEqual(expect.arrayContaining(first.doomed));
  expect(second.spared).toEqual([]);
  expect(await problemsOf(world)).toEqual([]);
}, 120_000);

test('a clean-up whose snapshots are not all known removes nothing', async () => {
  const ids = await history(3);
  const snapshots = objectsIn(world, 's');
  expect(snapshots.length).toBe(3);
  const name = snapshots.find((one) => one.endsWith(ids[1] ?? '')) ?? '';
  const hash = name.slice(name.lastIndexOf('/') + 1);
  rmSync(path.join(world.repo, path.dirname(name), hash.slice(0, 2), hash));
  const all = [...objectsIn(world, 'p'), ...objectsIn(world, 'm')];
  expect(await codeOf(pruneIn(world))).toBe('object-missing');
  expect([...objectsIn(world, 'p'), ...objectsIn(world, 'm')]).toEqual(all);
  // That it is lost can be accepted, by its name.
  await forgetIn(world, { ids: [ids[1] ?? ''] });
  expectOnly(world, [ids[0] ?? '', ids[2] ?? '']);
  expect(await codeOf(pruneIn(world))).toBe('done');
  expect(await problemsOf(world)).toEqual([]);
}, 120_000);

test('where there is no snapshot at all, nothing is removed', async () => {
  rewrite(world, '0');
  const inner = await LocalDestination.open(world.repo);
  const destination = replaced(inner, 'put', async (name, bytes, options) => {
    if (name.includes('/s/')) throw new HoldfastError('destination-failed', 'No.', 'Try again.');
    await inner.put(name, bytes, options);
  });
  expect(await codeOf(world.backup({ destination }))).toBe('destination-failed');
  rmSync(world.state, { recursive: true });
  expect(objectsIn(world, 'p').length).toBeGreaterThan(0);
  expect(await codeOf(pruneIn(world))).toBe('snapshot-not-found');
}, 60_000);

test('the newest complete snapshot and pinned ones cannot be forgotten', async () => {
  const ids = await history(2);
  expect(await codeOf(forgetIn(world, { ids: [ids[1] ?? ''] }))).toBe('bad-input');
  expect(await codeOf(forgetIn(world, { ids: [ids[0] ?? ''], policy: { keepIds: [ids[0] ?? ''] } }))).toBe('bad-input');
  expect(await codeOf(forgetIn(world, { ids: ['0000'] }))).toBe('snapshot-not-found');
  expect((await world.snapshots()).length).toBe(2);
}, 60_000);

test('what an interrupted backup has stored waits for the next one, which goes on from it', async () => {
  await history(1);
  const control = new RunControl();
  rewrite(world, '1');
  const inner = await LocalDestination.open(world.repo);
  const destination = replaced(inner, 'publish', async (file, name, options) => {
    await inner.publish(file, name, options);
    // What is complete by now is in the journal; the rest of the run never happens.
    control.stop();
  });
  expect(await codeOf(world.backup({ destination, control }))).toBe('stopped');
  const before = objectsIn(world, 'p');
  const pruned = await pruneIn(world);
  expect([pruned.doomed, pruned.removed]).toEqual([[], []]);
  expect(objectsIn(world, 'p')).toEqual(before);
  await world.backup();
  expect((await world.stored()).twice).toEqual([]);
  expect(await problemsOf(world)).toEqual([]);
}, 60_000);

test('small packs become few when there are enough of them, as the dry run says; contents only with the key', async () => {
  await history(4);
  const small = { maxUnused: 1, fewestSmall: 3, packBytes: 8 * MIB };
  expect((await pruneIn(world, { ...small, fewestSmall: 30, dryRun: true })).joined).toEqual([]);
  const before = { p: objectsIn(world, 'p'), m: objectsIn(world, 'm') };
  const locked = await pruneIn(world, { ...small, rootKey: undefined });
  expect(locked.joined).toEqual(before.m);
  expect(objectsIn(world, 'p')).toEqual(before.p);
  expect(objectsIn(world, 'm').length).toBe(1);
  const planned = await pruneIn(world, { ...small, dryRun: true });
  const pruned = await pruneIn(world, small);
  expect({ ...pruned, dryRun: true, storedBytes: 0 }).toEqual(planned);
  expect(pruned.joined).toEqual(before.p);
  expect([pruned.repacked, pruned.joinedBytes, pruned.removed]).toEqual([[], pruned.removedBytes, before.p]);
  expect(objectsIn(world, 'p').length).toBe(1);
  const { twice, unindexed } = await world.stored();
  expect({ twice, unindexed }).toEqual({ twice: [], unindexed: 0 });
  expect((await pruneIn(world, { ...small, dryRun: true })).joined).toEqual([]);
  expect((await world.backup()).newBytes).toBe(0);
  expect(await problemsOf(world, 3)).toEqual([]);
}, 120_000);

test('many small segments become one that says the same', async () => {
  const ids = await history(3);
  const publisher = new Publisher(
    await LocalDestination.open(world.repo),
    decodeCapability(world.access.capability),
    new RunControl(),
  );
  for (let i = 0; i < 10; i++) await publisher.putObject('i', Kind.indexSegment, encodeSegment({}));
  await forgetIn(world, { policy: { last: 2 } });
  expectOnly(world, ids.slice(-2));
  const before = objectsIn(world, 'i').length;
  const pruned = await pruneIn(world, { maxUnused: 0.3 });
  expect(pruned.compacted.length).toBeGreaterThan(12);
  expect(objectsIn(world, 'i').length).toBeLessThan(before - 8);
  expect(await world.damage(1)).toEqual([]);
  expect((await world.stored()).unindexed).toBe(0);
  expect(await problemsOf(world)).toEqual([]);
  const preview = await forgetIn(world, { policy: { last: 2 }, dryRun: true });
  expect([preview.kept, preview.forgotten]).toEqual([2, 0]);
}, 120_000);

/** A segment that says of every data pack that it holds other blobs than it does; the right ones go where asked. */
async function lie(withTruth: boolean): Promise<void> {
  const destination = await LocalDestination.open(world.repo);
  const repository = await Repository.open(destination, world.access);
  const capability = decodeCapability(world.access.capability);
  const domain = await loadDomain(repository, toHex(capability.clientId));
  const adds = domain.packs.map(({ name, size, header, table }) => {
    const wrong = table.slice();
    const view = new DataView(wrong.buffer);
    const from = 8 + 12 * view.getUint32(0);
    if (name.includes('/p/'))
      for (let i = 0; i < view.getUint32(4); i++) wrong[from + i * 45] = (wrong[from + i * 45] ?? 0) ^ 1;
    const room = name.includes('/m/') ? ('m' as const) : ('p' as const);
    return { name: new Uint8Array(Buffer.from(name.slice(-64), 'hex')), room, size, header, table: wrong };
  });
  if (!withTruth) for (const name of objectsIn(world, 'i')) await destination.remove(name);
  await new Publisher(destination, capability, new RunControl()).putObject(
    'i',
    Kind.indexSegment,
    encodeSegment({ adds }),
  );
}

test('segments that say different things of a pack are joined to one that does so too: the pack itself tells', async () => {
  await history(3);
  const capability = decodeCapability(world.access.capability);
  const publisher = new Publisher(await LocalDestination.open(world.repo), capability, new RunControl());
  for (let i = 0; i < 10; i++) await publisher.putObject('i', Kind.indexSegment, encodeSegment({}));
  await lie(true);
  expect(await problemsOf(world)).toEqual([]);
  expect((await pruneIn(world, { maxUnused: 0.3 })).compacted.length).toBeGreaterThan(12);
  expect(await problemsOf(world)).toEqual([]);
  expect((await pruneIn(world)).removed.filter((name) => name.includes('/p/'))).toEqual([]);
  expect(await problemsOf(world)).toEqual([]);
}, 120_000);

test('what the index tells wrongly of a pack does not remove it', async () => {
  const [only = ''] = await history(1);
  await lie(false);
  const packs = objectsIn(world, 'p');
  for (let i = 0; i < 2; i++) expect((await pruneIn(world)).removed).toEqual([]);
  expect(objectsIn(world, 'p')).toEqual(packs);
  await repair(
    {
      destination: world.destination,
      access: world.access,
      rootKey: world.rootKey,
      stateFolder: world.state,
      level: 3,
      dryRun: false,
    },
    { control: new RunControl(), emit: () => undefined },
  );
  expect(await world.restoreProblems(only)).toEqual([]);
}, 120_000);
