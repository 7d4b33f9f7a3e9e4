/** Headers of objects: what requests ask for and promise, what answers tell. */
import { createHash } from 'node:crypto';
import { S3Error } from './errors.ts';
import type { Version } from './store.ts';

/** What the headers of an answer say of an object. */
export function describe(found: Version & { bytes: Buffer }, sums: boolean): Record<string, string> {
  const { lock, sha256 } = found;
  return {
    'content-length': String(found.bytes.length),
    etag: `"${found.etag}"`,
    'last-modified': new Date(found.modified).toUTCString(),
    ...(found.id === 'null' ? {} : { 'x-amz-version-id': found.id }),
    ...(found.storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': found.storageClass }),
    'x-amz-server-side-encryption': 'AES256',
    ...(lock === null
      ? {}
      : {
          'x-amz-object-lock-mode': lock.mode,
          'x-amz-object-lock-retain-until-date': new Date(lock.until).toISOString(),
        }),
    ...(sums && sha256 !== undefined
      ? {
          'x-amz-checksum-sha256': sha256,
          'x-amz-checksum-type': sha256.includes('-') ? 'COMPOSITE' : 'FULL_OBJECT',
        }
      : {}),
  };
}

/** The lock that a request asks for. */
export function lockOf(headers: Record<string, string>): Version['lock'] {
  const mode = headers['x-amz-object-lock-mode'];
  const until = Date.parse(headers['x-amz-object-lock-retain-until-date'] ?? '');
  return mode === undefined || Number.isNaN(until) ? null : { mode, until };
}

/** Checks what the client says that the body hashes to; tells whether it said anything. */
export function checkSums(headers: Record<string, string>, body: Buffer): boolean {
  let said = false;
  const check = (value: string | undefined, actual: () => string, code: string): void => {
    if (value === undefined) return;
    said = true;
    if (value !== actual()) throw new S3Error(400, code, 'The checksum you specified did not match what we received.');
  };
  const hash = (algorithm: string): string => createHash(algorithm).update(body).digest('base64');
  check(headers['content-md5'], () => hash('md5'), 'BadDigest');
  check(headers['x-amz-checksum-sha256'], () => hash('sha256'), 'BadDigest');
  check(headers['x-amz-checksum-crc32'], () => crc32(body), 'BadDigest');
  return said;
}

/** CRC-32 of ISO 3309, big-endian in base64; Node 20 has none of its own. */
function crc32(bytes: Buffer): string {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const out = Buffer.alloc(4);
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return out.toString('base64');
}
