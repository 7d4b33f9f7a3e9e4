/**
 * The one error type that users can meet. Every instance carries a sentence that says what happened, what it means
 * for the data, and what to do next; the CLI, the activity log and the screens print the same three.
 */

import { english, sentence, text, type Text } from './text.ts';

/** Stable identifiers; tests and the renderer match on these, never on sentences. */
export type ErrorCode =
  | 'wrong-key' // the digits do not open this backup
  | 'key-typo' // a row of the digits fails its printed check
  | 'key-malformed' // not 64 hexadecimal digits
  | 'locked' // needs the root key, which is not in memory
  | 'capability-missing' // this computer is not enrolled
  | 'capability-damaged'
  | 'not-a-repository'
  | 'repository-exists'
  | 'repository-damaged' // no copy of repo.json is usable
  | 'repository-rolled-back' // a lower generation than the one already seen
  | 'newer-format'
  | 'object-missing'
  | 'object-damaged' // wrong hash, failed authentication, bad structure
  | 'object-unreadable' // it is there, but the disk does not give its bytes
  | 'snapshot-not-found'
  | 'path-not-found'
  | 'destination-missing' // folder or disk is not there
  | 'destination-full'
  | 'destination-denied' // no permission
  | 'destination-offline' // its server cannot be reached now: no network, or it does not answer
  | 'destination-busy' // it asks to be left alone for a while: rate limit, daily quota
  | 'destination-sign-in' // the sign-in there has ended or was withdrawn
  | 'destination-failed' // any other I/O error
  | 'source-missing'
  | 'source-unreadable'
  | 'target-denied'
  | 'target-full'
  | 'target-unsafe' // a name or link in the backup would leave the target folder
  | 'cloned-computer' // another instance writes as this computer
  | 'taken-over' // another computer goes on with the backups of this one
  | 'busy' // another process of this computer holds the lock
  | 'stopped' // the user cancelled
  | 'keychain-unavailable'
  | 'vault-unreachable' // no site, or too few of them, answers
  | 'vault-not-proven' // not the pinned vault: nothing was sent to it
  | 'vault-refused' // the vault did not do what was asked, and says why
  | 'update-refused' // a newer Holdfast that is not proven genuine, not newer, or not for this computer
  | 'update-failed' // one that could not be asked for, loaded or put in place
  | 'password-weak'
  | 'bad-input'
  | 'internal';

/** `fatal`: the run ended; `item`: one file is concerned and the run goes on; `notice`: nothing is wrong yet. */
export type Severity = 'fatal' | 'item' | 'notice';

/** The two sentences with their values, where they have some: how they are said in another language. */
export interface Said {
  message?: Text | undefined;
  guidance?: Text | undefined;
}

export interface ErrorInfo {
  code: ErrorCode;
  severity: Severity;
  /** One sentence: what happened. */
  message: string;
  /** One sentence: what to do now (and that nothing was lost, or what was). */
  guidance: string;
  /** Technical detail for the log; never contains key material. */
  detail?: string | undefined;
  /** Where the same call may succeed later: after so many ms as the server said, null where it said nothing. */
  retry?: { afterMs: number | null } | undefined;
  said?: Said | undefined;
}

export class HoldfastError extends Error {
  readonly code: ErrorCode;
  readonly severity: Severity;
  readonly guidance: string;
  readonly detail: string | undefined;
  /** Not undefined where the failure is temporary. */
  readonly retry: { afterMs: number | null } | undefined;
  readonly said: Said | undefined;

  /** @param message in English, as `guidance`: a plain string, or `text` where values stand in it (see text.ts) */
  constructor(
    code: ErrorCode,
    message: string | Text,
    guidance: string | Text,
    options: { severity?: Severity; detail?: string; cause?: unknown; retry?: { afterMs: number | null } } = {},
  ) {
    super(english(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HoldfastError';
    this.code = code;
    this.severity = options.severity ?? 'fatal';
    this.guidance = english(guidance);
    this.detail = options.detail;
    this.retry = options.retry;
    this.said = saidOf(message, guidance);
  }

  toInfo(): ErrorInfo {
    return {
      code: this.code,
      severity: this.severity,
      message: this.message,
      guidance: this.guidance,
      detail: this.detail,
      retry: this.retry,
      ...(this.said === undefined ? {} : { said: this.said }),
    };
  }

  static fromInfo(info: ErrorInfo): HoldfastError {
    return new HoldfastError(info.code, info.said?.message ?? info.message, info.said?.guidance ?? info.guidance, {
      severity: info.severity,
      ...(info.detail === undefined ? {} : { detail: info.detail }),
      ...(info.retry === undefined ? {} : { retry: info.retry }),
    });
  }
}

/** What happened and what to do, of anything that people are told. */
export type Sentences = Pick<ErrorInfo, 'message' | 'guidance' | 'said'>;

/** Two sentences as an item of a run has them: in English, with what other languages say them from. */
export function saidAs(message: string | Text, guidance: string | Text): Sentences {
  return sentencesOf({ message: english(message), guidance: english(guidance), said: saidOf(message, guidance) });
}

/** No more of an error than what people are told of it. */
export function sentencesOf({ message, guidance, said }: Sentences): Sentences {
  return { message, guidance, ...(said === undefined ? {} : { said }) };
}

/** What happened, as a value of another sentence: text`${happened(error)} It is not copied from.` */
export function happened({ message, said }: Pick<ErrorInfo, 'message' | 'said'>): Text {
  return said?.message ?? sentence(message);
}

/** The same with the technical detail, in brackets. */
export function inDetail(error: Pick<ErrorInfo, 'message' | 'said' | 'detail'>): Text {
  return error.detail === undefined ? happened(error) : text`${happened(error)} (${error.detail})`;
}

/** What to do, in the same way. */
export function advised({ guidance, said }: Pick<ErrorInfo, 'guidance' | 'said'>): Text {
  return said?.guidance ?? sentence(guidance);
}

function saidOf(message: string | Text, guidance: string | Text): Said | undefined {
  if (typeof message === 'string' && typeof guidance === 'string') return undefined;
  return {
    ...(typeof message === 'string' ? {} : { message }),
    ...(typeof guidance === 'string' ? {} : { guidance }),
  };
}

/** Turns anything thrown into a HoldfastError; unknown errors become `internal` with their message as detail. */
export function toHoldfastError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new HoldfastError(
    'internal',
    'Holdfast ran into a fault of its own.',
    'Backups already stored are not affected. Try again; if it happens again, export the log and report it.',
    { detail, cause: error },
  );
}
