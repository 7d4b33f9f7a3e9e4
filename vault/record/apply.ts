/** The one way in which a record changes. Pure: the same state, event and time give the same result. */
import {
  clearFailures,
  destroy,
  deviceAdd,
  deviceRevoke,
  freeze,
  headPut,
  unfreeze,
  type ClearFailures,
  type Destroy,
  type DeviceAdd,
  type DeviceRevoke,
  type Freeze,
  type HeadPut,
  type Unfreeze,
} from './account.ts';
import { due } from './due.ts';
import {
  loginAnswered,
  loginFinish,
  loginGiveUp,
  loginStart,
  type LoginAnswered,
  type LoginFinish,
  type LoginGiveUp,
  type LoginStart,
} from './login.ts';
import {
  regAnswered,
  regExpose,
  regProve,
  regProveFinish,
  regStage,
  regStart,
  type RegAnswered,
  type RegExpose,
  type RegProve,
  type RegProveFinish,
  type RegStage,
  type RegStart,
} from './registration.ts';
import {
  sessionOpen,
  sessionRevoke,
  sessionUse,
  type SessionOpen,
  type SessionRevoke,
  type SessionUse,
} from './session.ts';
import { NEW_RECORD, type RecordState } from './state.ts';
import type { Now, Result } from './transition.ts';

/** Whatever needs the time alone, e.g. a sweep. */
export interface Sweep {
  type: 'sweep';
}

export type Event =
  | RegStart
  | RegStage
  | RegProve
  | RegAnswered
  | RegProveFinish
  | RegExpose
  | LoginStart
  | LoginAnswered
  | LoginFinish
  | LoginGiveUp
  | Freeze
  | Unfreeze
  | ClearFailures
  | Destroy
  | DeviceAdd
  | DeviceRevoke
  | SessionOpen
  | SessionUse
  | SessionRevoke
  | HeadPut
  | Sweep;

/** Open on a record that is destroyed: what lets those who are still in get out with their keys. */
const AFTER_THE_END = new Set<Event['type']>(['destroy', 'sessionUse', 'sessionRevoke', 'deviceRevoke', 'sweep']);
/** Open on a record that never was live. */
const BEFORE_THE_START = new Set<Event['type']>([
  'regStart',
  'regStage',
  'regProve',
  'regAnswered',
  'regProveFinish',
  'regExpose',
  'sweep',
]);

/**
 * @param state null where there is no such record
 * @returns the change to commit, if any, and the refusal to answer with, if any. Where `again` is true only what was
 *   due by time is in it: commit it, and apply the event to what it left
 */
export function apply(state: RecordState | null, event: Event, now: Now): Result & { again: boolean } {
  if (state === null) {
    if (event.type === 'regStart') return { ...regStart(NEW_RECORD, event, now), again: false };
    return { step: null, refusal: { code: 'unknown-record', counts: null }, again: false };
  }
  const first = due(state, now);
  if (first !== null) return { step: first, refusal: null, again: true };
  if (state.destroyed !== null && !AFTER_THE_END.has(event.type)) {
    return { step: null, refusal: { code: 'destroyed', counts: null, by: state.destroyed.by }, again: false };
  }
  if (state.version === 0 && !BEFORE_THE_START.has(event.type)) {
    return { step: null, refusal: { code: 'unknown-record', counts: null }, again: false };
  }
  return { ...transition(state, event, now), again: false };
}

function transition(state: RecordState, event: Event, now: Now): Result {
  switch (event.type) {
    case 'regStart':
      return regStart(state, event, now);
    case 'regStage':
      return regStage(state, event);
    case 'regProve':
      return regProve(state, event);
    case 'regAnswered':
      return regAnswered(state, event);
    case 'regProveFinish':
      return regProveFinish(state, event);
    case 'regExpose':
      return regExpose(state, event);
    case 'loginStart':
      return loginStart(state, event, now);
    case 'loginAnswered':
      return loginAnswered(state, event, now);
    case 'loginFinish':
      return loginFinish(state, event, now);
    case 'loginGiveUp':
      return loginGiveUp(state, event, now);
    case 'freeze':
      return freeze(state, event, now);
    case 'unfreeze':
      return unfreeze(state, now);
    case 'clearFailures':
      return clearFailures(state);
    case 'destroy':
      return destroy(state, now);
    case 'deviceAdd':
      return deviceAdd(state, event, now);
    case 'deviceRevoke':
      return deviceRevoke(state, event);
    case 'headPut':
      return headPut(state, event);
    case 'sessionOpen':
      return sessionOpen(state, event, now);
    case 'sessionUse':
      return sessionUse(state, event, now);
    case 'sessionRevoke':
      return sessionRevoke(state, event);
    case 'sweep':
      return { step: null, refusal: null };
  }
}
