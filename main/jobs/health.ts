/**
 * The one health state that window, tray, lists and notifications show. A pure function of facts, so that every place
 * says the same and every sentence has a test.
 */
import type { RunKind } from './progress.ts';

export type HealthState =
  'protected' | 'protected-unreadable' | 'attention' | 'at-risk' | 'paused' | 'running' | 'setting-up';

/** Why it is so: tells one reason from another where the words hold numbers and names. */
export type HealthCause =
  | 'not-set-up'
  | 'running'
  | 'no-capability'
  | 'paused'
  | 'never'
  | 'first-failed'
  | 'too-old'
  | 'memory-only'
  | 'password-gone'
  | 'wrong-tries'
  | 'not-proven'
  | 'damaged'
  | 'embedded-vault'
  | 'sign-in'
  | 'away'
  | 'unusable'
  | 'stale-place'
  | 'failed'
  | 'stopped'
  | 'interrupted'
  | 'unreadable'
  | 'fine';

export interface Health {
  state: HealthState;
  cause: HealthCause;
  /** Short word for sidebar and tray. */
  word: string;
  /** How things stand, a title. */
  title: string;
  /** What happens next or what to do, one sentence. */
  line: string;
  /** Of which plan it is true, where there are several and it is not of all. */
  plan?: string;
}

export type LastResult = 'done' | 'done-with-skips' | 'failed' | 'stopped' | 'interrupted';

export interface HealthFacts {
  nowMs: number;
  /** False before a plan exists. */
  setUp: boolean;
  running: RunKind | null;
  /** Until when backups are paused; `untilMs` null means until resumed. */
  paused: { untilMs: number | null } | null;
  /** End of the newest finished backup. */
  lastBackupMs: number | null;
  /** How the newest backup run ended. */
  lastResult: LastResult | null;
  /** What to do about a failed run, the guidance of its error. */
  lastErrorMessage: string | null;
  /** Items that the newest finished backup could not read. */
  skipped: number;
  /** Those of the plan, in its order. */
  destinations: readonly DestinationHealth[];
  /** What lets this computer write backups: kept by the system, only in memory, or not there. */
  capability: 'kept' | 'memory' | 'missing';
  /** The key vault, where a password guards the key. */
  vault?: VaultHealth | null;
  /** Files of the newest sample that did not come back right; 0 or missing where all did. */
  notRestored?: number;
  /** What the newest check found to be damaged; 0 or missing where nothing is. */
  damaged?: number;
  /** The backup that starts by itself next; null or missing where only a person starts them. */
  next?: NextBackup | null;
}

export interface NextBackup {
  /** When it starts; null while it waits, or is not known. */
  startsMs: number | null;
  /** What it waits for, one sentence. */
  waits: string | null;
  /** It has started before and rests for that. */
  resting: boolean;
}

export interface DestinationHealth {
  name: string;
  presence: 'present' | 'away' | 'sign-in' | 'error';
  /** What is wrong there and what to do; empty where nothing is. */
  message: string;
  /** When the newest backup was complete there; null before the first. */
  completeMs: number | null;
}

export interface VaultHealth {
  /** It runs on this computer, for trying out. */
  embedded: boolean;
  /** Why the password opens nothing any more; `unknown`: the vault says so, which it cannot prove. */
  ended: 'destroyed' | 'destroyed-by-owner' | 'suspended' | 'unknown' | null;
  /** Wrong tries that nobody has marked as seen, and when the first was. */
  unseen: { count: number; since: number } | null;
}

/** Without a backup for this long, files are at risk. */
export const AT_RISK_AFTER_MS = 7 * 86_400_000;

export function healthOf(facts: HealthFacts): Health {
  if (!facts.setUp) {
    return {
      state: 'setting-up',
      cause: 'not-set-up',
      word: 'Not set up',
      title: 'Nothing is protected yet',
      line: 'Set up a backup, or restore from one that you have.',
    };
  }
  if (facts.running === 'backup') {
    return facts.lastBackupMs === null
      ? {
          state: 'running',
          cause: 'running',
          word: 'First backup',
          title: 'Your first backup is running',
          line: 'You can go on working, and close the window too.',
        }
      : {
          state: 'running',
          cause: 'running',
          word: 'Backing up',
          title: 'Backing up now',
          line: 'You can go on working. What was stored before stays safe.',
        };
  }
  return (
    missingCapability(facts) ??
    pausedHealth(facts) ??
    resting(facts) ??
    neverBackedUp(facts) ??
    tooOld(facts) ??
    memoryOnly(facts) ??
    passwordGone(facts) ??
    wrongTries(facts) ??
    embeddedVault(facts) ??
    notWhole(facts) ??
    needsAttention(facts) ??
    fine(facts)
  );
}

function missingCapability(facts: HealthFacts): Health | null {
  if (facts.capability !== 'missing') return null;
  return {
    state: 'at-risk',
    cause: 'no-capability',
    word: 'At risk',
    title: 'Backups have stopped on this computer',
    line: 'Enter your 64-digit key once, and they go on. What is stored is safe.',
  };
}

function pausedHealth(facts: HealthFacts): Health | null {
  if (facts.paused === null) return null;
  const until = facts.paused.untilMs;
  return {
    state: 'paused',
    cause: 'paused',
    word: 'Paused',
    title: until === null ? 'Backups are paused' : `Backups are paused until ${momentWords(until, facts.nowMs)}`,
    line:
      until === null
        ? 'Nothing is backed up until you resume. What is stored is safe.'
        : 'They go on by themselves then. What is stored is safe.',
  };
}

function resting({ next }: HealthFacts): Health | null {
  if (next?.resting !== true || next.waits === null) return null;
  return {
    state: 'paused',
    cause: 'paused',
    word: 'Waiting',
    title: 'This backup waits',
    line: `${next.waits} It goes on by itself then. What is stored is safe.`,
  };
}

/** What happens next where a person need do nothing; null where only a person starts backups. */
function byItself({ next, nowMs }: HealthFacts, what = 'The next backup'): string | null {
  if (next == null) return null;
  if (next.waits !== null) return next.waits;
  return next.startsMs === null
    ? `${what} starts by itself soon.`
    : `${what} starts by itself ${startWords(next.startsMs, nowMs)}.`;
}

/** "at 18:30" today, "tomorrow at 08:00", else "on" the date "at" the time. Local time. */
function startWords(atMs: number, nowMs: number): string {
  const [day, time] = momentWords(atMs, nowMs).split(', ');
  if (time === undefined) return `at ${day}`;
  return day === 'tomorrow' ? `tomorrow at ${time}` : `on ${day} at ${time}`;
}

function neverBackedUp(facts: HealthFacts): Health | null {
  if (facts.lastBackupMs !== null) return null;
  const failed = facts.lastResult === 'failed';
  return {
    state: 'at-risk',
    cause: failed ? 'first-failed' : 'never',
    word: 'At risk',
    title: 'Your files are not backed up yet',
    line:
      failed && facts.lastErrorMessage !== null
        ? facts.lastErrorMessage
        : `${byItself(facts, 'The backup') ?? 'Press Back up now.'} What was stored so far is kept and not uploaded twice.`,
  };
}

function tooOld(facts: HealthFacts): Health | null {
  if (facts.lastBackupMs === null || facts.nowMs - facts.lastBackupMs < AT_RISK_AFTER_MS) return null;
  const days = Math.floor((facts.nowMs - facts.lastBackupMs) / 86_400_000);
  return {
    state: 'at-risk',
    cause: 'too-old',
    word: 'At risk',
    title: `No backup for ${days} days`,
    line: allAway(facts)
      ? `Connect ${namesOf(facts.destinations, 'or')}${facts.next == null ? ', then press Back up now' : ': the backup then starts by itself'}.`
      : (facts.lastErrorMessage ?? byItself(facts) ?? 'Press Back up now to store what has changed since.'),
  };
}

function memoryOnly(facts: HealthFacts): Health | null {
  if (facts.capability !== 'memory') return null;
  return {
    state: 'at-risk',
    cause: 'memory-only',
    word: 'At risk',
    title: 'Backups stop when you quit',
    line: 'This computer has no keychain to keep the permission to back up. Your key is asked again after a restart.',
  };
}

const NEW_PASSWORD = 'Unlock with your 64 digits and set a new password under Protection.';

const GONE: Record<NonNullable<VaultHealth['ended']>, { title: string; why: string; todo: string }> = {
  destroyed: {
    title: 'Your password no longer opens this backup',
    why: 'The vault destroyed its copy of the key after too many wrong passwords.',
    todo: NEW_PASSWORD,
  },
  'destroyed-by-owner': {
    title: 'Your password was turned off elsewhere',
    why: 'The vault’s copy of the key was destroyed from a computer that was unlocked.',
    todo: NEW_PASSWORD,
  },
  suspended: {
    title: 'The vault has stopped taking your password',
    why: 'It has counted 100 wrong ones over the years.',
    todo: 'Unlock with your 64 digits and tell the vault to go on under Protection.',
  },
  unknown: {
    title: 'The vault says that it doesn’t know this backup',
    why: 'It can’t prove that, and your password may still be good.',
    todo: 'Ask whoever runs the vault. If it stays so, unlock with your 64 digits and set a new password under Protection.',
  },
};

function passwordGone({ vault }: HealthFacts): Health | null {
  if (vault?.ended == null) return null;
  const { title, why, todo } = GONE[vault.ended];
  return {
    state: 'at-risk',
    cause: 'password-gone',
    word: 'At risk',
    title,
    line: `${why} ${todo} What is stored is safe.`,
  };
}

function wrongTries({ vault, nowMs }: HealthFacts): Health | null {
  if (vault?.unseen == null) return null;
  const { count, since } = vault.unseen;
  return {
    state: vault.embedded ? 'at-risk' : 'attention',
    cause: 'wrong-tries',
    word: vault.embedded ? 'At risk' : 'Attention',
    title: `${count === 1 ? '1 wrong try' : `${count} wrong tries`} at your password ${sinceWords(since, nowMs)}`,
    line: 'If that was not you, see under Protection where they came from, and refuse unknown computers.',
  };
}

function embeddedVault({ vault }: HealthFacts): Health | null {
  if (vault?.embedded !== true) return null;
  return {
    state: 'at-risk',
    cause: 'embedded-vault',
    word: 'At risk',
    title: 'This password works only on this computer',
    line: 'Its vault is for trying out and is lost together with this computer. Keep the 64-digit kit: it opens the backup anywhere.',
  };
}

function notWhole({ notRestored = 0, damaged = 0 }: HealthFacts): Health | null {
  if (notRestored > 0) {
    return {
      state: 'attention',
      cause: 'not-proven',
      word: 'Attention',
      title: `${notRestored === 1 ? '1 file' : `${notRestored} files`} of a trial restore did not come back right`,
      line: 'Run a full check under Settings: it says what is damaged. Backups go on, and store anew what your folders still hold.',
    };
  }
  if (damaged === 0) return null;
  return {
    state: 'attention',
    cause: 'damaged',
    word: 'Attention',
    title: 'A check found damage in the stored backup',
    line: 'See under Activity what it concerns. Backups go on, and store anew what your folders still hold.',
  };
}

function needsAttention(facts: HealthFacts): Health | null {
  const base = { state: 'attention', word: 'Attention' } as const;
  const { destinations } = facts;
  const signIn = destinations.find(({ presence }) => presence === 'sign-in');
  if (signIn !== undefined) {
    return {
      ...base,
      cause: 'sign-in',
      title: `Sign in to ${signIn.name} again`,
      line: `It no longer accepts this computer’s sign-in. What is stored there is safe${
        destinations.length > 1 ? ', and backups to the other places go on' : ''
      }.`,
    };
  }
  if (allAway(facts)) {
    return {
      ...base,
      cause: 'away',
      title: `${namesOf(destinations, 'and')} ${destinations.length === 1 ? 'isn’t' : 'aren’t'} connected`,
      line: `Connect ${destinations.length === 1 ? 'it' : 'one of them'}${
        facts.next == null ? ' and press Back up now' : ': backups then go on by themselves'
      }. What is stored there is safe.`,
    };
  }
  const broken = destinations.find(({ presence }) => presence === 'error');
  if (broken !== undefined) {
    return {
      ...base,
      cause: 'unusable',
      title: `${broken.name} can’t be used`,
      line: broken.message || (facts.lastErrorMessage ?? 'Test the destination in Settings to see why.'),
    };
  }
  const stale = destinations.find(
    ({ completeMs }) => completeMs !== null && facts.nowMs - completeMs >= AT_RISK_AFTER_MS,
  );
  if (stale?.completeMs != null && destinations.length > 1) {
    return {
      ...base,
      cause: 'stale-place',
      title: `${stale.name} has had no backup for ${Math.floor((facts.nowMs - stale.completeMs) / 86_400_000)} days`,
      line: `Connect it, and it catches up by itself. Your files are safe at the other ${
        destinations.length === 2 ? 'place' : 'places'
      }.`,
    };
  }
  if (facts.lastResult === 'failed') {
    return {
      ...base,
      cause: 'failed',
      title: 'The last backup did not finish',
      line:
        facts.lastErrorMessage ?? `${byItself(facts) ?? 'Press Back up now to try again.'} Earlier backups are safe.`,
    };
  }
  if (facts.lastResult === 'interrupted' || facts.lastResult === 'stopped') {
    return {
      ...base,
      cause: facts.lastResult,
      title: facts.lastResult === 'stopped' ? 'The last backup was stopped' : 'The last backup was interrupted',
      line:
        facts.next == null
          ? 'Press Back up now: it continues from there. Earlier backups are safe.'
          : `${byItself(facts)} It continues from there. Earlier backups are safe.`,
    };
  }
  return null;
}

function allAway({ destinations }: HealthFacts): boolean {
  return destinations.length > 0 && destinations.every(({ presence }) => presence === 'away');
}

/** "Disk", "Disk and NAS", "Disk, NAS and Drive". */
function namesOf(destinations: readonly DestinationHealth[], word: 'and' | 'or'): string {
  const names = destinations.map(({ name }) => name);
  const last = names.pop() ?? '';
  return names.length === 0 ? last : `${names.join(', ')} ${word} ${last}`;
}

function fine(facts: HealthFacts): Health {
  if (facts.skipped > 0) {
    const items = facts.skipped === 1 ? '1 item' : `${facts.skipped.toLocaleString('en')} items`;
    return {
      state: 'protected-unreadable',
      cause: 'unreadable',
      word: `Protected, ${items} unreadable`,
      title: `Protected, except for ${items}`,
      line: `${facts.skipped === 1 ? 'It' : 'They'} could not be read. See what to do about each.`,
    };
  }
  return {
    state: 'protected',
    cause: 'fine',
    word: 'Protected',
    title: 'Everything is protected',
    line: byItself(facts) ?? 'Press Back up now whenever your files have changed.',
  };
}

/** "18:30" today, "tomorrow, 08:00", else the date. Local time. */
export function momentWords(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const now = new Date(nowMs);
  const time = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const days = Math.round((startOfDay(at) - startOfDay(now)) / 86_400_000);
  if (days === 0) return time;
  if (days === 1) return `tomorrow, ${time}`;
  return `${at.toLocaleDateString('en-GB', { day: 'numeric', month: 'long' })}, ${time}`;
}

function sinceWords(atMs: number, nowMs: number): string {
  const day = dayWords(atMs, nowMs);
  return day === 'today' ? day : `since ${day}`;
}

/** "today", "yesterday", "Tuesday" in the last six days, else the date. Local time. */
export function dayWords(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const days = Math.round((startOfDay(new Date(nowMs)) - startOfDay(at)) / 86_400_000);
  if (days <= 0) return 'today';
  if (days === 1) return 'yesterday';
  if (days < 7) return at.toLocaleDateString('en-GB', { weekday: 'long' });
  return at.toLocaleDateString('en-GB', { day: 'numeric', month: 'long' });
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
