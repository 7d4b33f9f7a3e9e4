import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Keyboard, KeyRound, Laptop, LockOpen, Archive } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { VaultState } from '../../../preload/contract.ts';
import { Button, formatDay, Icon, LinkButton, Note, WizardScaffold, type WizardStep } from '../../components/index.ts';
import { ForgottenSheet, Ways } from '../../components/password/forgotten-sheet.tsx';
import { PasswordEntryBody, useUnlockByPassword, type Ended } from '../../components/password/password-entry.tsx';
import { STOP_AND_THINK } from '../../components/password/tries.tsx';
import { passwordPageWords } from '../../components/password/unlock-words.ts';
import { IdentityFacts } from '../../components/password/vault-card.tsx';
import { ENDED } from '../../components/password/vault-words.ts';

interface PageProps {
  steps: readonly WizardStep[];
  vault: VaultState;
  onBack: () => void;
  onNext: () => void;
  onDigits: () => void;
}

function Think({ onDigits }: { onDigits: () => void }): ReactNode {
  return (
    <aside className="think">
      <h2 className="t15 strong">
        <Trans>Before you try</Trans>
      </h2>
      <ol>
        <li>
          <span className="medium">
            <Trans>Is it the newer one?</Trans>
          </span>
          <span className="dim">
            <Trans>If you changed it once, the old one opens nothing.</Trans>
          </span>
        </li>
        <li>
          <span className="medium">
            <Trans>Is the keyboard the same?</Trans>
          </span>
          <span className="dim">
            <Trans>On a German keyboard, Y and Z have traded places.</Trans>
          </span>
        </li>
        <li>
          <span className="medium">
            <Trans>Can you see what you type?</Trans>
          </span>
          <span className="dim">
            <Trans>Press the eye. A space at the end counts too.</Trans>
          </span>
        </li>
      </ol>
      <h2 className="t15 strong think-ways">
        <Trans>Ways that cost no try</Trans>
      </h2>
      <ul className="rows think-rows">
        <li>
          <Icon of={Laptop} />
          <div>
            <p className="medium">
              <Trans>A computer that’s still unlocked</Trans>
            </p>
            <p className="t12 faint">
              <Trans>There, Protection sets a new one</Trans>
            </p>
          </div>
        </li>
        <li>
          <Icon of={KeyRound} />
          <div>
            <p className="medium">
              <LinkButton onPress={onDigits}>
                <Trans>Use the 64-digit kit</Trans>
              </LinkButton>
            </p>
            <p className="t12 faint">
              <Trans>It needs no vault</Trans>
            </p>
          </div>
        </li>
      </ul>
    </aside>
  );
}

function Who({ vault }: { vault: VaultState }): ReactNode {
  return (
    <aside className="think">
      <h2 className="t15 strong">
        <Trans>Who checks it</Trans>
      </h2>
      <IdentityFacts vault={vault} />
      <p className="help think-help">
        <Trans>
          The backup itself names this vault, and it must prove this identity before anything is sent. If you noted
          another identity when you set it up, stop here.
        </Trans>
      </p>
    </aside>
  );
}

/** Days with wrong tries, newest last, as far as this computer was told. */
function Days({ vault }: { vault: VaultState }): ReactNode {
  const days = new Map<string, number>();
  for (const { at } of vault.report?.failures ?? []) {
    const day = formatDay(at);
    days.set(day, (days.get(day) ?? 0) + 1);
  }
  if (days.size === 0) return null;
  return (
    <ul className="try-days num" aria-label={t`Wrong tries by day`}>
      {[...days].slice(-5).map(([day, count]) => (
        <li key={day}>
          <span className="medium">{day.charAt(0).toUpperCase() + day.slice(1)}</span>
          <span className="bad" aria-hidden="true">
            {'×'.repeat(Math.min(count, 10))}
          </span>
          <span className="faint">{plural(count, { one: '# wrong try', other: '# wrong tries' })}</span>
        </li>
      ))}
    </ul>
  );
}

/** Locked out: what happened, that nobody can reverse it, and what still opens the backup. */
function EndedPage({
  steps,
  vault,
  ended,
  onBack,
  onDigits,
  ready,
}: Omit<PageProps, 'onNext'> & { ended: Ended; ready: boolean }): ReactNode {
  const { title, line } = ENDED[ended];
  return (
    <WizardScaffold
      label={t`Restore`}
      steps={steps}
      current="unlock"
      pageKey="ended"
      width={720}
      mark="at-risk"
      title={title}
      line={line}
      onBack={onBack}
    >
      {ended === 'destroyed' && <Days vault={vault} />}
      <h2 className="t20 ended-h">
        <Trans>What can still open your backup</Trans>
      </h2>
      <Ways onDigits={onDigits} ready={ready} />
      <Note icon={Archive} className="ended-note">
        <Trans>
          <strong>Your backup still exists.</strong> It lies encrypted where you stored it. It isn’t deleted, and nobody
          can read it.
        </Trans>
      </Note>
    </WizardScaffold>
  );
}

/** R3: the password, with what the vault says of the tries. */
export function PasswordPage({ ready, ...props }: PageProps & { ready: boolean }): ReactNode {
  const { steps, vault, onBack, onNext, onDigits } = props;
  const [lost, setLost] = useState(false);
  const entry = useUnlockByPassword(onNext);
  if (entry.ended !== null) return <EndedPage {...props} ended={entry.ended} ready={ready} />;
  const words = passwordPageWords(entry);
  const thinking = entry.tries !== null && entry.tries.left <= STOP_AND_THINK;
  return (
    <>
      <WizardScaffold
        label={t`Restore`}
        steps={steps}
        current="unlock"
        pageKey="password"
        reading={entry.waiting}
        title={words.title}
        line={words.line}
        onBack={onBack}
        secondary={
          <>
            <Button variant="quiet" size="wizard" icon={Keyboard} onPress={onDigits}>
              <Trans>Use the 64 digits</Trans>
            </Button>
            <Button variant="quiet" size="wizard" onPress={() => setLost(true)}>
              <Trans>I can’t remember</Trans>
            </Button>
          </>
        }
        primary={
          <Button
            variant="primary"
            size="wizard"
            icon={LockOpen}
            pending={entry.pending}
            isDisabled={!entry.complete}
            onPress={entry.submit}
          >
            {thinking ? t`Try this password` : t`Unlock`}
          </Button>
        }
      >
        <div className="r3">
          <section className="r3-key" aria-label={t`Your password`}>
            <PasswordEntryBody entry={entry} label={t`Password of this backup`} />
          </section>
          {thinking ? <Think onDigits={onDigits} /> : <Who vault={vault} />}
        </div>
      </WizardScaffold>
      <ForgottenSheet
        open={lost}
        onClose={() => setLost(false)}
        onDigits={() => {
          setLost(false);
          onDigits();
        }}
        ready={ready}
      />
    </>
  );
}
