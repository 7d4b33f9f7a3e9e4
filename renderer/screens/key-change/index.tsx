import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { listed } from '../../components/format.ts';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button, ErrorState, Note, Skeleton, WizardScaffold } from '../../components/index.ts';
import { ProofCard } from '../../components/password/vault-card.tsx';
import { UnlockSheet } from '../../components/unlock-sheet.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction, useCall, type Api } from '../../state/bridge.ts';
import { resetRoute } from '../../state/route.ts';
import { NewPasswordPage } from '../password/new-password-page.tsx';
import { EMPTY_VAULT, type VaultDraft } from '../password/vault-draft.ts';
import { VaultPage } from '../password/vault-page.tsx';
import { KeyKit } from '../setup/key-kit.tsx';
import { ProvePage } from '../setup/prove-page.tsx';
import { DonePage } from './done-page.tsx';
import { AgainPage } from './again-page.tsx';
import { stepsFor, type Page } from './steps.ts';
import { WhatPage } from './what-page.tsx';
import '../setup/setup.css';
import '../password/password.css';
import './key-change.css';

const leave = (): void => resetRoute({ screen: 'protection' });

/** The new digits and their kit; made when the page is first shown. */
function KeyPage({
  password,
  onBack,
  onNext,
}: {
  password: boolean;
  onBack: () => void;
  onNext: () => void;
}): ReactNode {
  const place = useAppState((state) => state.destinations[0]?.name ?? '');
  const [taken, setTaken] = useState(false);
  return (
    <WizardScaffold
      label={t`Another key`}
      steps={stepsFor(password)}
      current="key"
      pageKey="key"
      title={t`These are your new digits. Put them on paper.`}
      line={t`They open the backup from the moment that you finish this. Until then the old ones do, and nothing has changed.`}
      onBack={onBack}
      note={t`Next, you type two rows back to prove that the paper is right.`}
      primary={
        <Button variant="primary" size="wizard" isDisabled={!taken} onPress={onNext}>
          <Trans>I have it on paper</Trans>
        </Button>
      }
    >
      <KeyKit destination={place} onTaken={() => setTaken(true)} />
    </WizardScaffold>
  );
}

function Locked({ password }: { password: boolean }): ReactNode {
  const [unlocking, setUnlocking] = useState(false);
  return (
    <WizardScaffold
      label={t`Another key`}
      steps={stepsFor(password)}
      current="what"
      pageKey="locked"
      width={720}
      title={t`Unlock first`}
      line={t`The change needs the key in use now, and it is not in memory.`}
      onBack={leave}
      backWord={t`Cancel`}
      primary={
        <Button variant="primary" size="wizard" onPress={() => setUnlocking(true)}>
          <Trans>Unlock</Trans>
        </Button>
      }
    >
      <Note className="prove-note">
        <Trans>Nothing was changed. A new key that was shown but not put in use is of no use to anybody.</Trans>
      </Note>
      <UnlockSheet open={unlocking} onClose={() => setUnlocking(false)} />
    </WizardScaffold>
  );
}

/** Makes the new key and asks main which rows to type back; both are forgotten with the screen. */
function useNewKey(wanted: boolean) {
  const make = useAction(api.keyring.beginChange, { failure: 'inline' });
  const { run } = make;
  const asked = useRef(false);
  useEffect(() => {
    if (!wanted || asked.current) return;
    asked.current = true;
    run();
  }, [wanted, run]);
  const made = make.data === null;
  const challenge = useCall(['key-change', 'challenge', made], api.setup.challenge, { enabled: made, live: true });
  return { error: make.error ?? challenge.error, retry: run, rows: made ? challenge.data?.rows : undefined };
}

/** Another key in the place of the one that somebody may have seen: what it means, the new kit, its proof, the change. */
export default function KeyChangeScreen(): ReactNode {
  const vault = useAppState((state) => state.vault);
  const locked = useAppState((state) => state.locked);
  const [page, setPage] = useState<Page>('what');
  const [withPassword, setWithPassword] = useState(vault !== null);
  const [draft, setDraft] = useState<VaultDraft>(() =>
    vault === null
      ? EMPTY_VAULT
      : {
          kind: vault.embedded ? 'embedded' : 'own',
          address: vault.urls.join(', '),
          fingerprint: vault.fingerprint,
          proof: null,
        },
  );
  const [outcome, setOutcome] = useState<Awaited<ReturnType<Api['keyring']['change']>> | null>(null);
  const key = useNewKey(page !== 'what' && !locked);
  const change = useAction(() => api.keyring.change({ password: withPassword }), {
    failure: 'inline',
    onDone: (done) => {
      setOutcome(done);
      setPage('done');
    },
  });
  // Whoever leaves leaves neither a key nor a password behind in main.
  useEffect(
    () => () => {
      void api.keyring.dropChange().catch(() => undefined);
      void api.vault.dropPassword().catch(() => undefined);
    },
    [],
  );
  if (outcome !== null && page === 'done')
    return <DonePage outcome={outcome} password={withPassword} onLeave={leave} />;
  if (locked) return <Locked password={withPassword} />;
  if (page === 'what') {
    return (
      <WhatPage
        hasPassword={vault !== null}
        withPassword={withPassword}
        onPassword={setWithPassword}
        onCancel={leave}
        onNext={() => setPage('key')}
      />
    );
  }
  if (key.rows === undefined) {
    return (
      <WizardScaffold
        label={t`Another key`}
        steps={stepsFor(withPassword)}
        current="key"
        pageKey="making"
        title={t`Making a new key`}
        onBack={leave}
        backWord={t`Cancel`}
      >
        {key.error === null ? (
          <Skeleton label={t`Making a new key`} />
        ) : (
          <ErrorState error={key.error} onRetry={() => key.retry()} />
        )}
      </WizardScaffold>
    );
  }
  switch (page) {
    case 'key':
      return <KeyPage password={withPassword} onBack={() => setPage('what')} onNext={() => setPage('prove')} />;
    case 'prove':
      return (
        <ProvePage
          label={t`Another key`}
          steps={stepsFor(withPassword)}
          title={t`Type rows ${listed(key.rows)} from your new paper`}
          line={t`This proves that what you kept is right and can be read, before anything is changed.`}
          onBack={() => setPage('key')}
          backWord={t`See the digits again`}
          rows={key.rows}
          onProven={() => setPage(withPassword ? 'vault' : 'change')}
        />
      );
    case 'vault':
      return (
        <VaultPage
          label={t`Another key`}
          steps={stepsFor(true)}
          current="password"
          onBack={() => setPage('prove')}
          draft={draft}
          change={setDraft}
          onNext={() => setPage('password')}
        />
      );
    case 'password':
      return (
        <NewPasswordPage
          label={t`Another key`}
          steps={stepsFor(true)}
          title={t`Choose a password for the new key`}
          line={t`Another one than before, if somebody may know the old one. The vault never sees it.`}
          onBack={() => setPage('vault')}
          inviteNeeded={draft.proof?.inviteNeeded ?? false}
          maxAttempts={draft.proof?.maxAttempts ?? 10}
          onNext={() => setPage('again')}
        >
          {draft.proof !== null && <ProofCard proof={draft.proof} />}
        </NewPasswordPage>
      );
    default:
      return (
        <AgainPage
          withPassword={withPassword}
          limit={draft.proof?.maxAttempts ?? 10}
          change={change}
          onBack={() => setPage(withPassword ? 'password' : 'prove')}
        />
      );
  }
}
