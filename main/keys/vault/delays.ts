/** How long the protocol makes people wait after wrong passwords in a row. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DELAYS_MS: Readonly<Record<number, number>> = {
  4: MINUTE_MS,
  5: 5 * MINUTE_MS,
  6: 15 * MINUTE_MS,
  7: HOUR_MS,
  8: 7 * 24 * HOUR_MS,
  9: 7 * 24 * HOUR_MS,
};

/**
 * ms until the next try after this many in a row, by the protocol; shown until the vault says its own in a refusal.
 *
 * @param enrolled whether the vault knows this computer
 */
export function delayAfter(used: number, enrolled: boolean): number {
  const delay = DELAYS_MS[used] ?? 0;
  return enrolled ? Math.min(delay, HOUR_MS) : delay;
}
