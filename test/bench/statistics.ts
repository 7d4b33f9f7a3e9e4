/** Ratios within one run: only these may be trusted, because the machine's speed differs from run to run. */
import type { Step, StepResult } from './types.ts';

export interface Spread {
  min: number;
  median: number;
  max: number;
  /** How many rounds it is made of. */
  count: number;
}

export type Metric = 'wall' | 'cpu' | 'peakBytes' | 'repositoryBytes';

/** Middle value; the mean of the two middle ones for an even count. Throws RangeError on an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new RangeError('median of no values');
  return (lower + upper) / 2;
}

/** Smallest, middle and largest value, or null for an empty list. */
export function spread(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  return { min: Math.min(...values), median: median(values), max: Math.max(...values), count: values.length };
}

/** The values of one metric of one tool in one step of one data set, by round. */
export function valuesByRound(
  results: readonly StepResult[],
  where: { set: string; tool: string; step: Step; metric: Metric },
): Map<number, number> {
  const values = new Map<number, number>();
  for (const result of results) {
    if (result.set === where.set && result.tool === where.tool && result.step === where.step) {
      values.set(result.round, result[where.metric]);
    }
  }
  return values;
}

/**
 * Peer divided by ours, round by round: a value is only ever divided by one of the same round. Rounds in which either
 * failed are left out, as are rounds whose divisor is zero (a CPU time under the clock's 10 ms).
 */
export function ratios(peer: ReadonlyMap<number, number>, ours: ReadonlyMap<number, number>): Spread | null {
  const values: number[] = [];
  for (const [round, value] of peer) {
    const divisor = ours.get(round);
    if (divisor !== undefined && divisor > 0) values.push(value / divisor);
  }
  return spread(values);
}

/** The same of a report's results: one tool's figure divided by another's, in one step of one data set. */
export function ratioOf(
  results: readonly StepResult[],
  where: { set: string; step: Step; metric: Metric },
  over: string,
  under: string,
): Spread | null {
  const values = (tool: string) => valuesByRound(results, { ...where, tool });
  return ratios(values(over), values(under));
}
