/**
 * The one health state that window, tray, lists and notifications show. A pure function of facts, so that every place
 * says the same and every sentence has a test.
 */
import { plural, text, type Text } from '../text.ts';
import { listed, locale, say } from '../words/say.ts';
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
  | 'taken-over'
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
  /** It failed because another computer goes on with these backups. */
  takenOver?: boolean;
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
      word: say('Not set up'),
      title: say('Nothing is protected yet'),
      line: say('Set up a backup, or restore from one that you have.'),
    };
  }
  if (facts.running === 'backup') {
    return facts.lastBackupMs === null
      ? {
          state: 'running',
          cause: 'running',
          word: say('First backup'),
          title: say('Your first backup is running'),
          line: say('You can go on working, and close the window too.'),
        }
      : {
          state: 'running',
          cause: 'running',
          word: say('Backing up'),
          title: say('Backing up now'),
          line: say('You can go on working. What was stored before stays safe.'),
        };
  }
  return (
    missingCapability(facts) ??
    pausedHealth(facts) ??
    resting(facts) ??
    takenOver(facts) ??
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
    word: say('At risk'),
    title: say('Backups have stopped on this computer'),
    line: say('Enter your 64-digit key once, and they go on. What is stored is safe.'),
  };
}

function pausedHealth(facts: HealthFacts): Health | null {
  if (facts.paused === null) return null;
  const until = facts.paused.untilMs;
  return {
    state: 'paused',
    cause: 'paused',
    word: say('Paused'),
    title:
      until === null
        ? say('Backups are paused')
        : say(text`Backups are paused until ${momentWords(until, facts.nowMs)}`),
    line:
      until === null
        ? say('Nothing is backed up until you resume. What is stored is safe.')
        : say('They go on by themselves then. What is stored is safe.'),
  };
}

function resting({ next }: HealthFacts): Health | null {
  if (next?.resting !== true || next.waits === null) return null;
  return {
    state: 'paused',
    cause: 'paused',
    word: say('Waiting'),
    title: say('This backup waits'),
    line: `${next.waits} ${say('It goes on by itself then. What is stored is safe.')}`,
  };
}

/** What happens next where a person need do nothing; null where only a person starts backups. */
function byItself({ next, nowMs }: HealthFacts, first = false): string | null {
  if (next == null) return null;
  if (next.waits !== null) return next.waits;
  if (next.startsMs === null) {
    return first ? say('The backup starts by itself soon.') : say('The next backup starts by itself soon.');
  }
  const when = startWords(next.startsMs, nowMs);
  return first ? say(text`The backup starts by itself ${when}.`) : say(text`The next backup starts by itself ${when}.`);
}

/** "at 18:30" today, "tomorrow at 08:00", else "on" the date "at" the time. Local time. */
function startWords(atMs: number, nowMs: number): string {
  const { days, date, time } = moment(atMs, nowMs);
  if (days === 0) return say(text`at ${time}`);
  return days === 1 ? say(text`tomorrow at ${time}`) : say(text`on ${date} at ${time}`);
}

/** Whatever else is true: as long as this is, nothing of this computer is backed up, and no place or waiting mends it. */
function takenOver(facts: HealthFacts): Health | null {
  if (facts.lastResult !== 'failed' || facts.takenOver !== true) return null;
  const { lastBackupMs, nowMs } = facts;
  const old = lastBackupMs === null || nowMs - lastBackupMs >= AT_RISK_AFTER_MS;
  return {
    state: old ? 'at-risk' : 'attention',
    cause: 'taken-over',
    word: old ? say('At risk') : say('Attention'),
    title: say('Another computer has taken over this backup'),
    line: facts.lastErrorMessage ?? say('Under Protection, this computer can start anew or take its backups back.'),
  };
}

function neverBackedUp(facts: HealthFacts): Health | null {
  if (facts.lastBackupMs !== null) return null;
  const failed = facts.lastResult === 'failed';
  return {
    state: 'at-risk',
    cause: failed ? 'first-failed' : 'never',
    word: say('At risk'),
    title: say('Your files are not backed up yet'),
    line:
      failed && facts.lastErrorMessage !== null
        ? facts.lastErrorMessage
        : `${byItself(facts, true) ?? say('Press Back up now.')} ${say('What was stored so far is kept and not uploaded twice.')}`,
  };
}

function tooOld(facts: HealthFacts): Health | null {
  if (facts.lastBackupMs === null || facts.nowMs - facts.lastBackupMs < AT_RISK_AFTER_MS) return null;
  const days = Math.floor((facts.nowMs - facts.lastBackupMs) / 86_400_000);
  return {
    state: 'at-risk',
    cause: 'too-old',
    word: say('At risk'),
    title: say(text`No backup for ${plural(days, { one: '# day', other: '# days' })}`),
    line: allAway(facts)
      ? facts.next == null
        ? say(text`Connect ${namesOf(facts.destinations, 'or')}, then press Back up now.`)
        : say(text`Connect ${namesOf(facts.destinations, 'or')}: the backup then starts by itself.`)
      : (facts.lastErrorMessage ?? byItself(facts) ?? say('Press Back up now to store what has changed since.')),
  };
}

function memoryOnly(facts: HealthFacts): Health | null {
  if (facts.capability !== 'memory') return null;
  return {
    state: 'at-risk',
    cause: 'memory-only',
    word: say('At risk'),
    title: say('Backups stop when you quit'),
    line: say(
      'This computer has no keychain to keep the permission to back up. Your key is asked again after a restart.',
    ),
  };
}

const NEW_PASSWORD = text`Unlock with your 64 digits and set a new password under Protection.`;

const GONE: Record<NonNullable<VaultHealth['ended']>, { title: Text; why: Text; todo: Text }> = {
  destroyed: {
    title: text`Your password no longer opens this backup`,
    why: text`The vault destroyed its copy of the key after too many wrong passwords.`,
    todo: NEW_PASSWORD,
  },
  'destroyed-by-owner': {
    title: text`Your password was turned off elsewhere`,
    why: text`The vault’s copy of the key was destroyed from a computer that was unlocked.`,
    todo: NEW_PASSWORD,
  },
  suspended: {
    title: text`The vault has stopped taking your password`,
    why: text`It has counted 100 wrong ones over the years.`,
    todo: text`Unlock with your 64 digits and tell the vault to go on under Protection.`,
  },
  unknown: {
    title: text`The vault says that it doesn’t know this backup`,
    why: text`It can’t prove that, and your password may still be good.`,
    todo: text`Ask whoever runs the vault. If it stays so, unlock with your 64 digits and set a new password under Protection.`,
  },
};

function passwordGone({ vault }: HealthFacts): Health | null {
  if (vault?.ended == null) return null;
  const { title, why, todo } = GONE[vault.ended];
  return {
    state: 'at-risk',
    cause: 'password-gone',
    word: say('At risk'),
    title: say(title),
    line: `${say(why)} ${say(todo)} ${say('What is stored is safe.')}`,
  };
}

function wrongTries({ vault, nowMs }: HealthFacts): Health | null {
  if (vault?.unseen == null) return null;
  const { count, since } = vault.unseen;
  return {
    state: vault.embedded ? 'at-risk' : 'attention',
    cause: 'wrong-tries',
    word: vault.embedded ? say('At risk') : say('Attention'),
    title: wrongTriesTitle(count, since, nowMs),
    line: say('If that was not you, see under Protection where they came from, and refuse unknown computers.'),
  };
}

function embeddedVault({ vault }: HealthFacts): Health | null {
  if (vault?.embedded !== true) return null;
  return {
    state: 'at-risk',
    cause: 'embedded-vault',
    word: say('At risk'),
    title: say('This password works only on this computer'),
    line: say(
      'Its vault is for trying out and is lost together with this computer. Keep the 64-digit kit: it opens the backup anywhere.',
    ),
  };
}

function notWhole({ notRestored = 0, damaged = 0 }: HealthFacts): Health | null {
  if (notRestored > 0) {
    return {
      state: 'attention',
      cause: 'not-proven',
      word: say('Attention'),
      title: say(
        text`${plural(notRestored, { one: '# file', other: '# files' })} of a trial restore did not come back right`,
      ),
      line: say(
        'Run a full check under Settings: it says what is damaged. Backups go on, and store anew what your folders still hold.',
      ),
    };
  }
  if (damaged === 0) return null;
  return {
    state: 'attention',
    cause: 'damaged',
    word: say('Attention'),
    title: say('A check found damage in the stored backup'),
    line: say('See under Activity what it concerns. Backups go on, and store anew what your folders still hold.'),
  };
}

function needsAttention(facts: HealthFacts): Health | null {
  const base = { state: 'attention', word: say('Attention') } as const;
  const { destinations } = facts;
  const signIn = destinations.find(({ presence }) => presence === 'sign-in');
  if (signIn !== undefined) {
    return {
      ...base,
      cause: 'sign-in',
      title: say(text`Sign in to ${signIn.name} again`),
      line:
        destinations.length > 1
          ? say(
              'It no longer accepts this computer’s sign-in. What is stored there is safe, and backups to the other places go on.',
            )
          : say('It no longer accepts this computer’s sign-in. What is stored there is safe.'),
    };
  }
  if (allAway(facts)) {
    return {
      ...base,
      cause: 'away',
      title:
        destinations.length === 1
          ? say(text`${namesOf(destinations, 'and')} isn’t connected`)
          : say(text`${namesOf(destinations, 'and')} aren’t connected`),
      line: connectLine(destinations.length === 1, facts.next == null),
    };
  }
  const broken = destinations.find(({ presence }) => presence === 'error');
  if (broken !== undefined) {
    return {
      ...base,
      cause: 'unusable',
      title: say(text`${broken.name} can’t be used`),
      line: broken.message || (facts.lastErrorMessage ?? say('Test the destination in Settings to see why.')),
    };
  }
  const stale = destinations.find(
    ({ completeMs }) => completeMs !== null && facts.nowMs - completeMs >= AT_RISK_AFTER_MS,
  );
  if (stale?.completeMs != null && destinations.length > 1) {
    return {
      ...base,
      cause: 'stale-place',
      title: say(
        text`${stale.name} has had no backup for ${plural(Math.floor((facts.nowMs - stale.completeMs) / 86_400_000), {
          one: '# day',
          other: '# days',
        })}`,
      ),
      line:
        destinations.length === 2
          ? say('Connect it, and it catches up by itself. Your files are safe at the other place.')
          : say('Connect it, and it catches up by itself. Your files are safe at the other places.'),
    };
  }
  if (facts.lastResult === 'failed') {
    return {
      ...base,
      cause: 'failed',
      title: say('The last backup did not finish'),
      line:
        facts.lastErrorMessage ??
        `${byItself(facts) ?? say('Press Back up now to try again.')} ${say('Earlier backups are safe.')}`,
    };
  }
  if (facts.lastResult === 'interrupted' || facts.lastResult === 'stopped') {
    return {
      ...base,
      cause: facts.lastResult,
      title:
        facts.lastResult === 'stopped' ? say('The last backup was stopped') : say('The last backup was interrupted'),
      line:
        facts.next == null
          ? say('Press Back up now: it continues from there. Earlier backups are safe.')
          : `${byItself(facts)} ${say('It continues from there. Earlier backups are safe.')}`,
    };
  }
  return null;
}

function allAway({ destinations }: HealthFacts): boolean {
  return destinations.length > 0 && destinations.every(({ presence }) => presence === 'away');
}

/** "Disk", "Disk and NAS", "Disk, NAS and Drive". */
function namesOf(destinations: readonly DestinationHealth[], word: 'and' | 'or'): string {
  return listed(
    destinations.map(({ name }) => name),
    word,
  );
}

function fine(facts: HealthFacts): Health {
  if (facts.skipped > 0) {
    return {
      state: 'protected-unreadable',
      cause: 'unreadable',
      word: say(text`Protected, ${plural(facts.skipped, { one: '# item unreadable', other: '# items unreadable' })}`),
      title: say(text`Protected, except for ${plural(facts.skipped, { one: '# item', other: '# items' })}`),
      line:
        facts.skipped === 1
          ? say('It could not be read. See what to do about each.')
          : say('They could not be read. See what to do about each.'),
    };
  }
  return {
    state: 'protected',
    cause: 'fine',
    word: say('Protected'),
    title: say('Everything is protected'),
    line: byItself(facts) ?? say('Press Back up now whenever your files have changed.'),
  };
}

/** "18:30" today, "tomorrow, 08:00", else the date. Local time. */
export function momentWords(atMs: number, nowMs: number): string {
  const { days, date, time } = moment(atMs, nowMs);
  if (days === 0) return time;
  return days === 1 ? say(text`tomorrow, ${time}`) : `${date}, ${time}`;
}

/** Days from now, the date, and the time of day. */
function moment(atMs: number, nowMs: number): { days: number; date: string; time: string } {
  const at = new Date(atMs);
  return {
    days: Math.round((startOfDay(at) - startOfDay(new Date(nowMs))) / 86_400_000),
    date: at.toLocaleDateString(locale(), { day: 'numeric', month: 'long' }),
    time: at.toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  };
}

function wrongTriesTitle(count: number, since: number, nowMs: number): string {
  return startOfDay(new Date(since)) >= startOfDay(new Date(nowMs))
    ? say(text`${plural(count, { one: '# wrong try', other: '# wrong tries' })} at your password today`)
    : say(
        text`${plural(count, { one: '# wrong try', other: '# wrong tries' })} at your password since ${dayWords(since, nowMs)}`,
      );
}

function connectLine(one: boolean, byHand: boolean): string {
  if (one) {
    return byHand
      ? say('Connect it and press Back up now. What is stored there is safe.')
      : say('Connect it: backups then go on by themselves. What is stored there is safe.');
  }
  return byHand
    ? say('Connect one of them and press Back up now. What is stored there is safe.')
    : say('Connect one of them: backups then go on by themselves. What is stored there is safe.');
}

/** "today", "yesterday", "Tuesday" in the last six days, else the date. Local time. */
export function dayWords(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const days = Math.round((startOfDay(new Date(nowMs)) - startOfDay(at)) / 86_400_000);
  if (days <= 0) return say('today');
  if (days === 1) return say('yesterday');
  if (days < 7) return at.toLocaleDateString(locale(), { weekday: 'long' });
  return at.toLocaleDateString(locale(), { day: 'numeric', month: 'long' });
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
