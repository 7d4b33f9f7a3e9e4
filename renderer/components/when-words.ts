/** When backups start by themselves, as people say it. */
import { plural, t } from '@lingui/core/macro';
import type { Conditions, Hours, Schedule, When } from '../../preload/contract.ts';
import { formatPercent, joined, listed } from './format.ts';

export const DAYS = [t`Monday`, t`Tuesday`, t`Wednesday`, t`Thursday`, t`Friday`, t`Saturday`, t`Sunday`] as const;
/** The same where there is little room. */
export const SHORT_DAYS = [t`Mon`, t`Tue`, t`Wed`, t`Thu`, t`Fri`, t`Sat`, t`Sun`] as const;

/** 540 -> "09:00". */
export function timeText(minute: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** Days of ISO 8601, 1 is Monday: "Monday and Thursday", "weekday", "day". */
export function dayWords(days: readonly number[]): string {
  const sorted = [...new Set(days)].sort((a, b) => a - b);
  const all = sorted.join('');
  if (all === '1234567') return t`day`;
  if (all === '12345') return t`weekday`;
  return listed(sorted.map((day) => DAYS[day - 1] ?? ''));
}

/** "every hour", "every day at 21:00", "every Monday and Thursday at 21:00", "only when you ask". */
export function scheduleWords(schedule: Schedule): string {
  switch (schedule.every) {
    case 'hours':
      return plural(schedule.hours, { one: 'every hour', other: 'every # hours' });
    case 'day':
      return t`every day at ${timeText(schedule.at)}`;
    case 'week':
      return t`every ${dayWords(schedule.days)} at ${timeText(schedule.at)}`;
    case 'hand':
      return t`only when you ask`;
  }
}

/** All of it in a sentence or two. @param network some backups go over a network, so that its conditions count */
export function whenSentence({ schedule, conditions }: When, network: boolean): string {
  if (schedule.every === 'hand') return t`Holdfast backs up only when you ask.`;
  const parts = [
    hoursWords(schedule, conditions.quiet),
    powerWords(conditions),
    ...(network ? [meteredWords(conditions), wifiWords(conditions)] : []),
  ].filter((part) => part !== null);
  const late = shifted(schedule, conditions.quiet);
  const sentence = t`Holdfast backs up ${joined([scheduleWords(schedule), ...parts])}.`;
  return late === null ? sentence : `${sentence} ${late}`;
}

function hoursWords(schedule: Schedule, quiet: Hours | null): string | null {
  if (quiet === null) return null;
  return schedule.every === 'hours'
    ? t`from ${timeText(quiet.to)} to ${timeText(quiet.from)}`
    : t`resting from ${timeText(quiet.from)} to ${timeText(quiet.to)}`;
}

function powerWords({ power }: Conditions): string | null {
  if (power.kind === 'any') return null;
  return power.kind === 'mains'
    ? t`on mains power only`
    : t`on battery only above ${formatPercent(power.percent / 100)}`;
}

function meteredWords({ onMetered }: Conditions): string | null {
  return onMetered ? null : t`not over metered networks`;
}

function wifiWords({ wifi }: Conditions): string | null {
  if (wifi.kind === 'any' || wifi.names.length === 0) return null;
  const names = listed(
    wifi.names.map((name) => t`“${name}”`),
    'or',
  );
  return wifi.kind === 'only' ? t`on the Wi-Fi ${names} or by cable only` : t`never on the Wi-Fi ${names}`;
}

/** A time that lies in the quiet hours is no time to start. */
function shifted(schedule: Schedule, quiet: Hours | null): string | null {
  if (quiet === null || (schedule.every !== 'day' && schedule.every !== 'week')) return null;
  const { from, to } = quiet;
  const { at } = schedule;
  const inside = from < to ? at >= from && at < to : at >= from || at < to;
  return inside ? t`${timeText(at)} lies in your quiet hours: it starts after ${timeText(to)}.` : null;
}
