/** Stopping, pausing and running twice at once: they give the same guarantees as a crash. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineEvent, ProgressEvent } from '../../main/engine/api.ts';
import { EngineThread } from '../../main/engine/client.ts';
import { RunControl } from '../../main/engine/control.ts';
import { HoldfastError } from '../../main/errors.ts';
import { runCli } from '../support/crash-child.ts';
import { dice, KIB, MIB, noise, World } from '../support/crash-world.ts';
import { keyTextOf } from '../support/crash-key.ts';

let world: World;

beforeEach(async () => {
  world = await World.make({ packBytes: 512 * KIB, bytes: 8 * MIB });
});

afterEach(() => world.end());

async function outcome(run: Promise<unknown>): Promise<HoldfastError | null> {
  try {
    await run;
    return null;
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
}

test('stopped at random moments a run ends as stopped, and loses nothing', async () => {
  const roll = dice('stop');
  let stops = 0;
  for (let i = 0; i < 8; i++) {
    const control = new RunControl();
    // Events come ten times a second, and one at each phase's beginning and end.
    let left = 1 + Math.floor(roll() * 12);
    const emit = (): void => {
      if (--left === 0) control.stop();
    };
    const error = await outcome(world.backup({ control, emit }));
    if (error === null) world.change(`after ${i}`);
    else {
      stops++;
      expect(error.code).toBe('stopped');
    }
    expect(await world.damage()).toEqual([]);
    expect(await world.takeStock()).toEqual([]);
    expect(world.spool()).toEqual([]);
    expect((await world.stored()).twice).toEqual([]);
  }
  expect(stops).toBeGreaterThan(2);
  await world.backup();
  expect(await world.newestProblems()).toEqual([]);
  expect(await world.damage(3)).toEqual([]);
  for (const id of world.states.keys()) expect(await world.restoreProblems(id)).toEqual([]);
}, 120_000);

/** Progress events as they come; `next` waits for one that is wanted. */
function progressOf(): {
  emit: (event: EngineEvent) => void;
  next: (wanted: (e: ProgressEvent) => boolean) => Promise<ProgressEvent>;
} {
  let waiting: { wanted: (e: ProgressEvent) => boolean; resolve: (e: ProgressEvent) => void } | null = null;
  return {
    emit: (event) => {
      if (event.type !== 'progress' || waiting === null || !waiting.wanted(event)) return;
      const { resolve } = waiting;
      waiting = null;
      resolve(event);
    },
    next: (wanted) => new Promise((resolve) => (waiting = { wanted, resolve })),
  };
}

test('a paused run passes no bytes after a second, and finishes when it is resumed', async () => {
  writeFileSync(path.join(world.sources, 'huge.bin'), noise('huge', 200 * MIB));
  const control = new RunControl();
  const progress = progressOf();
  const run = world.backup({ control, emit: progress.emit });
  await progress.next(({ phase, bytes }) => phase === 'upload' && bytes > 10 * MIB);
  control.pause();
  const paused = performance.now();
  const later = await progress.next(() => performance.now() - paused >= 1000);
  const muchLater = await progress.next(() => performance.now() - paused >= 2500);
  expect(muchLater.bytes).toBe(later.bytes);
  expect(muchLater.storedBytes).toBe(later.storedBytes);
  expect(later.bytes).toBeLessThan(150 * MIB);
  control.resume();
  await run;
  expect(await world.newestProblems()).toEqual([]);
}, 120_000);

test('a paused run can be stopped', async () => {
  const control = new RunControl();
  const progress = progressOf();
  const run = outcome(world.backup({ control, emit: progress.emit }));
  control.pause();
  const paused = performance.now();
  await progress.next(() => performance.now() - paused >= 300);
  control.stop();
  expect((await run)?.code).toBe('stopped');
  expect(await world.damage()).toEqual([]);
});

test('ending the engine’s thread ends a paused run at once, and the next one goes on', async () => {
  writeFileSync(path.join(world.sources, 'huge.bin'), noise('huge', 64 * MIB));
  const host = fileURLToPath(new URL('../../dist/engine-host.js', import.meta.url));
  const engine = new EngineThread(host);
  const control = new RunControl();
  const progress = progressOf();
  const run = outcome(engine.run('backup', world.input, { control, onEvent: progress.emit }));
  await progress.next(({ phase, bytes }) => phase === 'upload' && bytes > MIB);
  control.pause();
  const paused = performance.now();
  await progress.next(() => performance.now() - paused >= 1000);
  await engine.end();
  expect((await run)?.code).toBe('stopped');
  // The lock went with the thread.
  await world.backup();
  expect(world.spool()).toEqual([]);
  expect(await world.newestProblems()).toEqual([]);
  expect((await world.stored()).twice).toEqual([]);
}, 60_000);

test('of two runs at once, in this process or in another, the second is refused and the first is not disturbed', async () => {
  const keyFile = path.join(world.folder, 'key');
  writeFileSync(keyFile, keyTextOf(world.rootKey), { mode: 0o600 });
  const home = path.join(world.folder, 'home');
  const other = ['backup', '--repo', world.repo, '--key-file', keyFile, '--json', world.sources];
  // The computer's identity is made by its first run.
  expect((await runCli(other, home, { kind: 'never' })).exitCode).toBe(0);
  const client = (await world.snapshots())[0]?.clientId;
  await world.enrolAs(client ?? '');
  const control = new RunControl();
  control.pause();
  const progress = progressOf();
  // One computer: what it remembers lies in one place.
  const input = { stateFolder: path.join(home, 'engine') };
  const first = world.backup({ control, emit: progress.emit, input });
  await progress.next(() => true);
  const inHere = await outcome(world.backup({ input }));
  expect(inHere?.code).toBe('busy');
  const elsewhere = await runCli(other, home, { kind: 'never' });
  expect(elsewhere.exitCode).toBe(1);
  expect(elsewhere.lines.at(-1)).toMatchObject({ type: 'error', code: 'busy' });
  control.resume();
  await first;
  expect(await world.newestProblems()).toEqual([]);
  expect((await runCli(other, home, { kind: 'never' })).exitCode).toBe(0);
  expect(await world.damage()).toEqual([]);
}, 120_000);
