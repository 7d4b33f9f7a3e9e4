import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { listed } from '../../components/format.ts';
import { Eye } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, ErrorState, Skeleton } from '../../components/index.ts';
import { api, useCall } from '../../state/bridge.ts';
import { goBack, navigate } from '../../state/route.ts';
import { ProvePage } from './prove-page.tsx';
import { SetupPage } from './step.tsx';
import { makesPassword, stepsOf, useWizard } from './wizard.ts';

/** S6a: two rows typed back, chosen by main. */
export function ProveStep(): ReactNode {
  const { wizard, update } = useWizard();
  const challenge = useCall(['setup', 'challenge'], api.setup.challenge);
  const proven = (): void => {
    update({ keyProven: true });
    // With a password, what to know was said where it was typed twice.
    navigate({ screen: 'setup', step: makesPassword(wizard) ? 'files' : 'consent' });
  };
  if (challenge.data !== undefined) {
    const { rows } = challenge.data;
    return (
      <ProvePage
        label={t`Set up`}
        steps={stepsOf(wizard)}
        title={t`Type rows ${listed(rows)} from your paper`}
        line={t`This proves that what you kept is right and can be read. Better to find a slip of the pen today.`}
        onBack={goBack}
        secondary={
          <Button variant="quiet" size="wizard" icon={Eye} onPress={goBack}>
            <Trans>See the key again</Trans>
          </Button>
        }
        rows={rows}
        onProven={proven}
      />
    );
  }
  return (
    <SetupPage current="key" pageKey="prove-wait" width={720} title={t`Prove that your paper is right`} onBack={goBack}>
      {challenge.error === null ? (
        <Skeleton label={t`Choosing two rows`} />
      ) : (
        <ErrorState error={challenge.error} onRetry={() => void challenge.refetch()} />
      )}
    </SetupPage>
  );
}
