import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CopyInput, CopyOutput } from '../../main/engine/api.ts';
import { HoldfastError } from '../../main/errors.ts';
import { ActivityLog } from '../../main/jobs/activity.ts';
import { ConfigStore } from '../../main/jobs/config.ts';
import { Copies } from '../../main/jobs/copies.ts';
import type { Destinations } from '../../main/jobs/destinations.ts';
import { JobRunner } from '../../main/jobs/runner.ts';
import { makeDestinations } from '../support/app-destinations.ts';
import { plannedFolder } from '../support/chosen-place.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeEngines, type FakeVerbs } from '../support/fake-engine.ts';

const COPIED: CopyOutput = { objects: 3, bytes: 9, healed: [], damaged: [], missing: [], complete: true };

let folder: string;
let destinations: Destinations;
let runner: JobRunner;
let paused: boolean;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-copies-'));
  const { store } = await ConfigStore.load(path.join(folder, 'config.json'));
  await store.update({
    plan: {
      destinations: [plannedFolder(path.join(folder, 'disk'), 'disk'), plannedFolder(path.join(folder, 'nas'), 'nas')],
      sources: ['/home/ada'],
      excludes: [],
      repoId: '00'.repeat(16),
      repoCreatedMs: 0,
      clientId: '11'.repeat(16),
    },
  });
  for (const name of ['disk', 'nas']) await mkdir(path.join(folder, name));
  const clock = new FakeClock();
  destinations = await makeDestinations(folder, store, clock);
  runner = new JobRunner(await ActivityLog.open(path.join(folder, 'activity'), 0), clock, { changed: () => undefined });
  paused = false;
});
afterEach(async () => {
  await runner.stopAll();
  await rm(folder, { recursive: true });
});

function copies(verbs: FakeVerbs): { jobs: Copies; engines: FakeEngines } {
  const engines = new FakeEngines(verbs);
  const stateFolder = path.join(folder, 'engine');
  return { jobs: new Copies({ destinations, runner, engines, stateFolder, paused: () => paused }), engines };
}

describe('a copy to one destination', () => {
  it('brings what it lacks from all the others, and is complete then', async () => {
    const { jobs, engines } = copies({ copy: async () => COPIED });
    expect(await jobs.start('nas').finished).toMatchObject({ kind: 'copy', result: 'done', files: 3, bytes: 9 });
    const input = engines.calls[0]?.input as CopyInput;
    expect(input.from).toEqual([{ kind: 'local', path: path.join(folder, 'disk') }]);
    expect(input.to).toEqual({ kind: 'local', path: path.join(folder, 'nas') });
    expect(destinations.states.get('nas')).toMatchObject({ behind: false, error: null });
    expect(engines.ended).toBe(engines.started);
  });

  it('says of its own run what is whole nowhere, and keeps what it was told on the way', async () => {
    const object = 'c/11/p/22';
    const { jobs } = copies({
      copy: async (_input, { emit }) => {
        emit({ type: 'message', level: 'warning', text: 'disk does not answer any more.' });
        const damaged = [{ object, at: 'disk', message: 'A part of the backup is damaged.' }];
        return { ...COPIED, damaged, missing: [object], complete: false };
      },
    });
    const run = await jobs.start('nas').finished;
    expect(run).toMatchObject({ kind: 'copy', result: 'done-with-skips', skippedCount: 1 });
    expect(run.skipped).toMatchObject([
      {
        path: object,
        reason: 'other',
        message: 'A part of the backup is damaged.',
        guidance: 'What could be copied was copied. Verify the backup to see which files are concerned.',
      },
    ]);
    expect(run.messages.map(({ text }) => text)).toEqual([
      'disk does not answer any more.',
      `${object} at disk: A part of the backup is damaged.`,
    ]);
    expect(destinations.states.get('nas')).toMatchObject({ behind: true });
  });

  it('that fails says so at that place', async () => {
    const { jobs } = copies({
      copy: async () => {
        throw new HoldfastError('destination-full', 'It is full.', 'Make room.');
      },
    });
    expect(await jobs.start('nas').finished).toMatchObject({ result: 'failed' });
    expect(destinations.states.get('nas')).toMatchObject({ behind: true, error: { code: 'destination-full' } });
  });
});

describe('catching up by itself', () => {
  it('goes to the place that is behind, and makes none that is not there', async () => {
    await destinations.note('disk', { error: null, complete: true });
    await destinations.note('nas', { error: null, complete: false });
    const { jobs, engines } = copies({ copy: async () => COPIED });
    jobs.catchUp();
    await runner.stopAll();
    expect(engines.calls[0]?.input).toMatchObject({ to: { path: path.join(folder, 'nas') }, make: false });
  });

  it.each([
    ['backups are paused', () => (paused = true)],
    ['nothing is behind', () => destinations.note('nas', { error: null, complete: true })],
    ['the place is away', () => destinations.found('nas', { presence: 'away' })],
  ])('does nothing while %s', async (_, arrange) => {
    await destinations.note('disk', { error: null, complete: true });
    await destinations.note('nas', { error: null, complete: false });
    await arrange();
    const { jobs, engines } = copies({ copy: async () => COPIED });
    jobs.catchUp();
    expect(runner.active()).toEqual([]);
    expect(engines.calls).toEqual([]);
  });
});
