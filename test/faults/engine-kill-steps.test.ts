/**
 * Kills at chosen calls: each one that changes the file system while a repository is made, healed, or remembered. The
 * long runs take every call three ways (before, in the middle, after); the daily ones the first, one in the middle, the last.
 */
import { existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCli, runVerb, type ChildResult, type Kill, type Step } from '../support/crash-child.ts';
import { keyTextOf } from '../support/crash-key.ts';
import { KIB, MIB, World } from '../support/crash-world.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
const WAYS = ['before', 'middle', 'after'] as const;

let world: World;

beforeEach(async () => {
  world = await World.make({ packBytes: 256 * KIB, bytes: MIB });
});

afterEach(() => world.end());

const never = (match: string, thread: number): Kill => ({
  kind: 'step',
  step: { match, thread, at: 0, when: 'before' },
});

/** Counts the calls of a run that nobody kills, then gives the kills to try. */
function killsOf(counted: ChildResult, match: string, thread: number): Step[] {
  const all = counted.steps.flatMap((_, i) => WAYS.map((when): Step => ({ match, thread, at: i + 1, when })));
  const some = [0, all.length >> 1, all.length - 1];
  return SOAK ? all : all.filter((_, i) => some.includes(i));
}

test('a kill while a repository is made leaves one that opens with its key, or none', async () => {
  const keyFile = (name: string): string => path.join(world.folder, `${name}.key`);
  const repo = (name: string): string => path.join(world.folder, `made ${name}`);
  const init = (name: string, key: string, kill: Kill): Promise<ChildResult> =>
    runCli(['init', '--repo', repo(name), '--key-file', keyFile(key), '--json'], path.join(world.folder, 'home'), kill);
  const match = `${world.folder}/(made|.*[.]key)`;
  const counted = await init('whole', 'whole', never(match, 0));
  expect(counted.exitCode, counted.stderr).toBe(0);
  expect(counted.steps.length).toBeGreaterThan(15);
  const ends = { none: 0, made: 0 };
  for (const [i, step] of killsOf(counted, match, 0).entries()) {
    const what = `${step.when} call ${step.at}: ${counted.steps[step.at - 1]}`;
    const name = `${i}`;
    expect((await init(name, name, { kind: 'step', step })).killed, what).toBe(true);
    const again = await init(name, `${name} again`, { kind: 'never' });
    let key = `${name} again`;
    if (again.exitCode === 0) ends.none++;
    else {
      expect(again.lines.at(-1), what).toMatchObject({ code: 'repository-exists' });
      ends.made++;
      key = name;
    }
    // Whichever came of it: there is one key that opens it, and it takes a backup.
    const options = ['--repo', repo(name), '--key-file', keyFile(key), '--json'];
    const home = path.join(world.folder, `home ${name}`);
    const backup = await runCli(['backup', ...options, path.join(world.sources, 'text')], home, { kind: 'never' });
    expect(backup.exitCode, `${what}: ${backup.stderr}${JSON.stringify(backup.lines.at(-1))}`).toBe(0);
    const verify = await runCli(['verify', ...options, '--level', '3'], home, { kind: 'never' });
    expect(verify.lines.at(-1), what).toMatchObject({ type: 'result', damage: [] });
    rmSync(repo(name), { recursive: true });
  }
  expect(ends.none).toBeGreaterThan(0);
  expect(ends.made).toBeGreaterThan(0);
}, 600_000);

test('a kill while repo.json and the keyring are written again leaves a repository that opens', async () => {
  await world.backup();
  const match = `${world.repo}/(repo[.]|k/|tmp/shared)`;
  const hurt = (): void => {
    rmSync(path.join(world.repo, 'repo.json'), { force: true });
    truncateSync(path.join(world.repo, 'repo.1.json'), 100);
    const shard = path.join(world.repo, 'k', readdirSync(path.join(world.repo, 'k'))[0] ?? '');
    for (const name of readdirSync(shard)) rmSync(path.join(shard, name));
  };
  hurt();
  const counted = await runVerb('backup', world.input, never(match, 1));
  expect(counted.exitCode, counted.stderr).toBe(0);
  expect(counted.steps.length).toBeGreaterThanOrEqual(12);
  for (const step of killsOf(counted, match, 1)) {
    const what = `${step.when} call ${step.at}: ${counted.steps[step.at - 1]}`;
    hurt();
    expect((await runVerb('backup', world.input, { kind: 'step', step })).killed, what).toBe(true);
    expect(await world.takeStock(), what).toEqual([]);
    await world.backup();
    expect(await world.damage(), what).toEqual([]);
  }
  expect(await world.newestProblems()).toEqual([]);
}, 600_000);

test('a kill while the cache, or what is known of the storage, is written costs time and nothing else', async () => {
  // How often a journal is appended to depends on how fast the run is: engine-resume.test.ts is about it.
  const match = `${world.state}(?!.*[.]journal)`;
  const counted = await runVerb('backup', world.input, never(match, 1));
  expect(counted.exitCode, counted.stderr).toBe(0);
  expect(counted.steps.join('\n')).toMatch(/rename .*known[\s\S]*rename .*[.]cache/);
  for (const [i, step] of killsOf(counted, match, 1).entries()) {
    const what = `${step.when} call ${step.at}: ${counted.steps[step.at - 1]}`;
    rmSync(world.state, { recursive: true, force: true });
    world.change(`${i}`);
    expect((await runVerb('backup', world.input, { kind: 'step', step })).killed, what).toBe(true);
    expect(await world.takeStock(), what).toEqual([]);
    expect(await world.damage(), what).toEqual([]);
    const output = await world.backup();
    expect(await world.restoreProblems(output.snapshotId), what).toEqual([]);
    expect((await world.stored()).twice, what).toEqual([]);
  }
}, 600_000);

test('a kill between the end of a pack and its publishing: the next run publishes that pack, and seals nothing of it again', async () => {
  // Whichever worker ends a pack first: on a fast machine one may have taken all the work before the other starts.
  const match = 'rename .*[.]pack .*[.]p$';
  for (const [i, when] of (['after', 'before'] as const).entries()) {
    world.change(`${i}`);
    const result = await runVerb('backup', world.input, { kind: 'step', step: { match, thread: 'any', at: 1, when } });
    expect(result.killed, when).toBe(true);
    const finished = world.finished();
    if (when === 'after') expect(finished.length).toBeGreaterThan(0);
    // One more is there, whose bytes are not those of its name, and one that was never finished.
    const spool = path.dirname(world.spool()[0] ?? '');
    const wrong = `${'0'.repeat(64)}.p`;
    writeFileSync(path.join(spool, wrong), 'not a pack');
    writeFileSync(path.join(spool, '00.pack'), 'half a pack');
    const before = await world.stored();
    const output = await world.backup();
    const after = await world.stored();
    const takenOver = finished.reduce((sum, hash) => sum + (after.byPack.get(hash) ?? 0), 0);
    for (const hash of finished) expect(after.byPack.has(hash), when).toBe(true);
    expect(after.dataBytes - before.dataBytes, when).toBe(output.newBytes + takenOver);
    if (when === 'after') expect(takenOver).toBeGreaterThan(100 * KIB);
    expect({ twice: after.twice, unindexed: after.unindexed }, when).toEqual({ twice: [], unindexed: 0 });
    expect(world.spool(), when).toEqual([]);
    expect(await world.damage(3), when).toEqual([]);
    expect(await world.restoreProblems(output.snapshotId), when).toEqual([]);
  }
}, 120_000);

test('a kill of the command line’s very first backup: the next one is the same computer’s, and goes on', async () => {
  const home = path.join(world.folder, 'home');
  const keyFile = path.join(world.folder, 'key');
  writeFileSync(keyFile, keyTextOf(world.rootKey), { mode: 0o600 });
  const args = ['backup', '--repo', world.repo, '--key-file', keyFile, '--json', world.sources];
  const counted = await runCli(args, home, never('', 0));
  expect(counted.exitCode, counted.stderr).toBe(0);
  const every = SOAK ? 1 : Math.ceil(counted.steps.length / 3);
  for (let at = 1; at <= counted.steps.length; at += every) {
    const what = `call ${at}: ${counted.steps[at - 1]}`;
    for (const folder of [home, path.join(world.repo, 'c')]) rmSync(folder, { recursive: true, force: true });
    world.states.clear();
    const step: Step = { match: '', thread: 0, at, when: WAYS[at % 3] ?? 'before' };
    const result = await runCli(args, home, { kind: 'step', step });
    // Calls late in a run are not always as many.
    if (!result.killed) expect(result.exitCode, what).toBe(0);
    expect(await world.takeStock(), what).toEqual([]);
    expect(await world.damage(), what).toEqual([]);
    expect((await runCli(args, home, { kind: 'never' })).exitCode, what).toBe(0);
    expect(await world.takeStock(), what).toEqual([]);
    expect(readdirSync(path.join(world.repo, 'c')).length, what).toBe(1);
    expect((await world.stored()).twice, what).toEqual([]);
    expect(await world.newestProblems(), what).toEqual([]);
    expect(existsSync(path.join(home, 'engine', 'cache')), what).toBe(true);
  }
}, 600_000);
