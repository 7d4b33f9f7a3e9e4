/** The sign-in to Google of one picker: goes on while other kinds are looked at, given up when the picker is left. */
import { useEffect, useRef, useState } from 'react';
import type { GoogleAccount } from '../../../preload/contract.ts';
import { api, useAction, type UserError } from '../../state/bridge.ts';

export interface GoogleClient {
  clientId: string;
  clientSecret: string;
}

export interface Google {
  readonly waiting: boolean;
  readonly account: GoogleAccount | null;
  readonly error: UserError | null;
  signIn: (client: GoogleClient | null) => void;
  cancel: () => void;
  /** Back to the beginning, for another account. */
  forget: () => void;
}

export function useGoogle(): Google {
  const [account, setAccount] = useState<GoogleAccount | null>(null);
  const sign = useAction(
    async (client: GoogleClient | null) => await api.destinations.googleSignIn({ client, destinationId: null }),
    { failure: 'inline', onDone: setAccount },
  );
  const cancel = useAction(api.destinations.googleCancel);
  const waiting = useRef(false);
  waiting.current = sign.pending;
  useEffect(
    () => () => {
      if (waiting.current) void api.destinations.googleCancel().catch(() => undefined);
    },
    [],
  );
  return {
    waiting: sign.pending,
    account,
    error: sign.error,
    signIn: sign.run,
    cancel: cancel.run,
    forget: () => {
      setAccount(null);
      sign.reset();
    },
  };
}
