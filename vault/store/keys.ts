/** What both stores ask of keys and changes, so that they refuse the same ones. */
import type { Commit } from './store.ts';

/** Entries that one range returns where no limit is given. */
export const DEFAULT_RANGE = 1000;
/** Puts, deletes and conditions of one commit: what etcd takes in a transaction (128) less the operation's own key. */
export const MAX_CHANGES = 120;

/** @throws RangeError unless it is 1 to 200 printable ASCII characters, whose order is the order of their bytes */
export function checkKey(key: string): void {
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw new RangeError(`"${key}" is no key of a store`);
}

/** @throws RangeError for what no store takes: a fault of the caller, not of the store */
export function checkCommit(change: Commit): void {
  if (!/^[0-9a-f]{32}$/.test(change.operationId)) throw new RangeError('an operation id is 16 bytes in hex');
  const changed = [...change.puts.map((put) => put.key), ...change.deletes];
  if (new Set(changed).size !== changed.length) throw new RangeError('a commit changes each key once');
  if (changed.length > MAX_CHANGES || change.conditions.length > MAX_CHANGES) {
    throw new RangeError(`a commit has over ${MAX_CHANGES} changes or conditions`);
  }
  for (const key of changed) checkKey(key);
  for (const condition of change.conditions) {
    checkKey(condition.key);
    if (!Number.isSafeInteger(condition.revision) || condition.revision < 0) {
      throw new RangeError(`${condition.revision} is no revision`);
    }
  }
}

/** The first key after all that begin with `prefix`, which is not empty. */
export function prefixEnd(prefix: string): string {
  checkKey(prefix);
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
