/**
 * A new password: started, staged, proven, exposed. Each step may be asked for again; until the last one the old
 * version answers, and from it on only the new one does.
 */
import { PROOFS_PER_REGISTRATION } from './limits.ts';
import { same, type Answer, type Lock, type RecordState, type Registration } from './state.ts';
import type { Now, Refusal, Result } from './transition.ts';

export interface RegStart {
  type: 'regStart';
  registrationId: Uint8Array;
  version: number;
  /** 32 random bytes, used where this start is a new one. */
  nonce: Uint8Array;
  blindedHash: Uint8Array;
  /** Whether the owner's signature was checked. */
  byOwner: boolean;
}
export interface RegStage {
  type: 'regStage';
  registrationId: Uint8Array;
  opaqueRecord: Uint8Array;
  blob: Uint8Array;
  ksf: Lock['ksf'];
  maxAttempts: number;
  ownerPublicKey: Uint8Array;
}
export interface RegProve {
  type: 'regProve';
  registrationId: Uint8Array;
  ke1Hash: Uint8Array;
}
export interface RegAnswered {
  type: 'regAnswered';
  registrationId: Uint8Array;
  ke1Hash: Uint8Array;
  answer: Answer;
}
export interface RegProveFinish {
  type: 'regProveFinish';
  registrationId: Uint8Array;
  right: boolean;
  sealed: Uint8Array;
}
export interface RegExpose {
  type: 'regExpose';
  registrationId: Uint8Array;
}

function refuse(code: Refusal['code']): Result {
  return { step: null, refusal: { code, counts: null } };
}

function pending(state: RecordState, id: Uint8Array): Registration | null {
  return state.registration !== null && same(state.registration.id, id) ? state.registration : null;
}

/** On a record that is or was live only the owner starts one; before that, whoever holds the record id. */
export function regStart(state: RecordState, event: RegStart, now: Now): Result {
  if (event.version !== state.version + 1) return refuse('version-mismatch');
  const known = pending(state, event.registrationId);
  // Proven is as good as live: a stranger who saw the record id must not push the owner's first registration aside.
  if ((state.version > 0 || state.registration?.proven === true) && !event.byOwner) return refuse('bad-proof');
  if (known !== null) {
    // Another blinded element would be a guess at a key that is to become live, charged to nobody.
    if (!same(known.blindedHash, event.blindedHash)) return refuse('login-mismatch');
    return { step: { state, type: 'reg-again', facts: { oprf: 1 } }, refusal: null };
  }
  const registration: Registration = {
    id: event.registrationId,
    version: event.version,
    nonce: event.nonce,
    blindedHash: event.blindedHash,
    startedMs: now.ms,
    staged: null,
    proofs: 0,
    proof: null,
    proven: false,
  };
  return {
    step: { state: { ...state, registration }, type: 'reg-start', facts: { oprf: 1, version: event.version } },
    refusal: null,
  };
}

type Staged = NonNullable<Registration['staged']>;

function sameStaged(a: Staged, b: Staged): boolean {
  return (
    same(a.opaqueRecord, b.opaqueRecord) &&
    same(a.blob, b.blob) &&
    same(a.ownerPublicKey, b.ownerPublicKey) &&
    a.maxAttempts === b.maxAttempts &&
    a.ksf.memoryKiB === b.ksf.memoryKiB &&
    a.ksf.iterations === b.ksf.iterations &&
    a.ksf.parallelism === b.ksf.parallelism
  );
}

export function regStage(state: RecordState, event: RegStage): Result {
  const registration = pending(state, event.registrationId);
  if (registration === null) return refuse('unknown-registration');
  const { opaqueRecord, blob, ksf, maxAttempts, ownerPublicKey } = event;
  // The owner's key is fixed for the life of the record.
  if (state.ownerPublicKey !== null && !same(state.ownerPublicKey, ownerPublicKey)) return refuse('bad-proof');
  const staged: Staged = { opaqueRecord, blob, ksf, maxAttempts, ownerPublicKey };
  if (registration.staged !== null) {
    return sameStaged(registration.staged, staged) ? { step: null, refusal: null } : refuse('version-mismatch');
  }
  return {
    step: { state: { ...state, registration: { ...registration, staged } }, type: 'reg-stage', facts: {} },
    refusal: null,
  };
}

/** The owner's own login against what is staged. It costs no attempt: the owner has what it would open. */
export function regProve(state: RecordState, event: RegProve): Result {
  const registration = pending(state, event.registrationId);
  if (registration === null) return refuse('unknown-registration');
  if (registration.staged === null) return refuse('not-proven');
  const again = registration.proof !== null && same(registration.proof.ke1Hash, event.ke1Hash);
  if (again && registration.proof?.answer != null) return { step: null, refusal: null };
  if (!again && registration.proven) return refuse('login-mismatch');
  if (!again && registration.proofs >= PROOFS_PER_REGISTRATION) return refuse('too-many-requests');
  const next: Registration = {
    ...registration,
    proofs: registration.proofs + (again ? 0 : 1),
    proof: { ke1Hash: event.ke1Hash, answer: null, sealed: null },
  };
  return {
    step: { state: { ...state, registration: next }, type: 'reg-prove', facts: { oprf: 1, ake: 1 } },
    refusal: null,
  };
}

export function regAnswered(state: RecordState, event: RegAnswered): Result {
  const registration = pending(state, event.registrationId);
  const proof = registration?.proof;
  if (registration === null || proof == null || !same(proof.ke1Hash, event.ke1Hash)) {
    return refuse('unknown-registration');
  }
  if (proof.answer !== null) return { step: null, refusal: null };
  const next: Registration = { ...registration, proof: { ...proof, answer: event.answer } };
  return { step: { state: { ...state, registration: next }, type: 'reg-answer', facts: {} }, refusal: null };
}

export function regProveFinish(state: RecordState, event: RegProveFinish): Result {
  const registration = pending(state, event.registrationId);
  const proof = registration?.proof;
  if (registration === null || proof?.answer == null) return refuse('unknown-registration');
  if (!event.right) return refuse('wrong-password');
  if (registration.proven) return { step: null, refusal: null };
  const next: Registration = {
    ...registration,
    proven: true,
    proof: { ...proof, sealed: event.sealed, answer: { ...proof.answer, sessionKey: new Uint8Array() } },
  };
  return { step: { state: { ...state, registration: next }, type: 'reg-proven', facts: {} }, refusal: null };
}

/**
 * The new version is live and the old one's nonce, record and blob are gone, in one transition. Logins and sessions
 * of the old version go with it.
 */
export function regExpose(state: RecordState, event: RegExpose): Result {
  if (state.exposedId !== null && same(state.exposedId, event.registrationId)) return { step: null, refusal: null };
  const registration = pending(state, event.registrationId);
  if (registration === null) return refuse('unknown-registration');
  if (registration.staged === null || !registration.proven) return refuse('not-proven');
  const { opaqueRecord, blob, ksf, maxAttempts, ownerPublicKey } = registration.staged;
  const { version, nonce } = registration;
  const next: RecordState = {
    ...state,
    ownerPublicKey: state.ownerPublicKey ?? ownerPublicKey,
    lock: { version, nonce, opaqueRecord, blob, ksf, maxAttempts },
    version,
    registrations: state.registrations + 1,
    registration: null,
    exposedId: registration.id,
    consecutive: 0,
    logins: [],
    sessions: [],
  };
  return { step: { state: next, type: 'reg-expose', facts: { version, maxAttempts } }, refusal: null };
}
