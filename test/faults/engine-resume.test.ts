/** Runs that were interrupted: the next one reads nothing again that is stored and complete. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defaultPoolSize } from '../../main/engine/pipeline/pool.ts';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import { RunControl } from '../../main/engine/control.ts';
import { runVerb } from '../support/crash-child.ts';
import { MIB, noise, World } from '../support/crash-world.ts';

const FILES = 56;
const HOUR = 3_600_000;
/** What tasks in hand can have read when a run ends: it is read again. */
const IN_HAND = defaultPoolSize() * 17 * MIB;

let world: World;

beforeEach(async () => {
  world = await World.make({ packBytes: MIB, bytes: MIB });
  for (let i = 0; i < FILES; i++) {
    const folder = path.join(world.sources, 'many', `${i % 5}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${i}.bin`), noise(`many ${i}`, MIB));
  }
  // Files made just now are read again whatever their times say: to the runs of these tests they are hours old.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * HOUR });
});

afterEach(() => {
  vi.useRealTimers();
  world.end();
});

const stateFiles = (): string[] =>
  readdirSync(world.state, { recursive: true, encoding: 'utf8' }).filter((name) => /[.](journal|cache)$/.test(name));

/** Source bytes that the last run read though they were stored before. */
const again = ({ readBytes, newBytes }: { readBytes: number; newBytes: number }): number => readBytes - newBytes;

test('a run killed at 80 % is gone on with: what is stored is not read again', async () => {
  const at = Math.floor(FILES * 0.8);
  const step = { match: 'rename .*/p/', thread: 1, at, when: 'after', clockMs: HOUR } as const;
  expect((await runVerb('backup', world.input, { kind: 'step', step })).killed).toBe(true);
  const stored = (await world.stored()).dataBytes;
  expect(stored).toBeGreaterThan(0.7 * FILES * MIB);
  expect(stateFiles().map((name) => path.extname(name))).toEqual(['.journal']);
  const output = await world.backup();
  expect(again(output)).toBeLessThan(IN_HAND);
  expect(output.readBytes).toBeLessThan(FILES * MIB - stored + IN_HAND);
  // To whoever reads the numbers it is one backup; what was in hand when the run died may count as changed since.
  expect(output).toMatchObject({ unchangedFiles: 0, removedFiles: 0 });
  expect(output.newFiles + output.changedFiles).toBe(output.files);
  expect(stateFiles().map((name) => path.extname(name))).toEqual(['.cache']);
  expect((await world.stored()).twice).toEqual([]);
  expect(await world.damage()).toEqual([]);
  expect(await world.newestProblems()).toEqual([]);
  expect(await world.backup()).toMatchObject({ readBytes: 0, unchangedFiles: output.files });
});

test('a run that somebody stops leaves a partial snapshot of what is whole, and is gone on with', async () => {
  const destination = await LocalDestination.open(world.repo);
  const control = new RunControl();
  const publish = destination.publish.bind(destination);
  let published = 0;
  vi.spyOn(destination, 'publish').mockImplementation(async (...call) => {
    await publish(...call);
    // By then more is stored than the workers have in hand.
    if (++published === Math.floor(FILES * 0.7)) control.stop();
  });
  await expect(world.backup({ destination, control })).rejects.toMatchObject({
    code: 'stopped',
    message: expect.stringContaining('partial') as string,
  });
  expect(await world.takeStock()).toEqual([]);
  const [partial, ...others] = await world.snapshots();
  expect(others).toEqual([]);
  expect(partial).toMatchObject({ partial: true, damage: null, sequence: 1 });
  expect(partial?.bytes).toBeGreaterThan(0.2 * FILES * MIB);
  expect(await world.damage(3)).toEqual([]);
  expect(await world.restoreProblems(partial?.id ?? '')).toEqual([]);
  // It is not the newest complete one.
  await expect(world.newestProblems()).rejects.toMatchObject({ code: 'snapshot-not-found' });
  const output = await world.backup();
  expect(again(output)).toBeLessThan(IN_HAND);
  expect(output).toMatchObject({ partial: false, newFiles: output.files, unchangedFiles: 0 });
  expect(partial?.bytes).toBeLessThanOrEqual(output.bytes);
  expect((await world.snapshots()).map(({ sequence, partial: part }) => [sequence, part])).toEqual([
    [1, true],
    [2, false],
  ]);
  expect(await world.damage()).toEqual([]);
  expect(await world.newestProblems()).toEqual([]);
  expect((await world.stored()).twice).toEqual([]);
});
