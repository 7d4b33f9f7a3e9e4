import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeText } from '../../main/destinations/spec.ts';
import type { BackupInput, BackupOutput, EngineEvent, SurveyedDestination } from '../../main/engine/api.ts';
import { RunControl } from '../../main/engine/control.ts';
import { HoldfastError } from '../../main/errors.ts';
import { BackupToAll } from '../../main/jobs/backup-to-all.ts';
import { ConfigStore, type Plan } from '../../main/jobs/config.ts';
import type { Destinations } from '../../main/jobs/destinations.ts';
import { makeDestinations } from '../support/app-destinations.ts';
import { BACKUP_OUTPUT } from '../support/backup-output.ts';
import { plannedFolder } from '../support/chosen-place.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeEngines, FakeKeys, type FakeVerbs } from '../support/fake-engine.ts';

const plan: Plan = {
  destinations: [plannedFolder('/disk', 'disk'), plannedFolder('/nas', 'nas'), plannedFolder('/drive', 'drive')],
  sources: ['/home/ada'],
  excludes: [],
  repoId: '00'.repeat(16),
  repoCreatedMs: 0,
  clientId: '11'.repeat(16),
};
const READY: SurveyedDestination = { state: 'ready', head: 1, generation: 1, snapshots: 1, error: null };
const gone = new HoldfastError('destination-missing', 'The disk is gone.', 'Connect it.');
const full = new HoldfastError('destination-full', 'The place is full.', 'Make room.');

let folder: string;
let destinations: Destinations;
let events: EngineEvent[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-to-all-'));
  const { store } = await ConfigStore.load(path.join(folder, 'config.json'));
  await store.update({ plan });
  destinations = await makeDestinations(folder, store, new FakeClock());
  events = [];
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const outputFor = (input: BackupInput, also: Partial<BackupOutput['also'][number]>[] = []): BackupOutput => ({
  ...BACKUP_OUTPUT,
  also: (input.also ?? []).map((_, index) => ({
    index,
    state: 'complete',
    error: null,
    storedBytes: 20,
    copiedObjects: 0,
    ...also[index],
  })),
});

async function run(verbs: FakeVerbs) {
  const engines = new FakeEngines(verbs);
  const toAll = new BackupToAll({
    engines,
    keys: new FakeKeys(),
    destinations,
    stateFolder: path.join(folder, 'engine'),
    computerName: 'ada',
  });
  const ids: (readonly string[])[] = [];
  const context = {
    runId: 'r',
    control: new RunControl(),
    emit: (event: EngineEvent) => void events.push(event),
    destinations: (all: readonly string[]) => void ids.push(all),
  };
  const record = toAll.run(plan, context);
  await record.catch(() => undefined);
  expect(engines.ended).toBe(engines.started);
  return { record, engines, ids };
}

const backedUp = (engines: FakeEngines): string[][] =>
  engines.calls
    .filter(({ verb }) => verb === 'backup')
    .map(({ input }) => {
      const { destination, also = [] } = input as BackupInput;
      return [destination, ...also].map(placeText);
    });

describe('a backup to several destinations', () => {
  it('is led by the one that the survey names, and counts every one complete', async () => {
    const { record, engines, ids } = await run({
      survey: async () => ({ destinations: [READY, READY, READY], lead: 1 }),
      backup: async (input) => outputFor(input),
    });
    expect(backedUp(engines)).toEqual([['/nas', '/disk', '/drive']]);
    expect(ids).toEqual([['nas', 'disk', 'drive']]);
    expect((await record).destinations?.map(({ id, complete }) => [id, complete])).toEqual([
      ['disk', true],
      ['nas', true],
      ['drive', true],
    ]);
    for (const { id } of plan.destinations) expect(destinations.states.get(id).completeMs).not.toBeNull();
  });

  it('leaves out one that is away, and fills one that is empty', async () => {
    const { record, engines } = await run({
      survey: async () => ({
        destinations: [{ ...READY, state: 'unreachable', error: gone.toInfo() }, READY, { ...READY, state: 'empty' }],
        lead: 1,
      }),
      backup: async (input) => outputFor(input),
    });
    expect(backedUp(engines)).toEqual([['/nas', '/drive']]);
    expect((await record).destinations?.find(({ id }) => id === 'disk')).toMatchObject({
      complete: false,
      error: { code: 'destination-missing' },
    });
    expect(destinations.status('disk').presence).toBe('away');
    expect(destinations.states.get('disk').behind).toBe(true);
  });

  it('goes on to the others where one fails in the middle', async () => {
    const { record } = await run({
      survey: async () => ({ destinations: [READY, READY, READY], lead: 0 }),
      backup: async (input) => outputFor(input, [{ state: 'behind', error: full.toInfo() }, {}]),
    });
    expect((await record).destinations?.map(({ id, complete }) => [id, complete])).toEqual([
      ['disk', true],
      ['nas', false],
      ['drive', true],
    ]);
    expect(destinations.status('nas')).toMatchObject({ presence: 'error', error: { code: 'destination-full' } });
  });

  it('is led by another one where the first fails, and says so', async () => {
    const { record, engines } = await run({
      survey: async () => ({ destinations: [READY, READY, READY], lead: 0 }),
      backup: async (input) => {
        if (placeText(input.destination) === '/disk') throw gone;
        return outputFor(input);
      },
    });
    expect(backedUp(engines)).toEqual([
      ['/disk', '/nas', '/drive'],
      ['/nas', '/drive'],
    ]);
    expect((await record).snapshotId).toBe('ab'.repeat(32));
    expect(events).toContainEqual(expect.objectContaining({ type: 'message', level: 'warning' }));
  });

  it('fails where none can be reached, with what the worst of them said', async () => {
    const away: SurveyedDestination = { ...READY, state: 'unreachable', error: gone.toInfo() };
    const { record } = await run({
      survey: async () => ({ destinations: [away, { ...away, error: full.toInfo() }, away], lead: null }),
    });
    await expect(record).rejects.toMatchObject({ code: 'destination-full' });
  });

  it('keeps a server that is only busy now among those that receive', async () => {
    const busy = new HoldfastError('destination-busy', 'Too many requests.', 'Wait.', { retry: { afterMs: 1_000 } });
    const { engines } = await run({
      survey: async () => ({
        destinations: [READY, { ...READY, state: 'unreachable', error: busy.toInfo() }, READY],
        lead: 0,
      }),
      backup: async (input) => outputFor(input),
    });
    expect(backedUp(engines)).toEqual([['/disk', '/nas', '/drive']]);
  });

  it('holds nothing against a place where the person stopped', async () => {
    const stop = new HoldfastError('stopped', 'Stopped.', 'Go on later.');
    await run({
      survey: async () => ({ destinations: [READY, READY, READY], lead: 0 }),
      backup: async (input) => outputFor(input, [{ state: 'behind', error: stop.toInfo() }, {}]),
    });
    expect(destinations.status('nas').presence).toBe('present');
    expect(destinations.states.get('nas')).toMatchObject({ behind: true, error: null });
  });

  it('ends at once where the failure is not about a destination', async () => {
    const { record, engines } = await run({
      survey: async () => ({ destinations: [READY, READY, READY], lead: 0 }),
      backup: async () => {
        throw new HoldfastError('source-missing', 'No folder.', 'Connect the disk.');
      },
    });
    await expect(record).rejects.toMatchObject({ code: 'source-missing' });
    expect(backedUp(engines)).toHaveLength(1);
  });
});
