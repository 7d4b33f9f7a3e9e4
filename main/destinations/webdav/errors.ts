/** From what a WebDAV server answers to sentences for the user. Status codes: RFC 9110 and RFC 4918, section 11. */
import { HoldfastError, type ErrorCode } from '../../errors.ts';
import { text, type Text } from '../../text.ts';
import { networkError } from '../remote/network-errors.ts';
import { retryAfterMs } from '../remote/retry-after.ts';
import { CertificateChanged } from './certificate.ts';

const SAFE = text`Everything stored before is still there.`;

/** An answer that is no success. */
export class DavFailure extends Error {
  readonly status: number;
  readonly method: string;
  readonly retryAfterMs: number | null;
  /** Where a redirection points, without query. */
  readonly location: string | null;

  constructor(method: string, status: number, headers: Record<string, string | string[] | undefined>, said: string) {
    super(said);
    this.method = method;
    this.status = status;
    this.retryAfterMs = retryAfterMs(headers['retry-after']);
    const location = headers['location'];
    this.location = typeof location === 'string' && URL.canParse(location) ? location.replace(/[?#].*/, '') : null;
  }
}

/** @param scrub takes out what must not be written anywhere: a server may echo it */
export function toDavError(error: unknown, host: string, scrub: (text: string) => string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  if (error instanceof CertificateChanged) {
    return new HoldfastError(
      'destination-denied',
      text`${host} shows another certificate than the one that you accepted.`,
      'Nothing was sent to it, and nothing was lost. Ask who runs the server whether it has a new one; if so, connect to it once more.',
    );
  }
  if (!(error instanceof DavFailure)) return networkError(error, host) ?? strange(host, scrub(String(error)));
  const { status, method } = error;
  const detail = scrub(`${method}: HTTP ${status} ${error.message}`).slice(0, 500);
  const again = { afterMs: error.retryAfterMs };
  const make = (
    code: ErrorCode,
    message: string | Text,
    guidance: string | Text,
    retry?: typeof again,
  ): HoldfastError => new HoldfastError(code, message, guidance, { detail, ...(retry === undefined ? {} : { retry }) });
  switch (status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return make(
        'bad-input',
        error.location === null
          ? text`${host} says that this folder is somewhere else.`
          : text`${host} says that this folder is somewhere else: ${scrub(error.location)}.`,
        'Nothing was changed. If you know that address, enter it here; a network that asks for a sign-in first answers like this too.',
      );
    case 401:
      return make(
        'destination-sign-in',
        text`${host} does not accept the user name and password.`,
        text`${SAFE} Enter them once more. Nextcloud wants an app password where you sign in with a second factor.`,
      );
    case 402:
    case 413:
    case 507:
      return make(
        'destination-full',
        status === 413 ? text`${host} does not take files of this size.` : text`There is no space left at ${host}.`,
        status === 413
          ? text`${SAFE} Have its limit raised to 256 MB at least, or choose another place.`
          : text`${SAFE} Free some space there, or choose a larger place, then start again.`,
      );
    case 403:
    case 405:
      return make(
        'destination-denied',
        text`You are not allowed to do this in the folder at ${host}.`,
        'Nothing stored there was changed. Check that the folder is yours and that you may write to it.',
      );
    case 408:
    case 409:
    case 423:
    case 425:
    case 429:
    case 503:
      return make(
        'destination-busy',
        status === 423 ? text`A file at ${host} is locked by another program.` : text`${host} is busy.`,
        text`${SAFE} Holdfast goes on by itself when it may.`,
        again,
      );
    case 502:
    case 504:
      return make(
        'destination-offline',
        text`The server behind ${host} does not answer.`,
        text`${SAFE} Holdfast tries again; if it goes on, ask who runs the server.`,
        again,
      );
    default:
      return status >= 500
        ? make('destination-failed', text`${host} had a fault of its own.`, text`${SAFE} Holdfast tries again.`, again)
        : make(
            'destination-failed',
            text`${host} did not do what it was asked.`,
            text`${SAFE} Check the address: it may not be a WebDAV folder.`,
          );
  }
}

/** An answer that no WebDAV server gives; a later one may. */
export function strange(host: string, detail: string): HoldfastError {
  return new HoldfastError(
    'destination-failed',
    text`${host} gave an answer that makes no sense.`,
    text`${SAFE} Check the address, and whether this network asks for a sign-in first.`,
    { detail: detail.slice(0, 500), retry: { afterMs: null } },
  );
}

export function folderMissing(url: string): HoldfastError {
  return new HoldfastError(
    'destination-missing',
    text`The backup folder ${url} is not there.`,
    'Nothing was lost. Check the address; if somebody moved the folder, move it back.',
  );
}
