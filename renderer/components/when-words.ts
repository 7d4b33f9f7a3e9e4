/** When backups start by themselves, as people say it. */
import type { Conditions, Hours, Schedule, When } from '../../preload/contract.ts';

export const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** 540 -> "09:00". */
export function timeText(minute: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** "a", "a and b", "a, b and c". */
function listed(words: readonly string[], conjunction: 'and' | 'or'): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/** Days of ISO 8601, 1 is Monday: "Monday and Thursday", "weekday", "day". */
export function dayWords(days: readonly number[]): string {
  const sorted = [...new Set(days)].sort((a, b) => a - b);
  const all = sorted.join('');
  if (all === '1234567') return 'day';
  if (all === '12345') return 'weekday';
  return listed(
    sorted.map((day) => DAYS[day - 1] ?? ''),
    'and',
  );
}

/** "every hour", "every day at 21:00", "every Monday and Thursday at 21:00", "only when you ask". */
export function scheduleWords(schedule: Schedule): string {
  switch (schedule.every) {
    case 'hours':
      return schedule.hours === 1 ? 'every hour' : `every ${schedule.hours} hours`;
    case 'day':
      return `every day at ${timeText(schedule.at)}`;
    case 'week':
      return `every ${dayWords(schedule.days)} at ${timeText(schedule.at)}`;
    case 'hand':
      return 'only when you ask';
  }
}

/** All of it in a sentence or two. @param network some backups go over a network, so that its conditions count */
export function whenSentence({ schedule, conditions }: When, network: boolean): string {
  if (schedule.every === 'hand') return 'Holdfast backs up only when you ask.';
  const parts = [
    hoursWords(schedule, conditions.quiet),
    powerWords(conditions),
    ...(network ? [meteredWords(conditions), wifiWords(conditions)] : []),
  ].filter((part) => part !== null);
  const late = shifted(schedule, conditions.quiet);
  return `Holdfast backs up ${[scheduleWords(schedule), ...parts].join(', ')}.${late === null ? '' : ` ${late}`}`;
}

function hoursWords(schedule: Schedule, quiet: Hours | null): string | null {
  if (quiet === null) return null;
  return schedule.every === 'hours'
    ? `from ${timeText(quiet.to)} to ${timeText(quiet.from)}`
    : `resting from ${timeText(quiet.from)} to ${timeText(quiet.to)}`;
}

function powerWords({ power }: Conditions): string | null {
  if (power.kind === 'any') return null;
  return power.kind === 'mains' ? 'on mains power only' : `on battery only above ${power.percent}%`;
}

function meteredWords({ onMetered }: Conditions): string | null {
  return onMetered ? null : 'not over metered networks';
}

function wifiWords({ wifi }: Conditions): string | null {
  if (wifi.kind === 'any' || wifi.names.length === 0) return null;
  const names = listed(
    wifi.names.map((name) => `“${name}”`),
    'or',
  );
  return wifi.kind === 'only' ? `on the Wi-Fi ${names} or by cable only` : `never on the Wi-Fi ${names}`;
}

/** A time that lies in the quiet hours is no time to start. */
function shifted(schedule: Schedule, quiet: Hours | null): string | null {
  if (quiet === null || (schedule.every !== 'day' && schedule.every !== 'week')) return null;
  const { from, to } = quiet;
  const { at } = schedule;
  const inside = from < to ? at >= from && at < to : at >= from || at < to;
  return inside ? `${timeText(at)} lies in your quiet hours: it starts after ${timeText(to)}.` : null;
}
