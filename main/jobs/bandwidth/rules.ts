/**
 * How much of the connection Holdfast may use, by day of the week and time of day. Pure functions of moments in ms since
 * the epoch; days and times are those of the local time zone, with its changes in spring and autumn.
 */
import { z } from 'zod';
import { within } from '../schedule/next-run.ts';
import { Hours } from '../schedule/when.ts';

/** Bytes a second; null for no limit. */
const Rate = z.number().int().min(1_000).nullable();

const Rates = z.object({ sendBytes: Rate, receiveBytes: Rate });
export type Rates = z.infer<typeof Rates>;

const Rule = Rates.extend({
  /** As in ISO 8601: 1 is Monday, 7 is Sunday. Hours over midnight belong to the day on which they begin. */
  days: z.array(z.number().int().min(1).max(7)).min(1).max(7),
  /** Null: the whole day. */
  hours: Hours.nullable(),
});
type Rule = z.infer<typeof Rule>;

export const Bandwidth = z.object({
  /** Where several hold, the slower of each direction. */
  rules: z.array(Rule).max(10),
  /** While no rule holds. */
  otherwise: Rates,
});
export type Bandwidth = z.infer<typeof Bandwidth>;

export const NO_RATES: Rates = { sendBytes: null, receiveBytes: null };
export const NO_BANDWIDTH: Bandwidth = { rules: [], otherwise: NO_RATES };

const HALF_HOUR_MS = 30 * 60_000;
/** Every rule comes round in a week; one day more for hours over midnight. */
const AHEAD_DAYS = 8;

/** What holds at a moment. */
export function ratesAt({ rules, otherwise }: Bandwidth, atMs: number): Rates {
  const holding = rules.filter((rule) => holds(rule, atMs));
  const [first, ...others] = holding;
  if (first === undefined) return { ...otherwise };
  return others.reduce<Rates>(
    (all, rule) => ({
      sendBytes: slower(all.sendBytes, rule.sendBytes),
      receiveBytes: slower(all.receiveBytes, rule.receiveBytes),
    }),
    { sendBytes: first.sendBytes, receiveBytes: first.receiveBytes },
  );
}

/** The first moment after `atMs` from which on something else holds; null where nothing ever changes. */
export function nextChangeOfRates(bandwidth: Bandwidth, atMs: number): number | null {
  const now = ratesAt(bandwidth, atMs);
  const differs = (edge: number): boolean => !sameRates(ratesAt(bandwidth, edge), now);
  return (
    edges(bandwidth, atMs)
      .sort((a, b) => a - b)
      .find((edge) => edge > atMs && differs(edge)) ?? null
  );
}

export function sameRates(a: Rates, b: Rates): boolean {
  return a.sendBytes === b.sendBytes && a.receiveBytes === b.receiveBytes;
}

function holds({ days, hours }: Rule, atMs: number): boolean {
  const at = new Date(atMs);
  const day = at.getDay() || 7;
  if (hours === null) return days.includes(day);
  if (!within(atMs, hours)) return false;
  const minute = at.getHours() * 60 + at.getMinutes();
  const begunToday = hours.from < hours.to || minute >= hours.from;
  return days.includes(begunToday ? day : day === 1 ? 7 : day - 1);
}

const slower = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);

/** Every moment of the days ahead at which a rule may begin or end: its times, midnights, and changes of the clocks. */
function edges({ rules }: Bandwidth, atMs: number): number[] {
  const minutes = new Set(rules.flatMap(({ hours }) => (hours === null ? [0] : [hours.from, hours.to])));
  if (minutes.size === 0) return [];
  const start = new Date(atMs);
  const found: number[] = [];
  for (let days = 0; days <= AHEAD_DAYS; days++) {
    const [year, month, day] = [start.getFullYear(), start.getMonth(), start.getDate() + days];
    for (const minute of minutes) {
      const edge = new Date(year, month, day, 0, minute).getTime();
      // Where the clocks go back, a time of the night comes twice.
      found.push(edge, edge + 2 * HALF_HOUR_MS);
    }
  }
  const halfHours = Math.floor(atMs / HALF_HOUR_MS);
  for (let n = 1; n <= AHEAD_DAYS * 48; n++) {
    const at = (halfHours + n) * HALF_HOUR_MS;
    if (new Date(at).getTimezoneOffset() !== new Date(at - 1).getTimezoneOffset()) found.push(at);
  }
  return found;
}
