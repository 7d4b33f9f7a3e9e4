/**
 * Removing objects. In a bucket with versions a plain removal only hides an object; where a lock was chosen, that would
 * look like a removal that the lock should have refused. So there the lock is asked first, and the versions go for good.
 */
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import type { Bucket } from './client.ts';
import type { S3Failure } from './errors.ts';

/** Versions of one object that one call removes at most. */
const MAX_VERSIONS = 1_000;

/** It is no error if the object is already gone. @throws HoldfastError `destination-denied` while it is locked */
export async function removeObject(bucket: Bucket, name: string, signal: AbortSignal | undefined): Promise<void> {
  if (bucket.place.lock === null) {
    const failure = await removeVersion(bucket, name, undefined, signal);
    if (failure !== null) await explainRefusal(bucket, name, failure, signal);
    return;
  }
  for (let count = 0; count < MAX_VERSIONS; count += 1) {
    const head = await bucket.head(name, signal);
    if (head === null) return;
    const until = head.ObjectLockRetainUntilDate;
    if (until !== undefined && until.getTime() > bucket.now()) throw locked(name, until);
    if (head.ObjectLockLegalHoldStatus === 'ON') throw locked(name, null);
    const failure = await removeVersion(bucket, name, head.VersionId, signal);
    if (failure !== null) await explainRefusal(bucket, name, failure, signal);
    if (head.VersionId === undefined) return;
  }
}

/** Null where it is gone; else the refusal, which may be the lock's. */
async function removeVersion(
  bucket: Bucket,
  name: string,
  version: string | undefined,
  signal: AbortSignal | undefined,
): Promise<S3Failure | null> {
  const command = new DeleteObjectCommand({
    ...bucket.keyOf(name),
    ...(version === undefined ? {} : { VersionId: version }),
  });
  const gone = (failure: S3Failure): boolean => failure.code === 'NoSuchKey' || failure.code === 'NoSuchVersion';
  const heard = await bucket.ask(
    'remove',
    signal,
    (failure) => gone(failure) || isLock(failure),
    async ({ signal: abortSignal }) => await bucket.client.send(command, { abortSignal }),
  );
  return 'failure' in heard && !gone(heard.failure) ? heard.failure : null;
}

/** Servers say it in their own words: `AccessDenied … object protected by object lock`, `ObjectLocked`, `InvalidRequest`. */
function isLock(failure: S3Failure): boolean {
  return /lock|retention|WORM|protected/i.test(`${failure.code} ${failure.message}`) && failure.status < 500;
}

async function explainRefusal(
  bucket: Bucket,
  name: string,
  failure: S3Failure,
  signal: AbortSignal | undefined,
): Promise<never> {
  const head = await bucket.head(name, signal).catch(() => null);
  signal?.throwIfAborted();
  throw locked(name, head?.ObjectLockRetainUntilDate ?? null, failure.message);
}

function locked(name: string, until: Date | null, said = ''): HoldfastError {
  const day = until?.toISOString().replace(/T(\d\d:\d\d).*/, ' $1 UTC');
  return new HoldfastError(
    'destination-denied',
    day === undefined
      ? 'This part of the backup is protected from deletion.'
      : text`This part of the backup is protected from deletion until ${day}.`,
    'It was not removed, and nothing was lost. It can be removed when its protection has ended; the space is used until then.',
    { detail: `${name}: ${said}`.slice(0, 300) },
  );
}
