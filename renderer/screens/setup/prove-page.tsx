import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import type { Row } from '../../../preload/contract.ts';
import { Button, WizardScaffold, type WizardStep } from '../../components/index.ts';
import { ProofFields, useProof } from './proof-fields.tsx';

/** Two rows of a key typed back from paper, as a page of either wizard that shows one. */
export function ProvePage({
  rows,
  onProven,
  ...frame
}: {
  label: string;
  steps: readonly WizardStep[];
  title: string;
  line: string;
  onBack: () => void;
  backWord?: string;
  secondary?: ReactNode;
  rows: readonly Row[];
  onProven: () => void;
}): ReactNode {
  const proof = useProof(rows, onProven);
  return (
    <WizardScaffold
      {...frame}
      current="key"
      pageKey="prove"
      width={720}
      note={proof.complete ? '' : t`Take the digits from the paper, not from memory.`}
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
    </WizardScaffold>
  );
}
