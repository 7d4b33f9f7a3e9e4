import { useEffect, useState } from 'react';
import type { Looking } from '../../../preload/contract.ts';
import { on } from '../../state/bridge.ts';

/** Entries that a long look has passed while it goes on; null before it told any. */
export function useLooking(what: Looking['what'], going: boolean): number | null {
  const [entries, setEntries] = useState<number | null>(null);
  useEffect(() => {
    if (!going) return undefined;
    setEntries(null);
    return on('looking', (told) => {
      if (told.what === what) setEntries(told.entries);
    });
  }, [what, going]);
  return going ? entries : null;
}
