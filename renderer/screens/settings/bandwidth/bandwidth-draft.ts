/** The form of the bandwidth as it is filled in, and what it says once it is whole. */
import { t } from '@lingui/core/macro';
import type { Bandwidth, BandwidthRule, Rates } from '../../../../preload/contract.ts';
import type { Wrong } from '../../../components/places/typed.ts';
import { timeText } from '../../../components/when-words.ts';
import { rateOf, rateText } from '../limit-words.ts';
import { minuteOf } from '../when-draft.ts';

export const MAX_RULES = 10;

export interface RatesDraft {
  /** Megabytes a second as typed; empty for no limit. */
  send: string;
  receive: string;
}

export interface RuleDraft extends RatesDraft {
  /** Tells one row from another while they are added and removed. */
  key: number;
  days: readonly number[];
  /** Times as they were typed; both empty for the whole day. */
  from: string;
  to: string;
}

export interface BandwidthDraft {
  otherwise: RatesDraft;
  rules: readonly RuleDraft[];
}

const ratesDraft = ({ sendBytes, receiveBytes }: Rates): RatesDraft => ({
  send: rateText(sendBytes),
  receive: rateText(receiveBytes),
});

export function draftOf({ rules, otherwise }: Bandwidth): BandwidthDraft {
  return {
    otherwise: ratesDraft(otherwise),
    rules: rules.map((rule, key) => ({
      ...ratesDraft(rule),
      key,
      days: rule.days,
      from: rule.hours === null ? '' : timeText(rule.hours.from),
      to: rule.hours === null ? '' : timeText(rule.hours.to),
    })),
  };
}

/** What people who share a line with others want most: slow while they work. */
export function newRule(rules: readonly RuleDraft[]): RuleDraft {
  const key = Math.max(-1, ...rules.map((rule) => rule.key)) + 1;
  return { key, days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00', send: '2', receive: '' };
}

/** What is wrong with the form, by field, and what it means where nothing is. */
export function readDraft(draft: BandwidthDraft): { wrong: Wrong; bandwidth: Bandwidth | null } {
  const wrong: Record<string, string | undefined> = {};
  const otherwise = readRates(draft.otherwise, 'otherwise', wrong);
  const rules = draft.rules.map((rule) => readRule(rule, wrong));
  const whole = rules.filter((rule) => rule !== null);
  if (otherwise === null || whole.length < rules.length) return { wrong, bandwidth: null };
  return { wrong, bandwidth: { rules: whole, otherwise } };
}

function readRates({ send, receive }: RatesDraft, at: string, wrong: Record<string, string | undefined>): Rates | null {
  const sendBytes = rateOf(send);
  const receiveBytes = rateOf(receive);
  if (sendBytes === undefined) wrong[`${at} send`] = t`A number such as 2.5, or nothing.`;
  if (receiveBytes === undefined) wrong[`${at} receive`] = t`A number such as 10, or nothing.`;
  return sendBytes === undefined || receiveBytes === undefined ? null : { sendBytes, receiveBytes };
}

function readRule(rule: RuleDraft, wrong: Record<string, string | undefined>): BandwidthRule | null {
  const rates = readRates(rule, String(rule.key), wrong);
  const allDay = rule.from.trim() === '' && rule.to.trim() === '';
  const from = minuteOf(rule.from);
  const to = minuteOf(rule.to);
  const name = (field: string): string => `${rule.key} ${field}`;
  if (rule.days.length === 0) wrong[name('days')] = t`Choose a day.`;
  if (!allDay && from === null) wrong[name('from')] = t`A time such as 08:00.`;
  if (!allDay && to === null) wrong[name('to')] = t`A time such as 18:00.`;
  else if (!allDay && from === to) wrong[name('to')] = t`Another time than the first.`;
  if (rates === null || rule.days.length === 0) return null;
  const days = [...rule.days].sort((a, b) => a - b);
  if (allDay) return { ...rates, days, hours: null };
  return from === null || to === null || from === to ? null : { ...rates, days, hours: { from, to } };
}
