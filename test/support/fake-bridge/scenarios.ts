/** The situations in which every screen can be looked at. */
import type {
  AppState,
  ErrorInfo,
  FaultSummary,
  GoogleAccount,
  PasswordAnswer,
  PlaceOffers,
  RegistrationStep,
  VaultIdentity,
  VaultProof,
} from '../../../preload/contract.ts';
import { CARE } from './care-answers.ts';
import {
  COMPANY_VAULT,
  DAY,
  destination,
  EVERY_SKIPPED,
  failures,
  GB,
  HEALTH,
  HOME,
  HOUR,
  LONG_NAME,
  nas,
  newState,
  OWN_VAULT,
  place,
  plan,
  readyState,
  run,
  three,
  tries,
  usage,
  vaultState,
} from './data.ts';
import type { LOOKS } from './preview-answers.ts';
import { frozenRun } from './simulation.ts';

const everySkip = (platform: AppState['platform']): AppState =>
  readyState({
    platform,
    health: HEALTH['protected-unreadable'],
    skippedCount: EVERY_SKIPPED.length,
    lastBackup: run({ result: 'done-with-skips', skippedCount: EVERY_SKIPPED.length }),
  });

export interface Scenario {
  state: AppState;
  /** What `destinations.test` finds. */
  destination?: 'empty' | 'repository' | 'other-files' | 'fails' | 'same-disk';
  /** What differs in `destinations.offers`. */
  offers?: Partial<PlaceOffers>;
  /** The sign-in to Google waits until it is cancelled. */
  signInWaits?: boolean;
  /** How the sign-in ends. */
  signInError?: ErrorInfo;
  /** What differs in the account that was signed in to. */
  google?: Partial<GoogleAccount>;
  googleFolders?: readonly { id: string; name: string; hasBackup: boolean }[];
  /** The WebDAV server's certificate is its own. */
  untrusted?: boolean;
  /** The first folder of every snapshot holds 100,000 entries. */
  big?: boolean;
  snapshotCount?: number;
  /** Calls by "group.method" that fail, and how. */
  failures?: Record<string, ErrorInfo>;
  /** Calls by "group.method" that never answer; "*" for all. */
  hanging?: readonly string[];
  /** How long a run takes, in ms. */
  runMs?: number;
  faults?: readonly FaultSummary[];
  /** What differs in the proof of any vault. */
  proof?: Partial<VaultProof>;
  /** The vault that the repository at the chosen place names. */
  existingVault?: VaultIdentity;
  /** The answer to every password, instead of counting. */
  passwordAnswer?: () => PasswordAnswer;
  /** How long each step of a registration takes, in ms. */
  registerMs?: number;
  /** The registration hangs after this step. */
  stopRegisteringAt?: RegistrationStep;
  /** Another computer has taken over the backups of this one. */
  takenOver?: boolean;
  /** What a preview shows, of any file. */
  preview?: keyof typeof LOOKS;
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

const UNPROVEN: ErrorInfo = {
  code: 'vault-not-proven',
  severity: 'fatal',
  message: 'This is not the vault that you mean.',
  guidance: 'Nothing was sent to it. Compare address and identity with whoever runs the vault.',
  detail: 'the bundle’s fingerprint differs',
};

const DENIED: ErrorInfo = {
  code: 'destination-denied',
  severity: 'fatal',
  message: 'Google did not give Holdfast the permission to keep backups in this Drive.',
  guidance: 'Nothing was changed. Start the sign-in again and choose “Allow” on Google’s page.',
  detail: 'access_denied',
};

const WRONG_ACCOUNT: ErrorInfo = {
  code: 'destination-denied',
  severity: 'fatal',
  message: 'This is another Google account: studio@example.org. The backup lies in the Drive of maren@example.org.',
  guidance: 'Nothing was changed. Sign in again and choose that account on Google’s page.',
};

const REFUSED: ErrorInfo = {
  code: 'destination-denied',
  severity: 'fatal',
  message: 'The server refuses this user or password.',
  guidance: 'Nothing was changed there. Check both, then try again.',
  detail: 'All configured authentication methods failed',
};

const NO_REPOSITORY: ErrorInfo = {
  code: 'not-a-repository',
  severity: 'fatal',
  message: 'There is no backup of Holdfast in this folder.',
  guidance: 'Nothing was changed there. Choose another folder.',
};

const SILENT: ErrorInfo = {
  code: 'vault-unreachable',
  severity: 'fatal',
  message: 'The vault does not answer.',
  guidance: 'Check this computer’s connection, then try again. The 64 digits need no vault.',
  detail: 'vault-a.fjordworks.example: ETIMEDOUT',
};

/** A new computer that looks at a backup with a password. */
function visiting(over: Partial<AppState['vault'] & object> = {}): AppState {
  const vault = { ...vaultState(COMPANY_VAULT), tries: null, report: null, sessionUntil: null, ...over };
  return newState({ vault });
}

function guarded(over: Partial<AppState> = {}, vault: Partial<AppState['vault'] & object> = {}): AppState {
  return readyState({ vault: vaultState(COMPANY_VAULT, vault), ...over });
}

function withFailures(count: number): NonNullable<AppState['vault']> {
  const vault = vaultState(COMPANY_VAULT, { tries: tries(count) });
  const all = failures(count);
  const report = vault.report === null ? null : { ...vault.report, failures: all, tries: tries(count) };
  return { ...vault, report, unseen: { count, since: all[0]?.at ?? 0 } };
}

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
  'new-mac': () => ({
    state: newState({ platform: 'darwin' }),
    offers: { synced: [{ service: 'icloud', name: 'iCloud Drive', path: '/Users/maren/Library/Mobile Documents' }] },
  }),
  'new-synced': () => ({
    state: newState(),
    offers: {
      synced: [
        { service: 'dropbox', name: 'Dropbox', path: '/home/maren/Dropbox' },
        { service: 'nextcloud', name: `Nextcloud of ${LONG_NAME}`, path: `/home/maren/Nextcloud/${LONG_NAME}` },
      ],
    },
  }),
  'new-google-waiting': () => ({ state: newState(), signInWaits: true }),
  'new-google-denied': () => ({ state: newState(), signInError: DENIED }),
  'new-google-own': () => ({ state: newState(), offers: { googleClient: false } }),
  'new-google-little': () => ({
    state: newState(),
    google: {
      account: 'maren.with.a.rather.long.address.that.goes.on@sub.department.example.org',
      freeBytes: 0.4 * GB,
      totalBytes: 15 * GB,
      sharedDrives: [{ id: 's1', name: 'Fjordworks archive' }],
    },
    googleFolders: [
      { id: 'f1', name: 'Holdfast Backups', hasBackup: true },
      { id: 'f2', name: 'نسخ احتياطية', hasBackup: false },
    ],
  }),
  'new-untrusted': () => ({ state: newState(), untrusted: true }),
  'new-place-refused': () => ({
    state: newState(),
    failures: { 'destinations.test': REFUSED, 'restore.connect': NO_REPOSITORY },
  }),
  three: () => ({ state: readyState({ destinations: three() }) }),
  'three-running': () => ({
    state: readyState({
      health: HEALTH.running,
      destinations: three().map((one) => (one.state === 'up-to-date' ? { ...one, state: 'running' as const } : one)),
      progress: {
        ...frozenRun('backup', 0.62, TOTALS),
        destinations: [
          { id: 'd1', storedBytes: 3.1 * GB, queuedBytes: 0.2 * GB, state: 'running' },
          { id: 'd3', storedBytes: 1.2 * GB, queuedBytes: 2.1 * GB, state: 'behind' },
        ],
      },
    }),
  }),
  filling: () => ({
    state: readyState({
      destinations: [
        destination({ usage: usage(240 * GB, 1.1 * GB) }),
        nas({
          name: LONG_NAME,
          state: 'running',
          message: 'Filled from Tidepool disk, 112 of 286 GB',
          usedBytes: 112 * GB,
          lastBackupAt: null,
          usage: [],
        }),
      ],
      progress: { ...frozenRun('copy', 0.39, { files: 4_612, bytes: 286.3 * GB }), currentPath: null },
    }),
  }),
  'drive-waiting': () => ({ state: readyState({ destinations: three() }), signInWaits: true }),
  'drive-wrong-account': () => ({ state: readyState({ destinations: three() }), signInError: WRONG_ACCOUNT }),
  idle: () => ({ state: readyState() }),
  'idle-first': () => ({ state: readyState({ snapshotCount: 1 }), snapshotCount: 1 }),
  unreadable: () => ({
    state: readyState({
      health: HEALTH['protected-unreadable'],
      skippedCount: 4,
      lastBackup: run({ result: 'done-with-skips', skippedCount: 4 }),
    }),
  }),
  /** Rows of lists stand close. */
  compact: () => ({ state: readyState({ settings: { ...readyState().settings, density: 'compact' } }) }),
  /** One or more of every reason for leaving something out; on a Mac with the way to its settings. */
  'every-skip': () => ({ state: everySkip('linux') }),
  'every-skip-mac': () => ({ state: everySkip('darwin') }),
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
  'new-no-embedded': () => ({ state: newState({ embeddedVault: false }) }),
  'new-one-site': () => ({ state: newState(), proof: { sites: { answering: 1, total: 1 }, kitNeeded: true } }),
  'new-site-down': () => ({
    state: newState(),
    proof: { sites: { answering: 2, total: 3 }, inviteNeeded: true },
  }),
  'new-unproven': () => ({ state: newState(), failures: { 'vault.prove': UNPROVEN } }),
  'new-vault-silent': () => ({ state: newState(), failures: { 'vault.prove': SILENT } }),
  'new-proving': () => ({ state: newState(), hanging: ['vault.prove'] }),
  'new-registering': () => ({ state: newState(), stopRegisteringAt: 'stage' }),
  'new-existing-vault': () => ({ state: newState(), destination: 'repository', existingVault: COMPANY_VAULT }),
  'visit-vault': () => ({ state: visiting() }),
  'visit-3-left': () => ({ state: visiting({ tries: tries(7) }) }),
  'visit-last': () => ({ state: visiting({ tries: tries(9) }) }),
  'visit-pause': () => ({ state: visiting({ tries: tries(5, 4 * 60_000 + 32_000) }) }),
  'visit-long-pause': () => ({ state: visiting({ tries: tries(8, 7 * DAY - 40_000) }) }),
  'visit-ended': () => ({
    state: visiting({ ended: 'destroyed', report: withFailures(9).report }),
  }),
  'visit-owner-ended': () => ({ state: visiting({ ended: 'destroyed-by-owner' }) }),
  'visit-unknown': () => ({ state: visiting({ ended: 'unknown' }) }),
  'visit-uncertain': () => ({
    state: visiting(),
    passwordAnswer: () => ({ kind: 'unreachable', charged: null, error: SILENT }),
  }),
  'visit-uncharged': () => ({
    state: visiting(),
    passwordAnswer: () => ({ kind: 'unreachable', charged: false, error: SILENT }),
  }),
  'visit-impostor': () => ({
    state: visiting(),
    passwordAnswer: () => ({
      kind: 'not-the-vault',
      error: { ...UNPROVEN, message: 'This is not the vault that your backup names.' },
    }),
  }),
  'visit-frozen': () => ({
    state: visiting(),
    passwordAnswer: () => ({ kind: 'frozen', until: Date.now() + 12 * DAY }),
  }),
  'vault-idle': () => ({ state: guarded() }),
  'vault-locked': () => ({ state: guarded({ locked: true, lockAt: null }, { sessionUntil: null }) }),
  'vault-attempts': () => ({
    state: readyState({
      vault: withFailures(3),
      health: {
        ...HEALTH.attention,
        cause: 'wrong-tries',
        title: '3 wrong tries at your password since Sunday',
        line: 'If that was not you, see under Protection where they came from, and refuse unknown computers.',
      },
    }),
  }),
  'vault-embedded': () => ({
    state: readyState({
      vault: vaultState(OWN_VAULT),
      health: {
        ...HEALTH['at-risk'],
        title: 'This password works only on this computer',
        line: 'Its vault is for trying out and is lost together with this computer. Keep the 64-digit kit: it opens the backup anywhere.',
      },
    }),
  }),
  'vault-silent': () => ({
    state: guarded({}, { report: null, tries: null, reportError: SILENT }),
    failures: { 'vault.sessions': SILENT },
  }),
  'vault-destroyed': () => ({
    state: readyState({
      vault: { ...withFailures(9), ended: 'destroyed', sessionUntil: null, unseen: null },
      health: {
        ...HEALTH['at-risk'],
        title: 'Your password no longer opens this backup',
        line: 'The vault destroyed its copy of the key after too many wrong passwords. Unlock with your 64 digits and set a new password under Protection. What is stored is safe.',
      },
    }),
  }),
  'vault-renamed': () => ({
    state: guarded({ locked: true, lockAt: null }, { renamed: { to: OWN_VAULT }, sessionUntil: null }),
  }),
  'vault-turn-off-silent': () => ({ state: guarded(), failures: { 'vault.turnOff': SILENT } }),
  'care-due': () => ({
    state: readyState({
      care: {
        ...CARE,
        proven: null,
        proofFailed: { at: Date.now() - DAY, failed: 2, runId: 'run-proof' },
        practice: { lastAt: null, dueAt: Date.now() - DAY },
      },
      health: {
        ...HEALTH.attention,
        title: 'A restore did not bring everything back',
        line: '2 files of a sample did not come back right. The run tells which.',
      },
    }),
  }),
  'key-change': () => ({
    state: readyState({ care: { ...CARE, keyChange: { places: ['Loft NAS'], oldRecord: false } } }),
  }),
  waiting: () => ({
    state: readyState({
      nextRunMs: null,
      waitsFor: { reason: 'power', line: 'Waits until this computer is plugged in.' },
    }),
  }),
  'by-hand': () => ({
    state: readyState({
      nextRunMs: null,
      when: { ...readyState().when, schedule: { every: 'hand' } },
      care: { ...CARE, proven: null, keep: null },
    }),
  }),
  plans: () => ({
    state: readyState({
      destinations: three(),
      health: {
        ...HEALTH.attention,
        title: 'Photos: The last backup did not finish',
        plan: 'Photos',
      },
      plans: [
        plan({ id: 'first', name: 'Documents', where: null }),
        plan({
          id: 'photos',
          name: 'Photos',
          sources: [place(`${HOME}/Pictures`), place('/media/maren/Card/DCIM')],
          where: [three()[0]?.id ?? ''],
          when: {
            schedule: { every: 'week', days: [6], at: 10 * 60 },
            conditions: readyState().when.conditions,
          },
          health: HEALTH.attention,
          lastBackup: run({ id: 'run-photos', startedAt: Date.now() - 6 * DAY }),
          nextRunMs: Date.now() + DAY,
        }),
        plan({
          id: 'music',
          name: 'Music and recordings',
          sources: [place(`${HOME}/Music`)],
          lastBackup: null,
          nextRunMs: null,
          doing: 'queued',
        }),
      ],
    }),
  }),
  'settings-full': () => ({
    state: readyState({
      destinations: three(),
      when: {
        schedule: { every: 'week', days: [1, 3, 5], at: 21 * 60 },
        conditions: {
          power: { kind: 'above', percent: 30 },
          onMetered: false,
          wifi: { kind: 'never', names: ['Ferry guest'] },
          quiet: { from: 22 * 60, to: 7 * 60 },
        },
      },
      care: { ...CARE, keep: { last: 0, hourly: 24, daily: 30, weekly: 0, monthly: 12, yearly: 10 }, pins: ['snap-3'] },
      alarms: {
        heartbeat: { host: 'hc-ping.com', last: { at: Date.now() - HOUR, ok: true, message: '' } },
        webhook: {
          host: 'hooks.fjordworks.example',
          last: { at: Date.now() - DAY, ok: false, message: 'hooks.fjordworks.example answered 404.' },
        },
        email: {
          host: 'smtp.fjordworks.example',
          port: 587,
          security: 'starttls',
          user: 'maren@fjordworks.example',
          from: 'maren@fjordworks.example',
          to: 'maren@example.org',
          last: {
            at: Date.now() - DAY,
            ok: false,
            message: 'It refused the login. Check name and password; some providers want a password for programs.',
          },
        },
      },
      background: { keepRunning: true, notify: true, startAtLogin: 'refused', tray: false },
      bandwidth: {
        rules: [
          {
            days: [1, 2, 3, 4, 5],
            hours: { from: 8 * 60, to: 18 * 60 },
            sendBytes: 2_000_000,
            receiveBytes: null,
          },
          { days: [5, 6], hours: { from: 20 * 60, to: 60 }, sendBytes: 500_000, receiveBytes: 4_000_000 },
        ],
        otherwise: { sendBytes: null, receiveBytes: null },
        now: { sendBytes: 2_000_000, receiveBytes: null, until: new Date().setHours(23, 0, 0, 0) },
      },
    }),
  }),
  'taken-over': () => ({ state: readyState(), takenOver: true }),
  'looks-wait': () => ({
    state: readyState(),
    hanging: [
      'care.preview',
      'keyring.computers',
      'care.freePlan',
      'look.search',
      'look.compare',
      'look.sizes',
      'look.versions',
      'preview.open',
    ],
  }),
  'looks-fail': () => ({
    state: readyState(),
    failures: Object.fromEntries(
      [
        'care.preview',
        'keyring.computers',
        'care.freePlan',
        'look.search',
        'look.compare',
        'look.sizes',
        'look.versions',
        'preview.open',
      ].map((name) => [name, NO_ANSWER]),
    ),
  }),
  'preview-code': () => ({ state: readyState(), preview: 'code' }),
  'preview-messages': () => ({ state: readyState(), preview: 'messages' }),
  'preview-bytes': () => ({ state: readyState(), preview: 'bytes' }),
  'preview-pdf': () => ({ state: readyState(), preview: 'pdf' }),
  'preview-refused': () => ({ state: readyState(), preview: 'refused' }),
  'preview-empty': () => ({ state: readyState(), preview: 'empty' }),
  'update-ready': () => ({
    state: readyState({
      updates: {
        ...readyState().updates,
        channel: 'beta',
        step: 'ready',
        release: {
          version: '0.2.0-beta.3',
          issuedAt: Date.now() - DAY,
          notes: 'Backups of many small files are faster.\n\nThe clean-up keeps what is pinned while it runs.',
        },
      },
    }),
    faults: [
      { id: '20261126t091500123-ab12', at: Date.now() - 3 * HOUR, title: 'TypeError in the engine' },
      { id: '20261125t183000000-cd34', at: Date.now() - DAY, title: 'Holdfast ended without a word' },
    ],
  }),
  'update-loading': () => ({
    state: readyState({
      updates: {
        ...readyState().updates,
        step: 'loading',
        share: 0.42,
        release: { version: '0.2.0', issuedAt: Date.now() - DAY, notes: '' },
      },
    }),
  }),
  'update-refused': () => ({
    state: readyState({
      updates: {
        ...readyState().updates,
        error: {
          code: 'update-refused',
          severity: 'fatal',
          message: 'An update was refused: it isn’t signed by the makers of Holdfast.',
          guidance:
            'Nothing was loaded or changed. If it happens again, someone may be between you and the update server.',
        },
      },
    }),
  }),
  'update-off': () => ({ state: readyState({ updates: { ...readyState().updates, off: 'packages' } }) }),
  newer: () => ({
    state: readyState(),
    failures: {
      'app.getState': {
        ...NO_ANSWER,
        code: 'newer-format',
        message: 'A newer version of Holdfast wrote the settings on this computer.',
        guidance: 'Start that newer version, or install it again. Nothing was changed.',
      },
    },
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
