/**
 * From S3's error codes to sentences for the user. Codes: "Error responses" of Amazon's API reference; other services
 * use the same ones and some of their own.
 */
import { HoldfastError, type ErrorCode } from '../../errors.ts';
import { text, type Text } from '../../text.ts';
import { networkError } from '../remote/network-errors.ts';
import { retryAfterMs } from '../remote/retry-after.ts';

/** What can be read from an error of the client library. */
export interface S3Failure {
  /** S3's code, e.g. `NoSuchKey`; empty where there was none (answers to HEAD have no body). */
  code: string;
  /** HTTP status, or 0. */
  status: number;
  message: string;
  /** The region that the bucket is in, where the server says so. */
  region: string | null;
  retryAfterMs: number | null;
  requestId: string | null;
}

const SIGN_IN = new Set([
  ...['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'InvalidToken', 'TokenRefreshRequired'],
  ...['InvalidSecurity', 'NotSignedUp', 'MissingAuthenticationToken', 'UnrecognizedClientException', 'Unauthorized'],
]);
const DENIED = new Set([
  ...['AccessDenied', 'AllAccessDisabled', 'AccountProblem', 'MethodNotAllowed', 'Forbidden', 'InvalidPayer'],
  ...['AccessControlListNotSupported', 'CrossLocationLoggingProhibited', 'AccessForbidden'],
]);
const FULL = new Set([
  ...['QuotaExceeded', 'XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded', 'StorageFull', 'InsufficientStorage'],
  ...['StorageCapExceeded', 'BucketQuotaExceeded', 'StorageLimitExceeded', 'TransactionCapExceeded', 'CapExceeded'],
]);
const BUSY = new Set([
  ...['SlowDown', 'SlowDownRead', 'SlowDownWrite', 'ServiceUnavailable', 'Busy', 'TooManyRequests'],
  ...['RequestLimitExceeded', 'Throttling', 'ThrottlingException', 'BandwidthLimitExceeded', 'OperationAborted'],
  ...['ConditionalRequestConflict', 'RequestTimeout', 'XMinioServerNotInitialized', 'ReduceYourRequestRate'],
]);
const GARBLED = new Set(['BadDigest', 'XAmzContentSHA256Mismatch', 'IncompleteBody', 'InvalidDigest']);
const REGION = new Set(['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException']);
const REDIRECTS = new Set([301, 307, 308]);

const SAFE = text`Everything stored before is still there.`;

export function failureOf(error: unknown): S3Failure {
  const found = fields(error);
  const metadata = fields(found['$metadata']);
  const headers = fields(fields(found['$response'])['headers']);
  const status = metadata['httpStatusCode'];
  const named = textOf(found['Code']) ?? textOf(found['name']) ?? '';
  return {
    // The library's own names for an answer without a body.
    code: /^(?:\d+|Error|NotFound|Unknown|UnknownError|UnknownException)$/.test(named) ? '' : named,
    status: typeof status === 'number' ? status : 0,
    message: textOf(found['message']) ?? '',
    region: textOf(found['Region']) ?? textOf(headers['x-amz-bucket-region']),
    retryAfterMs: retryAfterMs(headers['retry-after']),
    requestId: textOf(metadata['requestId']),
  };
}

/** True where the server does not know something optional that the request made use of. */
export function isUnsupported(failure: S3Failure): boolean {
  if (failure.status === 501 || failure.code === 'NotImplemented') return true;
  return failure.status === 400 && ['InvalidArgument', 'InvalidRequest', 'UnsupportedArgument'].includes(failure.code);
}

export interface Sentences {
  /** What the server is called. */
  host: string;
  bucket: string;
  /** Takes out what must not be written anywhere: a server may echo it. */
  scrub(text: string): string;
}

/** What a failed request means. Never keeps the library's error as a cause: it holds headers and parts of the signature. */
export function toS3Error(error: unknown, told: Sentences): HoldfastError {
  if (error instanceof HoldfastError) return error;
  // Also where a status came and the connection ended before the reason did.
  const network = networkError(error, told.host);
  if (network !== null) return network;
  const failure = failureOf(error);
  const detail = told
    .scrub(
      `${failure.code || 'no code'} (HTTP ${failure.status}${failure.requestId === null ? '' : `, request ${failure.requestId}`}): ${failure.message}`,
    )
    .slice(0, 500);
  const make = (
    code: ErrorCode,
    message: string | Text,
    guidance: string | Text,
    retry?: { afterMs: number | null },
  ): HoldfastError => new HoldfastError(code, message, guidance, { detail, ...(retry === undefined ? {} : { retry }) });
  const { code, status } = failure;
  const again = { afterMs: failure.retryAfterMs };

  if (code === 'RequestTimeTooSkewed' || code === 'RequestExpired') {
    return make(
      'destination-busy',
      text`${told.host} says that this computer’s clock is wrong.`,
      text`${SAFE} Check this computer’s date and time; Holdfast tries again.`,
      again,
    );
  }
  if (SIGN_IN.has(code) || status === 401) {
    return make(
      'destination-sign-in',
      code.includes('Token')
        ? text`${told.host} does not accept the access key any more: it has expired.`
        : text`${told.host} does not accept the access key.`,
      text`${SAFE} Enter the access key and the secret key once more; your provider’s console makes new ones.`,
    );
  }
  if (code === 'NoSuchBucket') {
    return make(
      'destination-missing',
      text`There is no bucket ${told.bucket} at ${told.host}.`,
      'Nothing was changed. Check its name and region, or make it in your provider’s console first.',
    );
  }
  if (REGION.has(code) || REDIRECTS.has(status)) {
    return make(
      'bad-input',
      failure.region === null
        ? text`The bucket ${told.bucket} is in another region.`
        : text`The bucket ${told.bucket} is in another region: ${failure.region}.`,
      failure.region === null
        ? 'Nothing was changed. Look up its region in your provider’s console and enter it here.'
        : text`Nothing was changed. Enter ${failure.region} as the region of this destination.`,
    );
  }
  if (code === 'InvalidStorageClass') {
    return make(
      'bad-input',
      text`${told.host} does not have the storage class that was chosen.`,
      'Nothing was stored. Choose another one for this destination, or the usual one.',
    );
  }
  if (code === 'InvalidObjectState') {
    return make(
      'destination-denied',
      text`A part of the backup lies in an archive of ${told.host} and cannot be read at once.`,
      'Nothing was lost. Have the objects restored from the archive in your provider’s console, then try again.',
    );
  }
  if (FULL.has(code) || status === 507) {
    return make(
      'destination-full',
      text`There is no space left for the bucket ${told.bucket} at ${told.host}.`,
      text`${SAFE} Raise the limit there or remove something, then start again.`,
    );
  }
  if (BUSY.has(code) || status === 429 || status === 503 || status === 409) {
    return make(
      'destination-busy',
      text`${told.host} asks to be left alone for a while.`,
      text`${SAFE} Holdfast goes on by itself when it may.`,
      again,
    );
  }
  if (DENIED.has(code) || status === 403) {
    return make(
      'destination-denied',
      text`The access key is not allowed to do this in the bucket ${told.bucket}.`,
      'Nothing stored there was changed. In your provider’s console, give the key the right to list, read, write and delete there.',
    );
  }
  if (GARBLED.has(code)) {
    return make(
      'destination-failed',
      text`What arrived at ${told.host} was not what was sent, and it was not stored.`,
      text`${SAFE} Holdfast sends it again.`,
      again,
    );
  }
  if (status >= 500) {
    return make(
      'destination-failed',
      text`${told.host} had a fault of its own.`,
      text`${SAFE} Holdfast tries again; if it goes on, ask your provider.`,
      again,
    );
  }
  return make(
    'destination-failed',
    text`${told.host} did not do what it was asked.`,
    text`${SAFE} Try again; if it fails again, check the address: it may not be an S3 service.`,
  );
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
