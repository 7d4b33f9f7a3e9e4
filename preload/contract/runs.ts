/** Runs and how things stand: `backup`, `verify`, `activity`. */
import { z } from 'zod';
import { Bytes, ErrorInfo, Ms, Nothing, Ok, method } from './parts.ts';

export const SkippedItem = z.object({
  path: z.string(),
  reason: z.enum([
    'denied',
    'vanished',
    'changed',
    'in-use',
    'away',
    'io-error',
    'attributes',
    'unsupported',
    'destination-inside',
    'other',
  ]),
  message: z.string(),
  guidance: z.string(),
});
export type SkippedItem = z.infer<typeof SkippedItem>;

export const Phase = z.enum(['scan', 'compare', 'upload', 'finish', 'copy', 'verify', 'restore']);
export type Phase = z.infer<typeof Phase>;

export const Progress = z.object({
  runId: z.string(),
  kind: z.enum(['backup', 'restore', 'verify', 'copy', 'retention', 'drill']),
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
  /** What goes on at each destination of a backup; empty for other runs. */
  destinations: z.array(
    z.object({
      id: z.string(),
      storedBytes: Bytes,
      /** Still to be sent there. */
      queuedBytes: Bytes,
      state: z.enum(['running', 'done', 'behind']),
    }),
  ),
  newBytes: Bytes,
  storedBytes: Bytes,
  skipped: z.number(),
  pausedUntil: Ms.nullable(),
  error: ErrorInfo.nullable(),
});
export type Progress = z.infer<typeof Progress>;

export const RunSummary = z.object({
  id: z.string(),
  kind: z.enum(['backup', 'restore', 'verify', 'copy', 'retention', 'drill']),
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
  /** Of a backup: the name that its plan had; missing in runs of before there were several. */
  plan: z.string().optional(),
  error: ErrorInfo.nullable(),
});
export type RunSummary = z.infer<typeof RunSummary>;

export const RunDetail = RunSummary.extend({
  phases: z.array(z.object({ phase: Phase, ms: z.number(), files: z.number(), bytes: Bytes })),
  skipped: z.array(SkippedItem),
  messages: z.array(z.object({ at: Ms, level: z.enum(['info', 'warning', 'error']), text: z.string() })),
  /** How it ended at each destination; empty for runs that know of one alone. */
  destinations: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      complete: z.boolean(),
      storedBytes: Bytes,
      error: ErrorInfo.nullable(),
    }),
  ),
  /** What was asked of servers, by the destination's name. */
  traffic: z.array(z.object({ destination: z.string(), requests: z.number(), sentBytes: Bytes, receivedBytes: Bytes })),
  /** The whole run as plain text, for copying. */
  text: z.string(),
});
export type RunDetail = z.infer<typeof RunDetail>;

export const Health = z.object({
  state: z.enum(['protected', 'protected-unreadable', 'attention', 'at-risk', 'paused', 'running', 'setting-up']),
  /** Why it is so, for what a screen says beside it. */
  cause: z.string(),
  /** Short word for sidebar and tray: "Protected". */
  word: z.string(),
  /** The page's title as a sentence: "Everything is protected". */
  title: z.string(),
  /** What happens next, one sentence. */
  line: z.string(),
  /** Of which plan it is true, where there are several and it is not of all. */
  plan: z.string().optional(),
});
export type Health = z.infer<typeof Health>;

export const backupMethods = {
  start: method(Nothing, z.object({ runId: z.string() })),
  pause: method(z.object({ until: z.enum(['hour', 'tomorrow', 'resumed']) }), Ok),
  resume: method(Nothing, Ok),
  cancel: method(Nothing, Ok),
} as const;

export const activityMethods = {
  runs: method(Nothing, z.array(RunSummary)),
  run: method(z.object({ id: z.string() }), RunDetail),
  copyText: method(z.object({ id: z.string() }), Ok),
  /** Shows one of a run's skipped items in the file manager: the item itself, or the nearest folder that is there. */
  showItem: method(z.object({ id: z.string(), item: z.number().int().min(0) }), Ok),
  /** macOS: opens the system's settings where a program is given access to all files. */
  openAccess: method(Nothing, Ok),
} as const;

export const verifyMethods = {
  start: method(z.object({ level: z.number().int().min(0).max(3) }), z.object({ runId: z.string() })),
  cancel: method(Nothing, Ok),
} as const;
