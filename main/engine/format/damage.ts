/** The errors that decoding can end in. */
import { HoldfastError } from '../../errors.ts';
import { sentence, text, type Text } from '../../text.ts';

/**
 * Bytes that do not hold what they must: failed authentication, bad structure, wrong length.
 * @param what an object's name, or a few words that catalogs know
 */
export function damaged(what: string | Text, detail?: string): HoldfastError {
  return new HoldfastError(
    'object-damaged',
    text`${sentence(what)} is damaged.`,
    'Nothing was changed. Run a full verification to see which files are affected; other snapshots may hold them whole.',
    detail === undefined ? {} : { detail },
  );
}

/** For `damaged`. @param id of the computer, in hex */
export const folderOfComputer = (id: string): Text => text`The folder of computer ${id}`;

/** A version, suite or feature that this program does not know. */
export function newerFormat(what: string): HoldfastError {
  return new HoldfastError(
    'newer-format',
    text`${sentence(what)} was made by a newer version of Holdfast.`,
    'Nothing is wrong with the backup. Update Holdfast on this computer, then try again.',
  );
}
