import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { LogIn } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { Destination } from '../../../preload/contract.ts';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';
import { Button } from '../button.tsx';
import { Sheet } from '../overlays.tsx';
import { ErrorNote } from '../states.tsx';
import { visibleName } from '../visible.ts';
import { GoogleWait } from './google-wait.tsx';
import { RenewSheet } from './renew-sheet.tsx';
import './places.css';

/** Opens the way in again: Google's page in the browser, or the fields for another password or key. */
export function SignInAgain({ destination }: { destination: Destination }): ReactNode {
  const [open, setOpen] = useState(false);
  const google = destination.kind === 'google-drive';
  return (
    <>
      <Button size="s" icon={LogIn} onPress={() => setOpen(true)}>
        <Trans>Sign in again</Trans>
      </Button>
      {google ? (
        open && <GoogleAgain destination={destination} onClose={() => setOpen(false)} />
      ) : (
        <RenewSheet destination={destination} open={open} onClose={() => setOpen(false)} />
      )}
    </>
  );
}

/** Begins as soon as it is opened: whoever pressed “Sign in again” has said what they want. */
export function GoogleAgain({ destination, onClose }: { destination: Destination; onClose: () => void }): ReactNode {
  const sign = useAction(
    async () => await api.destinations.googleSignIn({ client: null, destinationId: destination.id }),
    {
      failure: 'inline',
      onDone: ({ account }) => {
        toast.done(t`Signed in as ${account}. What is missing there follows with the next backup.`);
        onClose();
      },
    },
  );
  const begun = useRef(false);
  const pending = useRef(false);
  pending.current = sign.pending;
  const { run } = sign;
  useEffect(() => {
    if (!begun.current) run();
    begun.current = true;
  }, [run]);
  const leave = (): void => {
    if (pending.current) void api.destinations.googleCancel().catch(() => undefined);
    onClose();
  };
  const footer = (
    <>
      <Button onPress={leave}>
        <Trans>Close</Trans>
      </Button>
      <Button variant="primary" onPress={() => run()}>
        <Trans>Try again</Trans>
      </Button>
    </>
  );
  return (
    <Sheet
      open
      onClose={leave}
      title={t`Sign in to ${visibleName(destination.name)} again`}
      line={t`Google ended the sign-in, or you withdrew it. What is stored there is safe.`}
      {...(sign.error === null ? {} : { footer })}
    >
      {sign.error === null ? (
        <GoogleWait framed={false} onCancel={leave} />
      ) : (
        <ErrorNote error={sign.error} tone={sign.error.code === 'stopped' ? 'plain' : 'amber'} />
      )}
    </Sheet>
  );
}
