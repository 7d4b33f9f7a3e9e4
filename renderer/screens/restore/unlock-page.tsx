import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { FileText, Laptop, LockOpen, Printer, type LucideIcon } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button, Icon, Sheet, WizardScaffold, type WizardStep } from '../../components/index.ts';
import type { UnlockMethod } from '../../components/password/unlock-words.ts';
import { KeyEntryBody, useKeyEntry } from '../../components/unlock-sheet.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { PasswordPage } from './password-page.tsx';

function Exit({ icon, title, children }: { icon: LucideIcon; title: string; children: ReactNode }): ReactNode {
  return (
    <li>
      <Icon of={icon} size={20} />
      <div>
        <p className="medium">{title}</p>
        <p className="dim">{children}</p>
      </div>
    </li>
  );
}

/** "I don't have them": what can still be done, and the honest end. */
function NoKeySheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  // As main suggests it where a kit is saved.
  const kit = t`Holdfast key kit`;
  return (
    <Sheet
      open={open}
      onClose={onClose}
      title={t`Where the 64 digits can still be`}
      line={t`Without them nobody can open this backup, the makers of Holdfast included.`}
      footer={
        <Button variant="primary" onPress={onClose}>
          <Trans>Back to the digits</Trans>
        </Button>
      }
    >
      <ul className="exits">
        <Exit icon={Printer} title={t`On paper`}>
          <Trans>
            The kit is one page with rows A to D and a square code. Look where you keep passports and deeds, and ask
            whoever keeps the second copy.
          </Trans>
        </Exit>
        <Exit icon={FileText} title={t`In a PDF`}>
          <Trans>It may have been saved as a file named “{kit}”, on a stick or another computer.</Trans>
        </Exit>
        <Exit icon={Laptop} title={t`On a computer that is still unlocked`}>
          <Trans>
            If Holdfast is open and unlocked somewhere, restore what you need there now, before it locks itself.
          </Trans>
        </Exit>
      </ul>
    </Sheet>
  );
}

interface PageProps {
  steps: readonly WizardStep[];
  onBack: () => void;
  onNext: () => void;
}

/** R3: the password where the backup names a vault, or the 64 digits. */
export function UnlockPage({ ready, ...props }: PageProps & { ready: boolean }): ReactNode {
  const vault = useAppState((state) => state.vault);
  const [by, setBy] = useState<UnlockMethod>('password');
  if (vault !== null && by === 'password') {
    return <PasswordPage {...props} vault={vault} ready={ready} onDigits={() => setBy('digits')} />;
  }
  return <DigitsPage {...props} {...(vault === null ? {} : { onPassword: () => setBy('password') })} />;
}

function DigitsPage({ steps, onBack, onNext, onPassword }: PageProps & { onPassword?: () => void }): ReactNode {
  const [lost, setLost] = useState(false);
  const entry = useKeyEntry('unlock', onNext);
  return (
    <>
      <WizardScaffold
        label={t`Restore`}
        steps={steps}
        current="unlock"
        pageKey="unlock"
        title={t`Type your 64 digits`}
        line={t`They are on your kit, in rows A to D. You can also paste them.`}
        onBack={onBack}
        note={t`Wrong digits lock nothing. Try as often as you like.`}
        secondary={
          <>
            {onPassword !== undefined && (
              <Button variant="quiet" size="wizard" onPress={onPassword}>
                <Trans>Use the password</Trans>
              </Button>
            )}
            <Button variant="quiet" size="wizard" onPress={() => setLost(true)}>
              <Trans>I don’t have them</Trans>
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
            <Trans>Unlock</Trans>
          </Button>
        }
      >
        <div className="r3">
          <section className="r3-key" aria-label={t`Your key`}>
            <KeyEntryBody entry={entry} />
          </section>
          <aside className="think">
            <h2 className="t15 strong">
              <Trans>If it doesn’t open</Trans>
            </h2>
            <ol>
              <li>
                <span className="medium">
                  <Trans>Compare row by row.</Trans>
                </span>
                <span className="dim">
                  <Trans>8 and B, 0 and D, 5 and 6 are easily mixed up.</Trans>
                </span>
              </li>
              <li>
                <span className="medium">
                  <Trans>Is it this backup’s kit?</Trans>
                </span>
                <span className="dim">
                  <Trans>Each backup has its own; the kit names the computer and the date.</Trans>
                </span>
              </li>
              <li>
                <span className="medium">
                  <Trans>Is it the right folder?</Trans>
                </span>
                <span className="dim">
                  <Trans>Go back and choose another if you have several.</Trans>
                </span>
              </li>
            </ol>
          </aside>
        </div>
      </WizardScaffold>
      <NoKeySheet open={lost} onClose={() => setLost(false)} />
    </>
  );
}
