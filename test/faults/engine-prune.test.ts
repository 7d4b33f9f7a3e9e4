/**
 * Faults of a clean-up: each call to the destination fails, or the process is killed at a call that changes the file
 * system. Whatever happens, every snapshot that was kept is restored, and the next run finishes the work.
 */
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toHoldfastError } from '../../main/errors.ts';
import { expectOnly, forgetIn, problemsOf, pruneIn, pruneInput, rewrite } from '../support/collect-world.ts';
import { runVerb, type Kill, type Step } from '../support/crash-child.ts';
import { faultyAt } from '../support/crash-faulty.ts';
import { KIB, World } from '../support/crash-world.ts';
import { atCall, type Call, type Fault } from '../support/destination-faulty.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
const FAULTS: Fault[] = ['fail-before', 'fail-after', 'short-read', 'corrupt', 'vanish'];
const WAYS = ['before', 'middle', 'after'] as const;

let world: World;

beforeEach(async () => {
  world = await World.make({ packBytes: 128 * KIB, bytes: 0 });
  rmSync(world.sources, { recursive: true });
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    rewrite(world, `${i}`);
    ids.push((await world.backup()).snapshotId);
  }
  await forgetIn(world, { ids: [ids[0] ?? ''] });
  expectOnly(world, ids.slice(1));
  cpSync(world.repo, path.join(world.folder, 'whole'), { recursive: true });
  cpSync(world.state, path.join(world.folder, 'knew'), { recursive: true });
});
afterEach(() => world.end());

/** The repository and this computer's memory as they were before the clean-up. */
function putBack(): void {
  for (const [from, to] of [
    ['whole', world.repo],
    ['knew', world.state],
  ] as const) {
    rmSync(to, { recursive: true });
    cpSync(path.join(world.folder, from), to, { recursive: true });
  }
}

/** What is wrong now, and after the clean-up that follows; by day what is wrong then, since what was lost stays lost. */
async function problemsAfter(what: string): Promise<void> {
  if (SOAK) expect(await problemsOf(world, 3), what).toEqual([]);
  else expect(await world.damage(1), what).toEqual([]);
  const next = await pruneIn(world);
  expect(await problemsOf(world, SOAK ? 3 : 1), `${what}, and then`).toEqual([]);
  const stored = await world.stored();
  expect({ twice: stored.twice, unindexed: stored.unindexed }, what).toEqual({ twice: [], unindexed: 0 });
  expect(next.unusedBytes, what).toBe(0);
}

test('every call to the destination fails in each way: nothing that was kept is lost', async () => {
  const counted = await faultyAt(world.repo);
  const pruned = await pruneIn(world, {}, { destination: counted });
  // One worker may have made all the packs, or several some each.
  expect(pruned.repacked.length).toBeGreaterThan(0);
  expect(pruned.removed.length).toBeGreaterThan(1);
  const { calls } = counted;
  const cases = calls.flatMap((call) =>
    FAULTS.filter((fault) => isReal(call, fault)).map((fault) => ({ call, fault })),
  );
  const sample = SOAK ? cases : cases.filter((_, i) => i % Math.ceil(cases.length / 4) === 4);
  let failed = 0;
  for (const { call, fault } of sample) {
    putBack();
    const what = `${fault} at call ${call.number}: ${call.operation} ${call.name}`;
    const destination = await faultyAt(world.repo, { rule: atCall(call.number, fault) });
    await pruneIn(world, {}, { destination }).catch((error: unknown) => {
      failed++;
      expect(toHoldfastError(error).code, what).not.toBe('internal');
    });
    expect(destination.faults, what).toBe(1);
    await problemsAfter(what);
  }
  expect(failed).toBeGreaterThan(0);
}, 3_600_000);

const isReal = ({ operation }: Call, fault: Fault): boolean =>
  (fault !== 'short-read' && fault !== 'corrupt') || operation === 'get' || operation === 'getRange';

test('a kill at any call that changes the storage, or what is known of it, costs time and nothing else', async () => {
  const input = pruneInput(world);
  // A folder that is there already is made again without effect: nobody is killed after that.
  const match = `^(?!mkdir).*${world.folder}/(repo|state)`;
  const never: Kill = { kind: 'step', step: { match, thread: 1, at: 0, when: 'before' } };
  const counted = await runVerb('prune', input, never);
  expect(counted.exitCode, counted.stderr).toBe(0);
  expect(counted.steps.join('\n')).toMatch(/rename .*[.]p[\s\S]*rename .*removed[\s\S]*unlink .*\/[pm]\//);
  const steps = counted.steps.flatMap((_, i) => WAYS.map((when): Step => ({ match, thread: 1, at: i + 1, when })));
  const sample = SOAK ? steps : steps.filter((_, i) => i % Math.ceil(steps.length / 3) === 5);
  for (const step of sample) {
    putBack();
    const what = `${step.when} call ${step.at}: ${counted.steps[step.at - 1]}`;
    expect((await runVerb('prune', input, { kind: 'step', step })).killed, what).toBe(true);
    await problemsAfter(what);
  }
}, 3_600_000);
