/**
 * Numbers, sizes, dates and spans as people read them. Sizes are decimal (1 kB = 1,000 bytes), as storage is sold and
 * as file managers of macOS and most of Linux show them.
 */
import { i18n } from '@lingui/core';
import { plural, t } from '@lingui/core/macro';
import { fromRight, locale } from '../state/language.ts';

/** Of Intl, by powers of 1,000. */
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/** For Intl: how the page's language writes numbers and dates. */
export const LOCALE = locale();

/** Whether the page is written from the right. */
const FROM_RIGHT = fromRight(i18n.locale);

const integer = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 0 });
const sizes = UNITS.map((unit) => {
  const format = { style: 'unit', unit, unitDisplay: 'short' } as const;
  return {
    small: new Intl.NumberFormat(LOCALE, { ...format, maximumFractionDigits: 1 }),
    large: new Intl.NumberFormat(LOCALE, { ...format, maximumFractionDigits: 0 }),
  };
});
const both = new Intl.ListFormat(LOCALE, { type: 'conjunction' });
const either = new Intl.ListFormat(LOCALE, { type: 'disjunction' });
const clock = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const weekday = new Intl.DateTimeFormat(LOCALE, { weekday: 'long' });
const dayMonth = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'long' });
const dayMonthYear = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'long', year: 'numeric' });
const exact = new Intl.DateTimeFormat(LOCALE, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** 418209 -> "418,209". */
export function formatCount(n: number): string {
  return integer.format(n);
}

/** On a page written from the right: a fact that turns nothing round, and that nothing around it turns. */
export function apart(fact: string): string {
  return FROM_RIGHT ? `\u2068${fact}\u2069` : fact;
}

/** "Boathouse, 90". */
export function followed(before: string, fact: string): string {
  return t`${before}, ${fact}`;
}

/** Several facts in a row: "1,204 files, 41.2 GB". */
export function joined(facts: readonly string[]): string {
  return facts.length === 0 ? '' : facts.map(apart).reduce(followed);
}

/** Names in a sentence: "Disk, NAS and Drive"; with `or` "Disk, NAS or Drive". */
export function listed(names: readonly string[], word: 'and' | 'or' = 'and'): string {
  return (word === 'and' ? both : either).format(names);
}

/** Bytes as value and unit, for where the unit is set smaller: 41_200_000_000 -> ["41.2", "GB"]. */
export function bytesParts(bytes: number): [value: string, unit: string] {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  if (unit === 0) return [integer.format(value), plural(value, { one: 'byte', other: 'bytes' })];
  const format = value < 99.95 ? sizes[unit]?.small : sizes[unit]?.large;
  const pieces = format?.formatToParts(value) ?? [];
  const words = (of: 'number' | 'unit'): string =>
    pieces
      .filter(({ type }) => (type === 'unit') === (of === 'unit') && type !== 'literal')
      .map((piece) => piece.value)
      .join('');
  return [words('number'), words('unit')];
}

/** 41_200_000_000 -> "41.2 GB"; 0 -> "0 bytes". */
export function formatBytes(bytes: number): string {
  return bytesParts(bytes).join(' ');
}

/** "41.2 GB (41,200,000,000 bytes)", for hover. */
export function exactBytes(bytes: number): string {
  return bytes < 1000
    ? formatBytes(bytes)
    : t`${formatBytes(bytes)} (${plural(bytes, { one: '# byte', other: '# bytes' })})`;
}

/** Bytes a second: "19.4 MB/s". */
export function formatRate(bytesPerSecond: number): string {
  return t`${formatBytes(bytesPerSecond)}/s`;
}

/** 0.426 -> "42%": rounded down, so that only what is done reads 100%. */
export function formatPercent(fraction: number): string {
  return percent.format(Math.floor(Math.min(1, Math.max(0, fraction)) * 100) / 100);
}

/** Share done of a total, 0 to 1; null when the total is not known. */
export function fraction(done: number, total: number | null): number | null {
  if (total === null) return null;
  return total <= 0 ? 1 : Math.min(1, done / total);
}

/** A span in words: 41_000 -> "41 seconds"; 3_720_000 -> "1 hour 2 minutes". */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return t`under a second`;
  if (seconds < 60) return plural(seconds, { one: '# second', other: '# seconds' });
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return minuteWords(minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return withRest(hourWords(hours), minutes % 60, minuteWords);
  return withRest(dayWords(Math.floor(hours / 24)), hours % 24, hourWords);
}

const minuteWords = (n: number): string => plural(n, { one: '# minute', other: '# minutes' });
const hourWords = (n: number): string => plural(n, { one: '# hour', other: '# hours' });
const dayWords = (n: number): string => plural(n, { one: '# day', other: '# days' });

function withRest(large: string, rest: number, words: (n: number) => string): string {
  return rest === 0 ? large : t`${large} ${words(rest)}`;
}

/** A running clock: 98_000 -> "1:38"; 3_698_000 -> "1:01:38". */
export function formatClock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Time left, never more exact than it deserves: "about 4 minutes left". */
export function formatLeft(ms: number): string {
  if (ms < 60_000) return t`less than a minute left`;
  return t`about ${formatDuration(Math.ceil(ms / 60_000) * 60_000)} left`;
}

function startOfDay(at: number): number {
  const date = new Date(at);
  date.setHours(0, 0, 0, 0);
  return date.getTime();
}

function daysBetween(from: number, to: number): number {
  return Math.round((startOfDay(to) - startOfDay(from)) / 86_400_000);
}

export function isToday(at: number, now = Date.now()): boolean {
  return daysBetween(at, now) === 0;
}

/** The day in words: "today", "yesterday", "Tuesday" (last six days), "3 November", "3 November 2024". */
export function formatDay(at: number, now = Date.now()): string {
  const days = daysBetween(at, now);
  if (days === 0) return t`today`;
  if (days === 1) return t`yesterday`;
  if (days === -1) return t`tomorrow`;
  if (days > 1 && days < 7) return weekday.format(at);
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? dayMonth.format(at) : dayMonthYear.format(at);
}

/** "21:04". */
export function formatTime(at: number): string {
  return clock.format(at);
}

/** Day and time: "yesterday, 21:04"; "3 November, 14:00"; without the time once it is another year. */
export function formatDate(at: number, now = Date.now()): string {
  if (new Date(at).getFullYear() !== new Date(now).getFullYear() && Math.abs(daysBetween(at, now)) > 1) {
    return dayMonthYear.format(at);
  }
  return t`${formatDay(at, now)}, ${clock.format(at)}`;
}

/** How long ago: "just now", "26 minutes ago", then as `formatDate`. */
export function formatAgo(at: number, now = Date.now()): string {
  const ms = now - at;
  if (ms >= -5000 && ms < 60_000) return t`just now`;
  if (ms > 0 && ms < 3_600_000) return plural(Math.floor(ms / 60_000), { one: '# minute ago', other: '# minutes ago' });
  if (ms > 0 && ms < 6 * 3_600_000)
    return plural(Math.floor(ms / 3_600_000), { one: '# hour ago', other: '# hours ago' });
  return formatDate(at, now);
}

/** Everything about a moment, for hover: "Tuesday 3 November 2026 at 21:04:09". */
export function exactDate(at: number): string {
  return exact.format(at);
}

/** First letter large, for a date that starts a line. */
export function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase(LOCALE) + text.slice(1);
}

/** Splits a path of either kind into the folder with its separator and the last name. */
export function splitPath(path: string): [folder: string, name: string] {
  const trimmed = path.length > 1 ? path.replace(/[/\\]+$/, '') : path;
  const cut = Math.max(trimmed.lastIndexOf('/'), trimmed.lastIndexOf('\\')) + 1;
  return cut >= trimmed.length ? ['', trimmed] : [trimmed.slice(0, cut), trimmed.slice(cut)];
}
