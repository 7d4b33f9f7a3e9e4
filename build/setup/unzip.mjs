/** Unpacks zip archives with modes and links; yauzl refuses names that would leave the target folder. */
import { createWriteStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';

const FILE_TYPE = 0o170000;
const SYMLINK = 0o120000;

/**
 * @param {string} archive
 * @param {string} target an existing folder
 * @param {(name: string) => string | null} rename the name below the target, or null to leave an entry out
 */
export async function unzip(archive, target, rename = (name) => name) {
  const zip = await yauzl.openPromise(archive);
  for await (const entry of zip.eachEntry()) {
    const name = rename(entry.fileName);
    if (name === null || name === '') continue;
    const place = path.join(target, name);
    if (name.endsWith('/')) {
      await mkdir(place, { recursive: true });
      continue;
    }
    await mkdir(path.dirname(place), { recursive: true });
    const mode = entry.externalFileAttributes >>> 16;
    const contents = await zip.openReadStreamPromise(entry);
    if ((mode & FILE_TYPE) === SYMLINK) await symlink((await buffer(contents)).toString(), place);
    else await pipeline(contents, createWriteStream(place, { mode: (mode & 0o777) | 0o600 }));
  }
}
