import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useEffect, useState, type ReactNode } from 'react';
import { Button, ErrorNote, Note, WizardScaffold, type WizardStep } from '../../components/index.ts';
import { IdentityFacts, ProofCard } from '../../components/password/vault-card.tsx';
import { UnlockSheet } from '../../components/unlock-sheet.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction, UserError } from '../../state/bridge.ts';
import { resetRoute, useRouteOf } from '../../state/route.ts';
import { toast } from '../../state/toasts.ts';
import { AgainPart, useAgain, type PasswordConsents } from './again-part.tsx';
import { NewPasswordPage } from './new-password-page.tsx';
import { RegisteringSheet } from './registering.tsx';
import { EMPTY_VAULT, withDefault, type VaultDraft } from './vault-draft.ts';
import { VaultPage } from './vault-page.tsx';
import '../setup/setup.css';
import './password.css';

type Purpose = 'add' | 'change';
type Step = 'vault' | 'password' | 'again';

const STEPS: readonly WizardStep[] = [
  { id: 'vault', word: t`Vault` },
  { id: 'password', word: t`Password` },
  { id: 'again', word: t`Once more` },
];

function stepsFor(purpose: Purpose): readonly WizardStep[] {
  return purpose === 'change' ? STEPS.slice(1) : STEPS;
}

const leave = (): void => resetRoute({ screen: 'protection' });

function PasswordPage({
  purpose,
  draft,
  onBack,
  onNext,
}: {
  purpose: Purpose;
  draft: VaultDraft;
  onBack: () => void;
  onNext: () => void;
}): ReactNode {
  const vault = useAppState((state) => state.vault);
  const { proof } = draft;
  return (
    <NewPasswordPage
      label={t`Password`}
      steps={stepsFor(purpose)}
      title={purpose === 'change' ? t`Choose a new password` : t`Choose a password only you know`}
      line={t`The vault never sees it. It only learns whether a try was right, and it counts the wrong ones.`}
      onBack={onBack}
      backWord={purpose === 'change' ? t`Cancel` : t`Back`}
      inviteNeeded={purpose === 'add' && (proof?.inviteNeeded ?? false)}
      maxAttempts={proof?.maxAttempts ?? vault?.report?.tries.limit ?? 10}
      onNext={onNext}
    >
      {purpose === 'add' && proof !== null && <ProofCard proof={proof} />}
      {purpose === 'change' && vault !== null && (
        <section className="card proof" aria-label={t`Vault`}>
          <p className="medium">
            <Trans>Nothing is stored again</Trans>
          </p>
          <p className="dim">
            <Trans>
              The key of your backup stays the same; only its lock at the vault is made anew. The old password opens the
              backup until the new one is proven. Other computers that are unlocked lock themselves.
            </Trans>
          </p>
          <IdentityFacts vault={vault} />
        </section>
      )}
    </NewPasswordPage>
  );
}

function AgainPage({ purpose, draft, onBack }: { purpose: Purpose; draft: VaultDraft; onBack: () => void }): ReactNode {
  const limit = useAppState((state) => state.vault?.report?.tries.limit ?? 10);
  const registering = useAppState((state) => state.registering);
  const [consents, setConsents] = useState<PasswordConsents>({ cannotReset: false, tenTries: false });
  const apply = useAction(() => (purpose === 'change' ? api.vault.changePassword() : api.vault.register()), {
    failure: 'inline',
    onDone: (answer) => {
      const left = answer?.oldRecord ?? null;
      if (left !== null) toast.error(new UserError(left));
      toast.done(purpose === 'change' ? t`The new password is in use.` : t`The password is in use.`);
      leave();
    },
  });
  const [same, setSame] = useState(false);
  const entry = useAgain(() => {
    setSame(true);
    apply.run();
  });
  const agreed = purpose === 'change' || (consents.cannotReset && consents.tenTries);
  const retry = same && apply.error !== null;
  return (
    <WizardScaffold
      label={t`Password`}
      steps={stepsFor(purpose)}
      current="again"
      pageKey="again"
      width={720}
      title={t`Type it once more`}
      line={
        purpose === 'change'
          ? t`From memory, if you can. Then it is put in the place of the old one.`
          : t`From memory, if you can. Then read the two sentences, and tick them once they are true.`
      }
      onBack={onBack}
      primary={
        <Button
          variant="primary"
          size="wizard"
          isDisabled={!agreed || (entry.password === '' && !retry)}
          pending={entry.pending || apply.pending}
          onPress={() => (retry ? apply.run() : entry.submit())}
        >
          {retry ? t`Try again` : purpose === 'change' ? t`Change the password` : t`Use this password`}
        </Button>
      }
    >
      <AgainPart
        entry={entry}
        consents={purpose === 'change' ? null : consents}
        onConsent={setConsents}
        maxAttempts={draft.proof?.maxAttempts ?? limit}
      />
      {apply.error !== null && (
        <div className="wizard-error">
          <ErrorNote error={apply.error} />
          {purpose === 'change' && apply.error.code === 'vault-unreachable' && (
            <p className="help">
              <Trans>
                Until the vault answers, either the old password or the new one opens the backup, never neither. “Try
                again” finishes the change.
              </Trans>
            </p>
          )}
        </div>
      )}
      <RegisteringSheet open={apply.pending} step={registering} after={null} changing={purpose === 'change'} />
    </WizardScaffold>
  );
}

function LockedPage({ purpose }: { purpose: Purpose }): ReactNode {
  const [unlocking, setUnlocking] = useState(false);
  return (
    <WizardScaffold
      label={t`Password`}
      steps={stepsFor(purpose)}
      current={stepsFor(purpose)[0]?.id ?? ''}
      pageKey="locked"
      width={720}
      title={t`Unlock first`}
      line={t`A password is a second lock on the key of your backup, and that key is not in memory now.`}
      onBack={leave}
      backWord={t`Cancel`}
      primary={
        <Button variant="primary" size="wizard" onPress={() => setUnlocking(true)}>
          <Trans>Unlock</Trans>
        </Button>
      }
    >
      <Note className="prove-note">
        <Trans>Nothing was changed. Backups go on meanwhile.</Trans>
      </Note>
      <UnlockSheet open={unlocking} onClose={() => setUnlocking(false)} />
    </WizardScaffold>
  );
}

/** A password for a backup that is set up: its first one or a new one at another vault, or another one at the same. */
export default function PasswordScreen(): ReactNode {
  const purpose = useRouteOf('password')?.purpose ?? 'change';
  const locked = useAppState((state) => state.locked);
  const [step, setStep] = useState<Step>(purpose === 'change' ? 'password' : 'vault');
  const [typed, setDraft] = useState<VaultDraft>(EMPTY_VAULT);
  const draft = withDefault(
    typed,
    useAppState((state) => state.embeddedVault),
  );
  // Whoever leaves leaves no password behind in main.
  useEffect(() => () => void api.vault.dropPassword().catch(() => undefined), []);
  if (locked) return <LockedPage purpose={purpose} />;
  switch (step) {
    case 'vault':
      return (
        <VaultPage
          label={t`Password`}
          steps={STEPS}
          current="vault"
          onBack={leave}
          backWord={t`Cancel`}
          draft={draft}
          change={setDraft}
          onNext={() => setStep('password')}
        />
      );
    case 'password':
      return (
        <PasswordPage
          purpose={purpose}
          draft={draft}
          onBack={purpose === 'change' ? leave : () => setStep('vault')}
          onNext={() => setStep('again')}
        />
      );
    case 'again':
      return <AgainPage purpose={purpose} draft={draft} onBack={() => setStep('password')} />;
  }
}
