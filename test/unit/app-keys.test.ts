import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kitPrintPage } from '../../main/app/kit-print-page.ts';
import { KeyAccess } from '../../main/app/key-access.ts';
import { KeySetUp } from '../../main/app/set-up.ts';
import { SessionUnlocking } from '../../main/app/unlocking.ts';
import { VaultOwner } from '../../main/app/vault/owner.ts';
import type { Verbs } from '../../main/engine/api.ts';
import { HoldfastError } from '../../main/errors.ts';
import { ActivityLog } from '../../main/jobs/activity.ts';
import { Backups } from '../../main/jobs/backups.ts';
import { ConfigStore } from '../../main/jobs/config.ts';
import { Connection } from '../../main/jobs/connection.ts';
import { JobRunner } from '../../main/jobs/runner.ts';
import type { KitContent } from '../../main/keys/kit.ts';
import { keyGroups } from '../../main/keys/digits.ts';
import { RootKey, Secret } from '../../main/keys/secret.ts';
import { KeySession } from '../../main/keys/session.ts';
import type { SecretStore } from '../../main/keys/store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeEngines, FakeKeys, type FakeVerbs } from '../support/fake-engine.ts';
import { FakeVault } from '../support/fake-vault.ts';

/** A keychain of this process. */
class Keychain implements SecretStore {
  readonly kind = 'system';
  readonly problem = null;
  readonly message = null;
  readonly entries = new Map<string, Buffer>();
  async get(account: string): Promise<Secret | null> {
    const bytes = this.entries.get(account);
    return bytes === undefined ? null : new Secret(bytes);
  }
  async set(account: string, secret: Secret): Promise<void> {
    this.entries.set(account, Buffer.from(secret.read((bytes) => bytes.slice())));
  }
  async delete(account: string): Promise<boolean> {
    return this.entries.delete(account);
  }
}

let folder: string;
let right: Uint8Array;
let repoId: string;
let store: Keychain;
let config: ConfigStore;
let session: KeySession;
let engines: FakeEngines;
let created: number;
let connection: Connection;
let access: KeyAccess;
let setUp: KeySetUp;
let unlocking: SessionUnlocking;
let runner: JobRunner;
let print: (kit: KitContent) => Promise<void> = async () => undefined;

const readerPublicKey = new Uint8Array(1216).fill(3);

function enrolled(id: string): Verbs['enrol']['output'] {
  const hash = createHash('sha256').update(readerPublicKey).digest();
  return {
    capability: Buffer.concat([Buffer.alloc(40, 5), hash]),
    readerPublicKey,
    clientId: 'c1'.repeat(16),
    repoId: id,
  };
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-app-keys-'));
  store = new Keychain();
  created = 0;
  right = new Uint8Array();
  repoId = '';
  const check = (rootKey: Uint8Array): void => {
    if (Buffer.compare(rootKey, right) !== 0) throw new HoldfastError('wrong-key', 'Wrong.', 'Look again.');
  };
  const facts = () => ({ repoId, createdMs: 1, generation: 1, clients: [], vault: null, ownerKnown: false });
  const verbs: FakeVerbs = {
    create: async (input) => {
      if (right.length > 0) throw new HoldfastError('repository-exists', 'There is one.', 'Choose another.');
      created++;
      right = input.rootKey;
      repoId = input.repoId ?? '';
      return facts();
    },
    inspect: async () => facts(),
    unlock: async ({ rootKey }) => {
      check(rootKey);
      return facts();
    },
    enrol: async ({ rootKey }) => {
      check(rootKey);
      return enrolled(repoId);
    },
    backup: async () => {
      throw new HoldfastError('destination-full', 'Full.', 'Make room.');
    },
  };
  engines = new FakeEngines(verbs);
  config = (await ConfigStore.load(path.join(folder, 'config.json'))).store;
  session = new KeySession({ idleMinutes: 15 });
  connection = new Connection(config, engines);
  access = new KeyAccess(session, store, folder);
  const clock = new FakeClock();
  runner = new JobRunner(await ActivityLog.open(path.join(folder, 'activity'), 0), clock, { changed: () => undefined });
  const computerName = 'ada';
  const stateFolder = path.join(folder, 'engine');
  const changed = async (): Promise<void> => undefined;
  const backups = new Backups({
    config,
    runner,
    engines,
    keys: new FakeKeys(),
    clock,
    stateFolder,
    computerName,
    changed: () => undefined,
  });
  const enrolment = { engines, store, folder };
  const vault = new VaultOwner({
    keys: new FakeVault(),
    embedded: null,
    session,
    store,
    connection,
    config,
    engines,
    clock,
    stateFolder,
    changed: () => undefined,
    report: () => undefined,
  });
  setUp = new KeySetUp({
    config,
    session,
    connection,
    backups,
    enrolment,
    vault,
    stateFolder,
    computerName,
    print: async (kit) => await print(kit),
    changed,
  });
  unlocking = new SessionUnlocking({
    session,
    connection,
    config,
    engines,
    keys: access,
    enrolment,
    vault,
    stateFolder,
    changed,
    touched: () => undefined,
  });
});
afterEach(async () => {
  await session.lock('quit');
  await runner.stopAll();
  await rm(folder, { recursive: true });
});

const plan = {
  destination: '/backups',
  sources: ['/home/ada', '/home/ada/Documents'],
  excludes: ['*.tmp', ' '],
  protection: 'key' as const,
};

/** Types the asked rows back. */
function rowsOf(groups: string[], rows: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(
    rows.map((row) => ['ABCD'.indexOf(row), row] as const).map(([i, row]) => [row, groups.slice(4 * i, 4 * i + 4)]),
  );
}

async function finishSetUp(): Promise<string[]> {
  setUp.newKey();
  const { groups } = setUp.reveal();
  expect(setUp.prove(rowsOf(groups, setUp.challenge())).ok).toBe(true);
  await setUp.finish(plan);
  return groups;
}

describe('set-up with a new key', () => {
  it('keeps the key that was made, shows it with checks and a square, and asks for two rows', () => {
    expect(setUp.newKey()).toBe(true);
    const first = setUp.reveal();
    expect(setUp.newKey()).toBe(false);
    expect(setUp.reveal()).toEqual(first);
    expect(first.groups).toHaveLength(16);
    expect(first.rowChecks).toHaveLength(4);
    expect(first.qr.modules).toHaveLength(first.qr.size ** 2);
    expect(first.repoId).toMatch(/^[0-9a-f]{32}$/);
    const rows = setUp.challenge();
    expect(new Set(rows).size).toBe(2);
    expect(rows).toEqual([...rows].sort());
    expect(setUp.challenge()).toEqual(rows);
  });

  it('names the row that was typed wrong, and takes lower case', () => {
    setUp.newKey();
    const { groups } = setUp.reveal();
    const [first = 'A', second = 'B'] = setUp.challenge();
    const typed = rowsOf(groups, [first, second]);
    const wrong = (typed[second] ?? []).map((group) => group.replace(/./, (digit) => (digit === '0' ? '1' : '0')));
    expect(setUp.prove({ ...typed, [second]: wrong })).toMatchObject({ ok: false, wrongRows: [second] });
    expect(setUp.prove({ [first]: typed[first] ?? [] })).toMatchObject({ ok: false });
    const lower = Object.fromEntries(
      Object.entries(typed).map(([row, four]) => [row, four.map((group) => group.toLowerCase())]),
    );
    expect(setUp.prove(lower)).toMatchObject({ ok: true, wrongRows: [] });
  });

  it('does nothing before the rows were typed back', async () => {
    await expect(setUp.finish(plan)).rejects.toMatchObject({ code: 'bad-input' });
    setUp.newKey();
    await expect(setUp.finish(plan)).rejects.toMatchObject({ code: 'bad-input' });
    expect(engines.calls).toEqual([]);
    expect(config.value.plan).toBeNull();
  });

  it('creates the repository with the id of the kit, enrols, seals, stores the plan, unlocks and starts', async () => {
    setUp.newKey();
    await setUp.kitSaved();
    const shown = setUp.reveal();
    const groups = await finishSetUp();
    expect(engines.calls.map((call) => call.verb).slice(0, 2)).toEqual(['create', 'enrol']);
    expect(repoId).toBe(shown.repoId);
    expect(config.value.plan).toMatchObject({
      destination: { kind: 'local', path: '/backups' },
      sources: ['/home/ada'],
      excludes: ['*.tmp'],
      repoId,
      clientId: 'c1'.repeat(16),
    });
    expect(config.value.keySavedMs).not.toBeNull();
    expect(session.locked).toBe(false);
    expect(keyGroups(session.rootKey)).toEqual(groups);
    expect((await access.writeAccess()).readerPublicKey).toEqual(readerPublicKey);
    expect(runner.activeId('backup')).not.toBeNull();
    expect(engines.started - engines.ended).toBeLessThanOrEqual(1); // only the backup's thread may still be there
  });

  it('leaves neither key nor capability in the clear on disk', async () => {
    const groups = await finishSetUp();
    const files = await Promise.all(
      ['config.json', 'capability', 'reader.pub'].map((name) => readFile(path.join(folder, name))),
    );
    const all = Buffer.concat(files);
    expect(all.includes(Buffer.from(right))).toBe(false);
    expect(all.toString('latin1').toUpperCase()).not.toContain(groups.join('').toUpperCase());
    expect(all.includes(Buffer.alloc(40, 5))).toBe(false);
  });

  it('goes on where an earlier try broke off, and never takes over another repository', async () => {
    setUp.newKey();
    const { groups, repoId: mine } = setUp.reveal();
    setUp.prove(rowsOf(groups, setUp.challenge()));
    right = Buffer.from(groups.join(''), 'hex');
    repoId = 'ff'.repeat(16);
    await expect(setUp.finish(plan)).rejects.toMatchObject({ code: 'repository-exists' });
    expect(config.value.plan).toBeNull();
    repoId = mine;
    await setUp.finish(plan);
    expect(created).toBe(0);
    expect(config.value.plan?.repoId).toBe(mine);
  });

  it('makes a kit with the digits as PDF, and the same for the printer', async () => {
    setUp.newKey();
    const pdf = Buffer.from(await setUp.kit());
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    const page = kitPrintPage({
      key: new RootKey(new Uint8Array(32).fill(0xab)),
      repoId: new Uint8Array(16).fill(1),
      computerName: '<script>alert("x")</script>',
      destinations: ['Folder /a&b'],
      made: new Date(Date.UTC(2025, 0, 2, 12)),
    });
    expect(page.match(/ABAB/gi)).toHaveLength(16);
    expect(page).not.toContain('<script');
    expect(page).toContain('/a&#38;b');
    expect(page).toContain('2 January 2025');
  });

  it('names the place on the kit that is about to be chosen', async () => {
    const kits: KitContent[] = [];
    print = async (kit) => void kits.push(kit);
    setUp.newKey();
    await setUp.printKit();
    setUp.consider('/media/disk/Holdfast Backups');
    await setUp.printKit();
    expect(kits.map((kit) => kit.destinations)).toEqual([[], ['Folder /media/disk/Holdfast Backups']]);
    expect(kits[0]?.computerName).toBe('ada');
  });

  it('forgets the key when the app quits before the end', () => {
    setUp.newKey();
    setUp.forget();
    expect(() => setUp.reveal()).toThrow(expect.objectContaining({ code: 'locked' }));
  });
});

describe('set-up with a repository that is there', () => {
  it('takes its digits, refuses others, and creates nothing', async () => {
    const key = RootKey.generate();
    right = key.copy();
    repoId = 'ab'.repeat(16);
    const groups = keyGroups(key);
    const wrong = ['0000', ...groups.slice(1)];
    expect(await setUp.unlockExisting('/backups', wrong)).toMatchObject({ ok: false, wrongRows: [] });
    await expect(setUp.finish(plan)).rejects.toMatchObject({ code: 'bad-input' });
    expect(await setUp.unlockExisting('/backups', groups)).toMatchObject({ ok: true });
    await setUp.finish(plan);
    expect(created).toBe(0);
    expect(config.value.plan?.repoId).toBe(repoId);
  });
});

describe('unlocking', () => {
  it('answers wrong and malformed digits without an error, and opens with right ones', async () => {
    const groups = await finishSetUp();
    await unlocking.lock();
    expect(session.locked).toBe(true);
    expect(() => access.readAccess()).toThrow(expect.objectContaining({ code: 'locked' }));
    expect(await unlocking.unlock(['', ...groups.slice(1)])).toMatchObject({ ok: false });
    const other = keyGroups(RootKey.generate());
    const answer = await unlocking.unlock(other);
    expect(answer).toMatchObject({ ok: false });
    expect(answer.message).toContain('These 64 digits don’t open this backup.');
    expect(session.locked).toBe(true);
    expect(await unlocking.unlock(groups)).toMatchObject({ ok: true });
    expect(access.readAccess().rootKey).toEqual(right);
  });

  it('passes on what is not about the digits', async () => {
    await expect(unlocking.unlock(keyGroups(RootKey.generate()))).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('enrols this computer again where the keychain lost its entry', async () => {
    const groups = await finishSetUp();
    await unlocking.lock();
    expect(await access.capabilityState()).toBe('kept');
    store.entries.clear();
    expect(await access.capabilityState()).toBe('missing');
    await unlocking.unlock(groups);
    expect(await access.capabilityState()).toBe('kept');
  });

  it('practice names wrong rows while unlocked, and while locked tries without unlocking', async () => {
    const groups = await finishSetUp();
    const wrong = groups.map((group, i) => (i === 5 ? group.replace(/./g, (d) => (d === '0' ? '1' : '0')) : group));
    expect(await unlocking.test(wrong)).toMatchObject({ ok: false, wrongRows: ['B'] });
    expect(await unlocking.test(groups)).toMatchObject({ ok: true });
    await unlocking.lock();
    expect(await unlocking.test(groups)).toMatchObject({ ok: true });
    expect(await unlocking.test(wrong)).toMatchObject({ ok: false, wrongRows: [] });
    expect(session.locked).toBe(true);
  });
});
