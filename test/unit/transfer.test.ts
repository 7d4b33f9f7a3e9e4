import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLookedFor, Transfer, type TransferParts } from '../../main/app/transfer.ts';
import { transferHandlers } from '../../main/ipc/transfer.ts';
import { newRunRecord } from '../../main/jobs/activity.ts';
import { type Config, ConfigStore, DEFAULT_CONFIG, NO_LIMITS } from '../../main/jobs/config.ts';
import { changePlan } from '../../main/jobs/plans.ts';
import { DEFAULT_WHEN, type When } from '../../main/jobs/schedule/when.ts';
import { readConfiguration, writeConfiguration } from '../../main/jobs/transfer/file.ts';
import { ConfigurationChanges, type AppState } from '../../preload/contract.ts';

const DAILY: When = { ...DEFAULT_WHEN, schedule: { every: 'hours', hours: 6 } };
const KEEP = { last: 0, hourly: 24, daily: 7, weekly: 4, monthly: 12, yearly: 0 };
const FACTS = { computer: 'boathouse', version: '0.1.0', atMs: Date.UTC(2026, 10, 26) };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-transfer-'));
  for (const name of ['docs', 'music', 'work']) await mkdir(path.join(folder, name));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const at = (name: string): string => path.join(folder, name);

/** The computer that the file is made on: two plans, three places, secrets beside them. */
function old(): Config {
  return {
    ...DEFAULT_CONFIG,
    plan: {
      name: 'My files',
      sources: [at('docs'), at('music'), '/data/gone'],
      excludes: ['*.tmp', '*.iso'],
      repoId: 'canary-repo-id',
      repoCreatedMs: 1,
      clientId: 'canary-client-id',
      destinations: [
        { id: 'canary-d1', name: 'Disk', place: { kind: 'local', path: '/media/disk' }, limits: NO_LIMITS },
        {
          id: 'canary-d2',
          name: 'Cloud',
          place: { kind: 'webdav', url: 'https://anna:canary-password@dav.example/x', user: 'anna', certificate: null },
          limits: NO_LIMITS,
        },
      ],
      care: {
        keep: KEEP,
        pins: ['canary-pin'],
        drills: true,
        checks: true,
        practice: { lastMs: null, times: 0, laterMs: null },
      },
      vault: {
        vaultId: 'canary-vault',
        recordId: 'canary-record',
        urls: ['https://canary-url'],
        fingerprint: 'canary-print',
        embedded: false,
        seenMs: 0,
      },
    },
    furtherPlans: [
      {
        id: 'canary-p2',
        name: 'Work',
        where: ['canary-d1'],
        sources: [at('work')],
        excludes: [],
        clientId: 'canary-client-2',
        when: DAILY,
        keep: null,
      },
    ],
    when: DAILY,
    settings: { ...DEFAULT_CONFIG.settings, theme: 'dark', language: 'de', idleLockMinutes: 30 },
    alarms: { ...DEFAULT_CONFIG.alarms, heartbeat: { host: 'canary-host', last: null } },
  };
}

/** A computer that was just set up. */
function fresh(keep: typeof KEEP | null = null): Config {
  const { plan } = old();
  if (plan === null) throw new Error('no plan');
  return {
    ...DEFAULT_CONFIG,
    plan: {
      sources: [at('docs')],
      excludes: ['*.tmp'],
      repoId: 'r',
      repoCreatedMs: 1,
      clientId: 'c',
      destinations: [{ id: 'e1', name: 'Disk', place: { kind: 'local', path: '/media/disk' }, limits: NO_LIMITS }],
      care: { ...plan.care!, keep },
    },
  };
}

async function transferOf(config: Config, unlocked = true) {
  const { store } = await ConfigStore.load(at('config.json'));
  await store.update(config);
  const added: unknown[] = [];
  const parts: TransferParts = {
    config: store,
    plans: {
      add: async (plan) => ({ id: `new-${added.push(plan)}` }),
      change: async (id, change) => await changePlan(store, id, change),
      remove: async () => undefined,
    },
    care: {
      setKeep: async (keep, id) =>
        id === 'first' ? await changePlan(store, id, { keep }) : void added.push({ keep, id }),
    },
    settings: {
      set: async ({ theme, language, idleLockMinutes }) => {
        const now = store.value.settings;
        await store.update({
          settings: {
            ...now,
            theme: theme ?? now.theme,
            language: language ?? now.language,
            idleLockMinutes: idleLockMinutes ?? now.idleLockMinutes,
          },
        });
      },
    },
    background: { set: async () => undefined },
    bandwidth: { set: async () => undefined },
    clock: { now: () => FACTS.atMs },
    unlocked: () => unlocked,
    computer: 'shed',
    version: '0.1.0',
  };
  return { transfer: new Transfer(parts), store, added };
}

describe('a configuration as a file', () => {
  const written = () => writeConfiguration(old(), FACTS);

  it('holds the plans and settings, and nothing that opens or names this computer in a backup', () => {
    const text = written();
    expect(text).not.toContain('canary');
    const file = readConfiguration(Buffer.from(text));
    expect(file.plans.map(({ name, places }) => [name, places])).toEqual([
      ['My files', null],
      ['Work', ['Disk']],
    ]);
    expect(file.places.map(({ kind, at: where }) => `${kind} ${where}`)[1]).toContain('dav.example/x');
    expect(file.alarms).toEqual(['heartbeat']);
    expect(text).toContain('"leavesOut": "Keys, passwords');
  });

  it('is told from other files, from damaged ones and from those of newer versions', () => {
    const text = written();
    const refusal = (bytes: string): unknown => {
      try {
        return readConfiguration(Buffer.from(bytes));
      } catch (error) {
        return error;
      }
    };
    for (const other of ['', 'hello', '{}', '[]', '{"holdfast":"kit","version":1}']) {
      expect(refusal(other), other).toMatchObject({
        code: 'bad-input',
        message: expect.stringContaining('not a configuration'),
      });
    }
    for (const broken of [
      text.slice(0, 400),
      text.replace('"dark"', '"blue"'),
      text.replace('"plans"', '"plan"'),
      text.replace('"Work"', '"my FILES "'),
    ]) {
      expect(refusal(broken)).toMatchObject({ code: 'bad-input', message: expect.stringContaining('damaged') });
    }
    expect(refusal(text.replace('"version": 1', '"version": 2'))).toMatchObject({ code: 'newer-format' });
    expect(readConfiguration(Buffer.from(text.replace('"de"', '"tlh"'))).settings.language).toBe('system');
  });
});

describe('taking one over', () => {
  const file = () => readConfiguration(Buffer.from(writeConfiguration(old(), FACTS)));

  it('adds what is here, tells what is not, and what has to be entered again', async () => {
    const { transfer, store, added } = await transferOf(fresh());
    const changes = await transfer.compare(file());
    expect(changes).toMatchObject({
      plans: [
        { into: { id: 'first' }, sources: [at('music')], missing: ['/data/gone'], excludes: ['*.iso'], keep: null },
        { into: null, name: 'Work', sources: [at('work')], where: ['e1'] },
      ],
      settings: ['theme', 'language', 'lock'],
      places: [{ name: 'Cloud' }],
      alarms: ['heartbeat'],
    });
    await transfer.apply(file());
    expect(store.value.plan).toMatchObject({
      sources: [at('docs'), at('music')],
      excludes: ['*.tmp', '*.iso'],
    });
    expect(store.value.when).toEqual(DAILY);
    expect(store.value.settings).toMatchObject({ theme: 'dark', language: 'de', idleLockMinutes: 30 });
    expect(added).toMatchObject([{ name: 'Work', where: ['e1'], when: DAILY }, { keep: null }]);
  });

  it('asks for no path that is of another computer, or none', () => {
    for (const at of ['C:\\Users\\anna', 'C:/Users/anna']) expect(isLookedFor(at, 'win32'), at).toBe(true);
    for (const at of ['\\\\evil\\share\\x', '//evil/share/x', '\\/evil/x', '\\\\?\\UNC\\evil\\x', 'docs', 'C:docs'])
      expect(isLookedFor(at, 'win32'), at).toBe(false);
    expect(['/home/anna', 'docs', '../docs'].map((at) => isLookedFor(at, 'linux'))).toEqual([true, false, false]);
  });

  it('leaves the rule of what is kept as it is: another could remove backups', async () => {
    // Null: every backup is kept, which a file's rule would end.
    for (const own of [{ ...KEEP, daily: 90 }, null]) {
      const { transfer, store } = await transferOf(fresh(own));
      expect((await transfer.compare(file())).plans[0]).toMatchObject({ keep: null, keepStays: true });
      await transfer.apply(file());
      expect(store.value.plan?.care?.keep).toEqual(own);
    }
  });

  it('changes nothing while locked where a new plan comes with it', async () => {
    const { transfer, store } = await transferOf(fresh(), false);
    const before = structuredClone(store.value);
    await expect(transfer.apply(file())).rejects.toMatchObject({ code: 'locked' });
    expect(store.value).toEqual(before);
  });
});

describe('files of configuration and log', () => {
  it('are saved, opened and taken over where a person says', async () => {
    const { transfer } = await transferOf(fresh());
    let chosen: string | null = at('c.json');
    const state = { current: () => ({ computerName: 'shed', version: '1', platform: 'linux' }) as AppState };
    const run = { ...newRunRecord('a-1', 'backup' as const, 1, 'Disk'), result: 'done' as const };
    const own = transferHandlers({
      transfer,
      activity: { list: () => [run, { ...run, id: 'a-2' }] },
      state: { ...state, refresh: async () => undefined },
      dialogs: { chooseFile: async () => chosen, saveFile: async () => chosen },
    });
    await expect(own.applyConfiguration(null)).rejects.toMatchObject({ code: 'bad-input' });
    await writeFile(at('c.json'), writeConfiguration(old(), FACTS));
    expect(ConfigurationChanges.parse(await own.openConfiguration(null))).toMatchObject({
      name: 'c.json',
      computer: 'boathouse',
      plans: [{ into: 'My files', when: true, keep: 'stays' }, { into: null }],
    });
    await own.applyConfiguration(null);
    expect(await own.saveConfiguration(null)).toBe(true);
    expect(readConfiguration(await readFile(at('c.json'))).computer).toBe('shed');
    expect(await own.saveLog(null)).toBe(true);
    const log = await readFile(at('c.json'), 'utf8');
    expect(log).toContain('no key, no password');
    expect(log.match(/^Holdfast: Backup$/gm)).toHaveLength(2);
    chosen = folder;
    await expect(own.openConfiguration(null)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(own.saveLog(null)).rejects.toMatchObject({ code: 'target-denied' });
    chosen = null;
    expect([await own.saveLog(null), await own.openConfiguration(null)]).toEqual([false, null]);
  });
});
