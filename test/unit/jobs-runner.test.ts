import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stopped } from '../../main/engine/control.ts';
import { HoldfastError } from '../../main/errors.ts';
import { ActivityLog, type RunRecord } from '../../main/jobs/activity.ts';
import type { RunKind } from '../../main/jobs/progress.ts';
import { type Job, type JobContext, JobRunner } from '../../main/jobs/runner.ts';
import { deferred } from '../support/deferred.ts';
import { FakeClock } from '../support/fake-clock.ts';

let folder: string;
let log: ActivityLog;
let clock: FakeClock;
let ended: RunRecord[];
let runner: JobRunner;
let started: { job: TestJob; finished: Promise<RunRecord> }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-runner-'));
  clock = new FakeClock();
  log = await ActivityLog.open(folder, clock.now());
  ended = [];
  runner = new JobRunner(log, clock, { changed: () => undefined, ended: (record) => ended.push(record) });
});
afterEach(async () => {
  for (const each of started) each.job.finish();
  await Promise.all(started.map((each) => each.finished));
  started = [];
  await rm(folder, { recursive: true });
});

interface TestJob extends Job {
  begun: Promise<JobContext>;
  finish: (result?: Partial<RunRecord>) => void;
  fail: (error: unknown) => void;
}

function start(job: TestJob): ReturnType<JobRunner['start']> {
  const run = runner.start(job);
  started.push({ job, finished: run.finished });
  return run;
}

/** A job that goes on until the test says so, or it is stopped. */
function job(kind: RunKind): TestJob {
  const begun = deferred<JobContext>();
  const end = deferred<Partial<RunRecord>>();
  return {
    kind,
    destination: '/backups',
    begun: begun.promise,
    finish: (result = {}) => end.resolve(result),
    fail: (error) => end.reject(error),
    execute: async (context) => {
      begun.resolve(context);
      return await end.promise;
    },
  };
}

describe('runs', () => {
  it('are interrupted, not stopped, where the program ends; a failure stays one', async () => {
    const backup = job('backup');
    const { finished } = start(backup);
    const { control } = await backup.begun;
    const all = runner.interruptAll();
    expect(control.state).toBe('stopped');
    backup.fail(stopped());
    await all;
    expect(await finished).toMatchObject({ result: 'interrupted', error: null });

    const other = job('verify');
    const { finished: failing } = start(other);
    await other.begun;
    const ending = runner.interruptAll();
    other.fail(new HoldfastError('destination-full', 'Full.', 'Make room.'));
    await ending;
    expect((await failing).result).toBe('failed');
  });

  it('are in the log from their first moment, and end with their numbers', async () => {
    const backup = job('backup');
    const { runId, finished } = start(backup);
    await backup.begun;
    expect(log.get(runId)?.result).toBe('running');
    clock.advance(5000);
    backup.finish({ files: 3, bytes: 9, snapshotId: 'abc' });
    expect(await finished).toMatchObject({ result: 'done', files: 3, snapshotId: 'abc', skippedCount: 0 });
    expect((await finished).endedAt).toBe(clock.now());
    expect((await ActivityLog.open(folder, 0)).get(runId)).toMatchObject({ result: 'done', files: 3 });
    expect(ended.map((record) => record.id)).toEqual([runId]);
    expect(runner.progress()?.state).toBe('done');
  });

  it('end as failed with the error that a user can read', async () => {
    const backup = job('backup');
    const { finished } = start(backup);
    await backup.begun;
    backup.fail(new HoldfastError('destination-full', 'The disk is full.', 'Make room.'));
    expect(await finished).toMatchObject({ result: 'failed', error: { code: 'destination-full' } });
    expect(runner.progress()?.error?.message).toBe('The disk is full.');
  });

  it('end with skips where items were skipped', async () => {
    const backup = job('backup');
    const { finished } = start(backup);
    const { emit } = await backup.begun;
    emit({ type: 'skipped', item: { path: '/a', reason: 'denied', message: 'm', guidance: 'g' } });
    emit({ type: 'message', level: 'warning', text: 'slow' });
    backup.finish();
    const record = await finished;
    expect(record).toMatchObject({ result: 'done-with-skips', skippedCount: 1 });
    expect(record.messages).toEqual([{ at: clock.now(), level: 'warning', text: 'slow' }]);
  });

  it('stop: the control word first, the record afterwards, without an error', async () => {
    const backup = job('backup');
    start(backup);
    const { control } = await backup.begun;
    const stopping = runner.stop('backup');
    expect(control.state).toBe('stopped');
    expect(runner.progress()?.state).toBe('stopping');
    backup.fail(stopped());
    await stopping;
    expect(ended[0]).toMatchObject({ result: 'stopped', error: null });
  });

  it('pause at once and come to rest within a second', async () => {
    const backup = job('backup');
    start(backup);
    const { control } = await backup.begun;
    runner.pause('backup', 123);
    expect(control.state).toBe('paused');
    expect(runner.progress()).toMatchObject({ state: 'pausing', pausedUntil: 123 });
    clock.advance(1000);
    expect(runner.progress()?.state).toBe('paused');
    runner.resume('backup');
    expect(control.state).toBe('running');
    expect(runner.progress()).toMatchObject({ state: 'running', pausedUntil: null });
  });

  it('a pause that was taken back within the second does not come true later', async () => {
    const backup = job('backup');
    start(backup);
    await backup.begun;
    runner.pause('backup', null);
    clock.advance(500);
    runner.resume('backup');
    clock.advance(1000);
    expect(runner.progress()?.state).toBe('running');
  });
});

describe('one at a time', () => {
  it('a restore goes before a backup, which rests and then goes on', async () => {
    const backup = job('backup');
    const restore = job('restore');
    start(backup);
    const { control } = await backup.begun;
    const { finished } = start(restore);
    expect(control.state).toBe('paused');
    expect(runner.progress()?.kind).toBe('restore');
    expect(runner.active()).toEqual(['backup', 'restore']);
    await restore.begun;
    restore.finish();
    await finished;
    expect(control.state).toBe('running');
    expect(runner.progress()).toMatchObject({ kind: 'backup', state: 'running' });
  });

  it('a backup that the user paused stays paused after the restore', async () => {
    const backup = job('backup');
    const restore = job('restore');
    start(backup);
    const { control } = await backup.begun;
    runner.pause('backup', null);
    const { finished } = start(restore);
    await restore.begun;
    restore.finish();
    await finished;
    expect(control.state).toBe('paused');
    runner.resume('backup');
    expect(control.state).toBe('running');
  });

  it('resuming a backup that rests for a restore waits for the restore', async () => {
    const backup = job('backup');
    const restore = job('restore');
    start(backup);
    const { control } = await backup.begun;
    const { finished } = start(restore);
    await restore.begun;
    runner.resume('backup');
    expect(control.state).toBe('paused');
    restore.finish();
    await finished;
    expect(control.state).toBe('running');
  });

  it('a backup waits for a check to end, and begins by itself', async () => {
    const check = job('verify');
    const backup = job('backup');
    start(check);
    await check.begun;
    const { finished } = start(backup);
    expect(runner.active()).toEqual(['verify']);
    check.finish();
    await backup.begun;
    expect(runner.active()).toEqual(['backup']);
    backup.finish({ files: 1 });
    expect((await finished).files).toBe(1);
  });

  it.each([
    ['backup', 'backup'],
    ['backup', 'verify'],
    ['restore', 'restore'],
    ['restore', 'verify'],
    ['verify', 'restore'],
    ['verify', 'verify'],
  ] as const)('while a %s runs, a %s is refused as busy', async (first, second) => {
    const one = job(first);
    start(one);
    await one.begun;
    expect(() => runner.start(job(second))).toThrow(expect.objectContaining({ code: 'busy' }));
  });

  it('stopping everything stops a backup that rests under a restore too', async () => {
    const backup = job('backup');
    const restore = job('restore');
    start(backup);
    const below = await backup.begun;
    start(restore);
    const above = await restore.begun;
    const stopping = runner.stopAll();
    expect([below.control.state, above.control.state]).toEqual(['stopped', 'stopped']);
    restore.fail(stopped());
    backup.fail(stopped());
    await stopping;
    expect(runner.active()).toEqual([]);
    expect(ended.map((record) => record.result)).toEqual(['stopped', 'stopped']);
  });
});
