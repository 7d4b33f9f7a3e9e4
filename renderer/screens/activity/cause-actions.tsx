import { Trans } from '@lingui/react/macro';
import { RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';
import type { Cause } from './causes.ts';
import { LeaveOut } from './leave-out.tsx';
import { useActiveRun } from './use-runs.ts';

function TryAgain(): ReactNode {
  const active = useActiveRun();
  const start = useAction(() => api.backup.start(), { onDone: () => navigate({ screen: 'home' }) });
  return (
    <Button size="s" icon={RefreshCw} pending={start.pending} isDisabled={active !== null} onPress={() => start.run()}>
      <Trans>Try again now</Trans>
    </Button>
  );
}

/** What can be done about a cause, from the screen that shows it. */
export function CauseActions({ cause }: { cause: Cause }): ReactNode {
  switch (cause.reason) {
    case 'changed':
    case 'other':
      return <TryAgain />;
    case 'denied':
    case 'io-error':
      return (
        <>
          <LeaveOut cause={cause} />
          <TryAgain />
        </>
      );
    case 'vanished':
    case 'attributes':
      return null;
    case 'unsupported':
    case 'destination-inside':
      return (
        <Button size="s" variant="quiet" onPress={() => navigate({ screen: 'settings', section: 'excludes' })}>
          <Trans>See the rules</Trans>
        </Button>
      );
  }
}
