/** Snapshots by which a computer's domain shows that two computers write as one. */
import type { Domain, StoredSnapshot } from './domain.ts';

type Seen = Pick<Domain, 'snapshots' | 'adoption'>;

/**
 * Those of the computer that writes now. What is of computers before it counts by the owner's word, and they write no
 * more: two of one number among these, or one of these and one of its own, are no sign of anything.
 */
export function ofNow({ snapshots, adoption }: Seen): StoredSnapshot[] {
  const number = adoption?.number ?? 0;
  return snapshots.filter(({ writer }) => writer >= number);
}

/** Those of them whose number another one has. */
export function twiceNumbered(domain: Seen): StoredSnapshot[] {
  const seen = new Set<number>();
  return ofNow(domain).filter(({ snapshot: { sequence } }) => {
    if (seen.has(sequence)) return true;
    seen.add(sequence);
    return false;
  });
}
