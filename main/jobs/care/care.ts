/** What the app looks after by itself: which backups are kept, proofs, checks, practice; as the plan keeps it. */
import { z } from 'zod';
import type { RetentionPolicy } from '../../engine/api.ts';

const Count = z.number().int().min(0).max(9999);

/** How many of the newest backups, and of the newest of each hour, day and so on, are kept. */
export const Keep = z.object({
  last: Count,
  hourly: Count,
  daily: Count,
  weekly: Count,
  monthly: Count,
  yearly: Count,
});
export type Keep = z.infer<typeof Keep>;

export const Care = z.object({
  /** Null: every backup is kept. */
  keep: Keep.nullable(),
  /** Ids of snapshots (hex) that no rule removes. */
  pins: z.array(z.string()),
  /** A sample is restored and compared each month, while unlocked. */
  drills: z.boolean(),
  /** A part of the storage is checked each month. */
  checks: z.boolean(),
  practice: z.object({
    /** When the digits were last shown to be right; null where only the set-up has seen them. */
    lastMs: z.number().nullable(),
    /** How often they were. */
    times: z.number().int(),
    /** Not reminded of before then. */
    laterMs: z.number().nullable(),
  }),
});
export type Care = z.infer<typeof Care>;

/** Until somebody chooses, nothing of the past is removed. */
export const DEFAULT_CARE: Care = {
  keep: null,
  pins: [],
  drills: true,
  checks: true,
  practice: { lastMs: null, times: 0, laterMs: null },
};

const DAY_MS = 86_400_000;
/** Days from one practice to the next: what was just learnt is forgotten first. */
const PRACTICE_DAYS = [7, 30, 90] as const;

/** When the digits should be practised again. `sinceMs`: when the person last got them, by set-up or a new kit. */
export function practiceDueMs({ practice }: Care, sinceMs: number): number {
  const days = PRACTICE_DAYS[Math.min(practice.times, PRACTICE_DAYS.length - 1)] ?? 90;
  const due = Math.max(practice.lastMs ?? sinceMs, sinceMs) + days * DAY_MS;
  return Math.max(due, practice.laterMs ?? 0);
}

/** The engine's policy; without a rule, or with one that says nothing, it keeps everything. */
export function policyOf(keep: Keep | null, pins: readonly string[]): RetentionPolicy {
  return keep === null || keepsNothing(keep) ? {} : { ...keep, keepIds: [...pins] };
}

/** A rule of zeros would keep the newest backup alone, which nobody means. */
export function keepsNothing(keep: Keep): boolean {
  return Object.values(keep).every((count) => count === 0);
}
