/** What time alone does to a record: the last try that nobody decided, ended sessions, what was never finished. */
import { destroyed } from './destroy.ts';
import {
  FREEZE_WINDOW_MS,
  LAST_TRY_MS,
  LAST_TRY_UNANSWERED_MS,
  LOGIN_KEPT_MS,
  REGISTRATION_KEPT_MS,
  SUSPENDED_MS,
} from './limits.ts';
import type { Login, RecordState } from './state.ts';
import { livingSessions } from './session.ts';
import type { Now, Step } from './transition.ts';
import { isLastTry } from './view.ts';

function lastTryEndsMs(login: Login): number {
  return login.answeredMs === null ? login.chargedMs + LAST_TRY_UNANSWERED_MS : login.answeredMs + LAST_TRY_MS;
}

/** @returns the change that is due at `now`, or null */
export function due(state: RecordState, now: Now): Step | null {
  const last = state.logins.find((login) => isLastTry(state, login));
  if (last !== undefined && now.ms >= lastTryEndsMs(last)) return destroyed(state, 'failures', now);
  if (state.suspendedMs !== null && now.ms >= state.suspendedMs + SUSPENDED_MS) {
    return destroyed(state, 'suspension', now);
  }

  const sessions = livingSessions(state, now.ms);
  const logins = state.logins.filter((login) => {
    if (login === last) return true;
    return now.ms < (login.answeredMs ?? login.chargedMs) + LOGIN_KEPT_MS;
  });
  const unfinished = state.registration !== null && now.ms >= state.registration.startedMs + REGISTRATION_KEPT_MS;
  const freezes = state.freezes.filter((freeze) => freeze.untilMs > now.ms - FREEZE_WINDOW_MS);
  const facts = { sessions: state.sessions.length - sessions.length, logins: state.logins.length - logins.length };
  if (unfinished && state.version === 0) return { state: null, type: 'sweep', facts };
  const nothing = !unfinished && facts.sessions === 0 && facts.logins === 0 && freezes.length === state.freezes.length;
  if (nothing) return null;
  const registration = unfinished ? null : state.registration;
  return { state: { ...state, sessions, logins, freezes, registration }, type: 'sweep', facts };
}
