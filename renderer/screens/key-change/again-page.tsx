import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import { Button, Checkbox, ErrorNote, WizardScaffold } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import type { Action } from '../../state/bridge.ts';
import { AgainPart, useAgain, type PasswordConsents } from '../password/again-part.tsx';
import { RegisteringSheet } from '../password/registering.tsx';
import { stepsFor } from './steps.ts';

/** The last step: the password once more, where there is one, and the change itself. */
export function AgainPage<T>({
  withPassword,
  limit,
  change,
  onBack,
}: {
  withPassword: boolean;
  limit: number;
  change: Action<[], T>;
  onBack: () => void;
}): ReactNode {
  const registering = useAppState((state) => state.registering);
  const [consents, setConsents] = useState<PasswordConsents>({ cannotReset: false, tenTries: false });
  const [safe, setSafe] = useState(false);
  const [same, setSame] = useState(false);
  const entry = useAgain(() => {
    setSame(true);
    change.run();
  });
  const agreed = safe && (!withPassword || (consents.cannotReset && consents.tenTries));
  const go = (): void => (withPassword && !same ? entry.submit() : change.run());
  return (
    <WizardScaffold
      label={t`Another key`}
      steps={stepsFor(withPassword)}
      current="change"
      pageKey="change"
      width={720}
      title={withPassword ? t`Type it once more, and change the key` : t`Change the key now?`}
      line={t`It takes a moment. Cut off in the middle, every place opens with the old digits or with the new ones, and the change can be finished.`}
      onBack={onBack}
      primary={
        <Button
          variant="primary"
          size="wizard"
          isDisabled={!agreed || (withPassword && !same && entry.password === '')}
          pending={entry.pending || change.pending}
          onPress={go}
        >
          {change.error === null ? t`Change the key` : t`Try again`}
        </Button>
      }
    >
      {withPassword && <AgainPart entry={entry} consents={consents} onConsent={setConsents} maxAttempts={limit} />}
      <Checkbox className="card consent change-safe" selected={safe} onChange={setSafe}>
        <span>
          <span className="t15 strong">
            <Trans>I keep the new digits somewhere safe, away from this computer</Trans>
          </span>
          <span className="dim">
            <Trans>I keep the old kit until Holdfast says that every place has changed, and destroy it then.</Trans>
          </span>
        </span>
      </Checkbox>
      {change.error !== null && (
        <div className="wizard-error">
          <ErrorNote error={change.error} />
        </div>
      )}
      {withPassword && (
        <RegisteringSheet open={change.pending} step={registering} after={t`The key is changed at each place.`} />
      )}
    </WizardScaffold>
  );
}
