/** Rules for which backups stay: ready-made ones, and any rule in plain words. Pure. */
import { plural, t } from '@lingui/core/macro';
import type { Keep } from '../../../../preload/contract.ts';
import { listed } from '../../../components/format.ts';

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

/** The counts in their order, with the title of their field. */
export const COUNTS: readonly (readonly [key: keyof Keep, title: string])[] = [
  ['last', t`Newest backups`],
  ['hourly', t`Hours`],
  ['daily', t`Days`],
  ['weekly', t`Weeks`],
  ['monthly', t`Months`],
  ['yearly', t`Years`],
];

/** A count with its noun: "24 hours". */
function span(key: keyof Keep, count: number): string {
  switch (key) {
    case 'last':
      return plural(count, { one: '# backup', other: '# backups' });
    case 'hourly':
      return plural(count, { one: '# hour', other: '# hours' });
    case 'daily':
      return plural(count, { one: '# day', other: '# days' });
    case 'weekly':
      return plural(count, { one: '# week', other: '# weeks' });
    case 'monthly':
      return plural(count, { one: '# month', other: '# months' });
    case 'yearly':
      return plural(count, { one: '# year', other: '# years' });
  }
}

/** "Keeps the last backup of each of the newest 24 hours, 30 days and 12 months that have one." */
export function keepSentence(keep: Keep | null): string {
  if (keep === null) return t`Keeps every backup. Nothing is ever removed, and the backup grows.`;
  const counts = COUNTS.slice(1).filter(([key]) => keep[key] > 0);
  const spans = listed(counts.map(([key]) => span(key, keep[key])));
  const { last } = keep;
  if (counts.length === 0) {
    return last <= 0
      ? t`Keeps the newest backup alone.`
      : last === 1
        ? t`Keeps the newest backup.`
        : plural(last, { one: 'Keeps the newest # backup.', other: 'Keeps the newest # backups.' });
  }
  if (last === 0) return t`Keeps the last backup of each of the newest ${spans} that have one.`;
  return last === 1
    ? t`Keeps the newest backup, and the last backup of each of the newest ${spans} that have one.`
    : t`Keeps ${plural(last, {
        one: 'the newest # backup',
        other: 'the newest # backups',
      })}, and the last backup of each of the newest ${spans} that have one.`;
}
