/** Tells what concerns one object from what keeps the storage, or this run, from being read at all. */
import { HoldfastError, type ErrorCode } from '../../errors.ts';

/**
 * True for errors that end a reading verb: the storage cannot be reached or refuses, this computer has no room for what
 * is fetched, the run was stopped. Never "damaged": what was not read is not known to be bad.
 */
export function endsReading(error: unknown): boolean {
  if (!(error instanceof HoldfastError)) return false;
  const { code } = error;
  return code.startsWith('destination-') || code === 'stopped' || code === 'target-full';
}

/** True where one object is not there, is damaged, or does not come from the disk: whatever else there is can be read. */
export function concernsOneObject(error: unknown): boolean {
  return error instanceof HoldfastError && ONE_OBJECT.has(error.code);
}

/** True for errors about one object behind which the whole storage may have gone away: a look at it tells. */
export const mayBeGone = (code: ErrorCode): boolean => code === 'object-missing' || code === 'object-unreadable';

/** True where the disk does not give what is there: it may be whole, and is not to be called lost. */
export const isUnreadable = (error: unknown): error is HoldfastError =>
  error instanceof HoldfastError && error.code === 'object-unreadable';

const ONE_OBJECT: ReadonlySet<ErrorCode> = new Set(['object-damaged', 'object-missing', 'object-unreadable']);
