/** Whatever the service does not do, as one error with a code from the fixed list. */
import { HsmError } from '../hsm/hsm.ts';
import { LedgerError } from '../ledger/ledger.ts';
import { ProtocolError } from '../protocol/errors.ts';
import type { Signed } from '../protocol/messages.ts';
import type { ProblemCode } from '../protocol/problem.ts';

export class VaultRefusal extends Error {
  readonly code: ProblemCode;
  /** The vault's proof of counts and waits. */
  readonly facts: Signed | undefined;
  constructor(code: ProblemCode, message: string, options: ErrorOptions & { facts?: Signed | undefined } = {}) {
    super(message, options);
    this.name = 'VaultRefusal';
    this.code = code;
    this.facts = options.facts;
  }
}

/** One sentence for each code; what is in it may be shown to anybody. */
export const TITLES: Readonly<Record<ProblemCode, string>> = {
  'bad-request': 'The request is not one of this protocol.',
  'bad-point': 'Not a point of the curve.',
  'bad-proof': 'The signature is not that of a key that may do this.',
  'bad-challenge': 'The challenge is unknown, used or too old.',
  'wrong-password': 'The password is not right.',
  'unknown-record': 'There is no such record.',
  'unknown-login': 'There is no such login.',
  'unknown-registration': 'There is no such registration.',
  'unknown-session': 'There is no such session, or it is over.',
  'unknown-device': 'There is no such computer.',
  'login-mismatch': 'This id was used for something else.',
  'version-mismatch': 'The version is not the next one.',
  'not-proven': 'The new password was not proven yet.',
  'record-exists': 'There is a record of that name.',
  'last-try-pending': 'The last try is not decided yet.',
  destroyed: 'The record was destroyed.',
  'too-large': 'The request is too large.',
  frozen: 'The record is frozen for computers that it does not know.',
  suspended: 'The record is suspended until its owner clears it.',
  delayed: 'The next try is taken later.',
  'too-many-requests': 'Too many requests.',
  'invite-needed': 'This vault asks for an invitation.',
  internal: 'The vault has a fault of its own.',
  'not-ready': 'The vault is not ready.',
  'no-quorum': 'Too few sites of the vault can be reached.',
  'rolled-back': 'The store is older than what this site has sealed.',
};

/** Turns anything thrown into a refusal; what is not foreseen becomes `internal`, whose cause only the log sees. */
export function toRefusal(error: unknown): VaultRefusal {
  if (error instanceof VaultRefusal) return error;
  const because = (code: ProblemCode): VaultRefusal => new VaultRefusal(code, TITLES[code], { cause: error });
  if (error instanceof ProtocolError) {
    if (error.code === 'bad-point') return because('bad-point');
    if (error.code === 'bad-signature') return because('bad-proof');
    if (error.code === 'malformed' || error.code === 'ksf-refused') return because('bad-request');
    return because('internal');
  }
  if (error instanceof HsmError) return because(error.code === 'bad-point' ? 'bad-point' : 'not-ready');
  if (error instanceof LedgerError) return because(error.code === 'damaged' ? 'internal' : error.code);
  // The ledger hides its store, but not the store's word that too few members answer.
  const code = error instanceof Error && error.name === 'StoreError' ? (error as { code?: unknown }).code : undefined;
  if (code === 'no-quorum' || code === 'unknown') return because('no-quorum');
  return because('internal');
}
