/** How a run ends that cannot go on: with a typed error, nothing on its way any more, and no process held up. */
import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import type { EngineEvent } from '../../main/engine/api.ts';
import { RunControl } from '../../main/engine/control.ts';
import { HoldfastError } from '../../main/errors.ts';
import { faultyAt, replaced } from '../support/crash-faulty.ts';
import { KIB, MIB, noise, World } from '../support/crash-world.ts';
import { deferred } from '../support/deferred.ts';
import { madePackWriter } from '../support/made-pack-writer.ts';

const NO_ABILITIES = { checksums: false, undelete: false, lock: false, resume: false, largePacks: false };

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

/** Files below a folder that this process has open. */
function openBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)].filter((file) => file.startsWith(folder));
    } catch {
      return []; // It was the listing's own.
    }
  });
}

test('a run that is stopped clears the spool and returns only when nothing is being published any more', async () => {
  writeFileSync(path.join(world.sources, 'huge.bin'), noise('huge', 64 * MIB));
  const local = await LocalDestination.open(world.repo);
  const control = new RunControl();
  let running = 0;
  const whenCleared: number[] = [];
  const slow = replaced(local, 'publish', async (spoolPath, name, options) => {
    running++;
    control.stop();
    // A slow disk: the workers are done with before it is.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await local.publish(spoolPath, name, options);
    running--;
  });
  const destination = replaced(slow, 'clearSpool', async (owner, options) => {
    whenCleared.push(running);
    await local.clearSpool(owner, options);
  });
  const error = await failureOf(world.backup({ destination, control }));
  expect(error.code).toBe('stopped');
  expect(running).toBe(0);
  expect(whenCleared).toEqual([0, 0]);
  expect(world.spool()).toEqual([]);
  expect(await world.damage()).toEqual([]);
  // Named by nothing yet, or by the index of a partial snapshot.
  expect((await world.stored()).dataBytes).toBeGreaterThan(0);
  await world.backup();
  expect(await world.newestProblems()).toEqual([]);
  expect((await world.stored()).twice).toEqual([]);
});

test('a stopped run of which nothing can be kept says why, and is gone on with', async () => {
  const control = new RunControl();
  const said: string[] = [];
  const files = ['repo.json', 'repo.1.json', 'repo.2.json'].map((name) => path.join(world.repo, name));
  const error = await failureOf(
    world.backup({
      control,
      emit: (event) => {
        if (event.type === 'message') said.push(event.text);
        // Everything is read and stored by then.
        if (event.type !== 'phase' || event.phase !== 'finish') return;
        control.stop();
        for (const file of files) renameSync(file, `${file}.away`);
      },
    }),
  );
  expect([error.code, error.message]).toEqual(['stopped', 'The run was stopped.']);
  expect(said.join()).toMatch(/not kept as a partial backup: .*repo.*next backup goes on from it/);
  for (const file of files) renameSync(`${file}.away`, file);
  expect(await world.snapshots()).toEqual([]);
  expect((await world.backup()).newBytes).toBe(0);
  expect(await world.newestProblems()).toEqual([]);
});

test('a stopped run of which nothing is stored yet leaves no partial snapshot, and no file open', async () => {
  rmSync(world.sources, { recursive: true });
  mkdirSync(path.join(world.sources, 'folder'), { recursive: true });
  writeFileSync(path.join(world.sources, 'read'), 'read');
  for (let i = 0; i < 2000; i++) writeFileSync(path.join(world.sources, 'folder', `${i}`), `${i}`);
  const gone = path.join(world.sources, 'gone');
  writeFileSync(gone, 'gone');
  const control = new RunControl();
  const input = { packBytes: 16 * MIB };
  const emit = (event: EngineEvent): void => {
    if (event.type === 'phase' && event.phase === 'upload') rmSync(gone);
    // The folder of this one has been read, while no pack is full.
    if (event.type === 'skipped') control.stop();
  };
  const error = await failureOf(world.backup({ control, emit, input }));
  expect([error.code, error.message]).toEqual(['stopped', 'The run was stopped.']);
  expect(await world.snapshots()).toEqual([]);
  // The second one reads the first one's cache, and the third one is stopped with it open.
  for (let i = 0; i < 2; i++) await world.backup();
  const late = new RunControl();
  const stop = (event: EngineEvent): void =>
    event.type === 'phase' && event.phase === 'upload' ? late.stop() : undefined;
  expect((await failureOf(world.backup({ control: late, emit: stop }))).code).toBe('stopped');
  expect(openBelow(world.state)).toEqual([]);
});

test('the first pack that cannot be published ends the run, long before everything is read', async () => {
  writeFileSync(path.join(world.sources, 'huge.bin'), noise('huge', 64 * MIB));
  const destination = await faultyAt(world.repo, {
    rule: ({ operation }) => (operation === 'publish' ? 'fail-before' : null),
  });
  let bytes = 0;
  // Of the scan's progress the bytes are those that there are.
  const emit = (event: EngineEvent): void => {
    if (event.type === 'progress' && event.phase === 'upload') bytes = event.bytes;
  };
  const error = await failureOf(world.backup({ destination, emit }));
  expect(error.code).toBe('destination-failed');
  expect(bytes).toBeLessThan(48 * MIB);
});

test('a publish that waits for a slow place does not hold up the end of a run that failed', async () => {
  const local = await LocalDestination.open(world.repo);
  const second = deferred<void>();
  let published = 0;
  const waiting = replaced(local, 'publish', async (file, name, options) => {
    if (++published === 1) {
      await second.promise;
      throw new HoldfastError('destination-failed', 'It failed.', 'Nothing was lost.');
    }
    await local.publish(file, name, options);
    second.resolve();
    // Nothing else ends it.
    await new Promise((resolve) => options?.letGo?.addEventListener('abort', resolve));
  });
  const destination = replaced(waiting, 'abilities', { ...NO_ABILITIES, parallel: 2 });
  expect((await failureOf(world.backup({ destination }))).code).toBe('destination-failed');
  expect(published).toBeGreaterThan(1);
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
  const writer = madePackWriter({
    spoolFolder: world.folder,
    targetBytes: MIB,
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
