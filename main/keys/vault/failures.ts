/** What goes wrong between this computer and a vault, and the sentences for it. */
import type { Signed } from '../../../vault/protocol/messages.ts';
import { PROBLEM_TYPE, PROBLEMS, type Problem, type ProblemCode } from '../../../vault/protocol/problem.ts';
import { HoldfastError } from '../../errors.ts';
import { phrase, text, type Text } from '../../text.ts';

/** The vault's answer to a request that it did not do. Most are turned into something better where they are expected. */
export class VaultProblem extends Error {
  /** Null for a code that this version does not know. */
  readonly code: ProblemCode | null;
  /** Counts and waits as the vault has signed them; not checked yet. */
  readonly facts: Signed | null;
  /** Of a destroyed record: whether its owner asked for that. For words only. */
  readonly byOwner: boolean;
  /** Whether an earlier try of the same call may have been done, and only its answer been lost. */
  repeated = false;

  constructor(problem: Problem) {
    super(`${problem.type}: ${problem.title}`);
    this.name = 'VaultProblem';
    const code = problem.type.startsWith(PROBLEM_TYPE) ? problem.type.slice(PROBLEM_TYPE.length) : '';
    this.code = Object.hasOwn(PROBLEMS, code) ? (code as ProblemCode) : null;
    this.facts = problem.facts ?? null;
    this.byOwner = /owner/.test(`${problem.title} ${problem.detail ?? ''}`);
  }
}

/** No site gave a usable answer. */
export class Unreachable extends HoldfastError {
  /** False where it is certain that no site has received the request. */
  readonly sent: boolean;

  /** @param tooFew a site answered that it does not reach enough of the others */
  constructor(sent: boolean, detail: string, cause?: unknown, tooFew = false) {
    super(
      'vault-unreachable',
      tooFew ? text`Too few sites of the key vault can be reached.` : text`The key vault can’t be reached.`,
      tooFew
        ? text`Try again later. Backups go on meanwhile, and your 64 digits work without the vault.`
        : text`Check your connection to the network and try again. Backups go on meanwhile, and your 64 digits work without the vault.`,
      { detail, ...(cause === undefined ? {} : { cause }) },
    );
    this.sent = sent;
  }
}

/** Whoever answers did not prove to be the pinned vault. */
export function notProven(detail: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'vault-not-proven',
    'What answers at this address did not prove to be your key vault. Nothing was sent to it.',
    'Don’t type your password for it. Somebody may be in between: check the address and the fingerprint, or use your 64 digits.',
    { detail, ...(cause === undefined ? {} : { cause }) },
  );
}

/** The vault's proofs do not fit together: an answer of an older state, for another request, or with a wrong signature. */
export function untrue(detail: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'vault-not-proven',
    'The key vault’s answer does not agree with what it has proven before.',
    'Nothing of yours was opened with it. Tell the vault’s operator; your 64 digits work without the vault.',
    { detail, ...(cause === undefined ? {} : { cause }) },
  );
}

const refused = (message: string | Text, guidance: string | Text, detail: string): HoldfastError =>
  new HoldfastError('vault-refused', message, guidance, { detail });

const SENTENCES: Partial<Record<ProblemCode, readonly [message: string, guidance: string]>> = {
  'unknown-record': [
    phrase('This key vault says that it holds nothing for this backup. That it cannot prove.'),
    phrase('Unlock with your 64 digits, and set up the password anew under Protection.'),
  ],
  destroyed: [
    phrase(
      'The vault has destroyed its copy of your key, as it does after too many wrong passwords or when its owner asks.',
    ),
    phrase(
      'Nobody can bring it back. A computer that is still unlocked, or your 64 digits, can set up a password anew.',
    ),
  ],
  suspended: [
    phrase('There were 100 wrong passwords in all, and the vault takes no more of them.'),
    phrase(
      'Unlock with your 64 digits or on a computer that is still unlocked, and clear the failed tries under Protection.',
    ),
  ],
  frozen: [
    phrase('This password is frozen for computers that the vault does not know.'),
    phrase('Unfreeze it on a computer that is unlocked, or use your 64 digits.'),
  ],
  'invite-needed': [
    phrase('This key vault asks for an invitation.'),
    phrase('Ask its operator for an invitation code and try again.'),
  ],
  'too-many-requests': [
    phrase('The key vault takes no more requests for now.'),
    phrase('Wait some minutes and try again.'),
  ],
  'version-mismatch': [
    phrase('The password was changed from another computer at the same time.'),
    phrase('Nothing was changed from here. Look which password is in force, then try again.'),
  ],
  'unknown-login': [
    phrase('The password was changed from another computer just now.'),
    phrase('Type the password that is in force and try again.'),
  ],
  'record-exists': [phrase('The vault has this record already.'), phrase('Nothing was changed. Start again.')],
  'unknown-device': [
    phrase('The vault does not know this computer any more.'),
    phrase('Unlock once with your password or your 64 digits; it is enrolled again then.'),
  ],
  'bad-proof': [
    phrase('The vault does not take this computer’s word for that.'),
    phrase('Unlock with your password or your 64 digits and try again. Nothing was changed.'),
  ],
};

/** A refusal for which the caller has nothing better to say. */
export function refusalOf(problem: VaultProblem): HoldfastError {
  const sentence = problem.code === null ? undefined : SENTENCES[problem.code];
  const [message, guidance] = sentence ?? [
    phrase('The key vault did not do what was asked.'),
    phrase('Nothing was changed. Try again; if it happens again, tell the vault’s operator.'),
  ];
  return refused(message, guidance, problem.message);
}

/** For catch(): swallows refusals of these codes, and throws everything else on. */
export function unless(...codes: ProblemCode[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof VaultProblem && error.code !== null && codes.includes(error.code)) return undefined;
    throw error;
  };
}

/** Turns what a call threw into an error for people. */
export function toVaultError(error: unknown): unknown {
  return error instanceof VaultProblem ? refusalOf(error) : error;
}
