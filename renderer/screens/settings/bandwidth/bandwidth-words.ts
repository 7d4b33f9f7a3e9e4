/** What is limited, as people say it. */
import { t } from '@lingui/core/macro';
import type { Bandwidth, BandwidthRule, BandwidthState, Rates } from '../../../../preload/contract.ts';
import { formatDate, formatRate, formatTime, isToday, joined } from '../../../components/format.ts';
import { dayWords, timeText } from '../../../components/when-words.ts';
import { isLimited } from './week.ts';

/** "uploads at most 2 MB/s, downloads at most 8 MB/s"; "no limit". */
export function ratesWords({ sendBytes, receiveBytes }: Rates): string {
  const parts = [
    sendBytes === null ? null : t`uploads at most ${formatRate(sendBytes)}`,
    receiveBytes === null ? null : t`downloads at most ${formatRate(receiveBytes)}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? t`no limit` : joined(parts);
}

/** "Now: no limit, until tomorrow, 08:00." */
export function nowWords({ now }: BandwidthState): string {
  if (now.until === null) return t`Now: ${ratesWords(now)}.`;
  const until = isToday(now.until) ? formatTime(now.until) : formatDate(now.until);
  return t`Now: ${ratesWords(now)}, until ${until}.`;
}

/** "every weekday 08:00 to 18:00: uploads at most 2 MB/s". */
function ruleWords(rule: BandwidthRule): string {
  const { hours } = rule;
  return hours === null
    ? t`every ${dayWords(rule.days)}: ${ratesWords(rule)}`
    : t`every ${dayWords(rule.days)} ${timeText(hours.from)} to ${timeText(hours.to)}: ${ratesWords(rule)}`;
}

/** The week's picture in words. */
export function weekWords({ rules, otherwise }: Bandwidth): string {
  const rest = isLimited(otherwise) ? ratesWords(otherwise) : t`no limit`;
  return t`${rules.map(ruleWords).join('; ')}; at other times ${rest}`;
}
