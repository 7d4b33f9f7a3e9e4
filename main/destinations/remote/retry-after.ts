/** For how long a server wants to be left alone. */

/**
 * `Retry-After` in ms: seconds, or a date (RFC 9110, section 10.2.3). Null where it names no time to come: missing, empty,
 * 0, a date that is over, or nothing that can be read. Then the usual waits hold.
 */
export function retryAfterMs(value: unknown, nowMs = Date.now()): number | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) - nowMs : 0;
  return ms > 0 ? ms : null;
}
