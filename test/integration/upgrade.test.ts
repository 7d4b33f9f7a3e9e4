/**
 * What each released version left on a computer, opened by today's code. The folders of test/golden/home-VERSION were
 * made by that version's own code and are never made again:
 *
 *   HOLDFAST_MAKE_HOME=0.2.0 npx vitest run test/integration/upgrade.test.ts
 *
 *   home/            HOLDFAST_HOME, but for the engine's caches, which are made anew
 *   keychain.json    the entries of the keychain by their names, in base64; the secrets are this test's alone
 *   expected.json    what is to be found, in words that no version changes
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alarmSecrets } from '../../main/app/alarm-secrets.ts';
import { destinationSecrets } from '../../main/app/destination-secrets.ts';
import { UpdateMemory } from '../../main/app/updates/memory.ts';
import { RunControl } from '../../main/engine/control.ts';
import { enrol } from '../../main/engine/enrol.ts';
import { ActivityLog, newRunRecord } from '../../main/jobs/activity.ts';
import { ConfigStore } from '../../main/jobs/config.ts';
import { DestinationStates } from '../../main/jobs/destination-states.ts';
import { appFolders } from '../../main/jobs/folders.ts';
import { openCapability, sealCapability } from '../../main/keys/capability-file.ts';
import { makeDevice, readDevice } from '../../main/keys/vault/device.ts';
import { Keychain } from '../support/key-services.ts';

const GOLDEN = path.resolve(import.meta.dirname, '../golden');
const NOW_MS = Date.parse('2026-11-26T12:00:00Z');
const VAULT_RECORD = 'ab'.repeat(32);

interface Expected {
  repoId: string;
  clientId: string;
  sources: string[];
  excludes: string[];
  places: { id: string; name: string; kind: string }[];
  theme: string;
  idleLockMinutes: number;
  keySavedMs: number;
  hourly: number;
  keepRunning: boolean;
  heartbeatHost: string;
  keychain: string[];
  run: { id: string; files: number; result: string };
  updates: { channel: string; seen: string };
}

/** A home as this version of the program leaves it. */
async function makeHome(version: string): Promise<void> {
  const out = path.join(GOLDEN, `home-${version}`);
  if (existsSync(out)) throw new Error(`${out} is there: what a version left is made once`);
  const folders = appFolders({ HOLDFAST_HOME: path.join(out, 'home') });
  await mkdir(folders.root, { recursive: true });
  const store = new Keychain();
  const secrets = destinationSecrets(store);
  const repo = await mkdtemp(path.join(tmpdir(), 'holdfast-home-'));
  await cp(path.join(GOLDEN, 'v1', 'repo'), repo, { recursive: true });
  const key = (await readFile(path.join(GOLDEN, 'v1', 'KEY.txt'), 'utf8')).replaceAll(/\s/g, '');
  const context = { control: new RunControl(), emit: () => undefined };
  const destination = { kind: 'local' as const, path: repo };
  const enrolled = await enrol({ destination, rootKey: new Uint8Array(Buffer.from(key, 'hex')) }, context);
  await rm(repo, { recursive: true });
  await sealCapability(folders.capability, enrolled, { kind: 'keychain', store });
  await makeDevice(store, VAULT_RECORD);
  const { store: config } = await ConfigStore.load(folders.configFile);
  const limits = { sendBytes: 1_000_000, receiveBytes: null, requests: 4 };
  await config.update({
    plan: {
      destinations: [
        {
          id: '1111111111111111',
          name: 'Tidepool disk',
          place: { kind: 'local', path: '/media/tidepool/Holdfast' },
          limits,
        },
        {
          id: '2222222222222222',
          name: 'Fjord',
          place: { kind: 'webdav', url: 'https://fjord.example/dav/', user: 'maren', certificate: null },
          limits,
        },
      ],
      sources: ['/home/maren/Documents', '/home/maren/Pictures'],
      excludes: ['*.tmp', 'node_modules/'],
      repoId: enrolled.repoId,
      repoCreatedMs: NOW_MS,
      clientId: enrolled.clientId,
      vault: {
        vaultId: 'cd'.repeat(16),
        recordId: VAULT_RECORD,
        urls: ['https://vault.example'],
        fingerprint: 'ef'.repeat(32),
        embedded: false,
        seenMs: NOW_MS,
      },
      care: {
        keep: { last: 3, hourly: 24, daily: 30, weekly: 0, monthly: 12, yearly: 10 },
        pins: ['aa'.repeat(16)],
        drills: true,
        checks: true,
        practice: { lastMs: NOW_MS, times: 2, laterMs: null },
      },
    },
    settings: { ...config.value.settings, theme: 'dark', idleLockMinutes: 30 },
    when: { ...config.value.when, schedule: { every: 'hours', hours: 4 } },
    keySavedMs: NOW_MS,
    background: { ...config.value.background, keepRunning: false },
    alarms: {
      ...config.value.alarms,
      heartbeat: { host: 'hc-ping.com', last: { at: NOW_MS, ok: true, message: '' } },
    },
    window: { width: 1400, height: 900, x: 10, y: 20, maximized: false },
  });
  await secrets.keep('2222222222222222', { kind: 'webdav', password: 'a password of this test' });
  await alarmSecrets(store).keep('heartbeat', 'https://hc-ping.com/of-this-test');
  const states = await DestinationStates.load(folders.destinationsFile);
  await states.update('1111111111111111', { completeMs: NOW_MS, usedBytes: 4_096 });
  const log = await ActivityLog.open(folders.activity, NOW_MS);
  const run = newRunRecord('20261126t120000-ab12', 'backup', NOW_MS, 'Tidepool disk');
  await log.save({ ...run, endedAt: NOW_MS + 60_000, result: 'done', files: 812, bytes: 5_000_000 });
  const memory = await UpdateMemory.load(path.join(folders.root, 'updates.json'), version);
  await memory.update({ channel: 'beta', seen: { stable: { version, issuedMs: NOW_MS }, beta: null } });
  const expected: Expected = {
    repoId: enrolled.repoId,
    clientId: enrolled.clientId,
    sources: ['/home/maren/Documents', '/home/maren/Pictures'],
    excludes: ['*.tmp', 'node_modules/'],
    places: [
      { id: '1111111111111111', name: 'Tidepool disk', kind: 'local' },
      { id: '2222222222222222', name: 'Fjord', kind: 'webdav' },
    ],
    theme: 'dark',
    idleLockMinutes: 30,
    keySavedMs: NOW_MS,
    hourly: 4,
    keepRunning: false,
    heartbeatHost: 'hc-ping.com',
    keychain: [...store.entries.keys()].sort(),
    run: { id: run.id, files: 812, result: 'done' },
    updates: { channel: 'beta', seen: version },
  };
  const entries = [...store.entries].sort().map(([name, bytes]) => [name, bytes.toString('base64')]);
  await writeFile(path.join(out, 'keychain.json'), `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
  await writeFile(path.join(out, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`);
}

const making = process.env['HOLDFAST_MAKE_HOME'] ?? '';
const homes = (await readdir(GOLDEN)).filter((name) => name.startsWith('home-'));

it.runIf(making !== '')('a home is made', async () => {
  await makeHome(making);
});

describe.each(homes)('what is in %s', (name) => {
  let folder: string;
  let expected: Expected;
  let store: Keychain;
  const folders = () => appFolders({ HOLDFAST_HOME: folder });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-upgrade-'));
    const golden = path.join(GOLDEN, name);
    await cp(path.join(golden, 'home'), folder, { recursive: true });
    expected = JSON.parse(await readFile(path.join(golden, 'expected.json'), 'utf8')) as Expected;
    store = new Keychain();
    const entries = JSON.parse(await readFile(path.join(golden, 'keychain.json'), 'utf8')) as Record<string, string>;
    for (const [account, text] of Object.entries(entries)) store.entries.set(account, Buffer.from(text, 'base64'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('the configuration: everything is there, and the same once it was written anew', async () => {
    for (let time = 0; time < 2; time += 1) {
      const { store: config, damaged } = await ConfigStore.load(folders().configFile);
      expect(damaged).toBe(false);
      const { plan, settings, when, background, alarms, keySavedMs, window } = config.value;
      expect(plan).toMatchObject({
        repoId: expected.repoId,
        clientId: expected.clientId,
        sources: expected.sources,
        excludes: expected.excludes,
      });
      const places = plan?.destinations.map(({ id, name: word, place }) => ({ id, name: word, kind: place.kind }));
      expect(places).toEqual(expected.places);
      expect(plan?.care).toMatchObject({ keep: { daily: 30 }, practice: { times: 2 } });
      expect(plan?.vault).toMatchObject({ recordId: VAULT_RECORD });
      expect(settings).toMatchObject({ theme: expected.theme, idleLockMinutes: expected.idleLockMinutes });
      expect(when.schedule).toEqual({ every: 'hours', hours: expected.hourly });
      expect(background.keepRunning).toBe(expected.keepRunning);
      expect(alarms.heartbeat?.host).toBe(expected.heartbeatHost);
      expect(keySavedMs).toBe(expected.keySavedMs);
      expect(window?.width).toBe(1400);
      await config.update({ keySavedMs });
    }
  });

  it('the permission to back up opens with its entry of the keychain', async () => {
    const opened = await openCapability(folders().capability, { kind: 'keychain', store });
    expect(opened).toMatchObject({ repoId: expected.repoId, clientId: expected.clientId });
  });

  it('every entry of the keychain is found under the name that it has', async () => {
    const asked = new Set<string>();
    const get = store.get.bind(store);
    store.get = async (account) => {
      asked.add(account);
      return await get(account);
    };
    expect(await destinationSecrets(store).read('2222222222222222')).toEqual({
      kind: 'webdav',
      password: 'a password of this test',
    });
    expect(await alarmSecrets(store).read('heartbeat')).toBe('https://hc-ping.com/of-this-test');
    expect(await readDevice(store, VAULT_RECORD)).not.toBeNull();
    await openCapability(folders().capability, { kind: 'keychain', store });
    expect([...asked].sort()).toEqual(expected.keychain);
  });

  it('a destination’s secrets say their version from now on, and those of a newer one are asked for again', async () => {
    const secrets = destinationSecrets(store);
    const account = 'destination:2222222222222222';
    await secrets.keep('2222222222222222', { kind: 'webdav', password: 'another' });
    expect(JSON.parse(store.entries.get(account)?.toString() ?? '')).toMatchObject({ version: 1 });
    expect(await secrets.read('2222222222222222')).toEqual({ kind: 'webdav', password: 'another' });
    store.entries.set(account, Buffer.from('{"version":2,"kind":"webdav","password":"?"}'));
    expect(await secrets.read('2222222222222222')).toBeNull();
  });

  it('the log, the facts of the places and what is remembered of updates', async () => {
    const log = await ActivityLog.open(folders().activity, NOW_MS);
    expect(log.get(expected.run.id)).toMatchObject(expected.run);
    const states = await DestinationStates.load(folders().destinationsFile);
    expect(states.get('1111111111111111')).toMatchObject({ completeMs: NOW_MS, usedBytes: 4_096 });
    const memory = await UpdateMemory.load(path.join(folder, 'updates.json'), '9.9.9');
    expect(memory.value.channel).toBe(expected.updates.channel);
    expect(memory.value.seen.stable).toEqual({ version: expected.updates.seen, issuedMs: NOW_MS });
  });

  it('is refused by what is older, and left as it is', async () => {
    const file = folders().configFile;
    const newer = { ...(JSON.parse(await readFile(file, 'utf8')) as object), version: 1_000 };
    await writeFile(file, JSON.stringify(newer));
    await expect(ConfigStore.load(file)).rejects.toMatchObject({ code: 'newer-format' });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(newer);
  });
});

it('what 0.1.0 left is among them', () => {
  expect(homes).toContain('home-0.1.0');
});
