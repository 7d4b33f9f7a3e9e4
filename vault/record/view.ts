/** What others may see of a record's state. */
import { delayAfter } from './limits.ts';
import { same, type Login, type RecordState, type Session } from './state.ts';
import type { Counts } from './transition.ts';

export function limitOf(state: RecordState): number {
  return state.lock?.maxAttempts ?? 0;
}

/** ms until the next try is taken; 0 where it may be now. */
export function waitMs(state: RecordState, enrolled: boolean, nowMs: number): number {
  if (state.consecutive === 0) return 0;
  return Math.max(0, state.lastChargeMs + delayAfter(state.consecutive, enrolled) - nowMs);
}

export function countsOf(state: RecordState, enrolled: boolean, nowMs: number): Counts {
  return {
    used: state.consecutive,
    limit: limitOf(state),
    waitMs: state.lock === null ? 0 : waitMs(state, enrolled, nowMs),
    version: state.version,
  };
}

/** Whether every try is spent and the last is not decided yet. */
export function lastTryPending(state: RecordState): boolean {
  return state.lock !== null && state.consecutive >= state.lock.maxAttempts;
}

/** The one that decides the record while `lastTryPending`: no charge is taken after it. */
export function isLastTry(state: RecordState, login: Login): boolean {
  return lastTryPending(state) && login.charge === state.charges && login.outcome === 'pending';
}

export function findLogin(state: RecordState, id: Uint8Array): Login | null {
  return state.logins.find((login) => same(login.id, id)) ?? null;
}

/** Until when unknown computers are refused, in ms from now; 0: not frozen. */
export function frozenMs(state: RecordState, nowMs: number): number {
  return Math.max(0, ...state.freezes.map((freeze) => freeze.untilMs - nowMs));
}

export function isEnrolled(state: RecordState, deviceId: Uint8Array | null): boolean {
  return deviceId !== null && state.devices.some((device) => same(device.id, deviceId));
}

export function sessionLives(session: Session, nowMs: number): boolean {
  return nowMs < session.endsMs && nowMs - session.lastUsedMs < session.idleMs;
}

export function findSession(state: RecordState, id: Uint8Array, nowMs: number): Session | null {
  return state.sessions.find((session) => same(session.id, id) && sessionLives(session, nowMs)) ?? null;
}

/** The key that owner-signed requests are checked with; before the first exposure, the one that was staged. */
export function ownerKeyOf(state: RecordState): Uint8Array | null {
  return state.ownerPublicKey ?? state.registration?.staged?.ownerPublicKey ?? null;
}

/** Failures since the owner last cleared them. */
export function lifetimeOf(state: RecordState): number {
  return state.failures.length;
}

/** Nonces of the OPRF keys that this state needs; a key whose nonce is no longer there is to be destroyed. */
export function noncesOf(state: RecordState | null): Uint8Array[] {
  return [state?.lock?.nonce, state?.registration?.nonce].filter((nonce) => nonce !== undefined);
}
