/** The error of an object that is there and cannot be read. */
import { HoldfastError } from '../../errors.ts';

/** An object that is there and does not come: a bad sector, or a right that is lacking. Never the same as lost. */
export function notGiven(name: string, cause: unknown): HoldfastError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const detail = cause instanceof HoldfastError ? (cause.detail ?? said) : said;
  return new HoldfastError(
    'object-unreadable',
    'The disk does not give a part of the backup.',
    'Nothing was changed, and the part may still be whole. Check the cable and the rights of the backup’s folder; if the disk is failing, copy the backup to another one.',
    { detail: `${name}: ${detail}`, cause },
  );
}
