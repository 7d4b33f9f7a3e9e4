/** How a run ends that cannot go on: with a typed error, nothing on its way any more, and no process held up. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import { PackWriter } from '../../main/engine/pipeline/pack-writer.ts';
import { HoldfastError } from '../../main/errors.ts';
import { faultyAt, replaced } from '../support/crash-faulty.ts';
import { KIB, MIB, noise, World } from '../support/crash-world.ts';
import { deferred } from '../support/deferred.ts';

let world: World;

beforeEach(async () => {
  world = await World.make({ packBytes: 256 * KIB, bytes: MIB });
});

afterEach(() => world.end());

async function failureOf(run: Promise<unknown>): Promise<HoldfastError> {
  const error: unknown = await run.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HoldfastError)) throw new Error(`not a HoldfastError: ${String(error)}`);
  return error;
}

test('a failed run returns only when nothing is being published any more', async () => {
  const local = await LocalDestination.open(world.repo);
  const first = deferred<void>();
  let running = 0;
  let calls = 0;
  const publish: LocalDestination['publish'] = async (spoolPath, name, options) => {
    running++;
    try {
      calls++;
      if (calls === 2) {
        first.resolve();
        throw new HoldfastError('destination-failed', 'It failed (injected).', 'Try again.');
      }
      // The first is still under way when the second has failed and the run is being given up.
      await first.promise;
      await new Promise((resolve) => setImmediate(resolve));
      await local.publish(spoolPath, name, options);
    } finally {
      running--;
    }
  };
  const error = await failureOf(world.backup({ destination: replaced(local, 'publish', publish) }));
  expect(error.code).toBe('destination-failed');
  expect(running).toBe(0);
  expect(calls).toBe(2);
  expect(world.spool()).toEqual([]);
  expect(await world.damage()).toEqual([]);
  expect((await world.stored()).unindexed).toBe(1);
  await world.backup();
  expect(await world.newestProblems()).toEqual([]);
});

test('the first pack that cannot be published ends the run, long before everything is read', async () => {
  writeFileSync(path.join(world.sources, 'huge.bin'), noise('huge', 64 * MIB));
  const destination = await faultyAt(world.repo, {
    rule: ({ operation }) => (operation === 'publish' ? 'fail-before' : null),
  });
  let bytes = 0;
  const error = await failureOf(
    world.backup({ destination, emit: (event) => (bytes = event.type === 'progress' ? event.bytes : bytes) }),
  );
  expect(error.code).toBe('destination-failed');
  expect(bytes).toBeLessThan(48 * MIB);
});

test.each([
  ['workers', true],
  ['the thread that writes trees', false],
])('a spool that cannot be written is the destination’s fault, whoever writes it: %s', async (_who, files) => {
  if (!files) {
    rmSync(world.sources, { recursive: true });
    mkdirSync(path.join(world.sources, 'folder'), { recursive: true });
  }
  const local = await LocalDestination.open(world.repo);
  const nowhere = replaced(local, 'spoolFolder', () => Promise.resolve(path.join(world.repo, 'repo.json', 'spool')));
  const error = await failureOf(world.backup({ destination: nowhere }));
  expect(error.code).toBe('destination-failed');
  expect(error.detail).toContain('ENOTDIR');
  const gone = replaced(local, 'spoolFolder', () => Promise.resolve(path.join(world.repo, 'gone')));
  expect((await failureOf(world.backup({ destination: gone }))).code).toBe('destination-missing');
});

test('a pack that is given up half written keeps no file open', () => {
  const openFiles = (): number => readdirSync('/proc/self/fd').length;
  const before = openFiles();
  const writer = new PackWriter({
    room: 'm',
    repoId: new Uint8Array(16),
    clientId: new Uint8Array(16),
    epoch: 0,
    metaKey: new Uint8Array(32),
    hedgeKey: new Uint8Array(32),
    readerPublicKey: null,
    spoolFolder: world.folder,
    targetBytes: MIB,
    compressionLevel: 1,
    thread: 0,
    takeOrdinal: () => 0,
    onPack: () => {
      throw new Error('it was never finished');
    },
  });
  writer.addBlock(noise('block', 1000), []);
  expect(openFiles()).toBe(before + 1);
  writer.abandon();
  expect(openFiles()).toBe(before);
  writer.close();
});
