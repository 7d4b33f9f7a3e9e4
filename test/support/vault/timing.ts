/**
 * Whether two kinds of work take the same time: measured in one random order, so that load, warmth and whatever else
 * comes and goes on a machine hits both alike, and compared by Welch's t.
 */
import { randomBytes } from 'node:crypto';

/** Test vector leakage assessment's bound: |t| below it shows no difference. */
export const T_BOUND = 4.5;
/** The slowest part of all measurements together is the machine's other work; a difference can hide behind it. */
const KEPT = 0.9;

export interface Difference {
  /** How many of each kind. */
  counts: [number, number];
  /** Welch's t over everything, and over the fastest 90 % of everything. */
  t: number;
  tKept: number;
  /** Of the fastest 90 %, in the unit that was measured in: the middle, the second kind less the first, its standard error. */
  mean: number;
  difference: number;
  error: number;
}

interface Moments {
  count: number;
  mean: number;
  /** Of the mean, squared. */
  error: number;
}

function moments(all: readonly number[]): Moments {
  const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
  const squares = all.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return { count: all.length, mean, error: squares / (all.length - 1) / all.length };
}

const welch = (a: Moments, b: Moments): number => Math.abs(b.mean - a.mean) / Math.sqrt(a.error + b.error);

export function compare(times: readonly [readonly number[], readonly number[]]): Difference {
  const sorted = times.flat().sort((x, y) => x - y);
  const most = sorted[Math.ceil(sorted.length * KEPT) - 1] ?? Infinity;
  const [a, b] = [moments(times[0]), moments(times[1])];
  // One threshold for both kinds: where one of them is slow more often, that stays to be seen.
  const [keptA, keptB] = [times[0], times[1]].map((all) => moments(all.filter((time) => time <= most)));
  if (keptA === undefined || keptB === undefined) throw new Error('two kinds are compared');
  return {
    counts: [a.count, b.count],
    t: welch(a, b),
    tKept: welch(keptA, keptB),
    mean: (keptA.mean + keptB.mean) / 2,
    difference: keptB.mean - keptA.mean,
    error: Math.sqrt(keptA.error + keptB.error),
  };
}

/**
 * Measures `count` times, each time the one or the other kind as chance has it.
 *
 * @param measure does one of this kind. @returns how long it took
 * @param warmUp measurements before, which do not count
 */
export async function interleaved(
  count: number,
  warmUp: number,
  measure: (kind: 0 | 1) => number | Promise<number>,
): Promise<Difference> {
  const times: [number[], number[]] = [[], []];
  const kinds = randomBytes(count + warmUp);
  for (const [i, byte] of kinds.entries()) {
    const kind = (byte & 1) as 0 | 1;
    const time = measure(kind);
    const took = typeof time === 'number' ? time : await time;
    if (i >= warmUp) times[kind].push(took);
  }
  return compare(times);
}
