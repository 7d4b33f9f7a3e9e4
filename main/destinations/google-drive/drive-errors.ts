/**
 * From Google's answers to sentences for the user. Reasons: https://developers.google.com/workspace/drive/api/guides/
 * handle-errors. Nothing of the library's errors is passed on: they name addresses and headers, and those of an upload
 * or a token request are secrets.
 */
import { HoldfastError, type ErrorCode } from '../../errors.ts';
import { phrase, text } from '../../text.ts';
import { codeOf, networkError } from '../remote/network-errors.ts';
import { answerOf, type Answer } from './answer.ts';

const HOUR_MS = 3_600_000;

/** A failure with what Google said, for code that goes on in spite of it. */
export class DriveError extends HoldfastError {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Google's word for it, e.g. `userRateLimitExceeded`; empty where it gave none. */
  readonly reason: string;

  constructor(answer: Answer, code: ErrorCode, message: string, guidance: string, retry?: { afterMs: number | null }) {
    const detail = `${answer.method}: HTTP ${answer.status} ${answer.reason}`.trimEnd();
    super(code, message, guidance, retry === undefined ? { detail } : { detail, retry });
    this.status = answer.status;
    this.reason = answer.reason;
  }
}

export function isStatus(error: unknown, ...statuses: number[]): error is DriveError {
  return error instanceof DriveError && statuses.includes(error.status);
}

/** True where Google asks for a pause. */
export const isBusy = (error: unknown): boolean => error instanceof DriveError && error.code === 'destination-busy';

/** True where Google does not take this request, now or later: no pause, no full account, no sign-in that has ended. */
export function isRefusal(error: unknown): error is DriveError {
  if (!(error instanceof DriveError) || error.status < 400 || error.status >= 500) return false;
  return error.retry === undefined && error.code !== 'destination-full' && error.code !== 'destination-sign-in';
}

/** @param method e.g. `files.list`, for the log */
export function toDriveError(error: unknown, method: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const answer = answerOf(error, method);
  if (answer !== null) return method === 'token' || method === 'revoke' ? ofAccount(answer) : ofAnswer(answer);
  const code = codeOf(error);
  const plain = Object.assign(new Error(isTimeout(error) ? 'timed out' : cutOf(error)), {
    code: isTimeout(error) ? 'ETIMEDOUT' : code,
  });
  return (
    networkError(plain, 'Google Drive') ?? failed({ method, status: 0, reason: code, text: '', retryAfterMs: null })
  );
}

/** The folder that holds the repository is gone or in the trash. */
export function folderMissing(folderName: string, trashed: boolean): HoldfastError {
  return new HoldfastError(
    'destination-missing',
    trashed
      ? text`The folder ${folderName} lies in the trash of Google Drive.`
      : text`The folder ${folderName} is not in this Google Drive any more, or this sign-in cannot see it.`,
    'Holdfast changed nothing there. Restore the folder from the trash in Drive (it is kept for 30 days), or choose another place.',
  );
}

/** What was stored is not what was sent. @param what for the log */
export function spoiled(what: string): HoldfastError {
  return new HoldfastError(
    'destination-failed',
    'Google Drive received a part of the backup other than it was sent.',
    'The bad copy was taken away, and nothing stored before is affected. Holdfast sends it again.',
    { detail: what, retry: { afterMs: null } },
  );
}

/** A file was made in a folder that lies in the trash: a `DriveError` of status 404, as for a folder that is gone. */
export function inTrash(what: string): DriveError {
  return failed(
    { method: `files.create of ${what}`, status: 404, reason: 'trashed', text: '', retryAfterMs: null },
    { afterMs: null },
  );
}

export function signInAgain(detail: string): HoldfastError {
  return new HoldfastError(
    'destination-sign-in',
    'Google has ended this sign-in, or it was withdrawn.',
    'Nothing was lost. Sign in to Google again: backups then go on where they stopped.',
    { detail },
  );
}

function ofAnswer(answer: Answer): HoldfastError {
  const { status, reason } = answer;
  if (status === 401) return new DriveError(answer, 'destination-sign-in', ...SIGN_IN);
  if (status === 429) return busy(answer);
  if (status === 408) return offline(answer);
  if (status === 404) return gone(answer);
  if (status >= 500) return failed(answer, { afterMs: answer.retryAfterMs });
  if (status !== 403) return failed(answer);
  switch (reason) {
    case 'userRateLimitExceeded':
      // The daily limit of uploads has no reason of its own; its sentence is this one, to the letter (so rclone found).
      return answer.text === 'User rate limit exceeded.' ? uploadLimit(answer) : busy(answer);
    case 'rateLimitExceeded':
    case 'sharingRateLimitExceeded':
    case 'backendError':
      return busy(answer);
    case 'uploadLimitExceeded':
      return uploadLimit(answer);
    case 'dailyLimitExceeded':
    case 'dailyLimitExceededUnreg':
    case 'quotaExceeded':
      return dailyLimit(answer);
    case 'downloadQuotaExceeded':
      return new DriveError(
        answer,
        'destination-busy',
        'Google lets no more be downloaded from this Drive for today.',
        'Nothing was lost. Try again tomorrow.',
        { afterMs: answer.retryAfterMs ?? 24 * HOUR_MS },
      );
    case 'storageQuotaExceeded':
      return new DriveError(
        answer,
        'destination-full',
        'This Google account has no storage left.',
        'Everything stored before is still there. Empty the trash in Drive, free some space or get more, then start again.',
      );
    case 'teamDriveFileLimitExceeded':
    case 'numChildrenInNonRootLimitExceeded':
    case 'activeItemCreationLimitExceeded':
      return new DriveError(
        answer,
        'destination-full',
        reason === 'teamDriveFileLimitExceeded'
          ? 'This shared drive holds as many files as Google allows.'
          : 'The backup’s folder in Google Drive holds as many files as Google allows.',
        'Everything stored before is still there. Delete files there, the trash included, or choose another place.',
      );
    case 'cannotDownloadAbusiveFile':
      return new DriveError(
        answer,
        'destination-denied',
        'Google has marked a part of this backup as harmful and does not give it to this account.',
        'It is encrypted, so Google cannot know. It is still there: ask for a review in Drive, as the owner of the folder.',
      );
    case 'accessNotConfigured':
    case 'SERVICE_DISABLED':
      return new DriveError(
        answer,
        'destination-denied',
        'The Google project of this OAuth client does not have the Drive API switched on.',
        'Nothing was changed. Switch on the Google Drive API for it in Google’s console, then try again.',
      );
    case 'insufficientPermissions':
    case 'insufficientScopes':
    case 'ACCESS_TOKEN_SCOPE_INSUFFICIENT':
      return new DriveError(answer, 'destination-sign-in', ...SCOPE);
    default:
      return new DriveError(
        answer,
        'destination-denied',
        'Google Drive does not let this account change that folder.',
        'Nothing stored there was changed. Ask the owner of the folder or shared drive for the right to add and delete files.',
      );
  }
}

const SIGN_IN = [
  phrase('Google has ended this sign-in, or it was withdrawn.'),
  phrase('Nothing was lost. Sign in to Google again: backups then go on where they stopped.'),
] as const;

const SCOPE = [
  phrase('This sign-in does not allow Holdfast to keep files in Google Drive.'),
  phrase('Nothing was lost. Sign in again and tick the box for Google Drive on Google’s page.'),
] as const;

/** Answers of the account server (RFC 6749, section 5.2). */
function ofAccount(answer: Answer): HoldfastError {
  const { status, reason } = answer;
  if (status === 429) return busy(answer);
  if (status >= 500) return failed(answer, { afterMs: answer.retryAfterMs });
  if (reason === 'invalid_client' || reason === 'unauthorized_client' || reason === 'deleted_client') {
    return new DriveError(
      answer,
      'destination-sign-in',
      'Google does not know the OAuth client of this sign-in any more.',
      'Nothing was lost. Check the client in Google’s console or choose another one, then sign in again.',
    );
  }
  return new DriveError(answer, 'destination-sign-in', ...SIGN_IN);
}

function busy(answer: Answer): DriveError {
  return new DriveError(
    answer,
    'destination-busy',
    'Google Drive asks for a pause: too many requests at a time.',
    'Nothing was lost. Holdfast goes on by itself after a while.',
    { afterMs: answer.retryAfterMs },
  );
}

function uploadLimit(answer: Answer): DriveError {
  return new DriveError(
    answer,
    'destination-busy',
    'Google takes no more uploads from this account for now: 750 GB in 24 hours is its limit.',
    'Everything stored so far is kept. Backups go on when the 24 hours are over.',
    { afterMs: answer.retryAfterMs ?? 24 * HOUR_MS },
  );
}

function dailyLimit(answer: Answer): DriveError {
  return new DriveError(
    answer,
    'destination-busy',
    'The daily limit of this Google OAuth client is used up.',
    'Nothing was lost. It begins anew at midnight in California; a client of your own has a limit of its own.',
    { afterMs: answer.retryAfterMs ?? msToPacificMidnight(new Date()) },
  );
}

function offline(answer: Answer): DriveError {
  return new DriveError(
    answer,
    'destination-offline',
    'Google Drive did not receive a request in time.',
    'Nothing was lost. Holdfast tries again; if it goes on, check the connection to the network.',
    { afterMs: answer.retryAfterMs },
  );
}

/** Of single files the callers know better; what is left are folders and shared drives. */
function gone(answer: Answer): DriveError {
  return new DriveError(
    answer,
    'destination-missing',
    'The place of this backup is not in Google Drive any more, or this sign-in cannot see it.',
    'Holdfast changed nothing there. Look for it in Drive and in its trash, or choose another place.',
  );
}

function failed(answer: Answer, retry?: { afterMs: number | null }): DriveError {
  return new DriveError(
    answer,
    'destination-failed',
    'Google Drive could not do what it was asked for.',
    'Everything stored before is still there. Try again; if it fails again, export the log and report it.',
    retry,
  );
}

/** Ms until the next midnight of Los Angeles, when Google's daily quotas begin anew; never less than a minute. */
export function msToPacificMidnight(now: Date): number {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'America/Los_Angeles', timeStyle: 'medium' }).format(now);
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number);
  return Math.max(60_000, 24 * HOUR_MS - ((hours * 60 + minutes) * 60 + seconds) * 1000);
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || codeOf(error) === 'TimeoutError');
}

/** The words by which Node says that a connection broke off; any other message may hold an address. */
function cutOf(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  return /(?:aborted|socket hang up|premature close|terminated)/i.exec(text)?.[0] ?? 'failed';
}
