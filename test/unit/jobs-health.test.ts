import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AT_RISK_AFTER_MS, type DestinationHealth, type HealthFacts } from '../../main/jobs/health-facts.ts';
import { healthOf } from '../../main/jobs/health.ts';

const NOW = new Date(2025, 5, 10, 12, 0).getTime();
const HOUR = 3_600_000;
const LOFT: DestinationHealth = { name: 'Loft disk', presence: 'present', message: '', completeMs: NOW - HOUR };

const good: HealthFacts = {
  nowMs: NOW,
  setUp: true,
  running: null,
  paused: null,
  lastBackupMs: NOW - HOUR,
  lastResult: 'done',
  lastErrorMessage: null,
  skipped: 0,
  destinations: [LOFT],
  capability: 'kept',
};

const of = (facts: Partial<HealthFacts>) => healthOf({ ...good, ...facts });

describe('health', () => {
  it('is protected after a finished backup', () => {
    expect(of({})).toMatchObject({ state: 'protected', word: 'Protected' });
  });

  it('counts unreadable items, one and many', () => {
    expect(of({ skipped: 1 })).toMatchObject({
      state: 'protected-unreadable',
      word: 'Protected, 1 item unreadable',
      title: 'Protected, except for 1 item',
    });
    expect(of({ skipped: 1200 }).word).toBe('Protected, 1,200 items unreadable');
  });

  it('names the cause, which stays while the words change', () => {
    expect(of({}).cause).toBe('fine');
    const days = (count: number) => of({ lastBackupMs: NOW - count * 24 * HOUR });
    expect(days(8).title).not.toBe(days(9).title);
    expect([days(8).cause, days(9).cause]).toEqual(['too-old', 'too-old']);
    expect(of({ lastBackupMs: null, lastResult: null }).cause).toBe('never');
    expect(of({ lastBackupMs: null, lastResult: 'failed' }).cause).toBe('first-failed');
    expect(of({ lastResult: 'stopped' }).cause).toBe('stopped');
    expect(of({ lastResult: 'interrupted' }).cause).toBe('interrupted');
  });

  it('turns to attention where a trial restore or a check found something, and not before what endangers the backups', () => {
    expect(of({ notRestored: 1 })).toMatchObject({ state: 'attention', cause: 'not-proven' });
    expect(of({ notRestored: 1 }).title).toBe('1 file of a trial restore did not come back right');
    expect(of({ notRestored: 2, damaged: 5 }).title).toMatch(/^2 files of a trial restore/);
    expect(of({ damaged: 5 })).toMatchObject({ state: 'attention', cause: 'damaged' });
    expect(of({ notRestored: 1, capability: 'missing' }).state).toBe('at-risk');
  });

  it('is setting up before there is a plan, whatever else is known', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), fc.boolean(), (skipped, away) => {
        const health = of({ setUp: false, skipped, destinations: [{ ...LOFT, presence: away ? 'away' : 'present' }] });
        expect(health.state).toBe('setting-up');
      }),
    );
  });

  it('tells a first backup from a later one', () => {
    expect(of({ running: 'backup', lastBackupMs: null }).title).toBe('Your first backup is running');
    expect(of({ running: 'backup' })).toMatchObject({ state: 'running', title: 'Backing up now' });
  });

  it('does not call a restore or a check a backup', () => {
    expect(of({ running: 'restore' }).state).toBe('protected');
    expect(of({ running: 'verify' }).state).toBe('protected');
  });

  it('is at risk from the seventh day on, not before', () => {
    expect(of({ lastBackupMs: NOW - AT_RISK_AFTER_MS + 1 }).state).toBe('protected');
    expect(of({ lastBackupMs: NOW - AT_RISK_AFTER_MS })).toMatchObject({
      state: 'at-risk',
      title: 'No backup for 7 days',
    });
    expect(of({ lastBackupMs: NOW - 9.5 * 86_400_000, destinations: [{ ...LOFT, presence: 'away' }] }).line).toBe(
      'Connect Loft disk, then press Back up now.',
    );
  });

  it('says when the next backup starts by itself, and what it waits for', () => {
    const next = { startsMs: NOW + HOUR, waits: null, resting: false };
    expect(of({ next }).line).toBe('The next backup starts by itself at 13:00.');
    expect(of({ next: { ...next, startsMs: NOW + 20 * HOUR } }).line).toBe(
      'The next backup starts by itself tomorrow at 08:00.',
    );
    expect(of({ next: { ...next, startsMs: NOW + 240 * HOUR } }).line).toBe(
      'The next backup starts by itself on 20 June at 12:00.',
    );
    expect(of({ next: { ...next, startsMs: null } }).line).toBe('The next backup starts by itself soon.');
    const waits = 'Waits until this computer is plugged in.';
    expect(of({ next: { startsMs: null, waits, resting: false } })).toMatchObject({ state: 'protected', line: waits });
    expect(of({ next: { startsMs: null, waits, resting: true } })).toMatchObject({ state: 'paused', word: 'Waiting' });
  });

  it('sends nobody to press a button that need not be pressed', () => {
    const next = { startsMs: NOW + HOUR, waits: null, resting: false };
    const away: DestinationHealth = { ...LOFT, presence: 'away' };
    for (const facts of [
      {},
      { lastBackupMs: null, lastResult: null },
      { lastBackupMs: NOW - AT_RISK_AFTER_MS },
      { lastBackupMs: NOW - AT_RISK_AFTER_MS, destinations: [away] },
      { destinations: [away] },
      { lastResult: 'failed' },
      { lastResult: 'stopped' },
      { lastResult: 'interrupted' },
    ] as const) {
      expect(of(facts).line).toMatch(/press back up now/i);
      expect(of({ ...facts, next }).line).not.toMatch(/press/i);
      expect(of({ ...facts, next }).line).toMatch(/by itself|by themselves/);
    }
  });

  it('is at risk while nothing was ever backed up, and gives the reason it knows', () => {
    expect(of({ lastBackupMs: null, lastResult: null }).state).toBe('at-risk');
    expect(of({ lastBackupMs: null, lastResult: 'failed', lastErrorMessage: 'The disk is full.' }).line).toBe(
      'The disk is full.',
    );
  });

  it('says that backups stop on quit where the keychain is missing', () => {
    expect(of({ capability: 'memory' })).toMatchObject({ state: 'at-risk', title: 'Backups stop when you quit' });
  });

  it('asks for the key where this computer cannot back up any more, even if paused', () => {
    const health = of({ capability: 'missing', paused: { untilMs: null } });
    expect(health).toMatchObject({ state: 'at-risk', title: 'Backups have stopped on this computer' });
    expect(health.line).toContain('64-digit key');
  });

  it('shows until when it is paused: today, tomorrow, later, until resumed', () => {
    expect(of({ paused: { untilMs: NOW + HOUR } }).title).toBe('Backups are paused until 13:00');
    expect(of({ paused: { untilMs: new Date(2025, 5, 11, 8).getTime() } }).title).toBe(
      'Backups are paused until tomorrow, 08:00',
    );
    expect(of({ paused: { untilMs: new Date(2025, 5, 20, 8).getTime() } }).title).toBe(
      'Backups are paused until 20 June, 08:00',
    );
    expect(of({ paused: { untilMs: null } })).toMatchObject({ state: 'paused', title: 'Backups are paused' });
  });

  it('wants attention for an absent destination, a failure, a stop and an interruption', () => {
    expect(of({ destinations: [{ ...LOFT, presence: 'away' }] })).toMatchObject({
      state: 'attention',
      title: 'Loft disk isn’t connected',
    });
    expect(of({ destinations: [{ ...LOFT, presence: 'error' }] }).title).toBe('Loft disk can’t be used');
    expect(of({ lastResult: 'failed' }).title).toBe('The last backup did not finish');
    expect(of({ lastResult: 'stopped' }).title).toBe('The last backup was stopped');
    expect(of({ lastResult: 'interrupted' }).title).toBe('The last backup was interrupted');
  });

  it('says that another computer has taken over, before anything that concerns places or time', () => {
    const facts = { lastResult: 'failed', takenOver: true, lastErrorMessage: 'It was taken over.' } as const;
    expect(of(facts)).toMatchObject({
      state: 'attention',
      cause: 'taken-over',
      title: 'Another computer has taken over this backup',
      line: 'It was taken over.',
    });
    expect(of({ ...facts, destinations: [{ ...LOFT, presence: 'away' }] }).cause).toBe('taken-over');
    expect(of({ ...facts, lastBackupMs: NOW - AT_RISK_AFTER_MS })).toMatchObject({
      state: 'at-risk',
      cause: 'taken-over',
    });
    // Once it backs up again, as itself or anew, that is over.
    expect(of({ ...facts, lastResult: 'done' }).cause).toBe('fine');
  });

  it('tells of one destination among several, and that the others go on', () => {
    const nas: DestinationHealth = { ...LOFT, name: 'NAS' };
    const title = (...destinations: DestinationHealth[]): string => of({ destinations }).title;
    expect(title({ ...LOFT, presence: 'away' }, nas)).toBe('Everything is protected');
    expect(title({ ...LOFT, presence: 'away' }, { ...nas, presence: 'away' })).toBe(
      'Loft disk and NAS aren’t connected',
    );
    expect(of({ destinations: [LOFT, { ...nas, presence: 'sign-in' }] })).toMatchObject({
      state: 'attention',
      title: 'Sign in to NAS again',
      line: expect.stringContaining('backups to the other places go on') as string,
    });
    expect(title(LOFT, { ...nas, completeMs: NOW - AT_RISK_AFTER_MS })).toBe('NAS has had no backup for 7 days');
  });

  it('always has a word, a title and a sentence that ends', () => {
    const facts = fc.record({
      setUp: fc.boolean(),
      running: fc.constantFrom(null, 'backup', 'restore', 'verify'),
      paused: fc.constantFrom(null, { untilMs: null }, { untilMs: NOW + 1 }),
      lastBackupMs: fc.constantFrom(null, NOW - 1, NOW - 30 * 86_400_000),
      lastResult: fc.constantFrom(null, 'done', 'done-with-skips', 'failed', 'stopped', 'interrupted'),
      skipped: fc.nat(5),
      destinations: fc.array(
        fc.record({
          name: fc.constantFrom('Loft disk', 'NAS'),
          presence: fc.constantFrom('present', 'away', 'sign-in', 'error'),
          message: fc.constantFrom('', 'The server refused. Test it in Settings.'),
          completeMs: fc.constantFrom(null, NOW - HOUR, NOW - 30 * 86_400_000),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      capability: fc.constantFrom('kept', 'memory', 'missing'),
    }) as fc.Arbitrary<Partial<HealthFacts>>;
    fc.assert(
      fc.property(facts, (some) => {
        const health = of(some);
        expect(health.word).not.toBe('');
        expect(health.title).not.toBe('');
        expect(health.line).toMatch(/\.$/);
        // Never "all is well" where the newest backup is old or there is none.
        const fine = health.state === 'protected' || health.state === 'protected-unreadable';
        if (fine) expect(some.lastBackupMs).toBe(NOW - 1);
      }),
    );
  });

  describe('with a key vault', () => {
    const fine = { embedded: false, ended: null, unseen: null };

    it('is protected while nobody tries', () => {
      expect(of({ vault: fine }).state).toBe('protected');
      expect(of({ vault: null }).state).toBe('protected');
    });

    it('is at risk with the vault of this computer, and says why', () => {
      expect(of({ vault: { ...fine, embedded: true } })).toMatchObject({
        state: 'at-risk',
        title: 'This password works only on this computer',
      });
    });

    it.each(['destroyed', 'destroyed-by-owner', 'suspended', 'unknown'] as const)(
      'is at risk where the password opens nothing any more: %s',
      (ended) => {
        const health = of({ vault: { ...fine, embedded: true, ended, unseen: { count: 3, since: NOW } } });
        expect(health.state).toBe('at-risk');
        expect(health.line).toContain('64 digits');
        expect(health.title).not.toContain('wrong tr');
      },
    );

    it('says of a record that the vault denies what is known, and no more', () => {
      const { title, line } = of({ vault: { ...fine, ended: 'unknown' } });
      expect(title).toBe('The vault says that it doesn’t know this backup');
      expect(line).toMatch(/^It can’t prove that, and your password may still be good\. Ask whoever runs the vault\./);
    });

    it.each([
      [1, 0, '1 wrong try at your password today'],
      [2, 1, '2 wrong tries at your password since yesterday'],
      [3, 3, '3 wrong tries at your password since Saturday'],
      [9, 20, '9 wrong tries at your password since 21 May'],
    ])('shows %d wrong tries of %d days ago at once', (count, days, title) => {
      const unseen = { count, since: NOW - days * 24 * HOUR };
      expect(of({ vault: { ...fine, unseen } })).toMatchObject({ state: 'attention', title });
      expect(of({ vault: { ...fine, embedded: true, unseen } })).toMatchObject({ state: 'at-risk', title });
    });

    it('comes after what endangers the backups themselves', () => {
      const vault = { ...fine, embedded: true };
      expect(of({ vault, capability: 'missing' }).title).toBe('Backups have stopped on this computer');
      expect(of({ vault, lastBackupMs: null }).title).toBe('Your files are not backed up yet');
    });
  });
});
