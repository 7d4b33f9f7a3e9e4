import { describe, expect, it } from 'vitest';
import type { VaultProof } from '../../preload/contract.ts';
import { guesses, isTaken, strengthWords, type Strength } from '../../renderer/components/password/strength.ts';
import { leftWords } from '../../renderer/components/password/tries.tsx';
import { endedBy, passwordPageWords } from '../../renderer/components/password/unlock-words.ts';
import { sitesAnswered, vaultName, whyKit } from '../../renderer/components/password/vault-words.ts';
import { canProve, EMPTY_VAULT, withDefault } from '../../renderer/screens/password/vault-draft.ts';
import { groupFailures } from '../../renderer/screens/protection/group-failures.ts';
import { reachable } from '../../renderer/screens/setup/reachable.ts';
import { EMPTY_WIZARD, makesKit, stepsOf, type Wizard } from '../../renderer/screens/setup/wizard.ts';
import { isOwnWorker } from '../../renderer/trusted-types.ts';

const strong: Strength = { score: 4, guessesLog10: 20, warning: '' };
const proof: VaultProof = {
  urls: ['https://a.example', 'https://b.example', 'https://c.example'],
  fingerprint: 'AAAA',
  embedded: false,
  profile: 'A',
  sites: { answering: 3, total: 3 },
  maxAttempts: 10,
  inviteNeeded: false,
  kitNeeded: false,
};
const tries = (used: number) => ({ used, limit: 10, left: 10 - used, waitUntil: null });

describe('whether there is anything left to try', () => {
  it('there is where the vault only says that it knows no such record, which it cannot prove', () => {
    expect(endedBy({ kind: 'unknown-record' }, null)).toBeNull();
    expect(endedBy(undefined, 'unknown')).toBeNull();
  });

  it('there is not where the vault has proven it', () => {
    expect(endedBy({ kind: 'destroyed', byOwner: false }, null)).toBe('destroyed');
    expect(endedBy({ kind: 'destroyed', byOwner: true }, 'unknown')).toBe('destroyed-by-owner');
    expect(endedBy({ kind: 'suspended' }, null)).toBe('suspended');
    expect(endedBy({ kind: 'unknown-record' }, 'destroyed')).toBe('destroyed');
    expect(endedBy({ kind: 'wrong-password', tries: tries(3) }, null)).toBeNull();
  });
});

describe('how strong a password is', () => {
  it('is not taken below 12 characters or score 3, nor before it is known', () => {
    expect(isTaken('copper lantern', strong)).toBe(true);
    expect(isTaken('copper lantern', { ...strong, score: 3 })).toBe(true);
    expect(isTaken('copper lantern', { ...strong, score: 2 })).toBe(false);
    expect(isTaken('copper lantern', null)).toBe(false);
    expect(isTaken('copper lant', strong)).toBe(false);
    expect(isTaken('🌊'.repeat(11), strong)).toBe(false);
    expect(isTaken('🌊'.repeat(12), strong)).toBe(true);
    expect(isTaken('é'.normalize('NFD').repeat(11), strong)).toBe(false);
  });

  it('is said in words', () => {
    expect(strengthWords('', null).word).toBe('');
    expect(strengthWords('copper lant', strong)).toEqual({ word: 'Too short', line: '1 more character at least.' });
    expect(strengthWords('copper lantern', { ...strong, score: 1, warning: 'common' })).toEqual({
      word: 'Too easy to guess',
      line: 'This is a much used password. Add a word or two that do not belong together.',
    });
    expect(strengthWords('copper lantern', strong).word).toBe('Very strong');
    expect(strengthWords('copper lantern', null).word).toBe('');
  });

  it('never promises more guesses than there are', () => {
    expect(guesses(8.1)).toBe('More than 100 million');
    expect(guesses(9.9)).toBe('More than a billion');
    expect(guesses(10)).toBe('More than 10 billion');
    expect(guesses(15)).toBe('More than a million billion');
  });
});

describe('what is left', () => {
  it('is said by number, and as one', () => {
    expect(leftWords(tries(4))).toBe('6 tries left before the vault destroys its copy.');
    expect(leftWords(tries(9))).toBe('One try is left before the vault destroys its copy.');
  });

  it('gives the page its title', () => {
    const title = (used: number | null, waiting = false, ended: 'destroyed' | null = null): string =>
      passwordPageWords({ ended, waiting, tries: used === null ? null : tries(used) }).title;
    expect(title(null)).toBe('Type your password');
    expect(title(6)).toBe('Type your password');
    expect(title(6, true)).toBe('The vault asks for a pause');
    expect(title(7)).toBe('3 tries left. Stop and think.');
    expect(title(8, true)).toBe('2 tries left. Stop and think.');
    expect(title(9)).toBe('One try left');
    expect(title(9, false, 'destroyed')).toBe('The vault destroyed its copy of your key');
  });
});

describe('a vault in words', () => {
  it('is named by its host', () => {
    expect(vaultName(proof)).toBe('a.example and 2 more');
    expect(vaultName({ ...proof, urls: ['https://a.example:8443'] })).toBe('a.example:8443');
    expect(vaultName({ ...proof, embedded: true })).toBe('The vault on this computer');
    expect(sitesAnswered({ answering: 2, total: 3 })).toBe('2 of 3 vault sites answered');
  });

  it('says why the kit is needed, where it is', () => {
    expect(whyKit(proof)).toBeNull();
    expect(whyKit({ ...proof, kitNeeded: true, sites: { answering: 1, total: 1 } })).toContain('one site');
    expect(whyKit({ ...proof, kitNeeded: true, sites: { answering: 2, total: 2 } })).toContain('only 2 sites');
    expect(whyKit({ ...proof, kitNeeded: true, embedded: true })).toContain('this computer');
  });

  it('is asked for its proof once enough is known', () => {
    expect(canProve(EMPTY_VAULT)).toBe(false);
    expect(canProve(withDefault(EMPTY_VAULT, true))).toBe(true);
    expect(canProve(withDefault(EMPTY_VAULT, false))).toBe(false);
    expect(canProve({ ...EMPTY_VAULT, kind: 'own', address: 'a.example' })).toBe(false);
    expect(canProve({ ...EMPTY_VAULT, kind: 'own', address: 'a.example', fingerprint: '9A' })).toBe(true);
    expect(canProve({ ...EMPTY_VAULT, kind: 'own', fingerprint: ' holdfast:vault:v1:x:y' })).toBe(true);
  });
});

describe('the set-up with a password', () => {
  const place = { cap: 'cap-12345', path: '/d', name: 'd', kind: 'local', kindName: 'Folder', service: null } as const;
  const test = {
    checks: [],
    ok: true,
    freeBytes: null,
    totalBytes: null,
    writeMBps: null,
    readMBps: null,
    latencyMs: null,
    requestMs: null,
    warnings: [],
  };
  const base: Wizard = {
    ...EMPTY_WIZARD,
    places: [{ draft: place, test: { ...test, content: 'empty' }, typed: null }],
    method: 'password',
  };
  const proven: Wizard = { ...base, vault: { kind: 'own', address: '', fingerprint: '', proof } };
  const agreed: Wizard = {
    ...proven,
    passwordChosen: true,
    passwordRepeated: true,
    passwordConsents: { cannotReset: true, tenTries: true },
  };

  it('goes step by step', () => {
    expect(reachable('files', { ...base, method: null })).toBe('protection');
    expect(reachable('files', base)).toBe('vault');
    expect(reachable('files', proven)).toBe('password');
    expect(reachable('files', { ...proven, passwordChosen: true })).toBe('again');
    expect(reachable('files', { ...agreed, passwordRepeated: false })).toBe('again');
    expect(reachable('files', { ...agreed, passwordConsents: { cannotReset: true, tenTries: false } })).toBe('again');
    expect(reachable('files', agreed)).toBe('key');
    expect(reachable('files', { ...agreed, keyTaken: true })).toBe('prove');
    expect(reachable('files', { ...agreed, keyTaken: true, keyProven: true })).toBe('files');
    expect(reachable('password', agreed)).toBe('password');
  });

  it('goes without the kit only where the vault allows it and it is not wanted', () => {
    expect(reachable('key', { ...agreed, wantsKit: false })).toBe('files');
    const needed = { ...agreed, wantsKit: false, vault: { ...agreed.vault, proof: { ...proof, kitNeeded: true } } };
    expect(reachable('files', needed)).toBe('key');
    expect(makesKit(needed)).toBe(true);
  });

  it('has no page of a password for a key, nor the other way', () => {
    const key: Wizard = { ...agreed, method: 'key' };
    expect(reachable('vault', key)).toBe('protection');
    expect(reachable('consent', { ...agreed, keyTaken: true, keyProven: true })).toBe('files');
  });

  it('shows its steps on top', () => {
    const ids = (wizard: Wizard): string[] => stepsOf(wizard).map((step) => step.word);
    expect(ids(agreed)).toEqual(['Storage', 'Protection', 'Password', 'Your kit', 'Files', 'First backup']);
    expect(ids({ ...agreed, wantsKit: false })).toEqual(['Storage', 'Protection', 'Password', 'Files', 'First backup']);
    expect(ids({ ...agreed, method: 'key' })).toContain('Your key');
  });
});

describe('wrong tries', () => {
  it('from one place within an hour are one line, newest first', () => {
    const minute = 60_000;
    const at = (ms: number, thisComputer = false, known = false) => ({ at: ms, thisComputer, known });
    expect(
      groupFailures([at(0), at(50 * minute), at(100 * minute), at(101 * minute, true, true), at(300 * minute)]),
    ).toEqual([
      { at: 300 * minute, count: 1, where: 'On an unknown computer' },
      { at: 101 * minute, count: 1, where: 'On this computer' },
      { at: 100 * minute, count: 3, where: 'On an unknown computer' },
    ]);
    expect(groupFailures([])).toEqual([]);
  });
});

describe('the worker that may run', () => {
  const script = 'app://holdfast/assets/index-abc.js';
  it('is the page’s own and no other', () => {
    expect(isOwnWorker('app://holdfast/assets/strength-worker-Dx_1-a.js', script)).toBe(true);
    for (const url of [
      'app://holdfast/assets/other-worker-1.js',
      'app://holdfast/strength-worker-1.js',
      'app://holdfast/assets/x/strength-worker-1.js',
      'app://elsewhere/assets/strength-worker-1.js',
      'https://example.org/assets/strength-worker-1.js',
      'app://holdfast/assets/strength-worker-1.js?x',
      'app://holdfast/assets/strength-worker-1.js#x',
      'data:text/javascript,1',
      'blob:app://holdfast/1',
      'strength-worker-1.js',
    ]) {
      expect(isOwnWorker(url, script)).toBe(false);
    }
  });
});
