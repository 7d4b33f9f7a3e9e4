/** Sessions: V is kept here, and deleted at expiry, revocation and change of password. */
import { SESSIONS_MOST } from './limits.ts';
import { same, type RecordState, type Session } from './state.ts';
import type { Now, Result } from './transition.ts';
import { findSession, isEnrolled, sessionLives } from './view.ts';

export interface SessionOpen {
  type: 'sessionOpen';
  sessionId: Uint8Array;
  publicKey: Uint8Array;
  /** 32 random bytes, used where this session is a new one. */
  v: Uint8Array;
  deviceId: Uint8Array | null;
  idleMs: number;
  lifeMs: number;
}
/** SessionGet and SessionTouch: the same to the record. */
export interface SessionUse {
  type: 'sessionUse';
  sessionId: Uint8Array;
}
export interface SessionRevoke {
  type: 'sessionRevoke';
  sessionId: Uint8Array;
}

/** The same session asked for again is the same V. */
export function sessionOpen(state: RecordState, event: SessionOpen, now: Now): Result {
  const { sessionId, publicKey, v, deviceId, idleMs, lifeMs } = event;
  const known = findSession(state, sessionId, now.ms);
  if (known !== null) {
    if (same(known.publicKey, publicKey)) return { step: null, refusal: null };
    return { step: null, refusal: { code: 'login-mismatch', counts: null } };
  }
  if (deviceId !== null && !isEnrolled(state, deviceId)) {
    return { step: null, refusal: { code: 'unknown-device', counts: null } };
  }
  if (state.sessions.length >= SESSIONS_MOST) {
    return { step: null, refusal: { code: 'too-many-requests', counts: null } };
  }
  const session: Session = {
    id: sessionId,
    publicKey,
    v,
    deviceId,
    idleMs,
    openedAt: now.at,
    lastUsedAt: now.at,
    lastUsedMs: now.ms,
    endsMs: now.ms + lifeMs,
  };
  const next = { ...state, sessions: [...state.sessions, session] };
  return { step: { state: next, type: 'session-open', facts: {} }, refusal: null };
}

export function sessionUse(state: RecordState, event: SessionUse, now: Now): Result {
  const known = findSession(state, event.sessionId, now.ms);
  if (known === null) return { step: null, refusal: { code: 'unknown-session', counts: null } };
  // Never back, also where two sites' clocks are not quite the same.
  const used: Session = { ...known, lastUsedAt: now.at, lastUsedMs: Math.max(known.lastUsedMs, now.ms) };
  const sessions = state.sessions.map((one) => (one === known ? used : one));
  return { step: { state: { ...state, sessions }, type: 'session-use', facts: {} }, refusal: null };
}

export function sessionRevoke(state: RecordState, event: SessionRevoke): Result {
  const sessions = state.sessions.filter((one) => !same(one.id, event.sessionId));
  if (sessions.length === state.sessions.length) return { step: null, refusal: null };
  return { step: { state: { ...state, sessions }, type: 'session-revoke', facts: {} }, refusal: null };
}

/** The sessions that still live. */
export function livingSessions(state: RecordState, nowMs: number): Session[] {
  return state.sessions.filter((session) => sessionLives(session, nowMs));
}
