/** What the explorers found in the verbs, one test each; the worlds that show it are in test/support/protocol/scenes.ts. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import { loadDomain } from '../../main/engine/repository/domain.ts';
import { Repository } from '../../main/engine/repository/repository.ts';
import { toHoldfastError } from '../../main/errors.ts';
import { forgetIn, objectsIn, problemsOf, pruneIn, rewrite } from '../support/collect-world.ts';
import { replaced } from '../support/crash-faulty.ts';
import { KIB, World } from '../support/crash-world.ts';
import { inTurns } from '../support/protocol/turns.ts';

// Of another machine, whose runs no lock here keeps out.
vi.mock('../../main/engine/repository/local-lock.ts', () => ({
  takeLocalLock: async () => ({ release: async () => undefined }),
}));

const HOUR_MS = 3_600_000;
let world: World;

beforeEach(async () => {
  world = await World.make({ packBytes: 128 * KIB, bytes: 0 });
  rmSync(world.sources, { recursive: true });
});

afterEach(() => {
  vi.useRealTimers();
  world.end();
});

const pass = (hours: number): void => void vi.setSystemTime(Date.now() + hours * HOUR_MS);

async function twoBackups(): Promise<string[]> {
  const ids: string[] = [];
  for (const seed of ['0', '1']) {
    rewrite(world, seed);
    ids.push((await world.backup()).snapshotId);
  }
  return ids;
}

/** World `imageForgotten`, rule `waitFromPut`. */
test('a pack waits from when it was doomed, not from when a clean-up that then slept found it dead', async () => {
  await twoBackups();
  await forgetIn(world, { policy: { last: 1 } });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  const inner = await LocalDestination.open(world.repo);
  // Marking is over when the clean-up's own spool is cleared.
  let slept = false;
  const destination = replaced(inner, 'clearSpool', async (owner) => {
    if (!slept) pass(500);
    slept = true;
    await inner.clearSpool(owner);
  });
  const marked = await pruneIn(world, { graceHours: 72 }, { destination });
  expect(marked.doomed.length).toBeGreaterThan(0);
  const after = await pruneIn(world, { graceHours: 72 });
  expect(after.removed).toEqual([]);
  expect(after.waitingBytes).toBeGreaterThan(0);
}, 120_000);

/** World `imageForgotten`, rule `lookSeesDoomed`. */
test('a snapshot is not made of packs that were doomed since its backup began', async () => {
  await twoBackups();
  rmSync(world.sources, { recursive: true });
  rewrite(world, '0');
  let lists = 0;
  const before = async (call: string): Promise<void> => {
    // The second listing of the domain is the last look.
    if (!call.startsWith('list c/') || call === 'list c/' || ++lists !== 2) return;
    await forgetIn(world, { policy: { last: 1 } });
    expect((await pruneIn(world, { graceHours: 72 })).doomed.length).toBeGreaterThan(0);
  };
  const destination = inTurns(await LocalDestination.open(world.repo), { before });
  const result = await world.backup({ destination }).then(
    () => 'done',
    (error: unknown) => toHoldfastError(error).code,
  );
  expect(lists).toBeGreaterThan(1);
  expect(result).toBe('object-missing');
  // The next one stores anew what is about to go.
  const again = await world.backup();
  expect(again.newBytes).toBeGreaterThan(0);
  for (const id of world.states.keys()) {
    if (!objectsIn(world, 's').some((name) => name.endsWith(id))) world.states.delete(id);
  }
  expect(await problemsOf(world)).toEqual([]);
}, 120_000);

/** World `late`, rule `askForHead`. */
test('a snapshot whose put got no answer, and that no listing shows yet, is the predecessor of the next', async () => {
  const [first = ''] = await twoBackups();
  rewrite(world, '2');
  const inner = await LocalDestination.open(world.repo);
  const lost = replaced(inner, 'put', async (name, bytes, options) => {
    await inner.put(name, bytes, options);
    if (name.includes('/s/')) throw new Error('the process is gone');
  });
  await expect(world.backup({ destination: lost })).rejects.toThrow();
  const hidden = objectsIn(world, 's').find((name) => ![...world.states.keys()].some((id) => name.endsWith(id))) ?? '';
  expect(hidden).not.toBe('');
  rewrite(world, '3');
  const late = inTurns(inner, { before: async () => undefined, hides: ({ name }) => name === hidden });
  await world.backup({ destination: late });
  const repository = await Repository.open(await LocalDestination.open(world.repo), world.key);
  const domain = await loadDomain(repository, path.dirname(path.dirname(hidden)).slice(2), { snapshotsOnly: true });
  expect(domain.snapshots.map(({ snapshot }) => snapshot.sequence)).toEqual([1, 2, 3, 4]);
  const before = domain.snapshots.map(({ snapshot }) => Buffer.from(snapshot.previous ?? []).toString('hex'));
  expect(new Set(before).size).toBe(4);
  // Nothing looks like two computers: a clean-up goes on.
  await forgetIn(world, { ids: [first] });
  await pruneIn(world);
}, 120_000);
