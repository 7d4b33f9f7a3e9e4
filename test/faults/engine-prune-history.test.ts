/** Random histories of backups, forgets and clean-ups against a model: what every kept snapshot gives back. */
import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectOnly, forgetIn, problemsOf, pruneIn, rewrite } from '../support/collect-world.ts';
import { KIB, MIB, World } from '../support/crash-world.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';

type Step =
  | { kind: 'backup'; seed: number }
  | { kind: 'forget'; last: number }
  | { kind: 'forget-one'; which: number }
  | { kind: 'prune'; unlocked: boolean; graceHours: number; maxUnused: number; fewestSmall: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  // Few seeds: states come back, so that what is doomed is wanted again.
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('backup' as const), seed: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), last: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('forget-one' as const), which: fc.nat({ max: 5 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('prune' as const),
      unlocked: fc.boolean(),
      graceHours: fc.constantFrom(0, 0, 72),
      maxUnused: fc.constantFrom(0, 0.3, 1),
      fewestSmall: fc.constantFrom(2, 16),
    }),
  },
);

async function run(steps: readonly Step[]): Promise<void> {
  const world = await World.make({ packBytes: 128 * KIB, bytes: 0 });
  try {
    rmSync(world.sources, { recursive: true });
    const ids: string[] = [];
    const keep = (kept: string[]): void => {
      expectOnly(world, kept);
      ids.splice(0, ids.length, ...kept);
    };
    for (const one of [{ kind: 'backup', seed: 0 } as const, ...steps]) {
      if (one.kind === 'backup') {
        rewrite(world, `${one.seed}`);
        ids.push((await world.backup()).snapshotId);
      } else if (one.kind === 'forget') {
        await forgetIn(world, { policy: { last: one.last } });
        keep(ids.slice(-one.last));
      } else if (one.kind === 'forget-one') {
        const id = ids[one.which];
        if (id === undefined || id === ids.at(-1)) continue;
        await forgetIn(world, { ids: [id] });
        keep(ids.filter((other) => other !== id));
      } else {
        const { unlocked, graceHours, maxUnused, fewestSmall } = one;
        const how = {
          graceHours,
          maxUnused,
          fewestSmall,
          rootKey: unlocked ? world.rootKey : undefined,
          packBytes: MIB,
        };
        const plan = await pruneIn(world, { ...how, dryRun: true });
        const done = await pruneIn(world, how);
        expect({ ...done, storedBytes: 0, dryRun: true, nextMs: null }).toEqual({ ...plan, nextMs: null });
      }
      expect((await world.snapshots()).map(({ id }) => id)).toEqual(ids);
    }
    expect(await problemsOf(world, SOAK ? 3 : 1)).toEqual([]);
    expect((await world.stored()).unindexed).toBe(0);
  } finally {
    world.end();
  }
}

test('whatever the history, every snapshot that was kept is restored, and a dry run tells what the run does', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: SOAK ? 25 : 10 }), run), {
    numRuns: SOAK ? 150 : 1,
    endOnFailure: !SOAK,
  });
}, 3_600_000);
