import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rowsOf } from '../support/key-rows.ts';
import { HoldfastError } from '../../main/errors.ts';
import type { UnlockRefusal } from '../../main/keys/vault/api.ts';
import { keyGroups } from '../../main/keys/digits.ts';
import { parseKeyGroups } from '../../main/keys/parse-digits.ts';
import { RootKey } from '../../main/keys/secret.ts';
import { chosenFolder } from '../support/chosen-place.ts';
import { type KeyServices, makeKeyServices } from '../support/key-services.ts';

const PASSWORD = 'copper lantern ferry umbrella noon glacier';
const IDENTITY = 'ab'.repeat(32);
const OWN = { kind: 'own', address: 'vault.example.org', fingerprint: IDENTITY } as const;
const DAY = 86_400_000;
/** Somebody else's vault. */
const FOREIGN = { vaultId: '11'.repeat(16), urls: ['https://elsewhere.example'], fingerprint: '33'.repeat(32) };

let services: KeyServices;
let { config, session, engines, clock, vault, owner, requests, setUp, unlocking, repository } = {} as KeyServices;

beforeEach(async () => {
  services = await makeKeyServices();
  ({ config, session, engines, clock, vault, owner, requests, setUp, unlocking, repository } = services);
});
afterEach(() => services.end());

const plan = {
  destinations: [chosenFolder('/backups')],
  sources: ['/home/ada'],
  excludes: [],
  protection: 'password' as const,
};

async function choose(password = PASSWORD): Promise<void> {
  expect(requests.choosePassword(password, undefined)).toMatchObject({ ok: true });
  expect(requests.repeatPassword(password)).toMatchObject({ ok: true });
}

/** Proof, password, set-up; everything that goes on by itself has come to rest. */
async function finishSetUp(): Promise<void> {
  await requests.prove(OWN);
  await choose();
  setUp.newKey();
  await setUp.finish(plan);
  await rest();
}

/** Of the vault that is shown before the password of a backup is typed. */
async function shownFingerprint(): Promise<string> {
  return (await setUp.existingVault(chosenFolder('/backups')))?.fingerprint ?? '';
}

async function rest(): Promise<void> {
  await owner.watch.ask();
  await owner.keeper.settled();
}

describe('a password that is guessed first', () => {
  const WEAK = 'password12345';
  it('is not registered, whatever the window let pass', async () => {
    await requests.prove(OWN);
    await choose(WEAK);
    await expect(setUp.finish(plan)).rejects.toMatchObject({ code: 'password-weak' });
    expect(vault.calls).toEqual(['probe']);
    expect(config.value.plan).toBeNull();
    expect(owner.registering).toBeNull();
  });

  it('does not take the place of a good one', async () => {
    await finishSetUp();
    await choose(WEAK);
    await expect(requests.changePassword()).rejects.toMatchObject({ code: 'password-weak' });
    expect(vault.calls).not.toContain('changePassword');
  });
});

describe('set-up with a password', () => {
  it('registers before it creates, names the record in the repository, and opens a session', async () => {
    await finishSetUp();
    const [record] = vault.records.keys();
    expect(vault.calls.slice(0, 2)).toEqual(['probe', 'register']);
    expect(engines.calls.map((call) => call.verb).slice(0, 3)).toEqual(['create', 'setVault', 'enrol']);
    expect(repository.facts.vault).toEqual({
      vaultId: 'ee'.repeat(16),
      recordId: record,
      urls: ['https://vault.example.org'],
      fingerprint: IDENTITY,
    });
    expect(config.value.plan?.vault).toMatchObject({ recordId: record, embedded: false });
    expect(vault.session?.key.copy()).toEqual(repository.right);
    expect(vault.calls).toContain('openSession 900000');
    expect(session.locked).toBe(false);
    expect(owner.state()).toMatchObject({ embedded: false, ended: null, unseen: null });
  });

  it('makes the key by itself where no kit is made', async () => {
    await requests.prove(OWN);
    await choose();
    await setUp.finish(plan);
    expect(config.value.plan).not.toBeNull();
    await rest();
  });

  it.each([
    ['on this computer', { embedded: true }],
    ['with fewer than three sites', { sites: { answering: 2, total: 2 } }],
  ])('demands the kit for a vault %s', async (_, change) => {
    vault.facts = { ...vault.facts, ...change };
    expect(await requests.prove(OWN)).toMatchObject({ kitNeeded: true });
    await choose();
    setUp.newKey();
    await expect(setUp.finish(plan)).rejects.toMatchObject({ code: 'bad-input' });
    expect(vault.records.size).toBe(0);
    const { groups } = setUp.reveal();
    expect(setUp.prove(rowsOf(groups, setUp.challenge())).ok).toBe(true);
    await setUp.finish(plan);
    expect(vault.records.size).toBe(1);
    await rest();
  });

  it('registers once, however often a later step fails', async () => {
    await requests.prove(OWN);
    await choose();
    setUp.newKey();
    repository.right = new Uint8Array(32).fill(1);
    repository.facts = { ...repository.facts, repoId: 'ff'.repeat(16) };
    await expect(setUp.finish(plan)).rejects.toMatchObject({ code: 'repository-exists' });
    expect(config.value.plan).toBeNull();
    repository.right = new Uint8Array();
    await setUp.finish(plan);
    expect(vault.calls.filter((call) => call === 'register')).toHaveLength(1);
    await rest();
  });

  it('registers anew for another key: what was made for the first one holds that', async () => {
    await requests.prove(OWN);
    await choose();
    setUp.newKey();
    const theirs = new Uint8Array(32).fill(1);
    repository.right = theirs;
    repository.facts = { ...repository.facts, repoId: 'ff'.repeat(16) };
    await expect(setUp.finish(plan)).rejects.toMatchObject({ code: 'repository-exists' });
    // They look at what is there after all, and then choose an empty folder.
    await setUp.unlockExisting(chosenFolder('/backups'), keyGroups(new RootKey(theirs)));
    repository.right = new Uint8Array();
    setUp.newKey();
    await setUp.finish(plan);
    const named = vault.records.get(repository.facts.vault?.recordId ?? '');
    expect(named?.key.copy()).toEqual(repository.right);
    await rest();
  });

  it('needs a proof and a password typed twice, and says how far the registration is', async () => {
    setUp.newKey();
    await expect(setUp.finish(plan)).rejects.toMatchObject({ code: 'bad-input' });
    await requests.prove(OWN);
    await expect(setUp.finish(plan)).rejects.toMatchObject({ code: 'bad-input' });
    expect(requests.choosePassword('too short', undefined)).toMatchObject({ ok: false });
    requests.choosePassword(PASSWORD, undefined);
    expect(requests.repeatPassword(`${PASSWORD} `)).toMatchObject({ ok: false });
    await expect(setUp.finish(plan)).rejects.toMatchObject({ code: 'bad-input' });
    expect(vault.calls).not.toContain('register');
    expect(owner.registering).toBeNull();
  });

  it('asks for the invitation where the vault wants one', async () => {
    vault.facts = { ...vault.facts, inviteNeeded: true };
    await requests.prove(OWN);
    expect(requests.choosePassword(PASSWORD, undefined)).toMatchObject({ ok: false });
    expect(requests.choosePassword(PASSWORD, 'WELCOME')).toMatchObject({ ok: true });
  });

  it('takes the same password in another normal form', async () => {
    await requests.prove(OWN);
    requests.choosePassword('Zürich is far away', undefined);
    expect(requests.repeatPassword('Zürich is far away'.normalize('NFD'))).toMatchObject({ ok: true });
  });

  it('joins a repository by its password', async () => {
    await finishSetUp();
    const named = repository.facts.vault;
    await config.update({ plan: null });
    await session.lock('user');
    expect(await setUp.existingVault(chosenFolder('/backups'))).toMatchObject({ urls: ['https://vault.example.org'] });
    const shown = await shownFingerprint();
    expect(await setUp.unlockExistingWithPassword(chosenFolder('/backups'), 'wrong', shown)).toMatchObject({
      kind: 'wrong-password',
      tries: { used: 1, left: 9, waitUntil: null },
    });
    expect(await setUp.unlockExistingWithPassword(chosenFolder('/backups'), PASSWORD, shown)).toEqual({
      kind: 'opened',
    });
    await setUp.finish({ ...plan, protection: 'key' });
    expect(config.value.plan?.vault).toMatchObject({ recordId: named?.recordId });
    expect(vault.records.size).toBe(1);
    await rest();
  });
});

describe('joining a backup whose repo.json somebody else replaced', () => {
  const joining = { ...plan, protection: 'key' as const };
  beforeEach(async () => {
    await finishSetUp();
    await config.update({ plan: null });
    await session.lock('user');
    await rest();
  });
  const forge = (): void => {
    const theirs = { ...FOREIGN, recordId: '22'.repeat(32) };
    repository.forged = {
      ...repository.facts,
      repoId: 'ab'.repeat(16),
      generation: 999,
      createdMs: 77,
      vault: theirs,
      ownerKnown: false,
    };
  };
  const plannedVault = (): string | undefined => config.value.plan?.vault?.recordId;

  it('takes vault and id from what the digits opened', async () => {
    repository.forged = { ...repository.facts, createdMs: 77, vault: { ...FOREIGN, recordId: '22'.repeat(32) } };
    expect(
      await setUp.unlockExisting(chosenFolder('/backups'), keyGroups(new RootKey(Buffer.from(repository.right)))),
    ).toMatchObject({
      ok: true,
    });
    await setUp.finish(joining);
    expect(plannedVault()).toBe(repository.facts.vault?.recordId);
    expect(config.value.plan).toMatchObject({ repoId: repository.facts.repoId, repoCreatedMs: 1 });
    await rest();
    expect(vault.session?.recordId).toBe(repository.facts.vault?.recordId);
  });

  it.each(['digits', 'password'])('and is not led astray between the %s and the end', async (by) => {
    if (by === 'digits')
      await setUp.unlockExisting(chosenFolder('/backups'), keyGroups(new RootKey(Buffer.from(repository.right))));
    else await setUp.unlockExistingWithPassword(chosenFolder('/backups'), PASSWORD, await shownFingerprint());
    forge();
    await setUp.finish(joining);
    expect(plannedVault()).toBe(repository.facts.vault?.recordId);
    expect(config.value.plan).toMatchObject({ repoId: repository.facts.repoId, repoCreatedMs: 1 });
    await rest();
  });

  it('refuses a folder that holds another backup by then', async () => {
    await setUp.unlockExisting(chosenFolder('/backups'), keyGroups(new RootKey(Buffer.from(repository.right))));
    repository.right = new Uint8Array(32).fill(9);
    await expect(setUp.finish(joining)).rejects.toMatchObject({ code: 'repository-exists' });
    expect(config.value.plan).toBeNull();
  });

  it('sends no password to another vault than the one that was shown', async () => {
    const shown = await shownFingerprint();
    forge();
    const tried = vault.calls.filter((call) => call === 'unlock').length;
    expect(await setUp.unlockExistingWithPassword(chosenFolder('/backups'), PASSWORD, shown)).toMatchObject({
      kind: 'not-the-vault',
    });
    expect(vault.calls.filter((call) => call === 'unlock')).toHaveLength(tried);
  });

  it('compares also a backup that an earlier try of the same set-up created', async () => {
    await session.lock('user');
    repository.right = new Uint8Array();
    setUp.newKey();
    const { groups, repoId } = setUp.reveal();
    setUp.prove(rowsOf(groups, setUp.challenge()));
    repository.right = parseKeyGroups(groups).key.copy();
    repository.facts = { ...repository.facts, repoId, vault: null };
    repository.forged = { ...repository.facts, vault: { ...FOREIGN, recordId: '22'.repeat(32) } };
    await setUp.finish(joining);
    expect(config.value.plan).toMatchObject({ repoId, vault: null });
    await rest();
  });
});

describe('unlocking with the password', () => {
  beforeEach(finishSetUp);

  it('answers what the vault signed, remembers it, and opens with the right one', async () => {
    await unlocking.lock();
    await rest();
    vault.waitMs = 60_000;
    const answer = await unlocking.unlockWithPassword('wrong');
    expect(answer).toMatchObject({ kind: 'wrong-password', tries: { used: 1, waitUntil: clock.now() + 60_000 } });
    expect(session.locked).toBe(true);
    expect(owner.state()?.tries).toMatchObject({ used: 1 });
    expect(await unlocking.unlockWithPassword(PASSWORD)).toEqual({ kind: 'opened' });
    expect(session.locked).toBe(false);
    expect(session.rootKey.copy()).toEqual(repository.right);
    await rest();
    expect(owner.state()?.tries).toMatchObject({ used: 0 });
  });

  it('says what happened at the last one, and after it', async () => {
    await unlocking.lock();
    for (let i = 0; i < 9; i++) await unlocking.unlockWithPassword('wrong');
    expect(owner.state()?.tries).toMatchObject({ left: 1 });
    expect(await unlocking.unlockWithPassword('wrong')).toEqual({ kind: 'destroyed', byOwner: false });
    expect(owner.state()?.ended).toBe('destroyed');
    expect(await unlocking.unlockWithPassword(PASSWORD)).toEqual({ kind: 'destroyed', byOwner: false });
  });

  it('changes no count on an answer that nobody signed', async () => {
    await unlocking.lock();
    await unlocking.unlockWithPassword('wrong');
    const error = new HoldfastError('vault-unreachable', 'No answer.', 'Try again.');
    for (const refusal of [
      { kind: 'unreachable', charged: null, error },
      { kind: 'unreachable', charged: false, error },
      { kind: 'not-the-vault', error },
      { kind: 'frozen', untilMs: 5 },
    ] as const) {
      vault.refusal = refusal;
      const answer = await unlocking.unlockWithPassword(PASSWORD);
      expect(answer.kind).toBe(refusal.kind);
      if (answer.kind === 'frozen') expect(answer.until).toBe(clock.now() + 5);
      if (answer.kind === 'unreachable') expect(answer).toMatchObject({ error: { message: 'No answer.' } });
      expect(owner.state()?.tries).toMatchObject({ used: 1 });
    }
    expect(session.locked).toBe(true);
  });

  it.each(['user', 'sleep'] as const)('forgets what was typed also where no key is in memory: %s', async (reason) => {
    await unlocking.lock();
    const before = vault.forgotten;
    await choose('another password altogether');
    await unlocking.lock(reason);
    expect(vault.forgotten).toBe(before + 1);
    expect(() => requests.repeatPassword('another password altogether')).toThrow(
      expect.objectContaining({ code: 'bad-input' }),
    );
  });

  it('forgets a password whose answer was lost when the vault has forgotten the try', async () => {
    await unlocking.lock();
    const error = new HoldfastError('vault-unreachable', 'No answer.', 'Try again.');
    vault.refusal = { kind: 'unreachable', charged: null, error };
    await unlocking.unlockWithPassword('maybe this one');
    const before = vault.forgotten;
    clock.advance(DAY / 2);
    await unlocking.unlockWithPassword('maybe this one');
    clock.advance(DAY / 2 - 1);
    expect(vault.forgotten).toBe(before);
    clock.advance(1);
    expect(vault.forgotten).toBe(before + 1);
  });

  it('forgets a password that was typed for a set-up and left there', async () => {
    await unlocking.lock();
    await choose('one that is chosen anew');
    clock.advance(DAY - 1);
    await choose('another password altogether');
    clock.advance(DAY - 1);
    expect(requests.repeatPassword('another password altogether')).toMatchObject({ ok: true });
    clock.advance(1);
    expect(() => requests.repeatPassword('another password altogether')).toThrow(
      expect.objectContaining({ code: 'bad-input' }),
    );
  });

  it('does not unlock with a key of another backup', async () => {
    await unlocking.lock();
    const [kept] = vault.records.values();
    if (kept !== undefined) kept.key = RootKey.generate();
    expect(await unlocking.unlockWithPassword(PASSWORD)).toEqual({ kind: 'other-key' });
    expect(session.locked).toBe(true);
  });

  it('makes a computer known that is not, and never twice', async () => {
    vault.enrolled = false;
    await unlocking.lock();
    await unlocking.unlock(keyGroups(new RootKey(Buffer.from(repository.right))));
    await expect.poll(() => vault.calls.filter((call) => call === 'enrolDevice').length).toBe(1);
    await rest();
    await unlocking.lock();
    await unlocking.unlockWithPassword(PASSWORD);
    await rest();
    expect(vault.calls.filter((call) => call === 'enrolDevice')).toHaveLength(1);
  });

  it('leaves the password in neither the state nor the configuration', async () => {
    await unlocking.lock();
    await unlocking.unlockWithPassword('an unlikely secret');
    const all = JSON.stringify([owner.state(), config.value]);
    expect(all).not.toContain('unlikely');
    expect(all).not.toContain('lantern');
  });
});

describe('sessions', () => {
  beforeEach(finishSetUp);

  it('survive a quit and are resumed', async () => {
    const sealed = vault.session;
    await session.lock('quit');
    await owner.keeper.settled();
    expect(vault.session).toBe(sealed);
    expect(await owner.keeper.resume()).toBe(true);
    expect(session.rootKey.copy()).toEqual(repository.right);
    expect(owner.keeper.until).toBe(sealed?.expiresAt);
  });

  it.each(['user', 'sleep', 'idle'] as const)('end with a lock by %s', async (reason) => {
    await session.lock(reason);
    await owner.keeper.settled();
    expect(vault.session).toBeNull();
    expect(owner.keeper.until).toBeNull();
    expect(vault.forgotten).toBeGreaterThan(0);
    expect(await owner.keeper.resume()).toBe(false);
  });

  it('are told of activity at most once a minute', async () => {
    for (let i = 0; i < 5; i++) unlocking.touch();
    clock.advance(60_000);
    unlocking.touch();
    unlocking.touch();
    await owner.keeper.settled();
    expect(vault.calls.filter((call) => call === 'touchSession')).toHaveLength(1);
  });

  const over = new HoldfastError('locked', 'Over.', 'Unlock again.');
  const opened = (): number => vault.calls.filter((call) => call.startsWith('openSession')).length;

  it('lock this computer where the vault says that they are over: ended from another one', async () => {
    vault.failing.set('touchSession', over);
    clock.advance(60_000);
    unlocking.touch();
    await owner.keeper.settled();
    expect(session.locked).toBe(true);
    expect(opened()).toBe(1);
    expect(owner.keeper.until).toBeNull();
  });

  it('lock this computer also where the vault may only have heard nothing from here: it may be ended elsewhere', async () => {
    vault.failing.set('touchSession', new HoldfastError('vault-unreachable', 'No answer.', 'Try again.'));
    for (let minute = 0; minute < 15; minute++) {
      clock.advance(60_000);
      unlocking.touch();
      await owner.keeper.settled();
    }
    expect(session.locked).toBe(false);
    vault.failing.set('touchSession', over);
    clock.advance(60_000);
    unlocking.touch();
    await owner.keeper.settled();
    expect(session.locked).toBe(true);
    expect(opened()).toBe(1);
    expect(owner.keeper.until).toBeNull();
  });

  it('that the vault forgot during a long restore do not cut it off, and are not opened again', async () => {
    const release = session.hold();
    clock.advance(60 * 60_000);
    vault.failing.set('touchSession', over);
    unlocking.touch();
    await owner.keeper.settled();
    expect(session.locked).toBe(false);
    expect(opened()).toBe(1);
    expect(owner.keeper.until).toBeNull();
    release();
    clock.advance(15 * 60_000);
    expect(session.locked).toBe(true);
  });

  it('that were ended elsewhere lock this computer also during a restore', async () => {
    session.hold();
    for (let minute = 0; minute < 5; minute++) {
      clock.advance(60_000);
      unlocking.touch();
      await owner.keeper.settled();
    }
    vault.failing.set('touchSession', over);
    clock.advance(60_000);
    unlocking.touch();
    await owner.keeper.settled();
    expect(session.locked).toBe(true);
  });

  it('keep their end when another idle time is chosen', async () => {
    const end = owner.keeper.until;
    clock.advance(10 * 60_000);
    await config.update({ settings: { ...config.value.settings, idleLockMinutes: 30 } });
    owner.keeper.reopen();
    await owner.keeper.settled();
    expect(vault.calls).toContain('openSession 1800000');
    expect(vault.session?.expiresAt).toBe(12 * 3_600_000 - 10 * 60_000);
    expect(owner.keeper.until).toBe(end);
  });

  it('end with their life, however active somebody is', async () => {
    for (let minute = 0; minute < 12 * 60 - 1; minute++) {
      clock.advance(60_000);
      unlocking.touch();
    }
    await owner.keeper.settled();
    expect(session.locked).toBe(false);
    vault.failing.set('touchSession', over);
    clock.advance(60_000);
    unlocking.touch();
    await owner.keeper.settled();
    expect(session.locked).toBe(true);
  });

  it('do not open after a lock that came first', async () => {
    owner.keeper.open();
    await session.lock('user');
    await owner.keeper.settled();
    expect(vault.session).toBeNull();
    expect(owner.keeper.until).toBeNull();
  });
});

describe('the daily question', () => {
  beforeEach(finishSetUp);
  const asked = (): number => vault.calls.filter((call) => call === 'status').length;

  it('is asked every day, and every hour while there is no answer', async () => {
    const before = asked();
    clock.advance(DAY - 1);
    expect(asked()).toBe(before);
    clock.advance(1);
    await owner.watch.ask();
    expect(asked()).toBe(before + 1);
    vault.failing.set('status', new HoldfastError('vault-unreachable', 'No answer.', 'Try again.'));
    await owner.watch.ask();
    expect(owner.state()).toMatchObject({ reportError: { code: 'vault-unreachable' } });
    expect(owner.state()?.report).not.toBeNull();
    vault.failing.clear();
    clock.advance(3_600_000);
    await owner.watch.ask();
    expect(owner.state()?.reportError).toBeNull();
  });

  it('shows wrong tries until they are marked as seen', async () => {
    const at = clock.now() - 600_000; // the vault's clock may be behind this computer's
    vault.failures = [
      { at, thisComputer: false, known: false },
      { at: at + 5, thisComputer: false, known: true },
    ];
    await owner.watch.ask();
    expect(owner.state()?.unseen).toEqual({ count: 2, since: at });
    await requests.markSeen('tries');
    expect(owner.state()?.unseen).toBeNull();
    expect(vault.calls).not.toContain('acknowledge');
    expect(owner.state()?.report?.failures).toHaveLength(2);
    vault.failures = [...vault.failures, { at: at + 9, thisComputer: true, known: true }];
    await owner.watch.ask();
    expect(owner.state()?.unseen).toEqual({ count: 1, since: at + 9 });
  });
});

describe('passwords set from elsewhere', () => {
  beforeEach(finishSetUp);

  it('are told by every report until they are marked as seen', async () => {
    vault.unknownRegistrations = 2;
    await owner.watch.ask();
    await owner.watch.ask();
    expect(owner.state()?.report).toMatchObject({ unknownRegistrations: 2 });
    await requests.markSeen('registrations');
    expect(vault.calls).toContain('acknowledge');
    expect(owner.state()?.report).toMatchObject({ unknownRegistrations: 0 });
    await owner.watch.ask();
    expect(owner.state()?.report).toMatchObject({ unknownRegistrations: 0 });
  });
});

describe('changes by the owner', () => {
  beforeEach(finishSetUp);
  const digits = (): string[] => keyGroups(new RootKey(Buffer.from(repository.right)));

  it('set another password at the same record', async () => {
    await choose('another password altogether');
    await requests.changePassword();
    await rest();
    await unlocking.lock();
    expect(await unlocking.unlockWithPassword(PASSWORD)).toMatchObject({ kind: 'wrong-password' });
    expect(await unlocking.unlockWithPassword('another password altogether')).toEqual({ kind: 'opened' });
    expect(repository.facts.generation).toBe(2);
    await rest();
    await expect(requests.changePassword()).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('are not cut off by idleness, and a lock forgets what was typed', async () => {
    await choose('another password altogether');
    const register = vault.changePassword.bind(vault);
    vault.changePassword = async (record, options) => {
      clock.advance(60 * 60_000);
      expect(options.rootKey.wiped).toBe(false);
      await register(record, options);
    };
    await requests.changePassword();
    expect(session.locked).toBe(false);
    await rest();
    await choose('a third one that is long');
    await unlocking.lock();
    await unlocking.unlockWithPassword('another password altogether');
    await expect(requests.changePassword()).rejects.toMatchObject({ code: 'bad-input' });
    await rest();
  });

  it('turn the password off once the digits were typed', async () => {
    const wrong = digits().map((group, i) => (i === 4 ? (group === '0000' ? '1111' : '0000') : group));
    expect(await requests.turnOff(wrong, false)).toMatchObject({ ok: false, wrongRows: ['B'] });
    expect(repository.facts.vault).not.toBeNull();
    expect(await requests.turnOff(digits(), false)).toMatchObject({ ok: true });
    expect(repository.facts.vault).toBeNull();
    expect(config.value.plan?.vault).toBeNull();
    expect(owner.state()).toBeNull();
    expect([...vault.records.values()][0]?.destroyed).toBe('owner');
    expect(vault.session).toBeNull();
    // The other places have the old repo.json.
    expect(services.changedAt).toEqual(['/backups']);
  });

  it.each<UnlockRefusal>([{ kind: 'suspended' }, { kind: 'destroyed', byOwner: false }, { kind: 'unknown-record' }])(
    'destroy the copy of the vault also after a try that ended with $kind',
    async (refusal) => {
      await unlocking.lock();
      vault.refusal = refusal;
      expect(await unlocking.unlockWithPassword(PASSWORD)).toMatchObject({ kind: refusal.kind });
      vault.failing.set('status', new HoldfastError('vault-unreachable', 'No answer.', 'Try again.'));
      await unlocking.unlock(digits());
      await rest();
      expect(owner.state()?.ended).not.toBeNull();
      expect(await requests.turnOff(digits(), false)).toMatchObject({ ok: true });
      expect([...vault.records.values()][0]?.destroyed).toBe('owner');
      await rest();
    },
  );

  it('do not say that the vault has destroyed its copy where it was not asked to', async () => {
    expect(await requests.turnOff(digits(), true)).toMatchObject({ message: expect.stringContaining('still there') });
    expect([...vault.records.values()][0]?.destroyed).toBe('no');
  });

  it('change nothing where the vault does not answer, unless that is wanted', async () => {
    vault.failing.set('turnOff', new HoldfastError('vault-unreachable', 'No answer.', 'Try again.'));
    await expect(requests.turnOff(digits(), false)).rejects.toMatchObject({ code: 'vault-unreachable' });
    expect(repository.facts.vault).not.toBeNull();
    expect(await requests.turnOff(digits(), true)).toMatchObject({ ok: true });
    expect(repository.facts.vault).toBeNull();
  });

  it('give a password to a backup that has none, and a new record after the old one was destroyed', async () => {
    const [first = ''] = vault.records.keys();
    await requests.prove(OWN);
    await choose('another password altogether');
    const { oldRecord } = await requests.register();
    await rest();
    expect(vault.records.size).toBe(2);
    expect(services.changedAt).toEqual(['/backups']);
    expect(repository.facts.vault?.recordId).not.toBe(first);
    expect(config.value.plan?.vault?.recordId).toBe(repository.facts.vault?.recordId);
    // Two records would be twice ten guesses for one key.
    expect(oldRecord).toBeNull();
    expect(vault.records.get(first)?.destroyed).toBe('owner');
    expect(vault.records.get(repository.facts.vault?.recordId ?? '')?.destroyed).toBe('no');
  });

  it('use the new password and say so where the old record could not be destroyed', async () => {
    vault.failing.set('turnOff', new HoldfastError('vault-unreachable', 'No answer.', 'Try again.'));
    await requests.prove(OWN);
    await choose('another password altogether');
    const { oldRecord } = await requests.register();
    await rest();
    expect(oldRecord).toMatchObject({ code: 'vault-unreachable', message: expect.stringContaining('old') });
    expect(config.value.plan?.vault?.recordId).toBe([...vault.records.keys()][1]);
  });

  it('never destroy the record that the backup names by now, only the one before it', async () => {
    const [first = ''] = vault.records.keys();
    await requests.prove(OWN);
    await choose('another password altogether');
    const save = config.update.bind(config);
    config.update = async () => {
      throw new HoldfastError('target-full', 'Full.', 'Make room.');
    };
    await expect(requests.register()).rejects.toMatchObject({ code: 'target-full' });
    config.update = save;
    await unlocking.unlock(digits()); // the plan follows the repository
    await expect.poll(() => config.value.plan?.vault?.recordId).not.toBe(first);
    await requests.register();
    await rest();
    expect(vault.records.size).toBe(2);
    expect(vault.records.get(config.value.plan?.vault?.recordId ?? '')?.destroyed).toBe('no');
    expect(vault.records.get(first)?.destroyed).toBe('owner');
  });

  it('need the key in memory', async () => {
    await unlocking.lock();
    await requests.prove(OWN);
    await choose();
    await expect(requests.register()).rejects.toMatchObject({ code: 'locked' });
    await expect(requests.turnOff(digits(), false)).rejects.toMatchObject({ code: 'locked' });
    await expect(requests.clearFailures()).rejects.toMatchObject({ code: 'locked' });
  });
});

describe('a repository that names another vault', () => {
  beforeEach(finishSetUp);

  it('is shown, and accepted only with a key that opens it', async () => {
    const before = config.value.plan?.vault;
    const other = { ...FOREIGN, recordId: '22'.repeat(32) };
    repository.facts = { ...repository.facts, vault: other };
    await unlocking.lock();
    await rest();
    owner.noticed(other);
    expect(owner.state()?.renamed?.to).toMatchObject({ urls: ['https://elsewhere.example'] });
    expect(config.value.plan?.vault).toEqual(before);
    await unlocking.unlock(keyGroups(new RootKey(Buffer.from(repository.right))));
    await expect.poll(() => config.value.plan?.vault?.recordId).toBe(other.recordId);
    expect(owner.state()?.renamed).toBeNull();
    await rest();
  });

  it('is not believed where the place has only missed a change of it', async () => {
    const before = config.value.plan?.vault;
    repository.facts = { ...repository.facts, vault: null, behind: true };
    await unlocking.lock();
    await unlocking.unlock(keyGroups(new RootKey(Buffer.from(repository.right))));
    await rest();
    expect(session.locked).toBe(false);
    expect(config.value.plan?.vault).toEqual(before);
  });
});
