import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DrillOutput, ForgetInput, ForgetOutput, PruneInput, PruneOutput } from '../../main/engine/api.ts';
import { HoldfastError } from '../../main/errors.ts';
import { ActivityLog, newRunRecord, type RunRecord } from '../../main/jobs/activity.ts';
import {
  DEFAULT_CARE,
  keepsNothing,
  policyOf,
  practiceDueMs,
  type Care,
  type Keep,
} from '../../main/jobs/care/care.ts';
import { Drills } from '../../main/jobs/care/drills.ts';
import { Retention } from '../../main/jobs/care/retention.ts';
import { CHECK_BYTES, Upkeep, upkeepTimes } from '../../main/jobs/care/upkeep.ts';
import { ConfigStore } from '../../main/jobs/config.ts';
import { Connection } from '../../main/jobs/connection.ts';
import type { Destinations } from '../../main/jobs/destinations.ts';
import type { RunKind } from '../../main/jobs/progress.ts';
import { JobRunner } from '../../main/jobs/runner.ts';
import { makeDestinations } from '../support/app-destinations.ts';
import { plannedFolder } from '../support/chosen-place.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeEngines, FakeKeys, type FakeVerbs } from '../support/fake-engine.ts';

const DAY = 86_400_000;
const RULE: Keep = { last: 0, hourly: 24, daily: 30, weekly: 0, monthly: 12, yearly: 10 };
const [OLD, NEW] = ['aa'.repeat(32), 'bb'.repeat(32)] as const;

const decision = (id: string, keep: boolean): ForgetOutput['decisions'][number] => ({
  id,
  sequence: 1,
  endedMs: 1,
  sources: ['/home/ada'],
  tags: [],
  partial: false,
  damaged: false,
  keep,
  reasons: ['daily 1 of 30'],
});
const FORGOTTEN: ForgetOutput = {
  decisions: [decision(NEW, true), decision(OLD, false)],
  kept: 1,
  forgotten: 1,
  dryRun: false,
};
const PRUNED: PruneOutput = {
  dryRun: false,
  snapshots: 1,
  liveBlobs: 1,
  liveBytes: 1,
  packs: 2,
  packBytes: 2,
  doomed: [],
  repacked: [],
  repackedBytes: 100,
  joined: [],
  joinedBytes: 0,
  adopted: [],
  spared: [],
  removed: ['p'],
  removedBytes: 2_000_000,
  removedSnapshots: [],
  compacted: [],
  waitingBytes: 500,
  nextMs: 99,
  lockedBytes: 7,
  unusedBytes: 0,
  storedBytes: 3,
};
const DRILLED: DrillOutput = {
  snapshotId: NEW,
  atMs: 5,
  files: 20,
  bytes: 900,
  failed: [],
  comparedWithSource: 18,
  changedSources: [],
};

let folder: string;
let clock: FakeClock;
let config: ConfigStore;
let destinations: Destinations;
let activity: ActivityLog;
let runner: JobRunner;
let unlocked: boolean;
let holds: number;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-care-'));
  clock = new FakeClock();
  ({ store: config } = await ConfigStore.load(path.join(folder, 'config.json')));
  await config.update({
    plan: {
      destinations: [plannedFolder(path.join(folder, 'disk'), 'disk'), plannedFolder(path.join(folder, 'nas'), 'nas')],
      sources: ['/home/ada'],
      excludes: [],
      repoId: '00'.repeat(16),
      repoCreatedMs: 0,
      clientId: '11'.repeat(16),
      care: { ...DEFAULT_CARE, keep: RULE, pins: [NEW] },
    },
  });
  for (const name of ['disk', 'nas']) await mkdir(path.join(folder, name));
  destinations = await makeDestinations(folder, config, clock);
  for (const id of ['disk', 'nas']) await destinations.note(id, { error: null, complete: true });
  activity = await ActivityLog.open(path.join(folder, 'activity'), 0);
  runner = new JobRunner(activity, clock, { changed: () => undefined });
  unlocked = false;
  holds = 0;
});
afterEach(async () => {
  await runner.stopAll();
  await rm(folder, { recursive: true });
});

const hold = (): (() => void) => {
  holds++;
  return () => void holds--;
};

function made(verbs: FakeVerbs) {
  const engines = new FakeEngines(verbs);
  const keys = new FakeKeys();
  const connection = new Connection(config, engines, destinations);
  const stateFolder = path.join(folder, 'engine');
  const shared = { config, connection, destinations, runner, engines, keys, stateFolder, hold };
  return {
    engines,
    keys,
    retention: new Retention({ ...shared, unlocked: () => unlocked }),
    drills: new Drills(shared),
  };
}

const called = <T>(engines: FakeEngines, verb: string): T[] =>
  engines.calls.filter((call) => call.verb === verb).map(({ input }) => input as T);

describe('a clean-up', () => {
  const verbs: FakeVerbs = { forget: async () => FORGOTTEN, prune: async () => PRUNED };

  it('forgets by the rule and frees at every place, and keeps what is pinned', async () => {
    const { retention, engines } = made(verbs);
    const record = await retention.start().finished;
    expect(record).toMatchObject({
      kind: 'retention',
      result: 'done',
      removedFiles: 1,
      files: 1,
      bytes: 4_000_000,
      storedBytes: 6,
    });
    expect(record.messages.map(({ text }) => text)[0]).toMatch(/^disk: 1 backup went, 2 MB freed\. Up to 500 bytes/);
    for (const input of called<ForgetInput>(engines, 'forget')) {
      expect(input).toMatchObject({ policy: { ...RULE, keepIds: [NEW] }, dryRun: false, ids: [] });
    }
    const pruned = called<PruneInput>(engines, 'prune');
    expect(pruned.map(({ destination }) => destination)).toHaveLength(2);
    expect(pruned.every(({ rootKey, graceHours }) => rootKey === undefined && graceHours === undefined)).toBe(true);
    expect(engines.ended).toBe(engines.started);
  });

  it('spares what is pinned while it runs, at the places that come after', async () => {
    const pin = async (): Promise<void> => {
      const { plan } = config.value;
      if (plan !== null) await config.update({ plan: { ...plan, care: { ...DEFAULT_CARE, keep: RULE, pins: [OLD] } } });
    };
    const { retention, engines } = made({ ...verbs, forget: async () => (await pin(), FORGOTTEN) });
    await retention.start().finished;
    const pins = called<ForgetInput>(engines, 'forget').map(({ policy }) => policy?.keepIds);
    expect(pins).toEqual([[NEW], [OLD]]);
  });

  it('takes the key along while unlocked, wipes it, and gives its hold back', async () => {
    unlocked = true;
    const { retention, engines, keys } = made(verbs);
    expect((await retention.start(true).finished).result).toBe('done');
    for (const { rootKey, graceHours } of called<PruneInput>(engines, 'prune')) {
      expect(rootKey).toEqual(new Uint8Array(32).fill(9));
      expect(graceHours).toBe(0);
    }
    expect(keys.lent.every((key) => key.every((byte) => byte === 0))).toBe(true);
    expect(holds).toBe(0);
  });

  it('removes no backup where there is no rule', async () => {
    const plan = config.value.plan;
    if (plan !== null) await config.update({ plan: { ...plan, care: DEFAULT_CARE } });
    const { retention, engines } = made(verbs);
    expect(await retention.start().finished).toMatchObject({ result: 'done', removedFiles: 0 });
    expect(called(engines, 'forget')).toEqual([]);
  });

  it('without a rule’s word only tidies: no backup goes, and only places that are there are asked', async () => {
    destinations.found('disk', { presence: 'away' });
    const { retention, engines } = made(verbs);
    const record = await (await retention.startTidying())?.finished;
    expect(record).toMatchObject({ kind: 'retention', result: 'done', destination: 'nas', removedFiles: 0 });
    expect(called(engines, 'forget')).toEqual([]);
    expect(called<PruneInput>(engines, 'prune').map(({ dryRun }) => dryRun)).toEqual([false]);
    destinations.found('nas', { presence: 'away' });
    expect(await retention.startTidying()).toBeNull();
    expect(activity.list()).toHaveLength(1);
  });

  it('goes on at the others where one is away or fails, and fails where none is left', async () => {
    destinations.found('disk', { presence: 'away' });
    const { retention, engines } = made(verbs);
    const record = await retention.start().finished;
    expect(record).toMatchObject({ result: 'done', bytes: 2_000_000 });
    expect(record.destinations?.map(({ complete }) => complete)).toEqual([false, true]);
    expect(called(engines, 'prune')).toHaveLength(1);
    destinations.found('nas', { presence: 'away' });
    expect(await retention.start().finished).toMatchObject({
      result: 'failed',
      error: { code: 'destination-missing' },
    });
  });

  it('leaves a place alone that is behind: what it lacks may need what would go', async () => {
    await destinations.note('nas', { error: null, complete: false });
    const { retention, engines } = made(verbs);
    expect((await retention.start().finished).destinations?.[1]).toMatchObject({ complete: false });
    expect(called(engines, 'forget')).toHaveLength(1);
  });

  it('is planned without changing anything: cautious where packs are written anew', async () => {
    const { retention, engines } = made(verbs);
    const [disk] = await retention.plan();
    expect(disk).toMatchObject({ snapshots: 1, nowBytes: 2_000_000, laterBytes: 400, laterMs: 99, atOnce: true });
    expect(called<PruneInput>(engines, 'prune')[0]).toMatchObject({ dryRun: true, without: [OLD] });
    expect(called<ForgetInput>(engines, 'forget').every(({ dryRun }) => dryRun)).toBe(true);
  });
});

describe('a proof that a restore works', () => {
  it('is a run with its numbers, and holds the session meanwhile', async () => {
    const { drills } = made({
      drill: async () => {
        expect(holds).toBe(1);
        return DRILLED;
      },
    });
    expect(await drills.start().finished).toMatchObject({ kind: 'drill', result: 'done', files: 20, snapshotId: NEW });
    expect(holds).toBe(0);
  });

  it('names each file that did not come back right', async () => {
    const { drills } = made({ drill: async () => ({ ...DRILLED, failed: [{ path: '/a', message: 'Other bytes.' }] }) });
    const record = await drills.start().finished;
    expect(record).toMatchObject({ result: 'done-with-skips', skippedCount: 1 });
    expect(record.skipped[0]).toMatchObject({ path: '/a', message: 'Other bytes.' });
  });

  it('fails as any run, and gives its hold back', async () => {
    const { drills } = made({
      drill: async () => {
        throw new HoldfastError('destination-missing', 'Away.', 'Connect it.');
      },
    });
    expect((await drills.start().finished).result).toBe('failed');
    expect(holds).toBe(0);
  });
});

/** Until what was started by a timer has gone as far as it can. */
const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

describe('when each comes by itself', () => {
  const run = (kind: RunKind, at: number, result: RunRecord['result'] = 'done'): RunRecord => ({
    ...newRunRecord(`${kind}-${at}`, kind, at, 'disk'),
    endedAt: at,
    result,
  });
  const care: Care = { ...DEFAULT_CARE, keep: RULE };

  it('nothing before the first backup; a clean-up after it, a proof and a check a day later', () => {
    expect(upkeepTimes(care, [], 9 * DAY)).toEqual({ retentionMs: null, drillMs: null, checkMs: null, tidyMs: null });
    expect(upkeepTimes(care, [run('backup', DAY)], 9 * DAY)).toEqual({
      retentionMs: DAY,
      drillMs: 2 * DAY,
      checkMs: 2 * DAY,
      tidyMs: null,
    });
  });

  it('a clean-up once a day and after a newer backup; monthly ones a month later, failed ones the next day', () => {
    const runs = [run('backup', 10 * DAY), run('retention', 9 * DAY), run('drill', 8 * DAY), run('verify', 7 * DAY)];
    expect(upkeepTimes(care, runs, 10 * DAY)).toEqual({
      retentionMs: 10 * DAY,
      drillMs: 38 * DAY,
      checkMs: 37 * DAY,
      tidyMs: null,
    });
    expect(upkeepTimes(care, [run('retention', 11 * DAY), ...runs], 12 * DAY).retentionMs).toBeNull();
    expect(upkeepTimes(care, [run('drill', 11 * DAY, 'failed'), ...runs], 12 * DAY).drillMs).toBe(12 * DAY);
  });

  it('however the clock was set: what lies ahead of it holds nothing back', () => {
    const ahead = ['backup', 'retention', 'drill', 'verify'].map((kind) => run(kind as RunKind, 900 * DAY));
    const runs = [...ahead, run('backup', 10 * DAY), run('retention', 9 * DAY), run('drill', 1 * DAY)];
    expect(upkeepTimes(care, runs, 12 * DAY)).toMatchObject({
      retentionMs: 10 * DAY,
      drillMs: 31 * DAY,
      checkMs: 11 * DAY,
    });
  });

  it('none of what is off', () => {
    const off = { ...care, keep: null, drills: false, checks: false };
    expect(upkeepTimes(off, [run('backup', 1)], DAY)).toMatchObject({
      retentionMs: null,
      drillMs: null,
      checkMs: null,
    });
  });

  it('joining of small packs each month where no rule removes anything; once more when what was joined may go', () => {
    const all: Care = { ...DEFAULT_CARE, keep: null };
    const at = (log: RunRecord[], now: number): number | null => upkeepTimes(all, log, now).tidyMs;
    const first = run('backup', DAY);
    const later = run('backup', 39 * DAY);
    expect(at([first], 9 * DAY)).toBe(31 * DAY);
    const tidied = run('retention', 31 * DAY);
    expect(at([tidied, first], 40 * DAY)).toBeNull();
    expect(at([later, tidied, first], 40 * DAY)).toBe(61 * DAY);
    const joined = { ...tidied, storedBytes: 5 };
    expect(at([joined, first], 40 * DAY)).toBe(39 * DAY);
    expect(at([later, { ...joined, result: 'failed' }, first], 40 * DAY)).toBe(32 * DAY);
    expect(upkeepTimes(care, [later, joined, first], 40 * DAY).tidyMs).toBeNull();
  });

  it('starts one at a time, a minute after a run, and none while held back or busy', async () => {
    await activity.save(run('backup', clock.now() - 3 * DAY));
    const started: string[] = [];
    let paused = false;
    const upkeep = new Upkeep({
      config,
      activity,
      runner,
      clock,
      unlocked: () => unlocked,
      mayRun: async () => !paused,
      retention: {
        start: () => (started.push('retention'), { runId: '', finished: new Promise(() => undefined) }),
        startTidying: async () => (started.push('tidy'), null),
      },
      drills: { start: () => (started.push('drill'), { runId: '', finished: new Promise(() => undefined) }) },
      verifies: { startPart: (budget) => (started.push(`check ${budget}`), '') },
    });
    upkeep.soon();
    clock.advance(59_000);
    await settled();
    expect(started).toEqual([]);
    paused = true;
    clock.advance(1_000);
    await settled();
    expect(started).toEqual([]);
    paused = false;
    clock.advance(3_600_000);
    await settled();
    expect(started).toEqual(['retention']);
    await activity.save(run('retention', clock.now()));
    upkeep.soon();
    clock.advance(60_000);
    await settled();
    // Locked: no proof; the check needs no key.
    expect(started).toEqual(['retention', `check ${CHECK_BYTES}`]);
    unlocked = true;
    upkeep.soon();
    clock.advance(60_000);
    await settled();
    expect(started.at(-1)).toBe('drill');
    upkeep.end();
    upkeep.soon();
    expect(clock.waiting).toBe(0);
  });
});

describe('practice', () => {
  it('is due after 7, 30, then every 90 days', () => {
    const after = (times: number): number =>
      practiceDueMs({ ...DEFAULT_CARE, practice: { lastMs: DAY, times, laterMs: null } }, 0);
    expect([0, 1, 2, 3, 9].map((times) => after(times) / DAY - 1)).toEqual([7, 30, 90, 90, 90]);
  });

  it('is never due before it was put off to', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(9), fc.nat(), (lastMs, times, laterMs) => {
        const care = { ...DEFAULT_CARE, practice: { lastMs, times, laterMs } };
        expect(practiceDueMs(care, 0)).toBeGreaterThanOrEqual(laterMs);
      }),
    );
  });
});

describe('a rule', () => {
  it('keeps everything where there is none, whatever is pinned', () => {
    expect(policyOf(null, [NEW])).toEqual({});
    expect(policyOf(RULE, [NEW])).toEqual({ ...RULE, keepIds: [NEW] });
    const zeros: Keep = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };
    expect(keepsNothing(zeros)).toBe(true);
    expect(policyOf(zeros, [NEW])).toEqual({}); // only a configuration that was damaged or written by hand has it
    expect(keepsNothing(RULE)).toBe(false);
  });
});
