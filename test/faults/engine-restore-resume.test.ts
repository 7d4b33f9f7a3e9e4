/** A restore that was killed: the same one again goes on, copies nothing that is there, and ends as if nothing had been. */
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RunControl } from '../../main/engine/control.ts';
import { restore } from '../../main/engine/restore.ts';
import type { RestoreInput, RestoreOutput } from '../../main/engine/api.ts';
import { runVerb } from '../support/crash-child.ts';
import { KIB, MIB, noise, World } from '../support/crash-world.ts';
import { everythingTo } from '../support/restore-all.ts';
import { compareTrees } from '../support/tree.ts';

let world: World;
let target: string;

beforeEach(async () => {
  world = await World.make({ packBytes: 256 * KIB, bytes: MIB });
  await world.backup();
  target = path.join(world.folder, 'to');
});

afterEach(() => world.end());

const input = (conflict: RestoreInput['conflict']): RestoreInput => ({
  ...everythingTo(target, world.destination, world.key),
  conflict,
});
const run = async (conflict: RestoreInput['conflict'], dryRun = false): Promise<RestoreOutput> =>
  await restore({ ...input(conflict), dryRun }, { control: new RunControl(), emit: () => undefined });
const namesThere = (): string[] => readdirSync(target, { recursive: true, encoding: 'utf8' });

test.each(['keep-both', 'skip', 'replace'] as const)('killed in the middle and run again with %s', async (conflict) => {
  // While a file still has its temporary name.
  const step = { match: 'open .*[.]part', thread: 'any', at: 30, when: 'after' } as const;
  expect((await runVerb('restore', input(conflict), { kind: 'step', step })).killed).toBe(true);
  expect(namesThere().some((name) => name.endsWith('.part'))).toBe(true);
  const plan = await run(conflict, true);
  expect(plan.alreadyThere).toBeGreaterThanOrEqual(25);
  expect(plan).toMatchObject({ conflicts: 0, conflictSamples: [] });
  const output = await run(conflict);
  expect(output).toMatchObject({ keptBoth: 0, problems: [], skippedExisting: plan.alreadyThere });
  expect(output.restoredFiles + output.skippedExisting).toBeGreaterThanOrEqual(output.files);
  expect(await compareTrees(world.sources, path.join(target, 'files'))).toEqual([]);
  // And once more there is nothing to do.
  expect(await run(conflict)).toMatchObject({ restoredFiles: 0, keptBoth: 0, problems: [] });
  expect(await compareTrees(world.sources, path.join(target, 'files'))).toEqual([]);
});

test('a file of the right size and time with other contents is not taken for a restored one', async () => {
  await run('keep-both');
  const file = path.join(target, 'files/text/deep/deeper/50.bin');
  const stat = statSync(file);
  writeFileSync(file, noise('another', stat.size));
  utimesSync(file, stat.atime, stat.mtime);
  expect(await run('keep-both')).toMatchObject({ keptBoth: 1, restoredFiles: 1 });
  // Its copy is known again; where files are replaced, it is.
  expect(await run('keep-both')).toMatchObject({ keptBoth: 0, restoredFiles: 0 });
  expect(await run('replace')).toMatchObject({ restoredFiles: 1 });
  const beside = namesThere().filter((name) => name.includes('(restored'));
  expect(beside.length).toBe(1);
});
