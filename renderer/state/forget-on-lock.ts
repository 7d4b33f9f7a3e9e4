/** What was decrypted leaves the window together with the key, whichever screen is open. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useAppState, useAppStateSnapshot } from './app-state.tsx';

/** What is read with the key: contents, and the names of computers. */
const OPENED = ['browse', 'keyring'];

/** Empties everything that was read with the key when the app locks, and reads what is shown again when it unlocks. */
export function useForgetOnLock(): void {
  const client = useQueryClient();
  const locked = useAppStateSnapshot().state?.locked ?? true;
  const before = useRef(locked);
  useEffect(() => {
    if (locked !== before.current) for (const name of OPENED) void client.resetQueries({ queryKey: [name] });
    before.current = locked;
  }, [client, locked]);
}

/**
 * How often the app has locked: as the key of a part of the page it makes that part anew, so that what its components
 * remember of names goes too. Unlocking changes nothing.
 */
export function useLockings(): number {
  const locked = useAppState((state) => state.locked);
  const [seen, setSeen] = useState({ locked, lockings: 0 });
  if (seen.locked === locked) return seen.lockings;
  const next = { locked, lockings: seen.lockings + (locked ? 1 : 0) };
  setSeen(next);
  return next.lockings;
}
