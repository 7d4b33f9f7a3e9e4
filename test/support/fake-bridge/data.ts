/** What the stand-in bridge shows: one computer's plan, its snapshots, folders, runs and skipped items. */
import type {
  AppState,
  ConfigurationChanges,
  Destination,
  PlaceDraft,
  S3Preset,
  Entry,
  ExcludesFile,
  Health,
  Place,
  Plan,
  RunDetail,
  RunSummary,
  SkippedItem,
  SnapshotInfo,
  SourceNode,
  Tries,
  VaultIdentity,
  VaultProof,
  VaultSession,
  VaultState,
} from '../../../preload/contract.ts';
import { CARE } from './care-answers.ts';

export const GB = 1e9;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The key that opens every made-up backup here. */
export const KEY = '7F3A 09C4 E51B 66D2 3B90 48AF D17C 0E55 92E6 A803 7D4F B1CC 5E21 94F0 6A8B C337'.split(' ');
export const ROW_CHECKS = ['KR', 'VH', 'TM', 'QX'];

/** A picture that looks like a QR code; nothing reads it. */
export function fakeQr(): { size: number; modules: boolean[] } {
  const size = 33;
  const finder = (x: number, y: number): boolean | null => {
    for (const [ox, oy] of [
      [0, 0],
      [size - 7, 0],
      [0, size - 7],
    ] as const) {
      const [dx, dy] = [x - ox, y - oy];
      if (dx < -1 || dy < -1 || dx > 7 || dy > 7) continue;
      if (dx < 0 || dy < 0 || dx > 6 || dy > 6) return false;
      const ring = Math.max(Math.abs(dx - 3), Math.abs(dy - 3));
      return ring !== 2;
    }
    return null;
  };
  let seed = 7;
  const modules = Array.from({ length: size * size }, (_, i) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return finder(i % size, Math.floor(i / size)) ?? seed % 7 < 3;
  });
  return { size, modules };
}

export function place(path: string): Place {
  return { cap: `cap-${path}`.slice(0, 64).padEnd(8, '-'), path, name: path.split('/').pop() ?? path };
}

export const HOME = '/home/maren';

export interface FolderFigures {
  files: number;
  bytes: number;
  children: readonly string[];
  suggested?: boolean;
  unreadable?: readonly SkippedItem[];
  excludedFiles?: number;
  excludedBytes?: number;
}

export const LONG_NAME =
  'Correspondence with the municipal archive about the boathouse, the slipway and the winter mooring (copies, unsorted)';

/** Folders of the made-up home, with what measuring them finds. */
export const FOLDERS: Record<string, FolderFigures> = {
  Documents: {
    files: 18_409,
    bytes: 12.6 * GB,
    children: ['Contracts', 'Taxes', LONG_NAME, 'Letter.odt'],
    suggested: true,
  },
  'Documents/Contracts': { files: 214, bytes: 0.4 * GB, children: ['2024', '2025', '2026'] },
  'Documents/Taxes': {
    files: 1_208,
    bytes: 1.9 * GB,
    children: ['2023', '2024', '2025'],
    unreadable: [
      {
        path: `${HOME}/Documents/Taxes/2023/scan-locked.pdf`,
        reason: 'denied',
        message: 'You may not read this file.',
        guidance: 'It belongs to another user. Open its properties and give yourself permission to read it.',
      },
      {
        path: `${HOME}/Documents/Taxes/2024/old-disk.img`,
        reason: 'io-error',
        message: 'The disk reports an error at this file.',
        guidance: 'Copy what you still can to another disk, then check this one.',
      },
    ],
  },
  Pictures: { files: 64_120, bytes: 286.4 * GB, children: ['2024', '2025', '2026', 'Wallpapers'], suggested: true },
  Music: { files: 8_112, bytes: 61.3 * GB, children: ['Albums', 'Recordings'], suggested: true },
  Videos: { files: 412, bytes: 142.8 * GB, children: ['Family', 'Lectures'], suggested: true },
  Desktop: { files: 38, bytes: 0.21 * GB, children: ['Todo.txt'], suggested: true },
  Studio: {
    files: 121_803,
    bytes: 38.2 * GB,
    children: ['website', 'FileMaker', 'node-playground'],
    excludedFiles: 96_112,
    excludedBytes: 11.7 * GB,
  },
  Downloads: { files: 1_480, bytes: 18.9 * GB, children: ['installers'] },
  'Virtual Machines': { files: 14, bytes: 96 * GB, children: [] },
};

export function node(relative: string): SourceNode {
  const figures = FOLDERS[relative];
  const name = relative.split('/').pop() ?? relative;
  return {
    ...place(`${HOME}/${relative}`),
    kind: /\.\w{2,4}$/.test(name) ? 'file' : 'folder',
    hasChildren: (figures?.children.length ?? 0) > 0,
    suggested: figures?.suggested ?? false,
  };
}

export const DEFAULT_EXCLUDES = ['node_modules/', '*.tmp', '.cache/', '.Trash*/', 'Thumbs.db', '.DS_Store'];

export const CONFIGURATION_CHANGES: ConfigurationChanges = {
  name: 'holdfast-configuration.json',
  computer: 'boathouse',
  madeAt: Date.now() - 3 * DAY,
  plans: [
    {
      name: 'My files',
      into: 'My files',
      sources: [`${HOME}/Music`, `${HOME}/Videos`],
      excludes: ['*.iso', '.cache/'],
      missing: ['/data/photos'],
      when: true,
      keep: 'stays',
    },
    { name: 'Studio', into: null, sources: [`${HOME}/Studio`], excludes: [], missing: [], when: true, keep: 'set' },
  ],
  settings: ['theme', 'bandwidth'],
  places: [{ name: 'Loft NAS', kindName: 'SFTP server', at: 'backup@loft.local:/volume1/holdfast' }],
  alarms: ['heartbeat'],
};

export const EXCLUDES_FILE: ExcludesFile = {
  name: 'restic-excludes.txt',
  kind: 'restic',
  folder: null,
  taken: [
    { line: 2, text: '*.tmp', rule: '*.tmp' },
    { line: 3, text: 'node_modules', rule: 'node_modules' },
    { line: 5, text: 'cache/thumbnails', rule: '**/cache/thumbnails' },
    { line: 6, text: '$HOME/Videos/raw', rule: `${HOME}/Videos/raw` },
    { line: 8, text: '*.iso', rule: '*.iso' },
    { line: 9, text: '!rescue.iso', rule: '!rescue.iso' },
  ],
  left: [
    { line: 11, text: '$XDG_CACHE_HOME/**', why: 'variable' },
    { line: 14, text: `!${HOME}/Studio/keep.tmp`, why: 'keeps' },
  ],
};

export const SKIPPED: SkippedItem[] = [
  ...(FOLDERS['Documents/Taxes']?.unreadable ?? []),
  {
    path: `${HOME}/Studio/FileMaker/studio.fp7`,
    reason: 'changed',
    message: 'The file changed while it was read.',
    guidance: 'Close the program that writes it; the next backup tries again.',
  },
  {
    path: `${HOME}/Studio/website/.sock`,
    reason: 'unsupported',
    message: 'This is a socket, which holds no contents.',
    guidance: 'Nothing to do: there is nothing in it to keep.',
  },
];

/** One or more of each reason that a backup can give. */
export const EVERY_SKIPPED: SkippedItem[] = [
  ...SKIPPED,
  ...Array.from({ length: 12 }, (_, i) => ({
    path: `${HOME}/Library/Mail/V10/box-${i + 1}.mbox`,
    reason: 'denied' as const,
    message: 'Holdfast may not read this. (EPERM)',
    guidance: 'Give yourself the right to read it, or leave it out with an exclude.',
  })),
  {
    path: `${HOME}/Documents/Ledger/ledger.accdb`,
    reason: 'in-use',
    message: 'Another program keeps it to itself. (EBUSY)',
    guidance: 'Close that program and back up again. The next backup tries again by itself.',
  },
  {
    path: `${HOME}/Loft`,
    reason: 'away',
    message: 'The drive or server that it lies on does not answer. (EHOSTDOWN)',
    guidance: 'Connect it and back up again. Earlier snapshots keep what they have.',
  },
  {
    path: `${HOME}/Studio/website/build/index.html`,
    reason: 'vanished',
    message: 'It was gone before it could be read.',
    guidance: 'Nothing to do if you deleted it. The next backup looks again.',
  },
  {
    path: `${HOME}/Studio/shared/plan.odt`,
    reason: 'attributes',
    message: 'It is kept, but some of its attributes could not be read. (trusted.overlay)',
    guidance: 'Its contents are complete. Run Holdfast as the owner to keep these attributes too.',
  },
  {
    path: `${HOME}/Backups/Holdfast`,
    reason: 'destination-inside',
    message: 'This is where the backup itself is kept.',
    guidance: 'Nothing to do: backing it up into itself would never end.',
  },
  {
    path: `${HOME}/Documents/${LONG_NAME}/Notes.md`,
    reason: 'other',
    message: 'It was left out.',
    guidance: 'See the log for details.',
  },
];

export function draft(at: string, over: Partial<PlaceDraft> = {}): PlaceDraft {
  return { ...place(at), kind: 'local', kindName: 'Folder', service: null, ...over };
}

export function destination(over: Partial<Destination> = {}): Destination {
  return {
    id: 'd1',
    kind: 'local',
    kindName: 'Folder',
    service: null,
    name: 'Tidepool disk',
    path: '/media/maren/Tidepool/Holdfast',
    state: 'up-to-date',
    message: 'Up to date',
    usedBytes: 286.3 * GB,
    freeBytes: 645.1 * GB,
    totalBytes: 1000 * GB,
    trashBytes: null,
    lastBackupAt: Date.now() - 26 * MINUTE,
    usage: [],
    limits: { sendBytes: null, receiveBytes: null, requests: null },
    isFolder: true,
    ...over,
  };
}

/** Samples of 60 days that grow by `step` bytes each. */
export function usage(from: number, step: number, count = 40): Destination['usage'] {
  return Array.from({ length: count }, (_, i) => ({
    at: Date.now() - (count - i) * 1.5 * DAY,
    bytes: from + step * i + (i > 22 ? 9 * step : 0),
  }));
}

export function drive(over: Partial<Destination> = {}): Destination {
  return destination({
    id: 'd2',
    kind: 'google-drive',
    kindName: 'Google Drive',
    name: 'Google Drive',
    path: 'maren@example.org, Holdfast Backups',
    freeBytes: 1_640 * GB,
    totalBytes: 2_000 * GB,
    trashBytes: 6.2 * GB,
    usage: usage(240 * GB, 0.9 * GB),
    isFolder: false,
    ...over,
  });
}

export function nas(over: Partial<Destination> = {}): Destination {
  return destination({
    id: 'd3',
    kind: 'sftp',
    kindName: 'SFTP server',
    name: 'Loft NAS',
    path: 'maren@loft.local/volume1/holdfast',
    freeBytes: 6_900 * GB,
    totalBytes: 7_200 * GB,
    usage: usage(251 * GB, 0.8 * GB),
    isFolder: false,
    limits: { sendBytes: 8e6, receiveBytes: null, requests: 2 },
    ...over,
  });
}

/** A plan of three places: a disk that is up to date, a Drive that wants a sign-in, a NAS that is behind. */
export function three(): Destination[] {
  return [
    destination({ usage: usage(240 * GB, 1.1 * GB) }),
    drive({
      state: 'sign-in',
      message: 'Google ended the sign-in. What is stored there is safe; backups wait for you.',
    }),
    nas({
      state: 'behind',
      message: 'It lacks the newest 2 backups and catches up when it answers again.',
      lastBackupAt: Date.now() - 2 * DAY,
    }),
  ];
}

export const S3_PRESETS: S3Preset[] = [
  {
    id: 'amazon',
    name: 'Amazon S3',
    endpoint: null,
    regions: ['us-east-1', 'us-east-2', 'eu-central-1', 'eu-west-1', 'ap-northeast-1'],
    pathStyle: false,
    objectLock: true,
    storageClasses: ['STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR'],
    note: 'Classes for infrequent access bill at least 30 days (Glacier Instant Retrieval 90) and every byte read.',
  },
  {
    id: 'backblaze',
    name: 'Backblaze B2',
    endpoint: 'https://s3.{region}.backblazeb2.com',
    regions: ['us-west-004', 'eu-central-003'],
    pathStyle: false,
    objectLock: true,
    storageClasses: [],
    note: 'Buckets keep removed files until their lifecycle rule says otherwise: choose “keep only the last version”.',
  },
  {
    id: 'other',
    name: 'MinIO or another service',
    endpoint: '',
    regions: ['us-east-1'],
    pathStyle: true,
    objectLock: true,
    storageClasses: [],
    note: null,
  },
];

export const HOST_KEY = 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDUbMl7Cv0wUMcQEhk';
export const CERTIFICATE = 'c5f0b3d24a0e91d7783dd20b2f6f3c2b9a61e7f10d5548f2b7c6a90e314d8b6f';

export function run(over: Partial<RunSummary> = {}): RunSummary {
  const startedAt = over.startedAt ?? Date.now() - 27 * MINUTE;
  return {
    id: 'run-1',
    kind: 'backup',
    startedAt,
    endedAt: startedAt + 41_000,
    result: 'done',
    files: 418_209,
    bytes: 412.6 * GB,
    newFiles: 214,
    changedFiles: 38,
    unchangedFiles: 417_952,
    removedFiles: 5,
    storedBytes: 84e6,
    skippedCount: 0,
    snapshotId: 'snap-0',
    destination: 'Tidepool disk',
    error: null,
    ...over,
  };
}

export const HEALTH: Record<Health['state'], Health> = {
  protected: {
    state: 'protected',
    cause: 'fine',
    word: 'Protected',
    title: 'Everything is protected',
    line: 'Your files were backed up 26 minutes ago. Nothing needs you.',
  },
  'protected-unreadable': {
    state: 'protected-unreadable',
    cause: 'unreadable',
    word: 'Protected, 4 unreadable',
    title: 'Protected, but 4 items couldn’t be read',
    line: 'The other 418,205 files are safe. Each of the four has a fix, or a reason to leave it.',
  },
  attention: {
    state: 'attention',
    cause: 'failed',
    word: 'Attention',
    title: 'The last backup didn’t finish',
    line: 'Tidepool disk is full. What was stored before is safe; make room and the next backup goes on.',
  },
  'at-risk': {
    state: 'at-risk',
    cause: 'too-old',
    word: 'At risk',
    title: 'No backup for 9 days',
    line: 'Tidepool disk hasn’t been connected since 14 November. Plug it in and Holdfast catches up by itself.',
  },
  paused: {
    state: 'paused',
    cause: 'paused',
    word: 'Paused',
    title: 'Backups are paused',
    line: 'They go on by themselves at 16:03. What is already stored stays safe.',
  },
  running: {
    state: 'running',
    cause: 'running',
    word: 'Backing up, 42%',
    title: 'Backing up, about 4 minutes left',
    line: 'You can keep working or quit. It goes on where it stopped.',
  },
  'setting-up': {
    state: 'setting-up',
    cause: 'not-set-up',
    word: 'Not set up',
    title: 'Not set up yet',
    line: 'A few short steps, then the first backup runs.',
  },
};

export const FAULT_TEXT = [
  'TypeError in the engine',
  '',
  'When: 2026-11-26 09:15 UTC',
  'Holdfast: 0.1.0, Electron 45.4.1',
  'System: linux 6.1.0, x64',
  'Message: Cannot read properties of undefined',
  '',
  'Where:',
  '  chunks/walk-4QXN2B7C.js:1204:17',
  '  engine-host.js:88:5',
  '  node:internal/process/task_queues:95:5',
  '',
  'No names of files or people, no folders, no contents and no keys are in this report.',
  '',
].join('\n');

/** One plan among several. */
export function plan(over: Partial<Plan> = {}): Plan {
  const { sources, excludes, when, health, lastBackup, nextRunMs } = readyState();
  return {
    id: 'first',
    name: 'Documents',
    sources: sources.slice(0, 1),
    excludes,
    where: null,
    when,
    keep: null,
    health,
    lastBackup,
    nextRunMs,
    waitsFor: null,
    doing: 'nothing',
    ...over,
  };
}

export function readyState(over: Partial<AppState> = {}): AppState {
  return {
    phase: 'ready',
    platform: 'linux',
    version: '0.1.0',
    computerName: 'Maren’s ThinkPad',
    locked: false,
    lockAt: Date.now() + 14 * MINUTE,
    keychain: { kind: 'system', message: null },
    health: HEALTH.protected,
    destinations: [destination()],
    sources: ['Documents', 'Pictures', 'Music', 'Videos', 'Desktop'].map((name) => place(`${HOME}/${name}`)),
    excludes: DEFAULT_EXCLUDES,
    settings: { theme: 'system', language: 'system', density: 'comfortable', idleLockMinutes: 15 },
    languages: ['en', 'de', 'fr', 'es', 'ar'],
    repository: { id: 'b7e2-41c0-9f53-aa08', createdAt: Date.now() - 212 * DAY, keySavedAt: Date.now() - 212 * DAY },
    vault: null,
    embeddedVault: true,
    registering: null,
    progress: null,
    signIn: null,
    lastBackup: run(),
    snapshotCount: 412,
    skippedCount: 0,
    pausedUntil: null,
    when: {
      schedule: { every: 'hours', hours: 1 },
      conditions: {
        power: { kind: 'above', percent: 30 },
        onMetered: false,
        wifi: { kind: 'any', names: [] },
        quiet: null,
      },
    },
    plans: [],
    nextRunMs: Date.now() + 34 * MINUTE,
    waitsFor: null,
    background: { keepRunning: true, notify: true, startAtLogin: 'on', tray: true },
    alarms: { heartbeat: null, webhook: null, email: null },
    updates: {
      off: null,
      channel: 'stable',
      automatic: true,
      checkedAt: Date.now() - 3 * HOUR,
      step: 'idle',
      release: null,
      share: null,
      error: null,
    },
    bandwidth: {
      rules: [],
      otherwise: { sendBytes: null, receiveBytes: null },
      now: { sendBytes: null, receiveBytes: null, until: null },
    },
    care: CARE,
    ...over,
  };
}

export function newState(over: Partial<AppState> = {}): AppState {
  return readyState({
    phase: 'new',
    locked: true,
    lockAt: null,
    health: HEALTH['setting-up'],
    destinations: [],
    sources: [],
    excludes: [],
    repository: null,
    lastBackup: null,
    snapshotCount: 0,
    ...over,
  });
}

export function snapshots(count: number): SnapshotInfo[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, i) => {
    const other = i % 37 === 36;
    return {
      id: `snap-${i}`,
      at: now - 26 * MINUTE - (i < 24 ? i * HOUR : DAY + (i - 24) * 0.9 * DAY),
      computer: other ? 'studio-imac' : 'Maren’s ThinkPad',
      clientId: other ? 'client-b' : 'client-a',
      thisComputer: !other,
      files: 418_209 - i * 41,
      bytes: 412.6 * GB - i * 0.31 * GB,
      partial: i === 5,
      damaged: i === 60,
      skipped: i % 11 === 3 ? 4 : 0,
      sources: [`${HOME}/Documents`, `${HOME}/Pictures`],
    };
  });
}

const NAMES = [
  ['Novel', 'folder'],
  ['Contracts', 'folder'],
  ['Photos of the boathouse', 'folder'],
  ['Chapter 1 – The slipway.md', 'file'],
  ['Chapter 2 – Low water.md', 'file'],
  ['Chapter 4 – The winter crossing.md', 'file'],
  ['Cover sketch.png', 'file'],
  ['Outline.md', 'file'],
  ['Query letter.odt', 'file'],
  ['Timeline.ods', 'file'],
  ['bookkeeping.sqlite', 'file'],
  ['latest', 'symlink'],
  [`${LONG_NAME}.pdf`, 'file'],
  ['名前のないメモ.txt', 'file'],
  ['Письмо бабушке.doc', 'file'],
  ['backup.fifo', 'other'],
] as const;

/** Of a written page, in bytes; the outline's is that of its newest version. */
const textSize = (i: number): number => 44_100 + (((i * 7919) % 31) - 5) * 1_170;

/** The entries of a folder. `big` gives a folder of 100,000. Stable for the same folder. */
export function entries(folderId: string | null, big: boolean): Entry[] {
  const base = folderId ?? 'top';
  const now = Date.now();
  const count = big && folderId === null ? 100_000 : NAMES.length;
  return Array.from({ length: count }, (_, i) => {
    const [stem, kind] = NAMES[i % NAMES.length] ?? ['file', 'file'];
    const name = i < NAMES.length ? stem : `DSC_${String(i).padStart(6, '0')}.NEF`;
    const isFolder = kind === 'folder' && i < NAMES.length;
    return {
      id: `${base}/${i}`,
      name,
      kind: i < NAMES.length ? kind : 'file',
      size: isFolder ? null : /\.(md|odt|ods|doc|txt)$/.test(name) ? textSize(i) : ((i * 7919) % 997) * 52_417 + 812,
      items: isFolder ? 8 + i : null,
      modifiedAt: now - ((i * 131) % 900) * DAY - i * 1000,
      mode: isFolder ? 'drwxr-xr-x' : 'rw-r--r--',
      owner: 'maren',
      linkTarget: kind === 'symlink' ? 'Chapter 4 – The winter crossing.md' : null,
    };
  });
}

export function runs(): RunSummary[] {
  const now = Date.now();
  return [
    run(),
    run({ id: 'run-2', startedAt: now - 2 * HOUR, result: 'done-with-skips', skippedCount: 4, snapshotId: 'snap-1' }),
    run({
      id: 'run-3',
      startedAt: now - 5 * HOUR,
      result: 'failed',
      snapshotId: null,
      error: {
        code: 'destination-full',
        severity: 'fatal',
        message: 'Tidepool disk is full.',
        guidance:
          'What was stored before is safe. Free some space there; the next backup goes on where this one stopped.',
        detail: 'ENOSPC: no space left on device, write',
      },
    }),
    run({
      id: 'run-4',
      kind: 'restore',
      startedAt: now - DAY - 2 * HOUR,
      files: 12,
      bytes: 48e6,
      snapshotId: 'snap-9',
    }),
    run({ id: 'run-5', startedAt: now - DAY - 3 * HOUR, result: 'stopped', snapshotId: null }),
    run({ id: 'run-6', kind: 'verify', startedAt: now - 3 * DAY, storedBytes: 0 }),
    run({
      id: 'run-copy',
      kind: 'copy',
      startedAt: now - 3 * DAY - HOUR,
      endedAt: now - 3 * DAY + 4 * HOUR,
      destination: 'Loft NAS',
      files: 4_612,
      bytes: 286.3 * GB,
      snapshotId: null,
    }),
    run({ id: 'run-7', startedAt: now - 4 * DAY, result: 'interrupted', endedAt: null, snapshotId: null }),
    ...Array.from({ length: 60 }, (_, i) =>
      run({
        id: `run-${i + 8}`,
        startedAt: now - (5 + i) * DAY,
        storedBytes: i === 59 ? 277 * GB : (((i + 3) * 7919) % 23) * 31e6, // the first one stored everything
      }),
    ),
  ];
}

const COPIED = { phase: 'copy' as const, ms: 5 * HOUR, files: 4_612, bytes: 286.3 * GB };

export function runDetail(summary: RunSummary): RunDetail {
  const all = summary.skippedCount > SKIPPED.length ? EVERY_SKIPPED : SKIPPED;
  const skipped = summary.skippedCount > 0 ? all : [];
  return {
    ...summary,
    phases:
      summary.kind === 'copy'
        ? [COPIED]
        : [
            { phase: 'scan', ms: 21_000, files: 418_209, bytes: summary.bytes },
            { phase: 'compare', ms: 8_000, files: 252, bytes: 1.2 * GB },
            { phase: 'upload', ms: 10_400, files: 252, bytes: summary.storedBytes },
            { phase: 'finish', ms: 900, files: 0, bytes: 0 },
            { phase: 'verify', ms: 700, files: 0, bytes: 2e6 },
          ],
    skipped,
    messages: [
      { at: summary.startedAt, level: 'info', text: 'Started, by schedule.' },
      { at: summary.startedAt + 21_000, level: 'info', text: 'Scanned 418,209 files in 5 folders.' },
      ...skipped.map((item) => ({
        at: summary.startedAt + 22_000,
        level: 'warning' as const,
        text: `${item.path}: ${item.message}`,
      })),
      { at: summary.startedAt + 41_000, level: 'info', text: 'Snapshot written and read back.' },
    ],
    destinations:
      summary.kind === 'backup' && summary.id === 'run-2'
        ? [
            { id: 'd1', name: 'Tidepool disk', complete: true, storedBytes: summary.storedBytes, error: null },
            { id: 'd2', name: 'Google Drive', complete: true, storedBytes: summary.storedBytes, error: null },
            {
              id: 'd3',
              name: 'Loft NAS',
              complete: false,
              storedBytes: 12e6,
              error: {
                code: 'destination-offline',
                severity: 'fatal',
                message: 'loft.local does not answer.',
                guidance: 'Nothing is lost. It catches up by itself.',
              },
            },
          ]
        : [],
    traffic:
      summary.id === 'run-2'
        ? [
            { destination: 'Google Drive', requests: 214, sentBytes: 84e6, receivedBytes: 1.2e6 },
            { destination: 'Loft NAS', requests: 61, sentBytes: 12e6, receivedBytes: 0.2e6 },
          ]
        : summary.kind === 'copy'
          ? [{ destination: summary.destination, requests: 9_214, sentBytes: 286e9, receivedBytes: 40e6 }]
          : [],
    text: `Holdfast run ${summary.id}\nresult: ${summary.result}\nfiles: ${summary.files}\n`,
  };
}

/** The password that opens every made-up backup here. */
export const PASSWORD = 'copper lantern ferry umbrella noon glacier';

export const COMPANY_VAULT: VaultIdentity = {
  urls: [
    'https://vault-a.fjordworks.example',
    'https://vault-b.fjordworks.example',
    'https://vault-c.fjordworks.example',
  ],
  fingerprint: '9F2C 71A0 4BD8 E633 0X5T KQ72 MZ1W 8VGN R4YC 6H3J P9SD 2E7B TFA0',
  embedded: false,
};
export const OWN_VAULT: VaultIdentity = {
  urls: ['https://127.0.0.1:47391'],
  fingerprint: '3KQ7 8WZ2 M1XN 5TBR 9C4H 6V0J E2SD PGY8 AF7K Q3TW N5MX 1RZB C400',
  embedded: true,
};

export function proof(identity: VaultIdentity, over: Partial<VaultProof> = {}): VaultProof {
  const total = identity.urls.length;
  return {
    ...identity,
    profile: 'A',
    sites: { answering: total, total },
    maxAttempts: 10,
    inviteNeeded: false,
    kitNeeded: identity.embedded || total < 3,
    ...over,
  };
}

export function tries(used: number, waitMs = 0): Tries {
  return { used, limit: 10, left: 10 - used, waitUntil: waitMs > 0 ? Date.now() + waitMs : null };
}

/** A vault in use, asked some minutes ago. */
export function vaultState(identity: VaultIdentity, over: Partial<VaultState> = {}): VaultState {
  return {
    ...identity,
    tries: tries(0),
    ended: null,
    report: {
      at: Date.now() - 26 * MINUTE,
      state: 'live',
      tries: tries(0),
      lifetime: { used: 2, limit: 100 },
      failures: [],
      registrations: 1,
      unknownRegistrations: 0,
      devices: [
        { id: 'device-a', addedAt: Date.now() - 212 * DAY, thisComputer: true },
        { id: '7c1fb8', addedAt: Date.now() - 40 * DAY, thisComputer: false },
      ],
      frozenUntil: null,
      sites: identity.urls.length,
    },
    reportError: null,
    unseen: null,
    sessionUntil: Date.now() + 11 * HOUR,
    renamed: null,
    ...over,
  };
}

/** Three wrong tries on a Tuesday-like day, from two places. */
export function failures(count: number): NonNullable<VaultState['report']>['failures'] {
  return Array.from({ length: count }, (_, i) => ({
    at: Date.now() - (3 * DAY - i * 9 * MINUTE),
    thisComputer: i === 0,
    known: i === 0,
  }));
}

export function vaultSessions(): VaultSession[] {
  const now = Date.now();
  return [
    { id: 's1', thisComputer: true, openedAt: now - 40 * MINUTE, lastUsedAt: now - MINUTE, expiresAt: now + 11 * HOUR },
    {
      id: 's2',
      thisComputer: false,
      openedAt: now - 3 * HOUR,
      lastUsedAt: now - 9 * MINUTE,
      expiresAt: now + 9 * HOUR,
    },
  ];
}
