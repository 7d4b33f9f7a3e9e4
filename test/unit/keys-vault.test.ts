/** The parts of the vault's client that need no vault. */
import { appendFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { passwordFromFile } from '../../main/cli/ask.ts';
import { refusalError, waitText } from '../../main/cli/refusals.ts';
import { HoldfastError, toHoldfastError } from '../../main/errors.ts';
import { openSystemStore } from '../../main/keys/store.ts';
import type { UnlockRefusal } from '../../main/keys/vault/api.ts';
import { makeDevice, readDevice } from '../../main/keys/vault/device.ts';
import { refusalOf, Unreachable, VaultProblem } from '../../main/keys/vault/failures.ts';
import { fingerprintForPeople, fingerprintFromPeople } from '../../main/keys/vault/fingerprint.ts';
import { delayAfter } from '../../main/keys/vault/delays.ts';
import { RecordFolder, type Journal } from '../../main/keys/vault/record-folder.ts';
import { checkPassword } from '../../main/keys/vault/strength.ts';
import { PROBLEM_TYPE, PROBLEMS, type ProblemCode } from '../../vault/protocol/problem.ts';
import { delayAfter as delayOfTheVault } from '../../vault/record/limits.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'holdfast-keys-vault-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => toHoldfastError(error).code,
  );
const RECORD = 'ab'.repeat(32);

describe('waits', () => {
  it('are those of the vault, for every number of tries', () => {
    for (const enrolled of [false, true]) {
      for (let used = 0; used <= 10; used++) {
        expect([used, enrolled, delayAfter(used, enrolled)]).toEqual([used, enrolled, delayOfTheVault(used, enrolled)]);
      }
    }
  });

  it('are said in words, rounded up', () => {
    const said = [1, 1_000, 59_001, 90_000, 91_000, 900_000, 3_600_000, 5_400_001, 7 * 86_400_000].map(waitText);
    expect(said).toEqual([
      '1 second',
      '1 second',
      '60 seconds',
      '90 seconds',
      '2 minutes',
      '15 minutes',
      '60 minutes',
      '2 hours',
      '7 days',
    ]);
  });
});

describe('sentences', () => {
  it('there are for every refusal of the vault, in two parts, without its codes', () => {
    for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
      const error = refusalOf(new VaultProblem({ type: `${PROBLEM_TYPE}${code}`, title: 't', status: 400 }));
      expect(error.code).toBe('vault-refused');
      for (const text of [error.message, error.guidance])
        expect([code, text]).toEqual([code, expect.stringMatching(/^[A-Z].*[.]$/)]);
      expect(error.detail).toContain(code);
    }
    expect(new VaultProblem({ type: 'about:blank', title: 't', status: 404 }).code).toBeNull();
    expect(new VaultProblem({ type: `${PROBLEM_TYPE}toString`, title: 't', status: 404 }).code).toBeNull();
  });

  it('there are for every way in which an unlock ends', () => {
    const attempts = { used: 4, limit: 10, left: 6, waitMs: 60_000 };
    const error = new Unreachable(false, 'nobody');
    const refusals: UnlockRefusal[] = [
      { kind: 'wrong-password', attempts },
      { kind: 'wrong-password', attempts: { ...attempts, left: 1 } },
      { kind: 'wrong-password', attempts: { ...attempts, left: 0, waitMs: 0 } },
      { kind: 'delayed', attempts },
      { kind: 'destroyed', byOwner: true },
      { kind: 'destroyed', byOwner: false },
      { kind: 'frozen', untilMs: 86_400_000 },
      { kind: 'suspended' },
      { kind: 'unknown-record' },
      { kind: 'unreachable', charged: false, error },
      { kind: 'unreachable', charged: null, error },
      { kind: 'not-the-vault', error: new HoldfastError('vault-not-proven', 'It is not.', 'Stop.') },
    ];
    const said = refusals.map((refusal) => refusalError(refusal));
    expect(said.map((one) => `${one.message} ${one.guidance}`)).toEqual([
      expect.stringContaining(
        '6 tries are left before the vault destroys its copy. The vault takes the next try in 60 seconds.',
      ),
      expect.stringContaining('1 try is left'),
      expect.stringContaining('It was the last try'),
      expect.stringContaining('This try did not count; 6 tries are left.'),
      expect.stringContaining('turned off by its owner'),
      expect.stringContaining('Nobody can bring it back'),
      expect.stringContaining('for 24 hours more'),
      expect.stringContaining('100 wrong passwords'),
      expect.stringContaining('holds nothing for this backup'),
      expect.stringContaining('Nothing was sent, so no try was spent.'),
      expect.stringContaining('We can’t tell whether that try counted.'),
      'It is not. Stop.',
    ]);
  });
});

describe('a password', () => {
  it('is long and not one of those that are guessed first', async () => {
    for (const weak of [
      '',
      'short',
      'elevenchars',
      'passwordpassword',
      '123456789012',
      'qwertyuiopasdf',
      'aaaaaaaaaaaaaaaa',
    ]) {
      expect([weak, await codeOf(checkPassword(weak))]).toEqual([weak, 'password-weak']);
    }
    for (const good of ['correct horse battery staple', 'vK3-pq9_Zt7!wE', 'äußerst östliche Übergröße']) {
      expect([good, await codeOf(checkPassword(good))]).toEqual([good, 'done']);
    }
  });

  it('of a file is its first line, with every blank of it', async () => {
    const read = async (bytes: string | Uint8Array): Promise<string> => {
      const file = path.join(folder, 'password');
      writeFileSync(file, bytes);
      return passwordFromFile(file).catch((error: unknown) => toHoldfastError(error).code);
    };
    expect(await read('plain')).toBe('plain');
    expect(await read('plain\n')).toBe('plain');
    expect(await read('plain\r\nsecond line\n')).toBe('plain');
    expect(await read(' blanks count \n')).toBe(' blanks count ');
    expect(await read('Grüße\n')).toBe('Grüße');
    expect(await read(Uint8Array.of(0xff, 0xfe, 0x41))).toBe('bad-input');
    expect(await read('x'.repeat(5_000))).toBe('bad-input');
    expect(await codeOf(passwordFromFile(path.join(folder, 'nowhere')))).toBe('bad-input');
  });
});

describe('a fingerprint', () => {
  it('is read as it is shown, in groups or in hex, and nothing else is one', () => {
    const hex = '884364ae9f04ff79b3259a5501548099f9e5cb40f32d54c6e6df91eaa2d6a3d8';
    const shown = fingerprintForPeople(hex);
    expect(shown).toMatch(/^([0-9A-Z]{4}-){12}[0-9A-Z]{4}$/);
    for (const typed of [shown, shown.toLowerCase(), shown.replaceAll('-', ' '), hex, hex.toUpperCase()]) {
      expect(fingerprintFromPeople(typed)).toBe(hex);
    }
    for (const typed of ['', shown.slice(1), `${shown}0`, hex.slice(2), 'https://vault.example']) {
      expect(fingerprintFromPeople(typed)).toBeNull();
    }
  });
});

describe('the folder of a record', () => {
  const journal: Journal = {
    kind: 'first',
    registrationId: '01'.repeat(16),
    version: 1,
    step: 'stage',
    owner: '02'.repeat(32),
    place: { vaultId: '03'.repeat(16), urls: ['https://a.example'], fingerprint: '04'.repeat(32) },
  };
  const fileOf = (name: string): string => path.join(folder, RECORD, name);

  it('keeps journal, witness and session, for its owner only', async () => {
    const record = new RecordFolder(folder, RECORD);
    expect([await record.journal(), await record.session()]).toEqual([null, null]);
    await record.keepJournal(journal);
    await record.keepWitness({ epoch: 2, logIndex: 7, version: 1, registrations: 1, foreign: 0 });
    await record.keepSession(new Uint8Array(72).fill(5));
    const again = new RecordFolder(folder, RECORD);
    expect(await again.journal()).toEqual(journal);
    expect(await again.witness()).toEqual({ epoch: 2, logIndex: 7, version: 1, registrations: 1, foreign: 0 });
    expect(await again.session()).toEqual(new Uint8Array(72).fill(5));
    if (process.platform !== 'win32') {
      for (const name of ['registration.json', 'seen.json', 'session']) {
        expect([name, statSync(fileOf(name)).mode & 0o777]).toEqual([name, 0o600]);
      }
      expect(statSync(path.join(folder, RECORD)).mode & 0o777).toBe(0o700);
    }
    await record.dropJournal();
    await record.dropSession();
    await record.dropSession();
    expect([await again.journal(), await again.session()]).toEqual([null, null]);
    await record.erase();
    expect(await again.witness()).toEqual({ epoch: 0, logIndex: 0, version: 0, registrations: 0, foreign: 0 });
  });

  it('reads what a version without acknowledgement has written', async () => {
    const record = new RecordFolder(folder, RECORD);
    await record.keepJournal(journal);
    writeFileSync(fileOf('seen.json'), JSON.stringify({ epoch: 2, logIndex: 7, version: 1, registrations: 1 }));
    expect(await record.witness()).toEqual({ epoch: 2, logIndex: 7, version: 1, registrations: 1, foreign: 0 });
  });

  it('takes what makes no sense as never written', async () => {
    const record = new RecordFolder(folder, RECORD);
    await record.keepJournal(journal);
    for (const junk of [
      '',
      '{',
      '[]',
      '{"kind":"first"}',
      JSON.stringify({ ...journal, step: 'x' }),
      'x'.repeat(100_000),
    ]) {
      writeFileSync(fileOf('registration.json'), junk);
      expect([junk.slice(0, 9), await record.journal()]).toEqual([junk.slice(0, 9), null]);
    }
    expect(() => new RecordFolder(folder, '../elsewhere')).toThrow(RangeError);
  });

  it('keeps receipts, and not without end', async () => {
    const record = new RecordFolder(folder, RECORD);
    const receipt = { payload: 'cGF5bG9hZA', signature: 'c2ln' };
    await record.addReceipt(receipt);
    await record.addReceipt(receipt);
    expect(readFileSync(fileOf('receipts.jsonl'), 'utf8')).toBe(`${JSON.stringify(receipt)}\n`.repeat(2));
    appendFileSync(fileOf('receipts.jsonl'), 'x'.repeat(1_048_577));
    await record.addReceipt(receipt);
    expect(statSync(fileOf('receipts.jsonl')).size).toBeLessThan(200);
    expect(statSync(fileOf('receipts.old.jsonl')).size).toBeGreaterThan(1_048_576);
  });
});

describe('a computer’s key', () => {
  it('is made once, and lies in the keychain alone', async () => {
    const entries = new Map<string, string>();
    const store = await openSystemStore({
      load: async () => ({
        getPassword: async (_, account) => entries.get(account) ?? null,
        setPassword: async (_, account, password) => void entries.set(account, password),
        deletePassword: async (_, account) => entries.delete(account),
      }),
    });
    expect(await readDevice(store, RECORD)).toBeNull();
    const made = await makeDevice(store, RECORD);
    expect(await makeDevice(store, RECORD)).toEqual(made);
    expect(await readDevice(store, RECORD)).toEqual(made);
    expect(await readDevice(store, 'cd'.repeat(32))).toBeNull();
    entries.set(`vault-device:${RECORD}`, Buffer.alloc(5).toString('base64'));
    expect(await readDevice(store, RECORD)).toBeNull();
  });
});
