import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Button, ErrorNote, Note, WizardScaffold } from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import { UserError, type Api } from '../../state/bridge.ts';
import { stepsFor } from './steps.ts';

/** How the change ended, and what is left to do. */
export function DonePage({
  outcome: { kept, oldRecord },
  password,
  onLeave,
}: {
  outcome: Awaited<ReturnType<Api['keyring']['change']>>;
  password: boolean;
  onLeave: () => void;
}): ReactNode {
  const whole = kept.length === 0 && oldRecord === null;
  return (
    <WizardScaffold
      label={t`Another key`}
      steps={stepsFor(password)}
      current="change"
      pageKey="done"
      width={720}
      reading
      mark={whole ? 'protected' : 'attention'}
      title={t`The new digits open your backup`}
      line={
        whole
          ? t`The old ones open nothing that is backed up from now on. You can destroy the old kit.`
          : t`Keep the old kit: something still needs the old digits.`
      }
      primary={
        <Button variant="primary" size="wizard" onPress={onLeave}>
          <Trans>Done</Trans>
        </Button>
      }
    >
      <div className="change-left">
        {kept.map(({ name, error }) => (
          <Note key={name} tone="amber">
            <p>
              <Trans>
                <strong>
                  <Name of={name} /> still opens with the old digits only.
                </strong>{' '}
                {error.message} Connect it, then finish the change under Protection.
              </Trans>
            </p>
          </Note>
        ))}
        {oldRecord !== null && <ErrorNote error={new UserError(oldRecord)} tone="amber" />}
        <Note>
          <p>
            <Trans>
              Unlock each other computer of this backup once with the new digits. Its backups wait until then.
            </Trans>
          </p>
        </Note>
      </div>
    </WizardScaffold>
  );
}
