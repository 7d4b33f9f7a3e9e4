import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Button, WizardScaffold } from '../../components/index.ts';
import { goBack, navigate } from '../../state/route.ts';
import { HowLines } from './lines.tsx';

/** S2: how it works, in three lines. */
export default function HowScreen(): ReactNode {
  return (
    <WizardScaffold
      label={t`How it works`}
      steps={[]}
      current=""
      pageKey="how"
      title={t`How Holdfast works`}
      line={t`Three things happen, always in this order.`}
      width={720}
      reading
      onBack={goBack}
      note={t`Nothing is saved or sent until you have seen every step.`}
      primary={
        <Button variant="primary" size="wizard" onPress={() => navigate({ screen: 'setup', step: 'storage' })}>
          <Trans>Set up this computer</Trans>
        </Button>
      }
    >
      <HowLines />
    </WizardScaffold>
  );
}
