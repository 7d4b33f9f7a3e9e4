/** Rules for which backups stay: ready-made ones, and any rule in plain words. Pure. */
import type { Keep } from '../../../../preload/contract.ts';
import { formatCount } from '../../../components/format.ts';

export type Preset = 'all' | 'careful' | 'small' | 'custom';

const NONE: Keep = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };

export const PRESETS: Record<Exclude<Preset, 'custom'>, Keep | null> = {
  all: null,
  careful: { ...NONE, hourly: 24, daily: 30, monthly: 12, yearly: 10 },
  small: { ...NONE, daily: 7, weekly: 4, monthly: 6 },
};

/** What a rule of one's own begins with. */
export const FIRST_CUSTOM: Keep = { last: 5, hourly: 24, daily: 14, weekly: 8, monthly: 12, yearly: 5 };

/** Which ready-made rule this is. */
export function presetOf(keep: Keep | null): Preset {
  const found = (['all', 'careful', 'small'] as const).find((preset) => sameKeep(PRESETS[preset], keep));
  return found ?? 'custom';
}

export function sameKeep(a: Keep | null, b: Keep | null): boolean {
  if (a === null || b === null) return a === b;
  return COUNTS.every(([key]) => a[key] === b[key]);
}

/** The counts in their order, with the word for one and for more. */
export const COUNTS: readonly (readonly [key: keyof Keep, one: string, many: string])[] = [
  ['last', 'backup', 'backups'],
  ['hourly', 'hour', 'hours'],
  ['daily', 'day', 'days'],
  ['weekly', 'week', 'weeks'],
  ['monthly', 'month', 'months'],
  ['yearly', 'year', 'years'],
];

function listOf(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

/** "Keeps the last backup of each of the newest 24 hours, 30 days and 12 months that have one." */
export function keepSentence(keep: Keep | null): string {
  if (keep === null) return 'Keeps every backup. Nothing is ever removed, and the backup grows.';
  const spans = COUNTS.slice(1)
    .filter(([key]) => keep[key] > 0)
    .map(([key, one, many]) => `${formatCount(keep[key])} ${keep[key] === 1 ? one : many}`);
  const last =
    keep.last === 0 ? null : keep.last === 1 ? 'the newest backup' : `the newest ${formatCount(keep.last)} backups`;
  const each = spans.length === 0 ? null : `the last backup of each of the newest ${listOf(spans)} that have one`;
  const both = [last, each].filter((part) => part !== null).join(', and ');
  return both === '' ? 'Keeps the newest backup alone.' : `Keeps ${both}.`;
}
