/** Several plans: one list of them, each with places, schedule, rule, history and health of its own. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CopyInput, ForgetInput, PruneInput, SnapshotFacts } from '../../main/engine/api.ts';
import { ActivityLog, newRunRecord, type RunRecord } from '../../main/jobs/activity.ts';
import { writeFileAtomic } from '../../main/jobs/atomic-file.ts';
import { BackupToAll } from '../../main/jobs/backup-to-all.ts';
import { Backups } from '../../main/jobs/backups.ts';
import { Browse } from '../../main/jobs/browse.ts';
import { DEFAULT_CARE, type Keep } from '../../main/jobs/care/care.ts';
import { Retention } from '../../main/jobs/care/retention.ts';
import { ConfigStore } from '../../main/jobs/config.ts';
import { Connection } from '../../main/jobs/connection.ts';
import { Copies } from '../../main/jobs/copies.ts';
import type { Destinations } from '../../main/jobs/destinations.ts';
import type { Health } from '../../main/jobs/health-facts.ts';
import { healthOfPlans } from '../../main/jobs/plan-health.ts';
import { addPlan, type BackupPlan, changePlan, FIRST_PLAN, plansOf, removePlan } from '../../main/jobs/plans.ts';
import { JobRunner } from '../../main/jobs/runner.ts';
import { DEFAULT_WHEN, type When } from '../../main/jobs/schedule/when.ts';
import { runsOfPlan } from '../../main/jobs/schedule/history.ts';
import { makeDestinations } from '../support/app-destinations.ts';
import { BACKUP_OUTPUT } from '../support/backup-output.ts';
import { plannedFolder } from '../support/chosen-place.ts';
import { deferred } from '../support/deferred.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeEngines, FakeKeys, type FakeVerbs } from '../support/fake-engine.ts';

const ONE = '11'.repeat(16);
const TWO = '22'.repeat(16);
const OTHER = '33'.repeat(16);
const WEEKLY: When = { ...DEFAULT_WHEN, schedule: { every: 'week', days: [6], at: 600 } };
const RULE: Keep = { last: 3, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };

let folder: string;
let clock: FakeClock;
let config: ConfigStore;
let destinations: Destinations;
let runner: JobRunner;

/** Documents go to the disk and the NAS, photos to the NAS alone. */
const photos: Omit<BackupPlan, 'destinations'> = {
  id: 'photos',
  name: 'Photos',
  sources: ['/home/ada/Pictures'],
  excludes: ['*.xmp'],
  where: ['nas'],
  clientId: TWO,
  when: WEEKLY,
  keep: null,
};

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-plans-'));
  clock = new FakeClock();
  config = (await ConfigStore.load(path.join(folder, 'config.json'))).store;
  await config.update({
    plan: {
      destinations: [plannedFolder(path.join(folder, 'disk'), 'disk'), plannedFolder(path.join(folder, 'nas'), 'nas')],
      sources: ['/home/ada/Documents'],
      excludes: [],
      repoId: '00'.repeat(16),
      repoCreatedMs: 0,
      clientId: ONE,
      care: { ...DEFAULT_CARE, keep: RULE },
    },
  });
  for (const name of ['disk', 'nas']) await mkdir(path.join(folder, name));
  destinations = await makeDestinations(folder, config, clock);
  runner = new JobRunner(await ActivityLog.open(path.join(folder, 'activity'), 0), clock, { changed: () => undefined });
});
afterEach(async () => {
  await runner.stopAll();
  await rm(folder, { recursive: true });
});

/** Notes whose capability was asked for. */
class NotingKeys extends FakeKeys {
  readonly asked: (string | undefined)[] = [];
  override async writeAccess(clientId?: string): ReturnType<FakeKeys['writeAccess']> {
    this.asked.push(clientId);
    return await super.writeAccess();
  }
}

function made(verbs: FakeVerbs) {
  const engines = new FakeEngines(verbs);
  const keys = new NotingKeys();
  const stateFolder = path.join(folder, 'engine');
  const toAll = new BackupToAll({ engines, keys, destinations, stateFolder, computerName: 'ada' });
  const backups = new Backups({ config, runner, toAll, clock, changed: () => undefined });
  return { engines, keys, stateFolder, backups };
}

const names = (): string[] => plansOf(config.value).map(({ name }) => name);

describe('the configuration of before', () => {
  it('is the first plan, whole, and stays so on disk', async () => {
    const text = await readFile(new URL('../golden/config/v3.json', import.meta.url), 'utf8');
    const old = JSON.parse(text) as Record<string, unknown>;
    const file = path.join(folder, 'old', 'config.json');
    await writeFileAtomic(file, text);
    const { store, damaged } = await ConfigStore.load(file);
    expect(damaged).toBe(false);
    const { version, furtherPlans, bandwidth, ...rest } = store.value;
    const settings = { ...(old['settings'] as object), language: 'system', density: 'comfortable' };
    const alarms = { ...(old['alarms'] as object), email: null };
    expect({ ...rest, version: 3 }).toEqual({ ...old, settings, alarms });
    expect([version, furtherPlans, bandwidth.rules]).toEqual([4, [], []]);
    const [plan, ...others] = plansOf(store.value);
    expect(others).toEqual([]);
    expect(plan).toMatchObject({ ...FIRST_PLAN, where: null, clientId: '00112233445566778899aabbccddeeff' });
    expect(plan?.destinations.map(({ name }) => name)).toEqual(['Harbour disk', 'Loft']);
    expect(plan?.keep?.daily).toBe(30);
    await store.update({});
    expect((await ConfigStore.load(file)).store.value).toEqual(store.value);
  });
});

describe('plans', () => {
  it('are one list, of which each has its own places', async () => {
    await addPlan(config, photos);
    expect(names()).toEqual(['My files', 'Photos']);
    expect(plansOf(config.value).map((plan) => plan.destinations.map(({ id }) => id))).toEqual([
      ['disk', 'nas'],
      ['nas'],
    ]);
    const again = (await ConfigStore.load(path.join(folder, 'config.json'))).store;
    expect(plansOf(again.value)).toEqual(plansOf(config.value));
  });

  it('are changed one at a time, the first like any other', async () => {
    await addPlan(config, photos);
    await changePlan(config, 'photos', { name: ' Pictures ', keep: RULE, sources: ['/p'], where: null });
    await changePlan(config, FIRST_PLAN.id, { name: 'Papers', when: WEEKLY, keep: null, where: ['disk'] });
    const [first, second] = plansOf(config.value);
    expect(second).toMatchObject({ name: 'Pictures', keep: RULE, sources: ['/p'], where: null, clientId: TWO });
    expect(first).toMatchObject({ name: 'Papers', keep: null, where: ['disk'], when: WEEKLY, clientId: ONE });
    expect(config.value.when).toEqual(WEEKLY);
    expect(config.value.plan?.care?.drills).toBe(true);
  });

  it('refuse a name that another one has, nothing to back up, and unknown ids', async () => {
    await addPlan(config, photos);
    const refused = { code: 'bad-input' };
    await expect(addPlan(config, { ...photos, id: 'x', name: 'my FILES' })).rejects.toMatchObject(refused);
    await expect(changePlan(config, 'photos', { name: 'My files' })).rejects.toMatchObject(refused);
    await expect(changePlan(config, 'photos', { sources: [] })).rejects.toMatchObject(refused);
    await expect(changePlan(config, 'none', { name: 'x' })).rejects.toMatchObject(refused);
    await expect(made({}).backups.start('none')).rejects.toMatchObject(refused);
    expect(names()).toEqual(['My files', 'Photos']);
  });

  it('can all be removed but the last; the next one then is the first, with its own id and client', async () => {
    await addPlan(config, photos);
    await removePlan(config, FIRST_PLAN.id);
    const [plan] = plansOf(config.value);
    expect(plan).toMatchObject({
      id: 'photos',
      name: 'Photos',
      clientId: TWO,
      when: WEEKLY,
      keep: null,
      where: ['nas'],
    });
    expect(config.value.plan?.destinations).toHaveLength(2);
    await expect(removePlan(config, 'photos')).rejects.toMatchObject({ code: 'bad-input' });
    // What the removed one has backed up counts for nothing here.
    const runs = [newRunRecord('a', 'backup', 1, 'disk'), newRunRecord('b', 'backup', 2, 'nas', photos)];
    expect(runsOfPlan(runs, 'photos').map(({ id }) => id)).toEqual(['b']);
    expect(runsOfPlan(runs, FIRST_PLAN.id).map(({ id }) => id)).toEqual(['a']);
  });

  it('keep the place that one of them alone depends on', async () => {
    await addPlan(config, photos);
    await expect(destinations.remove('nas')).rejects.toMatchObject({ message: expect.stringContaining('Photos') });
    await changePlan(config, 'photos', { where: ['disk', 'nas'] });
    await destinations.remove('nas');
    expect(plansOf(config.value).map(({ where }) => where)).toEqual([null, ['disk']]);
    await expect(destinations.remove('disk')).rejects.toMatchObject({ code: 'bad-input' });
  });
});

describe('backups of several plans', () => {
  it('run one after the other, each with its own client, places and tag', async () => {
    await addPlan(config, photos);
    const gate = deferred<void>();
    const { backups, engines, keys } = made({
      survey: async ({ destinations: all }) => ({
        destinations: all.map(() => ({ state: 'ready', head: 1, generation: 1, snapshots: 1, error: null })),
        lead: 0,
      }),
      backup: async ({ also }) => {
        await gate.promise;
        const done = (also ?? []).map((_, index) => ({
          index,
          state: 'complete' as const,
          error: null,
          storedBytes: 0,
          copiedObjects: 0,
        }));
        return { ...BACKUP_OUTPUT, also: done };
      },
    });
    const first = await backups.start();
    const queued = runner.backupOf('photos');
    expect([runner.activePlan(), queued === null]).toEqual([FIRST_PLAN.id, false]);
    expect((await backups.start('photos')).runId).toBe(queued);
    expect(runner.active()).toEqual(['backup']);
    gate.resolve();
    const log = [await first.finished, await ended('photos')];
    expect(log.map((run) => [run?.plan?.name, run?.destination])).toEqual([
      ['My files', 'disk, nas'],
      ['Photos', 'nas'],
    ]);
    const inputs = engines.calls.filter(({ verb }) => verb === 'backup').map(({ input }) => input);
    expect(inputs).toMatchObject([
      { sources: ['/home/ada/Documents'], tags: ['My files'], also: [{ path: path.join(folder, 'nas') }] },
      { sources: ['/home/ada/Pictures'], tags: ['Photos'], also: [], excludes: ['*.xmp'] },
    ]);
    expect(keys.asked).toEqual([ONE, ONE, TWO]);
  });

  it('stopped, take those that wait with them', async () => {
    await addPlan(config, photos);
    const { backups } = made({
      survey: async (_, { control }) => {
        while (control.state !== 'stopped') await new Promise((resolve) => setImmediate(resolve));
        return await Promise.reject(new Error('stopped'));
      },
    });
    await backups.start();
    await backups.cancel();
    expect([runner.active(), runner.backupOf('photos')]).toEqual([[], null]);
  });

  it('leave a place behind for one plan until that one is whole there', async () => {
    await addPlan(config, photos);
    await destinations.note('nas', { error: null, complete: false }, FIRST_PLAN.id);
    await destinations.note('nas', { error: null, complete: true }, 'photos');
    expect(destinations.states.get('nas').behind).toBe(true);
    await destinations.note('nas', { error: null, complete: true }, FIRST_PLAN.id);
    expect(destinations.states.get('nas').behind).toBe(false);
    await destinations.note('nas', { error: null, complete: false }, 'photos');
    await changePlan(config, 'photos', { where: ['disk'] });
    await destinations.note('nas', { error: null, complete: true }, FIRST_PLAN.id);
    expect(destinations.states.get('nas').behind).toBe(false);
  });

  async function ended(plan: string): Promise<RunRecord | undefined> {
    const log = await ActivityLog.open(path.join(folder, 'activity'), 0);
    const found = log.newest('backup', (run) => run.plan?.id === plan && run.result === 'done');
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
    return await ended(plan);
  }
});

describe('places of several plans', () => {
  it('are filled with what goes there, and with other computers’ backups', async () => {
    await addPlan(config, photos);
    const inputs: CopyInput[] = [];
    const { engines, stateFolder } = made({
      inspect: async () => ({
        repoId: '00'.repeat(16),
        createdMs: 0,
        generation: 1,
        clients: [ONE, TWO, OTHER],
        vault: null,
        ownerKnown: true,
      }),
      copy: async (input) => {
        inputs.push(input);
        return { objects: 0, bytes: 0, healed: [], damaged: [], missing: [], complete: true };
      },
    });
    const copies = new Copies({ destinations, runner, engines, stateFolder, paused: () => false });
    await copies.start('disk').finished;
    await copies.start('nas').finished;
    expect(inputs.map(({ clients }) => clients)).toEqual([[ONE, OTHER], 'all']);
  });

  it('are read where most plans are; what is not there, where it is', async () => {
    for (const id of ['disk', 'nas']) {
      destinations.found(id, { presence: 'present' });
      await destinations.note(id, { error: null, complete: true });
    }
    const connection = new Connection(config, new FakeEngines({}), destinations);
    const place = (): string | undefined =>
      destinations.planned().find((one) => {
        const { destination } = connection.require();
        return one.place.kind === 'local' && destination.kind === 'local' && one.place.path === destination.path;
      })?.id;
    expect(place()).toBe('disk');
    await addPlan(config, photos);
    expect(place()).toBe('nas');
    await changePlan(config, FIRST_PLAN.id, { where: ['disk'] });
    expect(connection.eachPlan().map(({ destination }) => 'path' in destination && destination.path)).toEqual([
      path.join(folder, 'disk'),
      path.join(folder, 'nas'),
    ]);
    destinations.found('nas', { presence: 'away' });
    expect([place(), connection.clientsHere()]).toEqual(['disk', [ONE]]);

    const facts = (clientId: string, id: string): SnapshotFacts => ({
      ...{ id, clientId, computerName: 'ada', sequence: 1, startedMs: 1, endedMs: 2, sources: [] },
      ...{ files: 1, folders: 0, bytes: 1, skipped: 0, partial: false, damage: null },
    });
    const engines = new FakeEngines({
      snapshots: async ({ destination }) =>
        'path' in destination && destination.path.endsWith('nas')
          ? [facts(OTHER, 'cc'.repeat(32)), facts(TWO, 'bb'.repeat(32))]
          : [facts(ONE, 'aa'.repeat(32)), facts(OTHER, 'cc'.repeat(32))],
      page: async () => ({ total: 0, files: 0, entries: [] }),
    });
    const browse = new Browse({ connection, engines, keys: new FakeKeys() });
    expect((await browse.snapshots()).map(({ clientId }) => clientId).sort()).toEqual([ONE, TWO, OTHER]);
    for (const id of ['aa', 'bb']) {
      await browse.list(id.repeat(32), '', { sort: 'name', descending: false }, { offset: 0, limit: 1 });
    }
    const listed = engines.calls.filter(({ verb }) => verb === 'page').map(({ input }) => input);
    expect(listed).toMatchObject([
      { destination: { path: path.join(folder, 'disk') } },
      { destination: { path: path.join(folder, 'nas') } },
    ]);
  });
});

describe('the rule of one plan', () => {
  it('is asked of its own snapshots, at its own places, with its own client', async () => {
    await addPlan(config, { ...photos, keep: { ...RULE, last: 9 } });
    for (const id of ['disk', 'nas']) await destinations.note(id, { error: null, complete: true });
    const forgets: ForgetInput[] = [];
    const prunes: PruneInput[] = [];
    const { engines, keys, stateFolder } = made({
      forget: async (input) => {
        forgets.push(input);
        return { decisions: [], kept: 0, forgotten: 0, dryRun: input.dryRun };
      },
      prune: async (input) => {
        prunes.push(input);
        return await Promise.reject(new Error('enough'));
      },
    });
    const connection = new Connection(config, engines, destinations);
    const retention = new Retention({
      config,
      connection,
      destinations,
      runner,
      engines,
      keys,
      stateFolder,
      unlocked: () => false,
      hold: () => () => undefined,
    });
    await retention.start().finished;
    const at = ({ destination }: ForgetInput): string => ('path' in destination ? path.basename(destination.path) : '');
    expect(forgets.map((input) => [at(input), input.policy?.last])).toEqual([
      ['disk', 3],
      ['nas', 3],
      ['nas', 9],
    ]);
    expect(keys.asked).toEqual([ONE, ONE, ONE, ONE, TWO, TWO]);
    expect(prunes).toHaveLength(3);
    forgets.length = 0;
    await retention.preview(null, 'photos');
    expect([forgets.map(at), keys.asked.at(-1)]).toEqual([['nas'], TWO]);
  });
});

describe('the health of several plans', () => {
  const health = (state: Health['state'], cause: Health['cause'], title: string): Health => {
    return { state, cause, word: '', title, line: '' };
  };
  const fine = { name: 'Papers', health: health('protected', 'fine', 'Everything is protected') };
  const old = { name: 'Photos', health: health('at-risk', 'too-old', 'No backup for 9 days') };
  const failed = { name: 'Music', health: health('attention', 'failed', 'The last backup did not finish') };
  const locked = { name: 'Papers', health: health('at-risk', 'no-capability', 'Backups have stopped') };

  it('is the worst, with its name', () => {
    expect(healthOfPlans([fine, failed, old])).toMatchObject({
      state: 'at-risk',
      title: 'Photos: No backup for 9 days',
    });
    expect(healthOfPlans([fine, failed])).toMatchObject({ plan: 'Music', state: 'attention' });
    expect(healthOfPlans([fine, { ...fine, name: 'Photos' }])).toEqual(fine.health);
  });

  it('names no plan for what is true of the computer, and is as ever with one', () => {
    expect(healthOfPlans([locked, old])).toEqual(locked.health);
    expect(healthOfPlans([old])).toEqual(old.health);
  });

  it('says what runs, and what waits', () => {
    const running = { name: 'Music', health: health('running', 'running', 'Backing up now') };
    expect(healthOfPlans([old, running]).title).toBe('Backing up Music now');
    const waits = { name: 'Music', health: health('paused', 'paused', 'This backup waits') };
    expect(healthOfPlans([fine, waits]).title).toBe('Music: This backup waits');
    expect(healthOfPlans([waits, { ...waits, name: 'Photos' }]).title).toBe('This backup waits');
  });
});
