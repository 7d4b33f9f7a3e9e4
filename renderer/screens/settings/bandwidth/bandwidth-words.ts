/** What is limited, as people say it. */
import type { Bandwidth, BandwidthRule, BandwidthState, Rates } from '../../../../preload/contract.ts';
import { formatDate, formatDay, formatRate, formatTime } from '../../../components/format.ts';
import { dayWords, timeText } from '../../../components/when-words.ts';
import { isLimited } from './week.ts';

/** "uploads at most 2 MB/s, downloads at most 8 MB/s"; "no limit". */
export function ratesWords({ sendBytes, receiveBytes }: Rates): string {
  const parts = [
    sendBytes === null ? null : `uploads at most ${formatRate(sendBytes)}`,
    receiveBytes === null ? null : `downloads at most ${formatRate(receiveBytes)}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? 'no limit' : parts.join(', ');
}

/** "Now: no limit, until tomorrow, 08:00." */
export function nowWords({ now }: BandwidthState): string {
  if (now.until === null) return `Now: ${ratesWords(now)}.`;
  const until = formatDay(now.until) === 'today' ? formatTime(now.until) : formatDate(now.until);
  return `Now: ${ratesWords(now)}, until ${until}.`;
}

/** "every weekday 08:00 to 18:00: uploads at most 2 MB/s". */
function ruleWords(rule: BandwidthRule): string {
  const hours = rule.hours === null ? '' : ` ${timeText(rule.hours.from)} to ${timeText(rule.hours.to)}`;
  return `every ${dayWords(rule.days)}${hours}: ${ratesWords(rule)}`;
}

/** The week's picture in words. */
export function weekWords({ rules, otherwise }: Bandwidth): string {
  const rest = isLimited(otherwise) ? ratesWords(otherwise) : 'no limit';
  return `${rules.map(ruleWords).join('; ')}; at other times ${rest}`;
}
