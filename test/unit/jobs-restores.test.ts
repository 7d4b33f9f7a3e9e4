import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RestoreInput, RestoreOutput } from '../../main/engine/api.ts';
import { stopped } from '../../main/engine/control.ts';
import { ActivityLog } from '../../main/jobs/activity.ts';
import { ConfigStore } from '../../main/jobs/config.ts';
import { Connection } from '../../main/jobs/connection.ts';
import { Restores, type RestoreRequest } from '../../main/jobs/restores.ts';
import { JobRunner } from '../../main/jobs/runner.ts';
import { Verifies } from '../../main/jobs/verifies.ts';
import { makeDestinations } from '../support/app-destinations.ts';
import { deferred } from '../support/deferred.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeEngines, FakeKeys, type FakeVerbs } from '../support/fake-engine.ts';

const snapshotId = 'ab'.repeat(32);
const request: RestoreRequest = {
  snapshotId,
  entryPaths: [Buffer.from('home').toString('base64url')],
  target: { kind: 'folder', path: '/tmp/new' },
  conflict: 'keep-both',
};
const GB = 2 ** 30;
const output: RestoreOutput = {
  files: 3,
  folders: 1,
  others: 0,
  bytes: GB,
  conflicts: 0,
  conflictSamples: [],
  freeBytes: 2 * GB,
  restoredFiles: 2,
  restoredBytes: 50,
  skippedExisting: 1,
  keptBoth: 0,
  problems: [{ path: '/a', reason: 'denied', message: 'm', guidance: 'g' }],
};

let folder: string;
let log: ActivityLog;
let clock: FakeClock;
let runner: JobRunner;
let held: number;
const ended: (() => void)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-restores-'));
  clock = new FakeClock();
  log = await ActivityLog.open(folder, 0);
  runner = new JobRunner(log, clock, {
    changed: () => undefined,
    ended: () => {
      for (const tell of ended.splice(0)) tell();
    },
  });
  held = 0;
});
afterEach(async () => {
  await runner.stopAll();
  await rm(folder, { recursive: true });
});

/** Resolves when the next run has ended. */
async function end(): Promise<void> {
  await new Promise<void>((resolve) => ended.push(resolve));
}

async function jobs(verbs: FakeVerbs): Promise<{ restores: Restores; verifies: Verifies; engines: FakeEngines }> {
  const { store: config } = await ConfigStore.load(path.join(folder, 'config.json'));
  const engines = new FakeEngines({
    inspect: async () => ({
      repoId: '00'.repeat(16),
      createdMs: 0,
      generation: 1,
      clients: [],
      vault: null,
      ownerKnown: false,
    }),
    snapshots: async () => [
      {
        id: snapshotId,
        clientId: '',
        computerName: 'ada',
        sequence: 1,
        startedMs: 777,
        endedMs: 778,
        sources: [],
        files: 3,
        folders: 1,
        bytes: GB,
        skipped: 0,
        partial: false,
        damage: null,
      },
    ],
    ...verbs,
  });
  const connection = new Connection(config, engines, await makeDestinations(folder, config, clock));
  await connection.visit({ kind: 'local', path: '/backups' });
  const parts = { connection, runner, engines, keys: new FakeKeys(), clock };
  const hold = (): (() => void) => {
    held++;
    return () => {
      held--;
    };
  };
  return {
    engines,
    restores: new Restores({ ...parts, hold }),
    verifies: new Verifies({ ...parts, stateFolder: folder, unlocked: () => false }),
  };
}

describe('restores', () => {
  it('are planned without writing, then done as planned', async () => {
    const seen: RestoreInput[] = [];
    const { restores } = await jobs({
      restore: async (input) => {
        seen.push(input);
        return output;
      },
    });
    const plan = await restores.plan(request);
    expect(plan).toMatchObject({ files: 3, bytes: GB, target: '/tmp/new', enoughSpace: true });
    const over = end();
    const runId = restores.start(plan.planId);
    expect(held).toBe(1);
    await over;
    expect(seen.map((input) => [input.dryRun, input.layout, input.paths])).toEqual([
      [true, 'selection', request.entryPaths],
      [false, 'selection', request.entryPaths],
    ]);
    expect(restores.report(runId)).toMatchObject({
      snapshotAt: 777,
      requested: 3,
      restored: 2,
      skippedExisting: 1,
      state: 'done',
      error: null,
    });
    expect(log.get(runId)).toMatchObject({ kind: 'restore', result: 'done-with-skips', files: 2, skippedCount: 1 });
    expect(held).toBe(0);
    expect(restores.placeOf(runId)).toBe('/tmp/new');
  });

  it('to the original places keep whole paths', async () => {
    const { restores, engines } = await jobs({ restore: async () => output });
    const plan = await restores.plan({ ...request, target: { kind: 'original' } });
    expect(plan.target).toBe('Where the files came from');
    expect(engines.calls.at(-1)?.input).toMatchObject({ layout: 'full', target: { kind: 'original' } });
  });

  it.each([
    [['home/ada/a.txt'], '/home/ada/a.txt'],
    [['home/ada/a.txt', 'home/ada/b.txt'], '/home/ada'],
    [['home/ada/a.txt', 'home/ada/b/c.txt', 'srv/d'], '/'],
    [['home/ada', 'home/ada/b.txt'], '/home/ada'],
    [[], '/'],
  ])('to the original places of %j are shown at %s', async (entries, shown) => {
    const { restores } = await jobs({ restore: async () => ({ ...output, alreadyThere: 2 }) });
    const entryPaths = entries.map((entry) =>
      entry
        .split('/')
        .map((name) => Buffer.from(name).toString('base64url'))
        .join('/'),
    );
    const plan = await restores.plan({ ...request, entryPaths, target: { kind: 'original' } });
    expect(plan.alreadyThere).toBe(2);
    const over = end();
    const runId = restores.start(plan.planId);
    await over;
    expect(restores.placeOf(runId)).toBe(shown);
    expect(restores.report(runId).toOriginal).toBe(true);
  });

  it.each([
    [null, true],
    [GB, false],
    [GB + 63 * 2 ** 20, false],
    [GB + 64 * 2 ** 20, true],
  ])('with %d bytes free there is room: %s', async (freeBytes, enough) => {
    const { restores } = await jobs({ restore: async () => ({ ...output, freeBytes }) });
    expect((await restores.plan(request)).enoughSpace).toBe(enough);
  });

  it('refuse a plan that is not known, or was used', async () => {
    const { restores } = await jobs({ restore: async () => output });
    const refused = expect.objectContaining({ code: 'bad-input' });
    expect(() => restores.start('nothing')).toThrow(refused);
    const { planId } = await restores.plan(request);
    const over = end();
    restores.start(planId);
    await over;
    expect(() => restores.start(planId)).toThrow(refused);
    expect(held).toBe(0);
  });

  it('refuse bad paths, relative targets and unknown snapshots before any work', async () => {
    const { restores, engines } = await jobs({ restore: async () => output });
    await expect(restores.plan({ ...request, entryPaths: ['../etc'] })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(restores.plan({ ...request, target: { kind: 'folder', path: 'relative' } })).rejects.toMatchObject({
      code: 'bad-input',
    });
    await expect(restores.plan({ ...request, snapshotId: 'cd'.repeat(32) })).rejects.toMatchObject({
      code: 'snapshot-not-found',
    });
    expect(engines.calls.filter((call) => call.verb === 'restore')).toEqual([]);
  });

  it('that are stopped report what was done until then', async () => {
    const begun = deferred<void>();
    const { restores } = await jobs({
      restore: async (input, { control, emit }) => {
        if (input.dryRun) return output;
        emit({
          type: 'progress',
          phase: 'restore',
          files: 1,
          bytes: 20,
          totalFiles: 3,
          totalBytes: GB,
          newBytes: 0,
          storedBytes: 0,
          skipped: 0,
          currentPath: null,
        });
        begun.resolve();
        while (control.state !== 'stopped') await new Promise((resolve) => setImmediate(resolve));
        throw stopped();
      },
    });
    const runId = restores.start((await restores.plan(request)).planId);
    expect(() => restores.report(runId)).toThrow(expect.objectContaining({ code: 'bad-input' }));
    await begun.promise;
    await runner.stop('restore');
    expect(restores.report(runId)).toMatchObject({
      state: 'stopped',
      requested: 3,
      restored: 1,
      bytes: 20,
      error: null,
    });
  });

  it('that fail report why', async () => {
    const { restores } = await jobs({
      restore: async (input) => {
        if (input.dryRun) return output;
        throw new Error('lost the disk');
      },
    });
    const over = end();
    const runId = restores.start((await restores.plan(request)).planId);
    await over;
    expect(restores.report(runId)).toMatchObject({ state: 'failed', error: { code: 'internal' } });
  });
});

describe('checks', () => {
  it('while locked use the capability, and what is damaged is listed with what needs it', async () => {
    const { verifies, engines } = await jobs({
      verify: async () => ({
        objects: 4,
        bytesRead: 99,
        snapshots: 1,
        blobsChecked: 2,
        damage: [
          { object: 'c/1/p/2', message: 'Its hash is wrong.', affects: ['s1'] },
          { object: 'c/1/p/3', message: 'It is gone.', affects: [] },
        ],
        strays: [],
        contentsProven: false,
      }),
    });
    const over = end();
    const runId = verifies.start(1);
    await over;
    expect(engines.calls.at(-1)?.input).toMatchObject({ level: 1, access: { kind: 'capability' } });
    expect(log.get(runId)).toMatchObject({ kind: 'verify', result: 'done-with-skips', files: 4, bytes: 99 });
    expect(log.get(runId)?.skipped.map((item) => item.guidance)).toEqual([
      'Needed by: s1.',
      'No snapshot needs this. Nothing of yours is lost.',
    ]);
  });
});
