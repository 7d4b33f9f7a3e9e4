/**
 * Everything that crosses between the renderer and the main process: one list of methods and one of events. The zod
 * schemas give the types, the validators on both sides, and the object that the preload script exposes. Nothing here
 * imports from the rest of the project; folders of this computer never cross as free strings from the renderer, only
 * as capability ids (`cap`) that main gave out for a choice made in a native dialog or for a place it suggested.
 */
import { z } from 'zod';

const Ms = z.number(); // milliseconds since the epoch
const Bytes = z.number().nonnegative();
const Cap = z.string().min(8).max(64);
/** 16 groups of 4 hexadecimal digits; rows A to D are groups 0-3, 4-7, 8-11, 12-15. */
const Groups = z.array(z.string().max(8)).length(16);
export const Row = z.enum(['A', 'B', 'C', 'D']);
export type Row = z.infer<typeof Row>;

export const ErrorInfo = z.object({
  code: z.string(),
  severity: z.enum(['fatal', 'item', 'notice']),
  message: z.string(),
  guidance: z.string(),
  detail: z.string().optional(),
});
export type ErrorInfo = z.infer<typeof ErrorInfo>;

/** A folder or file of this computer, as shown to the user. */
export const Place = z.object({ cap: Cap, path: z.string(), name: z.string() });
export type Place = z.infer<typeof Place>;

export const SourceNode = Place.extend({
  kind: z.enum(['folder', 'file']),
  hasChildren: z.boolean(),
  /** True where the set-up proposes to back this up. */
  suggested: z.boolean(),
});
export type SourceNode = z.infer<typeof SourceNode>;

export const SkippedItem = z.object({
  path: z.string(),
  reason: z.enum(['denied', 'vanished', 'changed', 'io-error', 'unsupported', 'destination-inside', 'other']),
  message: z.string(),
  guidance: z.string(),
});
export type SkippedItem = z.infer<typeof SkippedItem>;

export const Measure = z.object({
  id: z.string(),
  cap: Cap,
  files: z.number(),
  bytes: Bytes,
  excludedFiles: z.number(),
  excludedBytes: Bytes,
  unreadable: z.array(SkippedItem).max(50),
  unreadableCount: z.number(),
  done: z.boolean(),
});
export type Measure = z.infer<typeof Measure>;

export const DestinationCheck = z.object({
  id: z.enum(['reach', 'write', 'read-back', 'list', 'rename', 'remove', 'space']),
  label: z.string(),
  ok: z.boolean(),
  detail: z.string(),
});
export const DestinationTest = z.object({
  content: z.enum(['empty', 'repository', 'other-files']),
  checks: z.array(DestinationCheck),
  ok: z.boolean(),
  freeBytes: Bytes.nullable(),
  totalBytes: Bytes.nullable(),
  writeMBps: z.number().nullable(),
  latencyMs: z.number().nullable(),
  /** Things worth knowing that are not failures, e.g. "on the same disk as your files". */
  warnings: z.array(z.string()),
});
export type DestinationTest = z.infer<typeof DestinationTest>;

export const Destination = z.object({
  id: z.string(),
  kind: z.enum(['local']),
  name: z.string(),
  path: z.string(),
  state: z.enum(['up-to-date', 'behind', 'away', 'error', 'running', 'empty']),
  message: z.string(),
  usedBytes: Bytes.nullable(),
  freeBytes: Bytes.nullable(),
  totalBytes: Bytes.nullable(),
  lastBackupAt: Ms.nullable(),
});
export type Destination = z.infer<typeof Destination>;

export const Phase = z.enum(['scan', 'compare', 'upload', 'finish', 'verify', 'restore']);
export type Phase = z.infer<typeof Phase>;

export const Progress = z.object({
  runId: z.string(),
  kind: z.enum(['backup', 'restore', 'verify']),
  state: z.enum(['running', 'pausing', 'paused', 'stopping', 'done', 'failed', 'stopped']),
  phase: Phase,
  /** Phases of this kind of run in order, each with its own numbers. */
  phases: z.array(
    z.object({
      phase: Phase,
      state: z.enum(['waiting', 'running', 'done']),
      files: z.number(),
      bytes: Bytes,
      totalFiles: z.number().nullable(),
      totalBytes: Bytes.nullable(),
    }),
  ),
  currentPath: z.string().nullable(),
  startedAt: Ms,
  elapsedMs: z.number(),
  /** Bytes a second over the last seconds; null while paused or unknown. */
  rate: z.number().nullable(),
  /** Newest last; one sample a second, at most 120. */
  rateHistory: z.array(z.number()),
  /** Remaining time in ms; only after 30 s of a stable rate. */
  etaMs: z.number().nullable(),
  newBytes: Bytes,
  storedBytes: Bytes,
  skipped: z.number(),
  pausedUntil: Ms.nullable(),
  error: ErrorInfo.nullable(),
});
export type Progress = z.infer<typeof Progress>;

export const RunSummary = z.object({
  id: z.string(),
  kind: z.enum(['backup', 'restore', 'verify']),
  startedAt: Ms,
  endedAt: Ms.nullable(),
  result: z.enum(['running', 'done', 'done-with-skips', 'failed', 'stopped', 'interrupted']),
  files: z.number(),
  bytes: Bytes,
  newFiles: z.number(),
  changedFiles: z.number(),
  unchangedFiles: z.number(),
  removedFiles: z.number(),
  storedBytes: Bytes,
  skippedCount: z.number(),
  snapshotId: z.string().nullable(),
  destination: z.string(),
  error: ErrorInfo.nullable(),
});
export type RunSummary = z.infer<typeof RunSummary>;

export const RunDetail = RunSummary.extend({
  phases: z.array(z.object({ phase: Phase, ms: z.number(), files: z.number(), bytes: Bytes })),
  skipped: z.array(SkippedItem),
  messages: z.array(z.object({ at: Ms, level: z.enum(['info', 'warning', 'error']), text: z.string() })),
  /** The whole run as plain text, for copying. */
  text: z.string(),
});
export type RunDetail = z.infer<typeof RunDetail>;

export const Health = z.object({
  state: z.enum(['protected', 'protected-unreadable', 'attention', 'at-risk', 'paused', 'running', 'setting-up']),
  /** Short word for sidebar and tray: "Protected". */
  word: z.string(),
  /** The page's title as a sentence: "Everything is protected". */
  title: z.string(),
  /** What happens next, one sentence. */
  line: z.string(),
});
export type Health = z.infer<typeof Health>;

export const Settings = z.object({
  theme: z.enum(['system', 'light', 'dark']),
  /** Minutes without input after which the root key leaves memory; 1 to 240. */
  idleLockMinutes: z.number().int().min(1).max(240),
});
export type Settings = z.infer<typeof Settings>;

export const AppState = z.object({
  /** `new`: nothing is set up; `ready`: this computer has a plan. */
  phase: z.enum(['new', 'ready']),
  platform: z.enum(['linux', 'darwin', 'win32']),
  version: z.string(),
  computerName: z.string(),
  /** True while the root key is not in memory: contents cannot be read; backups go on. */
  locked: z.boolean(),
  lockAt: Ms.nullable(),
  keychain: z.object({ kind: z.enum(['system', 'memory']), message: z.string().nullable() }),
  health: Health,
  destinations: z.array(Destination),
  sources: z.array(Place),
  excludes: z.array(z.string()),
  settings: Settings,
  repository: z.object({ id: z.string(), createdAt: Ms, keySavedAt: Ms.nullable() }).nullable(),
  progress: Progress.nullable(),
  lastBackup: RunSummary.nullable(),
  snapshotCount: z.number(),
  skippedCount: z.number(),
  pausedUntil: Ms.nullable(),
});
export type AppState = z.infer<typeof AppState>;

export const SnapshotInfo = z.object({
  id: z.string(),
  at: Ms,
  computer: z.string(),
  clientId: z.string(),
  thisComputer: z.boolean(),
  files: z.number(),
  bytes: Bytes,
  partial: z.boolean(),
  damaged: z.boolean(),
  skipped: z.number(),
  sources: z.array(z.string()),
});
export type SnapshotInfo = z.infer<typeof SnapshotInfo>;

export const EntryKind = z.enum(['folder', 'file', 'symlink', 'other']);
export const Entry = z.object({
  /** Opaque id of the entry inside its snapshot. */
  id: z.string(),
  name: z.string(),
  kind: EntryKind,
  size: Bytes.nullable(),
  /** Number of entries, for folders where it is known. */
  items: z.number().nullable(),
  modifiedAt: Ms.nullable(),
  mode: z.string(),
  owner: z.string(),
  linkTarget: z.string().nullable(),
});
export type Entry = z.infer<typeof Entry>;

export const RestorePlan = z.object({
  planId: z.string(),
  files: z.number(),
  bytes: Bytes,
  /** Where it goes, as shown to the user. */
  target: z.string(),
  /** Files of these names that are already there. */
  conflicts: z.number(),
  conflictSamples: z.array(z.object({ path: z.string(), outcome: z.string() })).max(20),
  freeBytes: Bytes.nullable(),
  enoughSpace: z.boolean(),
});
export type RestorePlan = z.infer<typeof RestorePlan>;

export const RestoreReport = z.object({
  runId: z.string(),
  snapshotAt: Ms,
  target: z.string(),
  requested: z.number(),
  restored: z.number(),
  bytes: Bytes,
  skippedExisting: z.number(),
  keptBoth: z.number(),
  problems: z.array(SkippedItem),
  durationMs: z.number(),
  state: z.enum(['done', 'stopped', 'failed']),
  error: ErrorInfo.nullable(),
});
export type RestoreReport = z.infer<typeof RestoreReport>;

const Nothing = z.null();
const Ok = z.null();
const KeyCheck = z.object({
  ok: z.boolean(),
  /** Rows whose digits fail their printed check, where the checks were known. */
  wrongRows: z.array(Row),
  message: z.string(),
});

function method<I extends z.ZodType, O extends z.ZodType>(input: I, output: O): { input: I; output: O } {
  return { input, output };
}

export const methods = {
  app: {
    getState: method(Nothing, AppState),
    openLicence: method(Nothing, Ok),
    reportActivity: method(Nothing, Ok), // input seen in the window; restarts the idle timer
  },
  setup: {
    /** Native folder dialog; null when the user cancels. */
    chooseDestination: method(Nothing, Place.nullable()),
    /** A proposal that works at once: a folder of this computer's largest other disk, else in the home folder. */
    suggestDestination: method(Nothing, Place),
    testDestination: method(z.object({ cap: Cap }), DestinationTest),
    /** Makes a new key in main's memory; the digits stay there until `revealKey`. */
    newKey: method(Nothing, z.object({ made: z.boolean() })),
    revealKey: method(
      Nothing,
      z.object({
        groups: Groups,
        /** Two-character check printed at the end of each row. */
        rowChecks: z.array(z.string()).length(4),
        repoId: z.string(),
        /** QR code of the kit: side length and dark modules, row by row. */
        qr: z.object({ size: z.number(), modules: z.array(z.boolean()) }),
      }),
    ),
    hideKey: method(Nothing, Ok),
    copyKey: method(Nothing, z.object({ clearsAt: Ms })),
    /** Saves the kit as PDF (and restore.mjs beside it) by a native dialog. */
    saveKit: method(Nothing, z.object({ path: z.string(), warning: z.string().nullable() }).nullable()),
    printKit: method(Nothing, Ok),
    /** The two rows to type back. */
    challenge: method(Nothing, z.object({ rows: z.array(Row).length(2) })),
    proveKey: method(z.object({ rows: z.record(z.string(), z.array(z.string()).length(4)) }), KeyCheck),
    /** For a destination that already holds a repository: its key instead of a new one. */
    unlockExisting: method(z.object({ cap: Cap, groups: Groups }), KeyCheck),
    suggestSources: method(Nothing, z.array(SourceNode)),
    chooseSource: method(Nothing, SourceNode.nullable()),
    listFolder: method(z.object({ cap: Cap }), z.array(SourceNode)),
    /** Starts measuring; results arrive as `measure` events carrying the same id. A new call ends the last one. */
    measure: method(z.object({ id: z.string(), caps: z.array(Cap), excludes: z.array(z.string()) }), Ok),
    defaultExcludes: method(Nothing, z.array(z.string())),
    /** Creates or joins the repository, enrols this computer, stores the plan, starts the first backup. */
    finish: method(
      z.object({
        destination: Cap,
        sources: z.array(Cap).min(1),
        excludes: z.array(z.string()),
        consents: z.object({ nobodyCanHelp: z.literal(true), keptSafe: z.literal(true) }),
      }),
      Ok,
    ),
  },
  keys: {
    unlock: method(z.object({ groups: Groups }), KeyCheck),
    lock: method(Nothing, Ok),
    /** Practice: compares and forgets; wrong entries never count. */
    test: method(z.object({ groups: Groups }), KeyCheck),
  },
  backup: {
    start: method(Nothing, z.object({ runId: z.string() })),
    pause: method(z.object({ until: z.enum(['hour', 'tomorrow', 'resumed']) }), Ok),
    resume: method(Nothing, Ok),
    cancel: method(Nothing, Ok),
  },
  browse: {
    snapshots: method(Nothing, z.array(SnapshotInfo)),
    list: method(
      z.object({
        snapshotId: z.string(),
        /** Entry id of a folder, or null for the top. */
        folderId: z.string().nullable(),
        sort: z.enum(['name', 'modified', 'size']),
        descending: z.boolean(),
        offset: z.number().int().nonnegative(),
        limit: z.number().int().min(1).max(1000),
      }),
      z.object({
        total: z.number(),
        files: z.number(),
        entries: z.array(Entry),
        crumbs: z.array(z.object({ id: z.string().nullable(), name: z.string() })),
      }),
    ),
  },
  restore: {
    /** R1: connect to storage that holds a repository, before this computer is set up. */
    connect: method(Nothing, z.object({ path: z.string(), repoId: z.string(), computers: z.number() }).nullable()),
    chooseTarget: method(Nothing, Place.nullable()),
    suggestTarget: method(Nothing, Place),
    plan: method(
      z.object({
        snapshotId: z.string(),
        /** Entry ids; empty means everything. */
        entryIds: z.array(z.string()),
        target: z.union([z.object({ kind: z.literal('original') }), z.object({ kind: z.literal('folder'), cap: Cap })]),
        conflict: z.enum(['keep-both', 'skip', 'replace']),
      }),
      RestorePlan,
    ),
    start: method(z.object({ planId: z.string() }), z.object({ runId: z.string() })),
    pause: method(Nothing, Ok),
    resume: method(Nothing, Ok),
    cancel: method(Nothing, Ok),
    report: method(z.object({ runId: z.string() }), RestoreReport),
    saveReport: method(z.object({ runId: z.string() }), z.object({ path: z.string() }).nullable()),
    showInFolder: method(z.object({ runId: z.string() }), Ok),
  },
  activity: {
    runs: method(Nothing, z.array(RunSummary)),
    run: method(z.object({ id: z.string() }), RunDetail),
    copyText: method(z.object({ id: z.string() }), Ok),
  },
  verify: {
    start: method(z.object({ level: z.number().int().min(0).max(3) }), z.object({ runId: z.string() })),
    cancel: method(Nothing, Ok),
  },
  settings: {
    set: method(Settings.partial().strict(), Ok),
    addSource: method(Nothing, Place.nullable()),
    removeSource: method(z.object({ cap: Cap }), Ok),
    setExcludes: method(z.object({ excludes: z.array(z.string().max(4096)).max(5000) }), Ok),
    testDestination: method(z.object({ id: z.string() }), DestinationTest),
    showDestination: method(z.object({ id: z.string() }), Ok),
  },
} as const;

export const events = {
  /** The whole state, sent whenever it changes, at most 10 times a second. */
  state: AppState,
  measure: Measure,
} as const;

export type Methods = typeof methods;
export type Events = typeof events;

/** What every call gives back: contextBridge would strip a thrown error of its fields. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: ErrorInfo };

/** `window.holdfast`, as the preload script exposes it. */
export type Bridge = {
  [G in keyof Methods]: {
    [M in keyof Methods[G]]: Methods[G][M] extends {
      input: infer I extends z.ZodType;
      output: infer O extends z.ZodType;
    }
      ? I extends z.ZodNull
        ? () => Promise<Result<z.output<O>>>
        : (input: z.input<I>) => Promise<Result<z.output<O>>>
      : never;
  };
} & {
  on<E extends keyof Events>(event: E, listener: (payload: z.output<Events[E]>) => void): () => void;
};
