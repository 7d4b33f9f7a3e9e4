/** The state machine of one record, as the service uses it. */
export { apply, type Event } from './apply.ts';
export { decodeState, encodeState, same, StateError, type Answer, type RecordState } from './state.ts';
export type { Counts, Now, Refusal, Result, Step } from './transition.ts';
export * from './view.ts';
export { livingSessions } from './session.ts';
export { LIFETIME_LIMIT, MAX_ATTEMPTS } from './limits.ts';
