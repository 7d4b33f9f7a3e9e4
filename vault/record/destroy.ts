/** The end of a record: nonce, OPAQUE record and blob go in one transition; a tombstone with the owner's key remains. */
import type { Now, Step } from './transition.ts';
import type { RecordState } from './state.ts';

/**
 * Sessions outlive every end but the owner's: who is still in can set up anew. Devices stay, so that each computer
 * is told what happened.
 */
export function destroyed(state: RecordState, by: 'failures' | 'owner' | 'suspension', now: Now): Step {
  const owner = by === 'owner';
  const tombstone: RecordState = {
    ...state,
    lock: null,
    registration: null,
    exposedId: null,
    suspendedMs: null,
    logins: [],
    freezes: [],
    sessions: owner ? [] : state.sessions,
    heads: owner ? [] : state.heads,
    destroyed: { by, ms: now.ms, at: now.at },
  };
  return { state: tombstone, type: 'destroy', facts: { used: state.consecutive, version: state.version } };
}
