/** The form of the schedule as it is filled in, and what it says once it is whole. */
import { t } from '@lingui/core/macro';
import type { Schedule, When } from '../../../preload/contract.ts';
import type { Wrong } from '../../components/places/typed.ts';
import { timeText } from '../../components/when-words.ts';

export const HOURS = ['1', '2', '4', '6', '12'] as const;
export const PERCENTS = ['20', '30', '40', '50', '60', '80'] as const;
const MAX_NAME = 32;
const NO_TIME = t`A time such as 21:30.`;
const MAX_NAMES = 20;

export interface Draft {
  /** Hours between two, `day`, `week` or `hand`. */
  every: string;
  /** A time as it was typed. */
  at: string;
  days: readonly number[];
  /** `any`, `mains`, or the percent from which on a battery is enough. */
  power: string;
  onMetered: boolean;
  wifi: When['conditions']['wifi']['kind'];
  /** Names with commas between them. */
  names: string;
  quiet: boolean;
  from: string;
  to: string;
}

export function draftOf({ schedule, conditions }: When): Draft {
  const { power, onMetered, wifi, quiet } = conditions;
  return {
    every: schedule.every === 'hours' ? String(schedule.hours) : schedule.every,
    at: timeText('at' in schedule ? schedule.at : 21 * 60),
    days: schedule.every === 'week' ? schedule.days : [1],
    power: power.kind === 'above' ? String(power.percent) : power.kind,
    onMetered,
    wifi: wifi.kind,
    names: wifi.names.join(', '),
    quiet: quiet !== null,
    from: timeText(quiet?.from ?? 22 * 60),
    to: timeText(quiet?.to ?? 8 * 60),
  };
}

export function namesOf(text: string): string[] {
  return [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== '');
}

/** "09:30", "9.30" and "9" as people type them -> 570, 570, 540; null where it is no time. */
export function minuteOf(text: string): number | null {
  const match = /^([01]?\d|2[0-3])(?:[:.]([0-5]\d))?$/.exec(text.trim());
  return match === null ? null : Number(match[1]) * 60 + Number(match[2] ?? 0);
}

/** What is wrong with the form, by field, and what it means where nothing is. */
export function readDraft(draft: Draft): { wrong: Wrong; when: When | null } {
  const at = minuteOf(draft.at);
  const from = minuteOf(draft.from);
  const to = minuteOf(draft.to);
  const names = namesOf(draft.names);
  const timed = draft.every === 'day' || draft.every === 'week';
  const wrong: Wrong = {
    at: timed && at === null ? NO_TIME : undefined,
    days: draft.every === 'week' && draft.days.length === 0 ? t`Choose a day.` : undefined,
    names: draft.wifi === 'any' ? undefined : wrongNames(names),
    from: draft.quiet && from === null ? NO_TIME : undefined,
    to: draft.quiet ? (to === null ? NO_TIME : to === from ? t`Another time than the first.` : undefined) : undefined,
  };
  if (Object.values(wrong).some((words) => words !== undefined)) return { wrong, when: null };
  const conditions: When['conditions'] = {
    power:
      draft.power === 'any' || draft.power === 'mains'
        ? { kind: draft.power }
        : { kind: 'above', percent: Number(draft.power) },
    onMetered: draft.onMetered,
    wifi: { kind: draft.wifi, names: draft.wifi === 'any' ? [] : names },
    quiet: draft.quiet && from !== null && to !== null ? { from, to } : null,
  };
  return { wrong, when: { schedule: scheduleOf(draft, at ?? 0), conditions } };
}

function scheduleOf({ every, days }: Draft, at: number): Schedule {
  if (every === 'hand') return { every };
  if (every === 'day') return { every, at };
  if (every === 'week') return { every, at, days: [...days].sort((a, b) => a - b) };
  return { every: 'hours', hours: Number(every) };
}

function wrongNames(names: readonly string[]): string | undefined {
  if (names.length === 0) return t`Type a name.`;
  if (names.length > MAX_NAMES) return t`At most ${MAX_NAMES} names.`;
  const long = names.find((name) => name.length > MAX_NAME);
  return long === undefined ? undefined : t`A name has at most ${MAX_NAME} characters.`;
}
