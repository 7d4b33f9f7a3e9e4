/** Where the backups stand on the strip. Pure: the last hours are as wide as the last years, because rules think so. */
import { t } from '@lingui/core/macro';
import type { KeepDecision } from '../../../../preload/contract.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Moments that get a line and a word, by age. */
const MARKS: readonly (readonly [age: number, word: string])[] = [
  [DAY, t`1 day`],
  [7 * DAY, t`1 week`],
  [30 * DAY, t`1 month`],
  [365 * DAY, t`1 year`],
  [10 * 365 * DAY, t`10 years`],
];

export interface StripLayout {
  /** One path for each kind of tick: in the SVG's coordinates. */
  stays: readonly number[];
  pinned: readonly number[];
  goes: readonly number[];
  marks: readonly { x: number; word: string }[];
}

/**
 * @param width px; the newest stands at its end
 * @param now ms since the epoch
 */
export function layStrip(decisions: readonly KeepDecision[], now: number, width: number): StripLayout {
  const oldest = Math.min(now - DAY, ...decisions.map(({ at }) => at));
  const span = Math.log1p((now - oldest) / HOUR);
  const x = (age: number): number => width * (1 - Math.log1p(Math.max(0, age) / HOUR) / span);
  const at = (test: (one: KeepDecision) => boolean): number[] => [
    // Ticks that fall onto one pixel are one.
    ...new Set(decisions.filter(test).map((one) => Math.round(x(now - one.at)))),
  ];
  return {
    stays: at((one) => one.keep && !one.pinned),
    pinned: at((one) => one.keep && one.pinned),
    goes: at((one) => !one.keep),
    marks: MARKS.filter(([age]) => age < now - oldest).map(([age, word]) => ({ x: Math.round(x(age)), word })),
  };
}
