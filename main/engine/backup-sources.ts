/** What a backup is made of: the sources that are there, without the folders that hold the backup itself. */
import { statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { HoldfastError } from '../errors.ts';
import { text } from '../text.ts';
import { folderOf } from '../destinations/spec.ts';
import type { BackupInput } from './api.ts';
import { fromPath, fsPath, type ByteString } from './format/byte-path.ts';
import type { SkippedEntry } from './pipeline/messages.ts';
import { errorCode, reasonOf } from './pipeline/scanner.ts';
import { spoolError, systemErrorInfo } from './pipeline/spool-error.ts';

/** Folders of this computer that hold the backup's own files: never backed up into itself. */
export function ownFolders({ destination, also, stateFolder }: BackupInput): string[] {
  const places = [destination, ...(also ?? [])];
  return [stateFolder, ...places.flatMap((place) => [folderOf(place), place.scratch])].filter(
    (folder) => typeof folder === 'string',
  );
}

/**
 * Real paths of the sources that are there, none inside another.
 *
 * @param label the destination in short words
 * @throws HoldfastError `source-missing`, `bad-input`
 */
export async function findSources(
  input: BackupInput,
  label: string,
  skip: (entry: SkippedEntry) => void,
): Promise<ByteString[]> {
  const own = await Promise.all(ownFolders(input).map(realOrNull));
  const found = new Set<ByteString>();
  let insideOwn = false;
  for (const source of input.sources) {
    let path: ByteString;
    try {
      path = portable(await realpath(fsPath(fromPath(source)), 'buffer'));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      skip({ path: fromPath(source), reason: reasonOf(error), detail: errorCode(error) });
      continue;
    }
    if (own.some((folder) => folder !== null && isWithin(path, folder))) {
      skip({ path, reason: 'destination-inside', detail: '' });
      insideOwn = true;
      continue;
    }
    found.add(path);
  }
  if (found.size === 0) throw insideOwn ? onlyItself(label) : noSources(input.sources);
  const all = [...found].sort();
  return all.filter((path) => !all.some((other) => other !== path && isWithin(path, other)));
}

export const noSources = (sources: string[]): HoldfastError =>
  new HoldfastError(
    'source-missing',
    'None of the folders to back up is there.',
    'Earlier backups are untouched. Connect the disk they are on, or choose other folders.',
    { detail: sources.join(', ') },
  );

/** "device:inode" of folders that are there. Errors: destination-* where one cannot be looked at: it must not be taken in. */
export function avoided(paths: string[]): string[] {
  return paths.flatMap((path) => {
    try {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? [] : [`${stat.dev}:${stat.ino}`];
    } catch (error) {
      throw spoolError(systemErrorInfo(error), path);
    }
  });
}

const isWithin = (path: ByteString, folder: ByteString): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/** Null where there is nothing yet. */
const realOrNull = (path: string): Promise<ByteString | null> =>
  realpath(fsPath(fromPath(path)), 'buffer').then(portable, () => null);

const onlyItself = (label: string): HoldfastError =>
  new HoldfastError(
    'bad-input',
    text`${label} is where the backup itself is kept: it cannot be backed up into itself.`,
    'Nothing was changed. Choose the folders with your own files.',
  );

/** Real path as bytes with `/` between its components. */
function portable(real: Buffer): ByteString {
  const path = real.toString('latin1');
  return (process.platform === 'win32' ? path.replaceAll('\\', '/') : path) as ByteString;
}
