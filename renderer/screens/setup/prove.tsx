import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { listed } from '../../components/format.ts';
import { Eye } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Row } from '../../../preload/contract.ts';
import { Button, ErrorState, Skeleton } from '../../components/index.ts';
import { api, useCall } from '../../state/bridge.ts';
import { goBack, navigate } from '../../state/route.ts';
import { ProofFields, useProof } from './proof-fields.tsx';
import { SetupPage } from './step.tsx';
import { makesPassword, useWizard } from './wizard.ts';

function ProveForm({ rows, onProven }: { rows: readonly Row[]; onProven: () => void }): ReactNode {
  const proof = useProof(rows, onProven);
  return (
    <SetupPage
      current="key"
      pageKey="prove"
      width={720}
      title={t`Type rows ${listed(rows)} from your paper`}
      line={t`This proves that what you kept is right and can be read. Better to find a slip of the pen today.`}
      onBack={goBack}
      note={proof.complete ? '' : t`Take the digits from the paper, not from memory.`}
      secondary={
        <Button variant="quiet" size="wizard" icon={Eye} onPress={goBack}>
          <Trans>See the key again</Trans>
        </Button>
      }
      primary={
        <Button
          variant="primary"
          size="wizard"
          isDisabled={!proof.complete}
          pending={proof.pending}
          onPress={proof.submit}
        >
          <Trans>Check</Trans>
        </Button>
      }
    >
      <ProofFields proof={proof} />
    </SetupPage>
  );
}

/** S6a: two rows typed back, chosen by main. */
export function ProveStep(): ReactNode {
  const { wizard, update } = useWizard();
  const challenge = useCall(['setup', 'challenge'], api.setup.challenge);
  const proven = (): void => {
    update({ keyProven: true });
    // With a password, what to know was said where it was typed twice.
    navigate({ screen: 'setup', step: makesPassword(wizard) ? 'files' : 'consent' });
  };
  if (challenge.data !== undefined) return <ProveForm rows={challenge.data.rows} onProven={proven} />;
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
