import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebDavPlace } from '../../main/destinations/spec.ts';
import { ConfigStore, NO_LIMITS, type Plan } from '../../main/jobs/config.ts';
import { DestinationStates } from '../../main/jobs/destination-states.ts';
import { withDistinctNames, type ChosenPlace, type Destinations } from '../../main/jobs/destinations.ts';
import { makeDestinations, MemorySecrets } from '../support/app-destinations.ts';
import { chosenFolder, plannedFolder } from '../support/chosen-place.ts';
import { FakeClock } from '../support/fake-clock.ts';

const SECRET = 'correct-horse';
/** Port 9 of this computer: nobody answers there. */
const SILENT: WebDavPlace = { kind: 'webdav', url: 'http://127.0.0.1:9/dav/', user: 'ada', certificate: null };
const silent: ChosenPlace = { place: SILENT, credentials: { kind: 'webdav', password: SECRET }, name: 'Loft NAS' };

let folder: string;
let config: ConfigStore;
let secrets: MemorySecrets;
let clock: FakeClock;
let destinations: Destinations;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-destinations-'));
  config = (await ConfigStore.load(path.join(folder, 'config.json'))).store;
  secrets = new MemorySecrets();
  clock = new FakeClock();
  const plan: Plan = {
    destinations: [plannedFolder(path.join(folder, 'disk'))],
    sources: ['/home/ada'],
    excludes: [],
    repoId: '00'.repeat(16),
    repoCreatedMs: 0,
    clientId: '11'.repeat(16),
  };
  await config.update({ plan });
  destinations = await makeDestinations(folder, config, clock, secrets);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const planServer = async (): Promise<string> => {
  const adopted = await destinations.adopt(silent);
  const plan = config.value.plan;
  if (plan === null) throw new Error('no plan');
  await config.update({ plan: { ...plan, destinations: [...plan.destinations, adopted] } });
  return adopted.id;
};

describe('destinations of a plan', () => {
  it('are opened with the secret of the keychain, which no file of the app holds', async () => {
    const id = await planServer();
    const again = await makeDestinations(folder, config, clock, secrets);
    await again.load();
    expect(again.spec(again.require(id))).toMatchObject({ ...SILENT, credentials: { password: SECRET } });
    expect(await readFile(path.join(folder, 'config.json'), 'utf8')).not.toContain(SECRET);
  });

  it('of one place always have one scratch folder, before and after it is in the plan', async () => {
    const before = destinations.specOf(silent).scratch;
    const id = await planServer();
    expect(destinations.spec(destinations.require(id)).scratch).toBe(before);
    expect(destinations.specOf({ ...silent, place: { ...SILENT, url: 'http://127.0.0.1:9/other/' } }).scratch).not.toBe(
      before,
    );
  });

  it('are added and made; the same place is not added twice', async () => {
    const nas = chosenFolder(path.join(folder, 'nas'));
    const added = await destinations.add(nas);
    expect((await stat(path.join(folder, 'nas'))).isDirectory()).toBe(true);
    expect(destinations.planned().map(({ id }) => id)).toEqual(['d1', added.id]);
    await expect(destinations.add(nas)).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('are called what the person typed, and by their own name where that is nothing', async () => {
    await destinations.add(chosenFolder(path.join(folder, 'nas')), ' In the cellar ');
    await destinations.add(chosenFolder(path.join(folder, 'stick')), '  ');
    const own = chosenFolder(path.join(folder, 'stick')).name;
    expect(destinations.planned().map(({ name }) => name)).toEqual([expect.any(String), 'In the cellar', own]);
  });

  it('that cannot be made leave no secret behind', async () => {
    await expect(destinations.add(silent)).rejects.toMatchObject({ code: 'destination-offline' });
    expect(secrets.entries.size).toBe(0);
    expect(destinations.planned()).toHaveLength(1);
  });

  it('are removed with their secrets and what was remembered; the last one stays', async () => {
    const id = await planServer();
    await destinations.load();
    await destinations.note(id, { error: null, complete: true });
    await destinations.remove(id);
    expect(secrets.entries.size).toBe(0);
    expect(destinations.states.get(id).completeMs).toBeNull();
    await expect(destinations.remove('d1')).rejects.toMatchObject({ code: 'bad-input' });
    expect(destinations.planned()).toHaveLength(1);
  });

  it('tell whether they are there, and when one came back', async () => {
    const id = await planServer();
    expect(await destinations.look(true)).toBe(false);
    expect(destinations.status('d1').presence).toBe('away');
    expect(destinations.status(id)).toMatchObject({ presence: 'away', error: { code: 'destination-offline' } });
    await mkdir(path.join(folder, 'disk'));
    expect(await destinations.look(false)).toBe(true);
    expect(destinations.status('d1').presence).toBe('present');
    expect(await destinations.look(false)).toBe(false);
  });

  it('are found again on a disk with another name, and never mistaken for one of the others', async () => {
    const elsewhere = path.join(folder, 'renamed-disk');
    await mkdir(elsewhere);
    let found: string | null = elsewhere;
    destinations = await makeDestinations(folder, config, clock, secrets, () => found);
    await destinations.look(true);
    expect(destinations.require('d1').place).toEqual({ kind: 'local', path: elsewhere });
    expect(destinations.status('d1').presence).toBe('present');

    await rm(elsewhere, { recursive: true });
    const nas = path.join(folder, 'nas');
    await destinations.add(chosenFolder(nas));
    found = nas;
    await destinations.look(true);
    expect(destinations.require('d1').place).toEqual({ kind: 'local', path: elsewhere });
    expect(destinations.status('d1').presence).toBe('away');
  });

  it('are read from where a complete one is: a present folder before a server, either before one that lags', async () => {
    await mkdir(path.join(folder, 'disk'));
    const nas = await destinations.add(chosenFolder(path.join(folder, 'nas')));
    await destinations.note('d1', { error: null, complete: true });
    await destinations.note(nas.id, { error: null, complete: true });
    expect(destinations.reading().id).toBe('d1');
    await destinations.note('d1', { error: null, complete: false });
    expect(destinations.reading().id).toBe(nas.id);
    destinations.found(nas.id, { presence: 'away' });
    expect(destinations.reading().id).toBe('d1');
  });

  it('that are servers are measured after a run only: nobody who unlocks waits for a long list', async () => {
    let requests = 0;
    const server = createServer((_, answer) => {
      requests += 1;
      answer.writeHead(403).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const { id } = await destinations.adopt({ ...silent, place: { ...SILENT, url: `http://127.0.0.1:${port}/` } });
      const plan = config.value.plan;
      if (plan === null) throw new Error('no plan');
      const place: WebDavPlace = { ...SILENT, url: `http://127.0.0.1:${port}/` };
      await config.update({ plan: { ...plan, destinations: [{ id, name: 'NAS', place, limits: NO_LIMITS }] } });
      await destinations.states.noteUsage(id, 1, 5);
      await destinations.measure();
      expect(requests).toBe(0);
      await destinations.note(id, { error: null, complete: true });
      await destinations.measure();
      expect(requests).toBeGreaterThan(0);
    } finally {
      server.close();
    }
  });

  it('change their limits while a run has them open', async () => {
    const id = await planServer();
    const { limits } = destinations.spec(destinations.require(id));
    await destinations.setLimits(id, { ...NO_LIMITS, sendBytes: 50_000 });
    expect(destinations.spec(destinations.require(id)).limits).toBe(limits);
    expect(destinations.require(id).limits.sendBytes).toBe(50_000);
  });

  it('keep a new secret only where it was not refused', async () => {
    const id = await planServer();
    // A server that does not answer refuses nothing: the person may be right.
    await destinations.renew(id, { kind: 'webdav', password: 'newer' });
    expect(secrets.entries.get(id)).toEqual({ kind: 'webdav', password: 'newer' });
  });
});

describe('names of destinations', () => {
  it('are told apart', () => {
    const names = withDistinctNames([plannedFolder('/a/Disk'), plannedFolder('/b/Disk'), plannedFolder('/c/Disk')]);
    expect(names.map(({ name }) => name)).toEqual(['Disk', 'Disk 2', 'Disk 3']);
  });
});

describe('what is remembered of destinations', () => {
  const DAY = 86_400_000;

  it('is one sample of use a day, of the last sixty', async () => {
    const file = path.join(folder, 'states.json');
    const states = await DestinationStates.load(file);
    for (let day = 0; day < 70; day++) {
      await states.noteUsage('a', day * DAY + 1, day);
      await states.noteUsage('a', day * DAY + 2, day + 0.5);
    }
    const { usage, usedBytes } = (await DestinationStates.load(file)).get('a');
    expect(usage).toHaveLength(60);
    expect(usage[0]).toEqual({ at: 10 * DAY + 2, bytes: 10.5 });
    expect(usedBytes).toBe(69.5);
  });

  it('is nothing where the file is damaged', async () => {
    const file = path.join(folder, 'states.json');
    const states = await DestinationStates.load(file);
    await states.update('a', { behind: true });
    expect((await DestinationStates.load(file)).get('a').behind).toBe(true);
    await rm(file);
    expect((await DestinationStates.load(file)).get('a')).toMatchObject({ behind: false, completeMs: null });
  });
});
