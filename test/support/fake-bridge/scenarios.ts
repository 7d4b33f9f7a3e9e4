/** The situations in which every screen can be looked at. */
import type { AppState, ErrorInfo } from '../../../preload/contract.ts';
import { DAY, destination, GB, HEALTH, HOUR, newState, readyState, run } from './data.ts';
import { frozenRun } from './simulation.ts';

export interface Scenario {
  state: AppState;
  /** What `setup.testDestination` finds. */
  destination?: 'empty' | 'repository' | 'other-files' | 'fails' | 'same-disk';
  /** The first folder of every snapshot holds 100,000 entries. */
  big?: boolean;
  snapshotCount?: number;
  /** Calls by "group.method" that fail, and how. */
  failures?: Record<string, ErrorInfo>;
  /** Calls by "group.method" that never answer; "*" for all. */
  hanging?: readonly string[];
  /** How long a run takes, in ms. */
  runMs?: number;
}

const TOTALS = { files: 418_209, bytes: 18.5 * GB };

const NO_ANSWER: ErrorInfo = {
  code: 'destination-missing',
  severity: 'fatal',
  message: 'The folder of your backup is not there.',
  guidance: 'Nothing is lost. Connect the disk “Tidepool” and try again.',
  detail: 'ENOENT: no such file or directory, open ‘/media/maren/Tidepool/Holdfast/repo.json’',
};

const memory = {
  kind: 'memory' as const,
  message: 'This computer has no keychain, so the key for backups is kept in memory only.',
};

/** Each by its name; made anew at each call, because times in them are relative to now. */
export const SCENARIOS: Record<string, () => Scenario> = {
  new: () => ({ state: newState() }),
  'new-existing': () => ({ state: newState(), destination: 'repository' }),
  'new-same-disk': () => ({ state: newState(), destination: 'same-disk' }),
  'new-other-files': () => ({ state: newState(), destination: 'other-files' }),
  'new-fails': () => ({ state: newState(), destination: 'fails' }),
  'new-memory': () => ({ state: newState({ keychain: memory }) }),
  'new-errors': () => ({
    state: newState(),
    failures: {
      'setup.suggestDestination': NO_ANSWER,
      'setup.newKey': { ...NO_ANSWER, code: 'internal', message: 'No key could be made.' },
      'setup.suggestSources': { ...NO_ANSWER, code: 'source-missing', message: 'Your home folder could not be read.' },
      'setup.finish': { ...NO_ANSWER, code: 'destination-full', message: 'Tidepool disk is full.' },
    },
  }),
  idle: () => ({ state: readyState() }),
  'idle-first': () => ({ state: readyState({ snapshotCount: 1 }), snapshotCount: 1 }),
  unreadable: () => ({
    state: readyState({
      health: HEALTH['protected-unreadable'],
      skippedCount: 4,
      lastBackup: run({ result: 'done-with-skips', skippedCount: 4 }),
    }),
  }),
  running: () => ({
    state: readyState({
      health: HEALTH.running,
      destinations: [destination({ state: 'running', message: '3.1 of 7.4 GB' })],
      progress: frozenRun('backup', 0.62, TOTALS),
    }),
  }),
  'running-scan': () => ({
    state: readyState({
      health: { ...HEALTH.running, word: 'Backing up', title: 'Backing up' },
      destinations: [destination({ state: 'running', message: 'Scanning' })],
      progress: { ...frozenRun('backup', 0.05, TOTALS), rate: null, rateHistory: [], etaMs: null },
    }),
  }),
  paused: () => ({
    state: readyState({
      health: HEALTH.paused,
      pausedUntil: Date.now() + HOUR,
      progress: { ...frozenRun('backup', 0.62, TOTALS), state: 'paused', rate: null, pausedUntil: Date.now() + HOUR },
    }),
  }),
  'paused-idle': () => ({ state: readyState({ health: HEALTH.paused, pausedUntil: Date.now() + HOUR }) }),
  restoring: () => ({
    state: readyState({ progress: frozenRun('restore', 0.4, { files: 18_412, bytes: 12.6 * GB }) }),
  }),
  error: () => ({
    state: readyState({
      health: HEALTH.attention,
      destinations: [destination({ state: 'error', message: 'Disk is full', freeBytes: 12e6 })],
      lastBackup: run({
        result: 'failed',
        snapshotId: null,
        error: { ...NO_ANSWER, code: 'destination-full', message: 'Tidepool disk is full.' },
      }),
    }),
  }),
  'at-risk': () => ({
    state: readyState({
      health: HEALTH['at-risk'],
      destinations: [
        destination({ state: 'away', message: 'Away since 14 November', lastBackupAt: Date.now() - 9 * DAY }),
      ],
      lastBackup: run({ startedAt: Date.now() - 9 * DAY }),
    }),
  }),
  away: () => ({
    state: readyState({
      destinations: [destination({ state: 'away', message: 'Away since Tuesday', freeBytes: null, totalBytes: null })],
    }),
    failures: { 'browse.snapshots': NO_ANSWER, 'browse.list': NO_ANSWER },
  }),
  memory: () => ({ state: readyState({ keychain: memory }) }),
  locked: () => ({ state: readyState({ locked: true, lockAt: null }) }),
  big: () => ({ state: readyState(), big: true }),
  empty: () => ({
    state: readyState({
      snapshotCount: 0,
      lastBackup: null,
      destinations: [destination({ state: 'empty', message: 'Nothing stored yet', usedBytes: 0, lastBackupAt: null })],
      health: {
        ...HEALTH.attention,
        title: 'No backup yet',
        line: 'Start the first one now; it can run while you work.',
      },
    }),
    snapshotCount: 0,
  }),
  loading: () => ({
    state: readyState(),
    hanging: ['browse.snapshots', 'browse.list', 'activity.runs', 'activity.run', 'restore.plan', 'restore.report'],
  }),
  failing: () => ({
    state: readyState(),
    failures: Object.fromEntries(
      ['browse.snapshots', 'browse.list', 'activity.runs', 'activity.run', 'restore.plan', 'backup.start'].map(
        (name) => [name, NO_ANSWER],
      ),
    ),
  }),
  starting: () => ({ state: readyState(), hanging: ['app.getState'] }),
  broken: () => ({
    state: readyState(),
    failures: {
      'app.getState': {
        ...NO_ANSWER,
        code: 'internal',
        message: 'Holdfast could not read its own settings.',
        guidance: 'Your backup is not affected. Quit Holdfast and open it again.',
      },
    },
  }),
};
