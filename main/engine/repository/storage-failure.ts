/** Tells what concerns one object from what keeps the storage, or this run, from being read at all. */
import { HoldfastError } from '../../errors.ts';

/**
 * True for errors that end a reading verb: the storage cannot be reached or refuses, this computer has no room for what
 * is fetched, the run was stopped. Never "damaged": what was not read is not known to be bad.
 */
export function endsReading(error: unknown): boolean {
  if (!(error instanceof HoldfastError)) return false;
  const { code } = error;
  return code.startsWith('destination-') || code === 'stopped' || code === 'target-full';
}
