/** What a day's backups added, in a line. */
import { plural, t } from '@lingui/core/macro';
import { capital, formatBytes, formatDay } from '../../components/format.ts';
import type { DayAdded } from './history.ts';

/** "Yesterday: 1.2 GB in 2 backups"; "3 November: no backup". */
export function describeDay({ day, runs, bytes }: DayAdded): string {
  const date = capital(formatDay(day));
  return runs === 0
    ? t`${date}: no backup`
    : t`${date}: ${formatBytes(bytes)} in ${plural(runs, { one: '# backup', other: '# backups' })}`;
}
