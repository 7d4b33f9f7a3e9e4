import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kitPrintPage } from '../../main/app/kit-print-page.ts';
import { keyGroups } from '../../main/keys/digits.ts';
import { RootKey } from '../../main/keys/secret.ts';
import { speak } from '../../main/words/say.ts';
import { chosenFolder } from '../support/chosen-place.ts';
import { READER_PUBLIC_KEY } from '../support/fake-repository.ts';
import { type KeyServices, makeKeyServices } from '../support/key-services.ts';
import { rowsOf } from '../support/key-rows.ts';

let services: KeyServices;
let { folder, store, config, session, engines, access, setUp, unlocking, repository } = {} as KeyServices;

beforeEach(async () => {
  services = await makeKeyServices();
  ({ folder, store, config, session, engines, access, setUp, unlocking, repository } = services);
});
afterEach(() => services.end());

const plan = {
  destinations: [chosenFolder('/backups')],
  sources: ['/home/ada', '/home/ada/Documents'],
  excludes: ['*.tmp', ' '],
  protection: 'key' as const,
};

/** Types the asked rows back. */
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
    const { repoId } = repository.facts;
    expect(repoId).toBe(shown.repoId);
    expect(config.value.plan).toMatchObject({
      destinations: [{ place: { kind: 'local', path: '/backups' } }],
      sources: ['/home/ada'],
      excludes: ['*.tmp'],
      repoId,
      clientId: 'c1'.repeat(16),
    });
    expect(config.value.keySavedMs).not.toBeNull();
    expect(session.locked).toBe(false);
    expect(keyGroups(session.rootKey)).toEqual(groups);
    expect((await access.writeAccess()).readerPublicKey).toEqual(READER_PUBLIC_KEY);
    expect(services.runner.activeId('backup')).not.toBeNull();
    expect(engines.started - engines.ended).toBeLessThanOrEqual(1); // only the backup's thread may still be there
  });

  it('leaves neither key nor capability in the clear on disk', async () => {
    const groups = await finishSetUp();
    const files = await Promise.all(
      ['config.json', 'capability', 'reader.pub'].map((name) => readFile(path.join(folder, name))),
    );
    const all = Buffer.concat(files);
    expect(all.includes(Buffer.from(repository.right))).toBe(false);
    expect(all.toString('latin1').toUpperCase()).not.toContain(groups.join('').toUpperCase());
    expect(all.includes(Buffer.alloc(40, 5))).toBe(false);
  });

  it('goes on where an earlier try broke off, and never takes over another repository', async () => {
    setUp.newKey();
    const { groups, repoId: mine } = setUp.reveal();
    setUp.prove(rowsOf(groups, setUp.challenge()));
    repository.right = Buffer.from(groups.join(''), 'hex');
    repository.facts = { ...repository.facts, repoId: 'ff'.repeat(16) };
    await expect(setUp.finish(plan)).rejects.toMatchObject({ code: 'repository-exists' });
    expect(config.value.plan).toBeNull();
    repository.facts = { ...repository.facts, repoId: mine };
    await setUp.finish(plan);
    expect(repository.created).toBe(0);
    expect(config.value.plan?.repoId).toBe(mine);
  });

  it('makes a kit with the digits as PDF, and the same for the printer', async () => {
    setUp.newKey();
    const pdf = Buffer.from(await setUp.kit());
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    // What its fonts cannot draw is made from the page for the printer.
    await speak('ar');
    expect(Buffer.from(await setUp.kit()).toString()).toBe('page of ada');
    await speak('en');
    setUp.consider({ kind: 'local', path: '/media/写真' });
    expect(Buffer.from(await setUp.kit()).toString()).toBe('page of ada');
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
    const { printed } = services;
    setUp.newKey();
    await setUp.printKit();
    setUp.consider({ kind: 'local', path: '/media/disk/Holdfast Backups' });
    await setUp.printKit();
    expect(printed.map((kit) => kit.destinations)).toEqual([[], ['Folder /media/disk/Holdfast Backups']]);
    expect(printed[0]?.computerName).toBe('ada');
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
    repository.right = key.copy();
    repository.facts = { ...repository.facts, repoId: 'ab'.repeat(16) };
    const groups = keyGroups(key);
    const wrong = ['0000', ...groups.slice(1)];
    expect(await setUp.unlockExisting(chosenFolder('/backups'), wrong)).toMatchObject({ ok: false, wrongRows: [] });
    await expect(setUp.finish(plan)).rejects.toMatchObject({ code: 'bad-input' });
    expect(await setUp.unlockExisting(chosenFolder('/backups'), groups)).toMatchObject({ ok: true });
    await setUp.finish(plan);
    expect(repository.created).toBe(0);
    expect(config.value.plan?.repoId).toBe(repository.facts.repoId);
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
    expect(access.readAccess().rootKey).toEqual(repository.right);
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
