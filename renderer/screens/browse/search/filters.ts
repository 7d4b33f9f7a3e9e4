/** What a search can be narrowed to, in words. */
import { t } from '@lingui/core/macro';
import type { SearchQuery } from '../../../../preload/contract.ts';
import { ENDINGS_OF } from '../entry-words.ts';

/** Or a word of `ENDINGS_OF`. */
export type Kind = string;
export type Time = 'any' | 'week' | 'month' | 'year' | 'older';
export type Now = SearchQuery['now'];

export interface Filters {
  readonly kind: Kind;
  readonly time: Time;
  readonly now: Now;
}

export const NO_FILTERS: Filters = { kind: 'any', time: 'any', now: 'any' };

export const KIND_WORDS: readonly (readonly [Kind, string])[] = [
  ['any', t`Any kind`],
  ['folder', t`Folders`],
  ['file', t`Files`],
  [t`Picture`, t`Pictures`],
  [t`Video`, t`Videos`],
  [t`Sound`, t`Sounds`],
  [t`Text`, t`Texts`],
  [t`PDF`, t`PDFs`],
  [t`Table`, t`Tables`],
  [t`Mail`, t`Mails`],
  [t`Archive`, t`Archives`],
  [t`Code`, t`Code`],
];

export const TIME_WORDS: readonly (readonly [Time, string])[] = [
  ['any', t`Any time`],
  ['week', t`Changed in the last 7 days`],
  ['month', t`Changed in the last 30 days`],
  ['year', t`Changed in the last year`],
  ['older', t`Changed before that`],
];

const DAY_MS = 86_400_000;
const BACK: Record<Exclude<Time, 'any' | 'older'>, number> = { week: 7, month: 30, year: 365 };

/** @param today beginning of the day, ms since the epoch: a bound that does not move while somebody types */
export function queryOf(
  text: string,
  { kind, time, now }: Filters,
  today: number,
): Omit<SearchQuery, 'offset' | 'limit'> {
  const endings = ENDINGS_OF[kind];
  return {
    text,
    kind: kind === 'any' || kind === 'folder' ? kind : 'file',
    endings: endings === undefined ? null : [...endings],
    changedAfter: time === 'any' || time === 'older' ? null : today - BACK[time] * DAY_MS,
    changedBefore: time === 'older' ? today - BACK.year * DAY_MS : null,
    now,
  };
}
