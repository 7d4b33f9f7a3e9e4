import { Trans } from '@lingui/react/macro';
import { KeyRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { Note } from '../../components/surfaces.tsx';
import { useNow } from '../../components/time.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';

const toProtection = (): void => navigate({ screen: 'protection' });

/** What only the person can do for the key: to practise it, to end a change of it. */
export function CareNotes(): ReactNode {
  const { practice, keyChange } = useAppState((state) => state.care);
  const later = useAction(() => api.care.practiceLater());
  const due = useNow() >= practice.dueAt;
  return (
    <>
      {keyChange !== null && (
        <Note
          tone="amber"
          icon={KeyRound}
          action={
            <Button size="s" onPress={toProtection}>
              <Trans>See what is left</Trans>
            </Button>
          }
        >
          <p>
            <Trans>
              <strong>The change of your key is not over.</strong> Keep the old digits until it is.
            </Trans>
          </p>
        </Note>
      )}
      {due && keyChange === null && (
        <Note
          icon={KeyRound}
          action={
            <span className="row">
              <Button size="s" variant="quiet" pending={later.pending} onPress={() => later.run()}>
                <Trans>In a week</Trans>
              </Button>
              <Button size="s" onPress={toProtection}>
                <Trans>Practise</Trans>
              </Button>
            </span>
          }
        >
          <p>
            <Trans>
              <strong>Could you still open your backup?</strong> Fetch the 64 digits and type them once. It is practice:
              wrong entries never count.
            </Trans>
          </p>
        </Note>
      )}
    </>
  );
}
