/** What was decrypted leaves the window together with the key, whichever screen is open. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useAppStateSnapshot } from './app-state.tsx';

/** Empties everything that Browse has read when the app locks, and reads what is shown again when it unlocks. */
export function useForgetOnLock(): void {
  const client = useQueryClient();
  const locked = useAppStateSnapshot().state?.locked ?? true;
  const before = useRef(locked);
  useEffect(() => {
    if (locked !== before.current) void client.resetQueries({ queryKey: ['browse'] });
    before.current = locked;
  }, [client, locked]);
}
