/** What the rules say of an ordinary week, for its picture: by the clock on the wall, without changes of the clocks. */
import type { Bandwidth, BandwidthRule, Rates } from '../../../../preload/contract.ts';

export const DAY_MINUTES = 1440;

/** A stretch of one day in which the same holds. */
export interface Stretch extends Rates {
  /** 1 is Monday. */
  day: number;
  /** Minutes since midnight; `to` is 1440 at the day's end. */
  from: number;
  to: number;
}

/** Every day of the week from Monday on, each cut where something else begins to hold. */
export function stretches(bandwidth: Bandwidth): Stretch[] {
  return [1, 2, 3, 4, 5, 6, 7].flatMap((day) => {
    const times = bandwidth.rules.flatMap(({ hours }) => (hours === null ? [] : [hours.from, hours.to]));
    const cuts = [...new Set([0, ...times])].sort((a, b) => a - b);
    const all: Stretch[] = [];
    for (const [i, from] of cuts.entries()) {
      const to = cuts[i + 1] ?? DAY_MINUTES;
      const rates = ratesOn(bandwidth, day, from);
      const last = all.at(-1);
      if (last !== undefined && sameRates(last, rates)) last.to = to;
      else all.push({ ...rates, day, from, to });
    }
    return all;
  });
}

const sameRates = (a: Rates, b: Rates): boolean => a.sendBytes === b.sendBytes && a.receiveBytes === b.receiveBytes;

export const isLimited = ({ sendBytes, receiveBytes }: Rates): boolean => sendBytes !== null || receiveBytes !== null;

function ratesOn({ rules, otherwise }: Bandwidth, day: number, minute: number): Rates {
  const [first, ...others] = rules.filter((rule) => holds(rule, day, minute));
  if (first === undefined) return { ...otherwise };
  return others.reduce<Rates>(
    (all, rule) => ({
      sendBytes: slower(all.sendBytes, rule.sendBytes),
      receiveBytes: slower(all.receiveBytes, rule.receiveBytes),
    }),
    { sendBytes: first.sendBytes, receiveBytes: first.receiveBytes },
  );
}

function holds({ days, hours }: BandwidthRule, day: number, minute: number): boolean {
  if (hours === null) return days.includes(day);
  const { from, to } = hours;
  if (from < to) return minute >= from && minute < to && days.includes(day);
  const before = day === 1 ? 7 : day - 1;
  return (minute >= from && days.includes(day)) || (minute < to && days.includes(before));
}

const slower = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);
