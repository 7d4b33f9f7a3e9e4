/** What the log of runs says about when the next backup is due. */
import type { RunRecord } from '../activity.ts';
import { presenceOf } from '../destination-status.ts';
import { FIRST_PLAN } from '../plans.ts';

const MINUTE_MS = 60_000;
/** How long to wait after the first failed backup, after the second in a row, and so on; the last holds from then on. */
export const RETRY_PAUSES_MS = [5, 15, 45, 120, 360].map((minutes) => minutes * MINUTE_MS);

type Known = Pick<RunRecord, 'kind' | 'startedAt' | 'endedAt' | 'result' | 'error' | 'plan'>;

/** Backups of one plan. Those of before there were several are the first plan's. */
export function runsOfPlan<R extends Pick<RunRecord, 'kind' | 'plan'>>(runs: readonly R[], id: string): R[] {
  return runs.filter(({ kind, plan }) => kind === 'backup' && (plan?.id ?? FIRST_PLAN.id) === id);
}

export interface History {
  /** Start of the newest backup that has ended; null where there is none. */
  lastMs: number | null;
  /** From when on it is tried again; null where it ended well or a person stopped it. */
  retryMs: number | null;
}

/**
 * @param runs newest first. What is said to have started after `nowMs` is left out: the clock was set back since, and
 * nobody knows when that really was.
 */
export function historyOf(runs: readonly Known[], nowMs: number): History {
  const backups = runs.filter(
    ({ kind, result, startedAt }) => kind === 'backup' && result !== 'running' && startedAt <= nowMs,
  );
  const [last] = backups;
  if (last === undefined) return { lastMs: null, retryMs: null };
  const good = backups.findIndex(({ result }) => result !== 'failed' && result !== 'interrupted');
  const failures = good < 0 ? backups.length : good;
  if (failures === 0) return { lastMs: last.startedAt, retryMs: null };
  // One that was cut off, by the end of the app or because its place went away, goes on as soon as it can; one that is
  // cut off again and again does not.
  const gone = last.error !== null && presenceOf(last.error.code) !== 'error';
  const tries = last.result === 'interrupted' || gone ? failures - 1 : failures;
  const pause = tries === 0 ? 0 : (RETRY_PAUSES_MS[tries - 1] ?? RETRY_PAUSES_MS.at(-1) ?? 0);
  return { lastMs: last.startedAt, retryMs: Math.min(last.endedAt ?? last.startedAt, nowMs) + pause };
}
