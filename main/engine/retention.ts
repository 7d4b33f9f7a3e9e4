/**
 * Retention: which snapshots a policy keeps, and why. Pure, so that a preview is what a run does.
 *
 * Snapshots are looked at in groups of one computer and one set of sources. Only whole ones fill the places of a rule: a
 * partial or damaged one must not be what "the backup of that day" comes down to. That a snapshot is marked as damaged was
 * found at one place at one time: no policy removes it, only its id does.
 */
import type { KeepCounts, KeepWithin, RetentionDecision, RetentionPolicy } from './api/collect.ts';

export type Verdict = Pick<RetentionDecision, 'keep' | 'reasons'>;

/** What retention knows of a snapshot. */
export interface Retained extends Omit<RetentionDecision, keyof Verdict> {
  clientId: string;
}

type Calendar = Exclude<keyof KeepCounts, 'last'>;

const two = (n: number): string => String(n).padStart(2, '0');
const dayKey = (d: Date): string => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;

/** Names of the hour, day and so on that a time falls into, in the local time zone. */
const BUCKETS: Record<Calendar, (date: Date) => string> = {
  hourly: (d) => `${dayKey(d)} ${two(d.getHours())}`,
  daily: dayKey,
  weekly: (d) => dayKey(new Date(d.getFullYear(), d.getMonth(), d.getDate() - ((d.getDay() + 6) % 7))), // its Monday
  monthly: (d) => `${d.getFullYear()}-${two(d.getMonth() + 1)}`,
  yearly: (d) => `${d.getFullYear()}`,
};
const CALENDARS = Object.keys(BUCKETS) as Calendar[];
const WITHIN = {
  hourly: 'withinHourly',
  daily: 'withinDaily',
  weekly: 'withinWeekly',
  monthly: 'withinMonthly',
  yearly: 'withinYearly',
} as const satisfies Record<Calendar, keyof RetentionPolicy>;

/** True where no rule of the policy says anything: it then keeps everything. */
export function isEmptyPolicy(policy: RetentionPolicy): boolean {
  const counts = [policy.last, ...CALENDARS.map((kind) => policy[kind])];
  const times = [policy.within, ...CALENDARS.map((kind) => policy[WITHIN[kind]])];
  return (
    counts.every((count) => (count ?? 0) <= 0) &&
    times.every((time) => time === undefined) &&
    (policy.tags ?? []).length === 0 &&
    (policy.keepIds ?? []).length === 0
  );
}

/**
 * What a policy says of each snapshot, by id. The newest whole one of a group is always kept, and so are every partial
 * one after it and every damaged one.
 */
export function applyPolicy(snapshots: readonly Retained[], policy: RetentionPolicy): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  const empty = isEmptyPolicy(policy);
  for (const group of groupsOf(snapshots)) {
    const reasons = new Map<string, string[]>(group.map(({ id }) => [id, []]));
    const keep = (snapshot: Retained, reason: string): void => void reasons.get(snapshot.id)?.push(reason);
    if (empty) for (const snapshot of group) keep(snapshot, 'no rule says that it goes');
    else judge(group, policy, keep);
    for (const snapshot of group) {
      const found = reasons.get(snapshot.id) ?? [];
      verdicts.set(snapshot.id, found.length > 0 ? { keep: true, reasons: found } : removed(snapshot));
    }
  }
  return verdicts;
}

const isWhole = ({ partial, damaged }: Retained): boolean => !partial && !damaged;

function removed(snapshot: Retained): Verdict {
  if (isWhole(snapshot)) return { keep: false, reasons: ['no rule keeps it'] };
  return { keep: false, reasons: ['partial, and a whole one is newer'] };
}

/** Snapshots of one computer and one set of sources. */
function groupsOf(snapshots: readonly Retained[]): Retained[][] {
  const groups = new Map<string, Retained[]>();
  for (const snapshot of snapshots) {
    const key = JSON.stringify([snapshot.clientId, ...[...snapshot.sources].sort()]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [snapshot]);
    else group.push(snapshot);
  }
  return [...groups.values()];
}

function judge(
  group: readonly Retained[],
  policy: RetentionPolicy,
  keep: (snapshot: Retained, reason: string) => void,
): void {
  // A computer's own order is its sequence, whatever its clock said; the calendar is the clock's.
  const bySequence = [...group].sort((a, b) => b.sequence - a.sequence);
  const whole = bySequence.filter(isWhole);
  const newest = whole[0];
  if (newest !== undefined) keep(newest, 'the newest complete one');
  for (const snapshot of bySequence) {
    if (!isWhole(snapshot) && (newest === undefined || snapshot.sequence > newest.sequence)) {
      keep(snapshot, 'no complete one is newer');
    }
    if (snapshot.damaged) keep(snapshot, 'marked as damaged: it goes by its id only');
  }
  for (const [i, snapshot] of whole.slice(0, Math.max(0, policy.last ?? 0)).entries()) {
    keep(snapshot, `last ${i + 1} of ${policy.last ?? 0}`);
  }
  const byTime = [...whole].sort((a, b) => b.endedMs - a.endedMs || b.sequence - a.sequence);
  const reference = (newest ?? bySequence[0])?.endedMs ?? 0;
  for (const kind of CALENDARS) keepByCalendar(byTime, kind, policy, reference, keep);
  for (const snapshot of group) {
    if (policy.within !== undefined && snapshot.endedMs >= before(reference, policy.within)) {
      keep(snapshot, `within ${withinText(policy.within)}`);
    }
    for (const tag of snapshot.tags) if (policy.tags?.includes(tag) === true) keep(snapshot, `tag ${tag}`);
    if (policy.keepIds?.some((id) => isIdOf(id, snapshot)) === true) keep(snapshot, 'pinned');
  }
}

/** The newest of each hour, day and so on; and the oldest of all, while not all places of a rule are taken. */
function keepByCalendar(
  byTime: readonly Retained[],
  kind: Calendar,
  policy: RetentionPolicy,
  reference: number,
  keep: (snapshot: Retained, reason: string) => void,
): void {
  const count = policy[kind] ?? 0;
  const time = policy[WITHIN[kind]];
  const from = time === undefined ? Number.POSITIVE_INFINITY : before(reference, time);
  let taken = 0;
  let bucket: string | null = null;
  for (const [i, snapshot] of byTime.entries()) {
    const here = BUCKETS[kind](new Date(snapshot.endedMs));
    const first = here !== bucket;
    bucket = here;
    if (first && time !== undefined && snapshot.endedMs >= from) keep(snapshot, `${kind} within ${withinText(time)}`);
    if (taken >= count) continue;
    if (first) keep(snapshot, `${kind} ${++taken} of ${count}`);
    else if (i === byTime.length - 1) keep(snapshot, `the oldest, while ${kind} has room`);
  }
}

/** True where an id, or a beginning of it of 4 digits or more, is this snapshot's. */
export function isIdOf(wanted: string, { id }: { id: string }): boolean {
  return wanted.length >= 4 && id.startsWith(wanted.toLowerCase());
}

/** The time that lies so long before another, by the local calendar; a day that a month does not have is its last. */
export function before(timeMs: number, { years = 0, months = 0, days = 0, hours = 0 }: KeepWithin): number {
  const date = new Date(timeMs);
  const day = date.getDate();
  date.setDate(1);
  date.setMonth(date.getMonth() - months - 12 * years);
  date.setDate(Math.min(day, new Date(date.getFullYear(), date.getMonth() + 1, 0).getDate()));
  date.setDate(date.getDate() - days);
  return date.getTime() - hours * 3_600_000;
}

/** `1y2m3d4h`, as it is typed. */
export function withinText({ years = 0, months = 0, days = 0, hours = 0 }: KeepWithin): string {
  const parts: [number, string][] = [
    [years, 'y'],
    [months, 'm'],
    [days, 'd'],
    [hours, 'h'],
  ];
  return parts.map(([n, unit]) => (n === 0 ? '' : `${n}${unit}`)).join('') || '0h';
}
