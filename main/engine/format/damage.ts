/** The errors that decoding can end in. */
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';

/** Bytes that do not hold what they must: failed authentication, bad structure, wrong length. */
export function damaged(what: string, detail?: string): HoldfastError {
  return new HoldfastError(
    'object-damaged',
    text`${what} is damaged.`,
    'Nothing was changed. Run a full verification to see which files are affected; other snapshots may hold them whole.',
    detail === undefined ? {} : { detail },
  );
}

/** A version, suite or feature that this program does not know. */
export function newerFormat(what: string): HoldfastError {
  return new HoldfastError(
    'newer-format',
    text`${what} was made by a newer version of Holdfast.`,
    'Nothing is wrong with the backup. Update Holdfast on this computer, then try again.',
  );
}
