/** Whether a file on the disk is the one that a release names. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ReleaseFile } from './manifest.ts';

/** The file is not the one that was signed. */
export class RefusedFile extends Error {}

/** @throws RefusedFile where size or SHA-512 are not those of `file`; the system's error where it can't be read */
export async function refuseOther(at: string, file: Pick<ReleaseFile, 'size' | 'sha512'>): Promise<void> {
  const { size } = await stat(at);
  if (size !== file.size) throw new RefusedFile(`${path.basename(at)} has ${size} of ${file.size} bytes`);
  const hash = createHash('sha512');
  for await (const part of createReadStream(at)) hash.update(part as Uint8Array);
  if (hash.digest('base64') !== file.sha512) throw new RefusedFile(`${path.basename(at)} has another hash`);
}
