/** Snapshots by which a computer's domain shows that two of them have written as one. */
import type { StoredSnapshot } from './domain.ts';

/**
 * Those whose number another one of the same computer has. Who has taken a domain over may give a number again that only
 * a place which was away has; both count where the owner's note names the earlier one.
 */
export function twiceNumbered(snapshots: readonly StoredSnapshot[]): StoredSnapshot[] {
  const seen = new Set<string>();
  return snapshots.filter(({ writer, snapshot }) => {
    const key = `${writer} ${snapshot.sequence}`;
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  });
}
