/** What a transition is given and what it gives back. The functions that make one have no clock, no random, no I/O. */
import type { ProblemCode } from '../protocol/problem.ts';
import type { RecordState } from './state.ts';

export interface Now {
  /** Service time, ms (ledger.ts). Every rule goes by it. */
  ms: number;
  /** Wall time, ms since 1970, for people to read. */
  at: number;
}

/** What the log says happened. */
export type LogType =
  | 'reg-start'
  | 'reg-again'
  | 'reg-stage'
  | 'reg-prove'
  | 'reg-answer'
  | 'reg-proven'
  | 'reg-expose'
  | 'charge'
  | 'charge-again'
  | 'answer'
  | 'reset'
  | 'wrong'
  | 'destroy'
  | 'freeze'
  | 'unfreeze'
  | 'clear'
  | 'device-add'
  | 'device-revoke'
  | 'session-open'
  | 'session-use'
  | 'session-revoke'
  | 'head'
  | 'sweep';

export interface Step {
  /** Null: the record is forgotten, as if it had never been. */
  state: RecordState | null;
  type: LogType;
  /**
   * Facts of the log line. `oprf` and `ake`: evaluations and key exchanges that this change lets the HSM do; the log
   * says so before the HSM does it.
   */
  facts: Record<string, number>;
}

export interface Refusal {
  code: ProblemCode;
  /** Counts and wait of the record as it is after this event; null where nothing may be said of it. */
  counts: Counts | null;
  /** Of `destroyed`: who did it. */
  by?: 'failures' | 'owner' | 'suspension';
}

export interface Counts {
  used: number;
  limit: number;
  /** ms until the next try is taken. */
  waitMs: number;
  version: number;
}

/**
 * `step` is to be committed before anything is answered, also beside a refusal: a wrong KE3 is both. Null: nothing
 * changed, and what is asked is answered from the state as it is.
 */
export interface Result {
  step: Step | null;
  refusal: Refusal | null;
}
