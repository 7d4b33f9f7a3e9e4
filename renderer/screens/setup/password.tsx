import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Button, Checkbox } from '../../components/index.ts';
import { ProofCard } from '../../components/password/vault-card.tsx';
import { whyKit } from '../../components/password/vault-words.ts';
import { useAppState } from '../../state/app-state.tsx';
import { goBack, navigate } from '../../state/route.ts';
import { AgainPart, useAgain } from '../password/again-part.tsx';
import { NewPasswordPage } from '../password/new-password-page.tsx';
import { withDefault } from '../password/vault-draft.ts';
import { VaultPage } from '../password/vault-page.tsx';
import { SetupPage } from './step.tsx';
import { makesKit, stepsOf, useWizard } from './wizard.ts';
import '../password/password.css';

/** S6b: which vault, and its proof, before anything is typed that matters. */
export function VaultStep(): ReactNode {
  const { wizard, update } = useWizard();
  const vault = withDefault(
    wizard.vault,
    useAppState((state) => state.embeddedVault),
  );
  // Another vault means that nothing was agreed with this one yet.
  const change = (next: typeof vault): void => update({ vault: next, passwordChosen: false, passwordRepeated: false });
  return (
    <VaultPage
      label={t`Set up`}
      steps={stepsOf(wizard)}
      current="password"
      onBack={goBack}
      draft={vault}
      change={change}
      onNext={() => navigate({ screen: 'setup', step: 'password' })}
    />
  );
}

/** S5b: the password. */
export function PasswordStep(): ReactNode {
  const { wizard, update } = useWizard();
  const { proof } = wizard.vault;
  return (
    <NewPasswordPage
      label={t`Set up`}
      steps={stepsOf(wizard)}
      title={t`Choose a password only you know`}
      line={t`The vault never sees it. It only learns whether a try was right, and it counts the wrong ones.`}
      onBack={goBack}
      inviteNeeded={proof?.inviteNeeded ?? false}
      maxAttempts={proof?.maxAttempts ?? 10}
      onNext={() => {
        update({ passwordChosen: true, passwordRepeated: false });
        navigate({ screen: 'setup', step: 'again' });
      }}
    >
      {proof !== null && <ProofCard proof={proof} />}
    </NewPasswordPage>
  );
}

/** S7b: once more, and what to know. */
export function AgainStep(): ReactNode {
  const { wizard, update } = useWizard();
  const { proof } = wizard.vault;
  const { cannotReset, tenTries } = wizard.passwordConsents;
  const entry = useAgain(() => {
    update({ passwordRepeated: true });
    navigate({ screen: 'setup', step: makesKit(wizard) ? 'key' : 'files' });
  });
  const needed = proof === null ? null : whyKit(proof);
  return (
    <SetupPage
      current="password"
      pageKey="again"
      width={720}
      title={t`Type it once more`}
      line={t`From memory, if you can. Then read the two sentences, and tick them once they are true.`}
      onBack={goBack}
      note={makesKit(wizard) ? t`Next, you make the 64-digit kit.` : t`Next, you choose what to back up.`}
      primary={
        <Button
          variant="primary"
          size="wizard"
          isDisabled={entry.password === '' || !cannotReset || !tenTries}
          pending={entry.pending}
          onPress={entry.submit}
        >
          <Trans>Continue</Trans>
        </Button>
      }
    >
      <AgainPart
        entry={entry}
        consents={wizard.passwordConsents}
        onConsent={(passwordConsents) => update({ passwordConsents })}
        maxAttempts={proof?.maxAttempts ?? 10}
      >
        {needed === null && (
          <Checkbox className="card consent" selected={wizard.wantsKit} onChange={(wantsKit) => update({ wantsKit })}>
            <span>
              <span className="t15 strong">
                <Trans>Make a 64-digit kit as well</Trans>
              </span>
              <span className="dim">
                <Trans>
                  Recommended: one printed page that opens everything without the vault and without the password.
                </Trans>
              </span>
            </span>
          </Checkbox>
        )}
      </AgainPart>
    </SetupPage>
  );
}
