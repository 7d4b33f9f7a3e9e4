/** What servers of each kind say about coming back, empty and absurd words too. */
import { describe, expect, it } from 'vitest';
import { toDriveError } from '../../main/destinations/google-drive/drive-errors.ts';
import { retryAfterMs } from '../../main/destinations/remote/retry-after.ts';
import { toS3Error } from '../../main/destinations/s3/errors.ts';
import { DavFailure, toDavError } from '../../main/destinations/webdav/errors.ts';

const NOTHING = ['', ' ', '0', '-1', '1.5', 'soon', '99999999999999999999', 'Thu, 01 Jan 1970 00:00:00 GMT'];

describe('Retry-After', () => {
  it('is seconds or a date', () => {
    const now = Date.UTC(2026, 0, 1);
    expect(retryAfterMs('30', now)).toBe(30_000);
    expect(retryAfterMs('Thu, 01 Jan 2026 00:02:00 GMT', now)).toBe(120_000);
    expect(retryAfterMs('Thu, 01 Jan 2026 00:00:00 GMT', now)).toBeNull();
    for (const value of [undefined, null, 30, ['30']]) expect(retryAfterMs(value, now)).toBeNull();
  });

  it.each(NOTHING)('%j says nothing, for every kind of server', (value) => {
    const s3 = { $metadata: { httpStatusCode: 503 }, $response: { headers: { 'retry-after': value } } };
    const told = { host: 'host', bucket: 'bucket', scrub: (text: string) => text };
    const drive = { response: { status: 429, data: {}, headers: new Headers({ 'retry-after': value }) } };
    const errors = [
      toDavError(new DavFailure('PUT', 503, { 'retry-after': value }, ''), 'host', (text) => text),
      toS3Error(s3, told),
      toDriveError(drive, 'files.list'),
    ];
    for (const error of errors) expect([error.code, error.retry]).toEqual(['destination-busy', { afterMs: null }]);
  });

  it.each([
    [60, 60_000],
    [0, 24 * 3_600_000],
  ])('Drive’s limit of a day, with the word %i, is waited for %i ms', (seconds, afterMs) => {
    const data = { error: { errors: [{ reason: 'uploadLimitExceeded' }] } };
    const headers = new Headers({ 'retry-after': String(seconds) });
    const error = toDriveError({ response: { status: 403, data, headers } }, 'files.create');
    expect([error.code, error.retry]).toEqual(['destination-busy', { afterMs }]);
  });
});
