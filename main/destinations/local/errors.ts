/** From the operating system's error numbers to sentences for the user. */
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import { isShortOfFiles, tooManyOpen } from '../../open-files.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const DENIED = new Set(['EACCES', 'EPERM', 'EROFS']);
/** What a disk or share that went away answers, besides ENOENT. */
const GONE = new Set(['ENODEV', 'ENXIO', 'ENOTCONN', 'ESTALE', 'EHOSTDOWN', 'EHOSTUNREACH']);
const ABSENT = new Set(['ENOENT', 'ENOTDIR']);

/** The error number's name (`ENOENT`), or empty for anything that is not an error of the operating system. */
export function errnoOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** True where a file or one of its folders is not there. */
export function isAbsent(error: unknown): boolean {
  return ABSENT.has(errnoOf(error));
}

/**
 * Maps what the file system threw. ENOENT is not decided here: whether an object or the whole disk is gone takes a
 * look at the root folder (root.ts).
 *
 * @param root absolute path of the repository's folder, for the sentence
 * @param access what was being done
 */
export function toDestinationError(error: unknown, root: string, access: 'read' | 'write'): HoldfastError {
  if (error instanceof HoldfastError) return error;
  if (isShortOfFiles(error)) return tooManyOpen(error);
  const code = errnoOf(error);
  const options = { detail: error instanceof Error ? error.message : String(error), cause: error };
  if (GONE.has(code)) return destinationMissing(root, options);
  if (FULL.has(code)) {
    return new HoldfastError(
      'destination-full',
      text`There is no space left in ${root}.`,
      'Everything stored before is still there. Free some space, or choose a larger place, then start again.',
      options,
    );
  }
  if (DENIED.has(code)) {
    return new HoldfastError(
      'destination-denied',
      access === 'read'
        ? text`Holdfast is not allowed to read ${root}.`
        : text`Holdfast is not allowed to change ${root}.`,
      'Nothing stored there was changed. Check that the folder is yours and that the disk is not read-only.',
      options,
    );
  }
  return new HoldfastError(
    'destination-failed',
    access === 'read' ? text`Reading from ${root} failed.` : text`Writing to ${root} failed.`,
    'Everything stored before is still there. Try again; if it fails again, check the disk or its connection.',
    options,
  );
}

/** The folder, its disk or its share is not there. */
export function destinationMissing(root: string, options: { detail?: string; cause?: unknown } = {}): HoldfastError {
  return new HoldfastError(
    'destination-missing',
    text`The backup folder ${root} is not there.`,
    'Nothing was lost. If it is on a disk or a network drive, connect it and try again.',
    options,
  );
}

export function objectMissing(name: string): HoldfastError {
  return new HoldfastError(
    'object-missing',
    'A part of the backup is not where it should be.',
    'Nothing else was changed. Verify the backup to see which files are concerned.',
    { detail: name },
  );
}

/** @param why what is wrong with it, for the log */
export function objectDamaged(name: string, why: string): HoldfastError {
  return new HoldfastError(
    'object-damaged',
    'A part of the backup is damaged.',
    'Nothing else was changed. Verify the backup to see which files are concerned.',
    { detail: `${name}: ${why}` },
  );
}
