/** Wrong tries as lines that people can read. */
import { t } from '@lingui/core/macro';
import type { VaultState } from '../../../preload/contract.ts';

/** Failures that follow each other from the same place within an hour are one line. */
export function groupFailures(
  failures: NonNullable<VaultState['report']>['failures'],
): { at: number; count: number; where: string }[] {
  const groups: { at: number; count: number; where: string; from: number }[] = [];
  for (const { at, thisComputer, known } of failures.toReversed()) {
    const where = thisComputer
      ? t`On this computer`
      : known
        ? t`On another of your computers`
        : t`On an unknown computer`;
    const last = groups.at(-1);
    if (last !== undefined && last.where === where && last.from - at < 3_600_000) {
      last.count += 1;
      last.from = at;
    } else groups.push({ at, count: 1, where, from: at });
  }
  return groups.map(({ at, count, where }) => ({ at, count, where }));
}
