import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Keyboard, KeyRound, Laptop, LockOpen, Sprout, Archive, type LucideIcon } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { VaultState } from '../../../preload/contract.ts';
import {
  Button,
  formatDay,
  Icon,
  LinkButton,
  Note,
  Sheet,
  WizardScaffold,
  type WizardStep,
} from '../../components/index.ts';
import { PasswordEntryBody, useUnlockByPassword, type Ended } from '../../components/password/password-entry.tsx';
import { STOP_AND_THINK } from '../../components/password/tries.tsx';
import { passwordPageWords } from '../../components/password/unlock-words.ts';
import { IdentityFacts } from '../../components/password/vault-card.tsx';
import { ENDED } from '../../components/password/vault-words.ts';
import { resetRoute } from '../../state/route.ts';

interface PageProps {
  steps: readonly WizardStep[];
  vault: VaultState;
  onBack: () => void;
  onNext: () => void;
  onDigits: () => void;
}

function Way({
  icon,
  title,
  line,
  action,
}: {
  icon: LucideIcon;
  title: string;
  line: string;
  action?: ReactNode;
}): ReactNode {
  return (
    <li>
      <Icon of={icon} size={20} />
      <div>
        <p className="t15 strong">{title}</p>
        <p className="dim">{line}</p>
      </div>
      {action}
    </li>
  );
}

/** What opens the backup without costing a try. */
function Ways({ onDigits, ready }: { onDigits: () => void; ready: boolean }): ReactNode {
  return (
    <ul className="card rows ways-out">
      <Way
        icon={Laptop}
        title={t`A computer that’s still unlocked`}
        line={t`Open Holdfast there, then Protection, then set a new password. It needs no digits and costs no try.`}
      />
      <Way
        icon={KeyRound}
        title={t`Your 64-digit kit`}
        line={t`One printed page, or a PDF. It opens everything and needs no vault.`}
        action={
          <Button variant="primary" onPress={onDigits}>
            <Trans>Enter the digits</Trans>
          </Button>
        }
      />
      {!ready && (
        <Way
          icon={Sprout}
          title={t`Start afresh`}
          line={t`Set up a new backup of what’s on this computer, in another folder. The old one stays where it is until you delete it.`}
          action={
            <Button onPress={() => resetRoute({ screen: 'setup', step: 'storage' })}>
              <Trans>Set up</Trans>
            </Button>
          }
        />
      )}
    </ul>
  );
}

/** "I can't remember": what can still be done, and the honest end. */
function ForgottenSheet({
  open,
  onClose,
  onDigits,
  ready,
}: {
  open: boolean;
  onClose: () => void;
  onDigits: () => void;
  ready: boolean;
}): ReactNode {
  return (
    <Sheet
      open={open}
      onClose={onClose}
      title={t`What opens it without the password`}
      line={t`Nobody can send you the password or set it back: not the vault, not the makers of Holdfast.`}
      footer={
        <Button onPress={onClose}>
          <Trans>Back to the password</Trans>
        </Button>
      }
    >
      <Ways onDigits={onDigits} ready={ready} />
      <p className="dim">
        <Trans>
          If none of these is left, the backup can’t be opened any more. Waiting costs nothing: a password often comes
          back when one stops looking for it, and the vault keeps the tries that are left.
        </Trans>
      </p>
    </Sheet>
  );
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
