/**
 * A login and what it costs. The count rises before the HSM evaluates (`loginStart` is committed first), a charge
 * belongs to (record, version, login id, SHA-256(KE1)), and only the right KE3 gives it back.
 */
import { LIFETIME_LIMIT, LOGINS_KEPT } from './limits.ts';
import { destroyed } from './destroy.ts';
import { same, type Answer, type Login, type RecordState } from './state.ts';
import type { Now, Refusal, Result } from './transition.ts';
import { countsOf, findLogin, frozenMs, isEnrolled, isLastTry, lastTryPending, lifetimeOf, waitMs } from './view.ts';

export interface LoginStart {
  type: 'loginStart';
  loginId: Uint8Array;
  ke1Hash: Uint8Array;
  /** The enrolled computer whose signature was checked, or null. */
  deviceId: Uint8Array | null;
}
export interface LoginAnswered {
  type: 'loginAnswered';
  loginId: Uint8Array;
  ke1Hash: Uint8Array;
  answer: Answer;
}
export interface LoginFinish {
  type: 'loginFinish';
  loginId: Uint8Array;
  /** Whether KE3 was compared, in constant time, and is the right one. */
  right: boolean;
  /** What a right one is answered with, kept for repeats. */
  sealed: Uint8Array;
}
export interface LoginGiveUp {
  type: 'loginGiveUp';
  loginId: Uint8Array;
  ke1Hash: Uint8Array;
}

function refuse(code: Refusal['code'], state: RecordState, enrolled: boolean, now: Now): Result {
  return { step: null, refusal: { code, counts: countsOf(state, enrolled, now.ms) } };
}

/** The newest stay; those that may still count, at most 10, are always among them. */
function withLogin(state: RecordState, login: Login): Login[] {
  const others = state.logins.filter((other) => !same(other.id, login.id));
  const all = [...others, login].sort((a, b) => a.charge - b.charge);
  return all.slice(Math.max(0, all.length - LOGINS_KEPT));
}

export function loginStart(state: RecordState, event: LoginStart, now: Now): Result {
  const enrolled = isEnrolled(state, event.deviceId);
  const known = findLogin(state, event.loginId);
  if (known !== null) {
    if (!same(known.ke1Hash, event.ke1Hash)) return refuse('login-mismatch', state, enrolled, now);
    if (known.answer !== null) return { step: null, refusal: null };
    // The HSM failed, or the answer was lost before it was kept: evaluated again under the same charge.
    return { step: { state, type: 'charge-again', facts: { oprf: 1, ake: 1 } }, refusal: null };
  }
  if (state.suspendedMs !== null) return refuse('suspended', state, enrolled, now);
  const frozen = enrolled ? 0 : frozenMs(state, now.ms);
  if (frozen > 0) {
    return {
      step: null,
      refusal: { code: 'frozen', counts: { ...countsOf(state, enrolled, now.ms), waitMs: frozen } },
    };
  }
  if (lastTryPending(state)) return refuse('last-try-pending', state, enrolled, now);
  if (waitMs(state, enrolled, now.ms) > 0) return refuse('delayed', state, enrolled, now);

  const charge = state.charges + 1;
  const used = state.consecutive + 1;
  const failures = [...state.failures, { charge, at: now.at, deviceId: event.deviceId }];
  const charged: RecordState = {
    ...state,
    charges: charge,
    consecutive: used,
    lastChargeMs: now.ms,
    failures,
    suspendedMs: failures.length >= LIFETIME_LIMIT ? now.ms : null,
  };
  const login: Login = {
    id: event.loginId,
    ke1Hash: event.ke1Hash,
    charge,
    used,
    chargedMs: now.ms,
    answeredMs: null,
    answer: null,
    outcome: 'pending',
    sealed: null,
  };
  return {
    step: {
      state: { ...charged, logins: withLogin(charged, login) },
      type: 'charge',
      facts: { oprf: 1, ake: 1, used, charge, version: state.version },
    },
    refusal: null,
  };
}

/** Keeps what the HSM answered; the first answer stays, so that every repeat gets the same bytes. */
export function loginAnswered(state: RecordState, event: LoginAnswered, now: Now): Result {
  const login = findLogin(state, event.loginId);
  if (login === null || !same(login.ke1Hash, event.ke1Hash)) return refuse('unknown-login', state, false, now);
  if (login.answer !== null) return { step: null, refusal: null };
  const answered: Login = { ...login, answer: event.answer, answeredMs: now.ms };
  return {
    step: { state: { ...state, logins: withLogin(state, answered) }, type: 'answer', facts: { used: login.used } },
    refusal: null,
  };
}

export function loginFinish(state: RecordState, event: LoginFinish, now: Now): Result {
  const login = findLogin(state, event.loginId);
  if (login === null || login.answer === null) return refuse('unknown-login', state, false, now);
  if (login.outcome === 'right') return event.right ? { step: null, refusal: null } : wrongAgain(state, now);
  if (login.outcome === 'wrong') return wrongAgain(state, now);
  return event.right ? opened(state, login, login.answer, event.sealed) : wrong(state, login, login.answer, now);
}

function wrongAgain(state: RecordState, now: Now): Result {
  return refuse('wrong-password', state, false, now);
}

/** The session key has done its work; KE3 stays, so that a repeat is recognized. */
function decided(login: Login, answer: Answer, outcome: 'right' | 'wrong', sealed: Uint8Array | null): Login {
  return { ...login, outcome, sealed, answer: { ...answer, sessionKey: new Uint8Array() } };
}

/** The count becomes that of the charges after this LoginStart; it never rises by a success. */
function opened(state: RecordState, login: Login, answer: Answer, sealed: Uint8Array): Result {
  const consecutive = Math.min(state.consecutive, state.charges - login.charge);
  const failures = state.failures.filter((failure) => failure.charge !== login.charge);
  const next: RecordState = {
    ...state,
    consecutive,
    failures,
    suspendedMs: failures.length >= LIFETIME_LIMIT ? state.suspendedMs : null,
    logins: withLogin(state, decided(login, answer, 'right', sealed)),
  };
  return { step: { state: next, type: 'reset', facts: { used: consecutive, charge: login.charge } }, refusal: null };
}

function wrong(state: RecordState, login: Login, answer: Answer, now: Now): Result {
  if (isLastTry(state, login)) {
    const step = destroyed(state, 'failures', now);
    return { step, refusal: { code: 'destroyed', counts: countsOf(state, false, now.ms), by: 'failures' } };
  }
  const next = { ...state, logins: withLogin(state, decided(login, answer, 'wrong', null)) };
  return {
    step: { state: next, type: 'wrong', facts: { used: state.consecutive, lifetime: lifetimeOf(state) } },
    refusal: { code: 'wrong-password', counts: countsOf(next, false, now.ms) },
  };
}

/** The client says that this password does not open the envelope. Only of the last try is that a decision. */
export function loginGiveUp(state: RecordState, event: LoginGiveUp, now: Now): Result {
  const login = findLogin(state, event.loginId);
  if (login === null) return refuse('unknown-login', state, false, now);
  if (!same(login.ke1Hash, event.ke1Hash)) return refuse('login-mismatch', state, false, now);
  return { step: isLastTry(state, login) ? destroyed(state, 'failures', now) : null, refusal: null };
}
