import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackupInput } from '../../main/engine/api.ts';
import { stopped } from '../../main/engine/control.ts';
import { ActivityLog } from '../../main/jobs/activity.ts';
import { BackupToAll } from '../../main/jobs/backup-to-all.ts';
import { Backups } from '../../main/jobs/backups.ts';
import { ConfigStore, type Plan } from '../../main/jobs/config.ts';
import type { Destinations } from '../../main/jobs/destinations.ts';
import { isPaused, pauseEnd } from '../../main/jobs/pause.ts';
import { JobRunner } from '../../main/jobs/runner.ts';
import { makeDestinations } from '../support/app-destinations.ts';
import { BACKUP_OUTPUT } from '../support/backup-output.ts';
import { plannedFolder } from '../support/chosen-place.ts';
import { deferred } from '../support/deferred.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeEngines, FakeKeys, type FakeVerbs } from '../support/fake-engine.ts';

const HOUR = 3_600_000;

const plan: Plan = {
  destinations: [plannedFolder('/backups')],
  sources: ['/home/ada'],
  excludes: ['*.tmp'],
  repoId: '00'.repeat(16),
  repoCreatedMs: 0,
  clientId: '11'.repeat(16),
};
const output = BACKUP_OUTPUT;

let folder: string;
let clock: FakeClock;
let runner: JobRunner;
let config: ConfigStore;
let destinations: Destinations;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-backups-'));
  clock = new FakeClock();
  config = (await ConfigStore.load(path.join(folder, 'config.json'))).store;
  await config.update({ plan });
  destinations = await makeDestinations(folder, config, clock);
  runner = new JobRunner(await ActivityLog.open(path.join(folder, 'activity'), 0), clock, { changed: () => undefined });
});
afterEach(async () => {
  await runner.stopAll();
  await rm(folder, { recursive: true });
});

function backups(verbs: FakeVerbs): { backups: Backups; engines: FakeEngines } {
  const engines = new FakeEngines(verbs);
  const stateFolder = path.join(folder, 'engine');
  const toAll = new BackupToAll({ engines, keys: new FakeKeys(), destinations, stateFolder, computerName: 'ada' });
  return { backups: new Backups({ config, runner, toAll, clock, changed: () => undefined }), engines };
}

/** A backup verb that runs until it is stopped. */
function endless(): { verbs: FakeVerbs; begun: Promise<BackupInput> } {
  const begun = deferred<BackupInput>();
  return {
    begun: begun.promise,
    verbs: {
      backup: async (input, { control }) => {
        begun.resolve(input);
        while (control.state !== 'stopped') await new Promise((resolve) => setImmediate(resolve));
        throw stopped();
      },
    },
  };
}

describe('backups', () => {
  it('give the engine the plan and the capability, never a root key, and end its thread', async () => {
    const { backups: jobs, engines } = backups({ backup: async () => output });
    const { finished } = await jobs.start();
    expect(await finished).toMatchObject({ result: 'done', files: 2, storedBytes: 20, snapshotId: output.snapshotId });
    expect(engines.calls).toEqual([
      {
        verb: 'backup',
        input: {
          destination: { kind: 'local', path: '/backups' },
          also: [],
          access: {
            kind: 'capability',
            capability: new Uint8Array(300).fill(7),
            readerPublicKey: new Uint8Array(1216).fill(8),
          },
          stateFolder: path.join(folder, 'engine'),
          sources: ['/home/ada'],
          excludes: ['*.tmp'],
          computerName: 'ada',
        },
      },
    ]);
    expect([engines.started, engines.ended]).toEqual([1, 1]);
  });

  it('end the thread after a failure as well', async () => {
    const { backups: jobs, engines } = backups({});
    const { finished } = await jobs.start();
    expect((await finished)?.result).toBe('failed');
    expect(engines.ended).toBe(1);
  });

  it('are refused before set-up', async () => {
    await config.update({ plan: null });
    await expect(backups({}).backups.start()).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('started twice are one run', async () => {
    const { verbs, begun } = endless();
    const { backups: jobs } = backups(verbs);
    const first = await jobs.start();
    await begun;
    expect((await jobs.start()).runId).toBe(first.runId);
    await jobs.cancel();
    expect((await first.finished)?.result).toBe('stopped');
  });
});

describe('pause', () => {
  it('stops the running backup, is stored, and ends by itself after an hour', async () => {
    const { verbs, begun } = endless();
    const { backups: jobs } = backups(verbs);
    await jobs.start();
    await begun;
    await jobs.pause('hour');
    expect(jobs.paused()).toEqual({ untilMs: clock.now() + HOUR });
    expect(runner.progress()?.state).toBe('pausing');
    clock.advance(HOUR - 1);
    expect(runner.progress()?.state).toBe('paused');
    clock.advance(1);
    expect(runner.progress()?.state).toBe('running');
    expect(jobs.paused()).toBeNull();
  });

  it('ends soon after waking up where it was over while the computer slept, which stops timers', async () => {
    const { verbs, begun } = endless();
    const { backups: jobs } = backups(verbs);
    await jobs.start();
    await begun;
    await jobs.pause('hour');
    const awake = clock.now;
    clock.now = () => awake.call(clock) + 8 * HOUR;
    clock.advance(60_000);
    expect(runner.progress()?.state).toBe('running');
    await jobs.cancel();
  });

  it('holds for a copy between places too, and stopping ends it', async () => {
    const { backups: jobs } = backups({});
    const begun = deferred<void>();
    const { finished } = runner.start({
      kind: 'copy',
      destination: 'Loft NAS',
      execute: async ({ control }) => {
        begun.resolve();
        while (control.state !== 'stopped') await new Promise((resolve) => setImmediate(resolve));
        throw stopped();
      },
    });
    await begun.promise;
    await jobs.pause('hour');
    expect(runner.progress()?.state).toBe('pausing');
    await jobs.resume();
    expect(runner.progress()?.state).toBe('running');
    await jobs.cancel();
    expect((await finished).result).toBe('stopped');
  });

  it('survives a restart, until its time', async () => {
    await backups({}).backups.pause('hour');
    const before = config;
    config = (await ConfigStore.load(path.join(folder, 'config.json'))).store;
    const { backups: again } = backups({});
    expect(again.paused()).toEqual({ untilMs: clock.now() + HOUR });
    clock.advance(HOUR);
    expect(again.paused()).toBeNull();
    // Writes stand in a queue: what the timers of both wrote is on the disk before the folder goes.
    for (const store of [before, config]) await store.update({});
  });

  it('until resumed has no end, and resuming ends it', async () => {
    const { backups: jobs } = backups({});
    await jobs.pause('resumed');
    clock.advance(1000 * HOUR);
    expect(jobs.paused()).toEqual({ untilMs: null });
    await jobs.resume();
    expect(jobs.paused()).toBeNull();
  });

  it('ends when a backup is started by hand', async () => {
    const { backups: jobs } = backups({ backup: async () => output });
    await jobs.pause('resumed');
    await (
      await jobs.start()
    ).finished;
    expect(jobs.paused()).toBeNull();
  });

  it('until tomorrow is eight in the morning of the next day, local time', () => {
    const late = new Date(2025, 11, 31, 23, 59).getTime();
    const end = pauseEnd('tomorrow', late);
    expect(new Date(end ?? 0)).toEqual(new Date(2026, 0, 1, 8));
    const early = new Date(2025, 11, 31, 0, 1).getTime();
    expect(pauseEnd('tomorrow', early)).toBe(end);
  });

  it('holds before its end and not at it', () => {
    expect(isPaused({ untilMs: 10 }, 9)).toBe(true);
    expect(isPaused({ untilMs: 10 }, 10)).toBe(false);
    expect(isPaused(null, 0)).toBe(false);
  });
});
