/** Opens a file in main for as long as it is shown, and closes it with the component and on lock. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Look } from '../../../preload/contract.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, toUserError, type UserError } from '../../state/bridge.ts';

export interface Opened {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly look: Look;
}

export interface Preview {
  readonly opened: Opened | null;
  readonly error: UserError | null;
  readonly retry: () => void;
}

/** @param onLock called when the app locks while it is open */
export function usePreview(snapshotId: string, entryId: string, onLock: () => void): Preview {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [error, setError] = useState<UserError | null>(null);
  const [round, setRound] = useState(0);
  const locked = useAppState((state) => state.locked);
  const wasLocked = useRef(locked);

  useEffect(() => {
    let here = true;
    let id: string | null = null;
    setOpened(null);
    setError(null);
    api.preview.open({ snapshotId, entryId }).then(
      (found) => {
        id = found.id;
        if (here) setOpened(found);
        else void api.preview.close({ id }).catch(() => undefined);
      },
      (thrown: unknown) => {
        if (here) setError(toUserError(thrown));
      },
    );
    return () => {
      here = false;
      // Null while it is being opened: reading a large mailbox may take minutes.
      void api.preview.close({ id }).catch(() => undefined);
    };
  }, [snapshotId, entryId, round]);

  useEffect(() => {
    if (locked && !wasLocked.current) onLock();
    wasLocked.current = locked;
  }, [locked, onLock]);

  return { opened, error, retry: useCallback(() => setRound((n) => n + 1), []) };
}
