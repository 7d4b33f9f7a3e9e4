/**
 * When the next backup starts by itself. Pure functions of moments in ms since the epoch; days, times of day and their
 * changes in spring and autumn are those of the local time zone.
 */
import type { Hours, Schedule } from './when.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** An hourly backup comes at most this much earlier than its hours say, to stay on its own minute of the hour. */
const EARLY_MS = HOUR_MS / 2;
/** What waited for the end of quiet hours starts within this time after it, not everywhere at the same second. */
const AFTER_QUIET_MS = 10 * MINUTE_MS;
/** Nobody's backups start this close to a full hour, where everybody's would meet. */
const OFF_THE_HOUR_MS = 3 * MINUTE_MS;

export interface NextRunFacts {
  schedule: Schedule;
  quiet: Hours | null;
  /** This computer's own place in the hour, of `spreadOf`. */
  spreadMs: number;
  /** Start of the newest run; null before the first. */
  lastMs: number | null;
  /** Not null where that run is to be tried again: from when on. */
  retryMs: number | null;
  /** Nothing starts by itself before then: the computer has just started or woken up. */
  readyMs: number;
  nowMs: number;
}

/** When the next backup starts, `nowMs` where one is due; null where only a person starts them. */
export function nextRun(facts: NextRunFacts): number | null {
  const { schedule, lastMs, nowMs, spreadMs } = facts;
  if (schedule.every === 'hand') return null;
  const slot = lastMs === null ? nowMs : slotAfter(schedule, lastMs, spreadMs);
  const due = facts.retryMs ?? slot;
  return afterQuiet(Math.max(due, facts.readyMs, nowMs), facts.quiet, spreadMs);
}

/** The first time that the schedule names after a run that started at `lastMs`. It may have passed: then it was missed. */
export function slotAfter(schedule: Exclude<Schedule, { every: 'hand' }>, lastMs: number, spreadMs: number): number {
  if (schedule.every === 'hours') {
    const earliest = lastMs + schedule.hours * HOUR_MS - EARLY_MS;
    return Math.ceil((earliest - spreadMs) / HOUR_MS) * HOUR_MS + spreadMs;
  }
  const last = new Date(lastMs);
  for (let days = 0; ; days++) {
    const day = new Date(last.getFullYear(), last.getMonth(), last.getDate() + days, 12);
    if (schedule.every === 'week' && !schedule.days.includes(day.getDay() || 7)) continue;
    const at = timeOnDay(day, schedule.at);
    if (at > lastMs) return at;
  }
}

/** `atMs`, or the end of the quiet hours that it falls into, with this computer's share of the minutes after. */
export function afterQuiet(atMs: number, quiet: Hours | null, spreadMs: number): number {
  if (!isQuiet(atMs, quiet)) return atMs;
  const end = quietEnd(atMs, quiet);
  const spread = end + (spreadMs % AFTER_QUIET_MS);
  return isQuiet(spread, quiet) ? end : spread;
}

export function isQuiet(atMs: number, quiet: Hours | null): quiet is Hours {
  return quiet !== null && within(atMs, quiet);
}

/** True from the first minute of the hours on, before their second one. */
export function within(atMs: number, { from, to }: Hours): boolean {
  const at = new Date(atMs);
  const minute = at.getHours() * 60 + at.getMinutes();
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** The end of the quiet hours that `atMs` lies in. */
export function quietEnd(atMs: number, quiet: Hours): number {
  return nextEdge(atMs, quiet, [quiet.to], (edge) => !within(edge, quiet));
}

/** When the hours begin or end next. */
export function nextChange(atMs: number, hours: Hours): number {
  const inside = within(atMs, hours);
  return nextEdge(atMs, hours, [hours.from, hours.to], (edge) => within(edge, hours) !== inside);
}

/**
 * The first of some times of day after `atMs` that `test` accepts. A time that the clocks skip in spring is the one an
 * hour later; where they go back in autumn it is the earlier of the two.
 */
function nextEdge(atMs: number, hours: Hours, minutes: readonly number[], test: (edge: number) => boolean): number {
  const start = new Date(atMs);
  const edges: number[] = [];
  for (let days = 0; days < 4; days++) {
    const day = new Date(start.getFullYear(), start.getMonth(), start.getDate() + days, 12);
    for (const minute of minutes) edges.push(timeOnDay(day, minute));
  }
  const found = edges.sort((a, b) => a - b).find((edge) => edge > atMs && test(edge));
  if (found !== undefined) return found;
  throw new RangeError(`no end of the hours ${hours.from} to ${hours.to}`);
}

function timeOnDay(day: Date, minute: number): number {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate(), 0, minute).getTime();
}

/**
 * A computer's own place in the hour, in ms, away from the full hour: many computers of one network or of one storage
 * service do not start together.
 *
 * @param id hexadecimal digits that differ between computers, at least 8
 */
export function spreadOf(id: string): number {
  const room = HOUR_MS - 2 * OFF_THE_HOUR_MS;
  return OFF_THE_HOUR_MS + (Number.parseInt(id.slice(0, 8), 16) % room);
}
