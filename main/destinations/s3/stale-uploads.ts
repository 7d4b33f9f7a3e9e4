/** Uploads in parts that nobody will finish: they are invisible in lists, and billed. */
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { STALE_MS } from '../bounds.ts';
import { isObjectName } from '../names.ts';
import type { Bucket } from './client.ts';
import type { Multipart } from './multipart.ts';

/** Removes unfinished uploads of `owner`, and day-old ones of objects that belong to nobody. @throws HoldfastError */
export async function clearStale(
  bucket: Bucket,
  parts: Multipart,
  owner: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { prefix } = bucket.place;
  let from: { KeyMarker?: string; UploadIdMarker?: string } | null = {};
  while (from !== null) {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
      Bucket: bucket.place.bucket,
      Prefix: prefix,
      ...from,
    });
    const heard = await bucket.ask(
      'list',
      signal,
      // Keys without this right, and servers that keep no such list, can still make backups.
      (failure) => failure.code === 'AccessDenied' || failure.status === 501 || failure.code === 'NoSuchUpload',
      async ({ signal: abortSignal }) => await bucket.client.send(command, { abortSignal }),
    );
    if ('failure' in heard) return;
    for (const { Key, UploadId, Initiated } of heard.answer.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || !Key.startsWith(prefix)) continue;
      const name = Key.slice(prefix.length);
      const age = bucket.now() - (Initiated?.getTime() ?? 0);
      if (!isObjectName(name)) continue;
      if (name.startsWith(`c/${owner}/`) || (!name.startsWith('c/') && age > STALE_MS)) {
        await parts.abort(name, UploadId, signal);
      }
    }
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = heard.answer;
    from =
      IsTruncated === true && NextKeyMarker !== undefined
        ? { KeyMarker: NextKeyMarker, ...(NextUploadIdMarker ? { UploadIdMarker: NextUploadIdMarker } : {}) }
        : null;
  }
}
