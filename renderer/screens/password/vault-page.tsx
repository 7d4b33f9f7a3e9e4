import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ShieldQuestion } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { Button, WizardScaffold } from '../../components/index.ts';
import { canProve, type VaultDraft } from './vault-draft.ts';
import { useProve, VaultPart } from './vault-part.tsx';

type Frame = Pick<ComponentProps<typeof WizardScaffold>, 'label' | 'steps' | 'current' | 'onBack' | 'backWord'>;

/** Which vault, and its proof, before anything is typed that matters; the same in the set-up and for a backup that is there. */
export function VaultPage({
  draft,
  change,
  onNext,
  ...frame
}: Frame & {
  draft: VaultDraft;
  change: (draft: VaultDraft) => void;
  onNext: () => void;
}): ReactNode {
  const prove = useProve(draft, change);
  return (
    <WizardScaffold
      {...frame}
      pageKey="vault"
      title={t`Which vault should guard your key?`}
      line={t`A key vault checks the password, counts wrong ones, and holds what the right one unlocks. It never learns either.`}
      note={draft.proof === null ? t`Nothing is sent before it has proven itself.` : t`Next, you choose the password.`}
      primary={
        draft.proof === null ? (
          <Button
            variant="primary"
            size="wizard"
            icon={ShieldQuestion}
            isDisabled={!canProve(draft)}
            pending={prove.pending}
            onPress={() => prove.run()}
          >
            {prove.error === null ? t`Let it prove itself` : t`Ask again`}
          </Button>
        ) : (
          <Button variant="primary" size="wizard" onPress={onNext}>
            <Trans>Continue</Trans>
          </Button>
        )
      }
    >
      <VaultPart draft={draft} change={change} prove={prove} />
    </WizardScaffold>
  );
}
