/** Reading stored objects: whole, or a range, exactly. */
import type { Readable } from 'node:stream';
import { MAX_OBJECT } from '../bounds.ts';
import { objectDamaged } from '../local/errors.ts';
import type { DriveClient } from './client.ts';
import { DriveError, isStatus, toDriveError } from './drive-errors.ts';

/** Longest refusal, in bytes. */
const MAX_REFUSAL = 64 * 1024;

export interface Range {
  offset: number;
  /** At least 1. */
  length: number;
}

/**
 * Reads a file's bytes, all of them where `range` is null.
 * @param name of the object, for errors
 * @throws HoldfastError `object-damaged` where it has fewer bytes; a `DriveError` of status 404 where it is gone
 */
export async function readFile(
  client: DriveClient,
  id: string,
  name: string,
  range: Range | null,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  try {
    return await download(client, id, name, range, false, signal);
  } catch (error) {
    if (isStatus(error, 416)) throw objectDamaged(name, `ends before ${range?.offset ?? 0}+${range?.length ?? 0}`);
    // Google takes the file for malware. The owner may have it all the same, who says so by a flag.
    if (!(error instanceof DriveError) || error.reason !== 'cannotDownloadAbusiveFile') throw error;
    return await download(client, id, name, range, true, signal);
  }
}

async function download(
  client: DriveClient,
  id: string,
  name: string,
  range: Range | null,
  acknowledgeAbuse: boolean,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  return await client.call('files.download', signal, async ({ auth, request }) => {
    const answer = await auth.request<Readable>({
      url: `${client.endpoints.api}drive/v3/files/${encodeURIComponent(id)}`,
      params: { alt: 'media', supportsAllDrives: 'true', ...(acknowledgeAbuse ? { acknowledgeAbuse: 'true' } : {}) },
      headers: {
        'accept-encoding': 'identity',
        ...(range === null ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` }),
      },
      responseType: 'stream',
      validateStatus: () => true, // the library loses what a refusal says when it reads the body as a stream
      signal: request.signal,
      retry: false,
    });
    try {
      if (answer.status !== 200 && answer.status !== 206) {
        const data = Buffer.from(await request.collect(answer.data, name, MAX_REFUSAL)).toString('utf8');
        throw toDriveError({ response: { status: answer.status, headers: answer.headers, data } }, 'files.download');
      }
      const length = answer.headers.get('content-length');
      const isWhole = answer.status === 200 && range?.offset === 0 && Number(length) === range.length;
      if (range !== null && !isWhole) assertRangeOf(answer.status, answer.headers.get('content-range'), range, name);
      const bytes = await request.collect(answer.data, name, range?.length ?? MAX_OBJECT);
      const expected = range?.length ?? (length === null ? bytes.length : Number(length));
      if (bytes.length !== expected) throw Object.assign(new Error('premature close'), { code: 'ECONNRESET' });
      return bytes;
    } finally {
      answer.data.destroy();
    }
  });
}

/** The answer must be the part that was asked for, and all of it. */
function assertRangeOf(status: number, header: string | null, range: Range, name: string): void {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header ?? '');
  if (status !== 206 || match === null || Number(match[1]) !== range.offset) {
    throw objectDamaged(name, `asked for ${range.offset}+${range.length}, got ${header ?? `status ${status}`}`);
  }
  if (Number(match[2]) !== range.offset + range.length - 1) {
    throw objectDamaged(name, `has ${match[3] ?? '?'} bytes, asked for ${range.offset}+${range.length}`);
  }
}
