/** Tells what concerns one object from what keeps the storage, or this run, from being read at all. */
import { HoldfastError, inDetail, type ErrorCode } from '../../errors.ts';
import { told } from '../../text.ts';
import type { VerbContext } from '../verb-context.ts';

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

/** True where a disk gave nothing of what was read; nothing is said of the rest of it. */
export function isBadSector(error: unknown): boolean {
  if (!(error instanceof HoldfastError) || error.code !== 'destination-failed') return false;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && cause.code === 'EIO';
}

/** An object of a domain that did not open, and why. */
interface Unopened {
  /** Logical name. */
  object: string;
  error: HoldfastError;
}

/** Those of a domain that the disk did not give. */
export const unreadIn = ({ damage }: { damage: readonly Unopened[] }): HoldfastError[] =>
  damage.flatMap(({ error }) => (isUnreadable(error) ? [error] : []));

/**
 * For what decides by all segments and snapshots together: one that the disk does not give may be whole. Packs tell
 * nothing but what they hold. Errors: object-unreadable.
 */
export function refuseUnread({ damage }: { damage: readonly Unopened[] }): void {
  const unread = damage.find(({ object, error }) => isUnreadable(error) && !/\/[pm]\//.test(object));
  if (unread !== undefined) throw unread.error;
}

/** Says what the disk did not give of a domain, where whoever reads it goes on without. */
export function tellUnread(domain: { damage: readonly Unopened[] }, { emit }: Pick<VerbContext, 'emit'>): void {
  for (const error of unreadIn(domain)) emit({ type: 'message', level: 'warning', ...told(inDetail(error)) });
}

const ONE_OBJECT: ReadonlySet<ErrorCode> = new Set(['object-damaged', 'object-missing', 'object-unreadable']);
