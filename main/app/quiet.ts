/** Keys are changed while nothing runs: a run that began with the old ones would have to stop in its middle. */
import { HoldfastError } from '../errors.ts';
import type { JobRunner } from '../jobs/runner.ts';

/** @throws HoldfastError `busy` */
export function assertQuiet(runner: Pick<JobRunner, 'active'>): void {
  if (runner.active().length === 0) return;
  throw new HoldfastError(
    'busy',
    'Something is running with the keys of now.',
    'Wait until it has finished, or stop it, then try again. Nothing was changed.',
    { severity: 'notice' },
  );
}
