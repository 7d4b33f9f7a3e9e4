/** What the vault answers when it does not do what was asked: RFC 9457 problem documents with a fixed list of codes. */
import { z } from 'zod';
import { Signed } from './messages.ts';

/** `charged` below says whether a refusal can follow a charge; all others leave the record as it was. */
export const PROBLEMS = {
  'bad-request': 400, // malformed, or a field out of its range
  'bad-point': 400, // not a point of P-256, or the identity
  'bad-proof': 401, // wrong signature, or not a key that may do this
  'bad-challenge': 401, // unknown, used, or older than 60 s
  'wrong-password': 403, // KE3 does not match; the try was charged by LoginStart
  'unknown-record': 404,
  'unknown-login': 404,
  'unknown-registration': 404,
  'unknown-session': 404, // never was, revoked, idle too long, or over
  'unknown-device': 404,
  'login-mismatch': 409, // this login id was used with another KE1
  'version-mismatch': 409,
  'not-proven': 409, // RegExpose before RegProve
  'record-exists': 409,
  'last-try-pending': 409, // the tenth try is not decided yet
  destroyed: 410, // too many wrong tries, or by the owner
  'too-large': 413,
  frozen: 423,
  suspended: 423,
  delayed: 429, // `waitMs` says how long
  'too-many-requests': 429,
  'invite-needed': 403,
  internal: 500,
  'not-ready': 503, // the HSM does not answer, or does not hold the pinned keys
  'no-quorum': 503, // too few vault sites are reachable
  'rolled-back': 503, // the store is older than what this site has sealed
} as const;
export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_TYPE = 'urn:holdfast:vault:';

export const Problem = z.object({
  /** PROBLEM_TYPE || code. */
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  /** The vault's proof of counts and waits: CBOR of RefusalFacts (receipt.ts), for refusals of loginStart and loginFinish. */
  facts: Signed.optional(),
});
export type Problem = z.infer<typeof Problem>;
