/**
 * The one health state that window, tray, lists and notifications show. A pure function of facts, so that every place
 * says the same and every sentence has a test.
 */
import { plural, text } from '../text.ts';
import { say } from '../words/say.ts';
import { AT_RISK_AFTER_MS, type Health, type HealthFacts } from './health-facts.ts';
import { passwordHealth } from './health-password.ts';
import { allAway, namesOf, placesHealth } from './health-places.ts';
import { momentWords, startWords } from './moment-words.ts';

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
    passwordHealth(facts) ??
    notWhole(facts) ??
    placesHealth(facts) ??
    lastRun(facts) ??
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

/** How the newest run ended, where that was not well. */
function lastRun(facts: HealthFacts): Health | null {
  const base = { state: 'attention', word: say('Attention') } as const;
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
