/** Limits of a destination as people type and read them. */
import { plural, t } from '@lingui/core/macro';
import type { Destination } from '../../../preload/contract.ts';
import { formatRate, joined, LOCALE } from '../../components/format.ts';

const MB = 1_000_000;
const LEAST_BYTES = 1_000;

/** As `rateOf` reads it: with the language's comma, without groups of thousands. */
const typed = new Intl.NumberFormat(LOCALE, { useGrouping: false, maximumFractionDigits: 3 });

/** Megabytes a second as people type them; null for no limit, undefined where it is no number. */
export function rateOf(text: string): number | null | undefined {
  const number = text.trim().replace(',', '.');
  if (number === '') return null;
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(number)) return undefined;
  const bytes = Math.round(Number(number) * MB);
  return bytes < LEAST_BYTES ? undefined : bytes;
}

/** The same back into the field. */
export function rateText(bytes: number | null): string {
  return bytes === null ? '' : typed.format(bytes / MB);
}

/** What is limited, in a few words; null where nothing is. */
export function limitWords({ sendBytes, receiveBytes, requests }: Destination['limits']): string | null {
  const parts = [
    sendBytes === null ? null : t`${formatRate(sendBytes)} up`,
    receiveBytes === null ? null : t`${formatRate(receiveBytes)} down`,
    requests === null ? null : plural(requests, { one: '# request at a time', other: '# requests at a time' }),
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : t`At most ${joined(parts)}`;
}
