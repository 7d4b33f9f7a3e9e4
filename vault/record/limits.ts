/** Every number that the state machine of a record keeps to, with the design's reasons. All times are service time. */

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Tries in a row that a record stands at most; a client may ask for fewer. */
export const MAX_ATTEMPTS = 10;
/** Failures in a record's life before only its owner can go on; each of them is kept for the owner to see. */
export const LIFETIME_LIMIT = 100;
/** A record that its owner leaves suspended for this long is destroyed. */
export const SUSPENDED_MS = 90 * DAY_MS;

/** The last try is decided by its client; one that went away has this long after the answer was kept for it. */
export const LAST_TRY_MS = DAY_MS;
/** A last try that was never answered (the HSM was out) gave nobody a guess, so its client may come back longer. */
export const LAST_TRY_UNANSWERED_MS = 7 * DAY_MS;
/** How long the answer to a LoginFinish is repeated, and a login is remembered at all. */
export const LOGIN_KEPT_MS = DAY_MS;
/** Logins remembered at once: 10 that count, and the newest of those that were decided. */
export const LOGINS_KEPT = 32;

/** A registration that was not exposed by then is forgotten, and with it a record that never was live. */
export const REGISTRATION_KEPT_MS = DAY_MS;
/** Different proofs (KE1) that one registration may ask for; its owner needs one. */
export const PROOFS_PER_REGISTRATION = 20;

export const FREEZE_WINDOW_MS = 180 * DAY_MS;
export const FREEZE_MOST_MS = 90 * DAY_MS;

export const DEVICES_MOST = 64;
export const SESSIONS_MOST = 64;
export const HEADS_MOST = 256;

const DELAYS_MS: Readonly<Record<number, number>> = {
  4: MINUTE_MS,
  5: 5 * MINUTE_MS,
  6: 15 * MINUTE_MS,
  7: HOUR_MS,
  8: 7 * DAY_MS,
  9: 7 * DAY_MS,
};

/**
 * How long after the newest charge the next try waits.
 * @param consecutive charges in a row, that one included
 * @param enrolled whether an enrolled computer asks, which a thief of the storage is not
 */
export function delayAfter(consecutive: number, enrolled: boolean): number {
  const delay = DELAYS_MS[consecutive] ?? 0;
  return enrolled ? Math.min(delay, HOUR_MS) : delay;
}
