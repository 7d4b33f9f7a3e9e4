/** When a pause ends. Pure functions of local time. */

export type PauseChoice = 'hour' | 'tomorrow' | 'resumed';

/** Hour of the morning, local time, at which "until tomorrow" ends. */
const MORNING = 8;

/**
 * The moment at which a pause that starts at `nowMs` ends, in ms since the epoch; null for "until I resume".
 * `tomorrow` is the next calendar day at 8 in the morning, local time.
 */
export function pauseEnd(choice: PauseChoice, nowMs: number): number | null {
  if (choice === 'resumed') return null;
  if (choice === 'hour') return nowMs + 3_600_000;
  const now = new Date(nowMs);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING).getTime();
}

/** Whether a stored pause still holds at `nowMs`. */
export function isPaused(paused: { untilMs: number | null } | null, nowMs: number): boolean {
  return paused !== null && (paused.untilMs === null || paused.untilMs > nowMs);
}
