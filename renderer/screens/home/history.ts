/** What past backups tell: what each day added to the storage, and on which days there was a backup. */
import type { RunSummary } from '../../../preload/contract.ts';

const DAY_MS = 86_400_000;

/** Start of the local day, in ms since the epoch. */
export function dayOf(at: number): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** The local day `days` before or after another; right across changes of the clock. */
export function addDays(day: number, days: number): number {
  const date = new Date(day);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

/** Backups that stored a snapshot, oldest first. */
export function storedBackups(runs: readonly RunSummary[]): RunSummary[] {
  return runs
    .filter((run) => run.kind === 'backup' && (run.result === 'done' || run.result === 'done-with-skips'))
    .sort((a, b) => a.startedAt - b.startedAt);
}

export interface DayAdded {
  readonly day: number;
  readonly bytes: number;
  readonly runs: number;
}

/** Sums by local day, oldest first, without days that had no backup. */
export function addedByDay(backups: readonly RunSummary[]): DayAdded[] {
  const days = new Map<number, { bytes: number; runs: number }>();
  for (const run of backups) {
    const day = dayOf(run.endedAt ?? run.startedAt);
    const before = days.get(day) ?? { bytes: 0, runs: 0 };
    days.set(day, { bytes: before.bytes + run.storedBytes, runs: before.runs + 1 });
  }
  return [...days].map(([day, sum]) => ({ day, ...sum })).sort((a, b) => a.day - b.day);
}

export interface Growth {
  /** The first backup stands apart: it is so large that nothing else could be seen beside it. */
  readonly first: RunSummary | null;
  /** What the days after it added; every day from the first shown to today, zero where nothing was. */
  readonly days: readonly DayAdded[];
  readonly bytes: number;
}

/** What was added since the first backup, over the last `span` days up to the day of `now`. */
export function growth(runs: readonly RunSummary[], now: number, span: number): Growth {
  const backups = storedBackups(runs);
  const [first, ...later] = backups;
  if (first === undefined) return { first: null, days: [], bytes: 0 };
  const added = new Map(addedByDay(later).map((day) => [day.day, day]));
  const today = dayOf(now);
  const oldest = Math.max(addDays(today, 1 - span), dayOf(first.startedAt));
  const days: DayAdded[] = [];
  for (let day = oldest; day <= today; day = addDays(day, 1)) {
    days.push(added.get(day) ?? { day, bytes: 0, runs: 0 });
  }
  return { first, days, bytes: days.reduce((sum, day) => sum + day.bytes, 0) };
}

export interface CalendarDay {
  readonly day: number;
  /** Column, counted from the left, and row: 0 is Monday. */
  readonly week: number;
  readonly weekday: number;
  /** 0: no backup; 1 to 3: by how much was stored, compared with the other days. -1: before the first backup. */
  readonly level: -1 | 0 | 1 | 2 | 3;
  readonly bytes: number;
  readonly runs: number;
}

export interface Calendar {
  readonly weeks: number;
  readonly days: readonly CalendarDay[];
  /** Labels of months at the columns where they begin. */
  readonly months: readonly { week: number; at: number }[];
  /** Days with a backup and days since the first one (at most the days shown). */
  readonly covered: number;
  readonly since: number;
}

/** `weeks` columns up to today. Levels are thirds of the days' sizes, so that one huge day does not hide the rest. */
export function calendar(runs: readonly RunSummary[], now: number, weeks: number): Calendar {
  const added = addedByDay(storedBackups(runs));
  const byDay = new Map(added.map((day) => [day.day, day]));
  const sizes = added.map((day) => day.bytes).sort((a, b) => a - b);
  const low = sizes[Math.floor(sizes.length / 3)] ?? 0;
  const high = sizes[Math.floor((sizes.length * 2) / 3)] ?? 0;
  const today = dayOf(now);
  const firstDay = added[0]?.day ?? today;
  const monday = addDays(today, -((new Date(today).getDay() + 6) % 7));
  const start = addDays(monday, -7 * (weeks - 1));
  const days: CalendarDay[] = [];
  const months: { week: number; at: number }[] = [];
  let covered = 0;
  let since = 0;
  for (let index = 0, day = start; day <= today; index += 1, day = addDays(day, 1)) {
    const week = Math.floor(index / 7);
    const weekday = index % 7;
    const found = byDay.get(day);
    if (day >= firstDay) since += 1;
    if (found !== undefined) covered += 1;
    const level = found === undefined ? (day < firstDay ? -1 : 0) : found.bytes <= low ? 1 : found.bytes < high ? 2 : 3;
    days.push({ day, week, weekday, level, bytes: found?.bytes ?? 0, runs: found?.runs ?? 0 });
    if (new Date(day).getDate() === 1) months.push({ week: weekday === 0 ? week : week + 1, at: day });
  }
  return { weeks, days, months: months.filter((month) => month.week < weeks), covered, since };
}

/** Whole days from one moment to another. */
export function daysBetween(from: number, to: number): number {
  return Math.round((dayOf(to) - dayOf(from)) / DAY_MS);
}
