import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Button, WizardScaffold, type WizardStep } from '../../components/index.ts';
import { PasswordPart, useNewPassword } from './password-part.tsx';

/** A new password as a page of any of the wizards that ask for one; it is typed once more on the next. */
export function NewPasswordPage({
  inviteNeeded,
  maxAttempts,
  onNext,
  children,
  ...frame
}: {
  label: string;
  steps: readonly WizardStep[];
  title: string;
  line: string;
  onBack: () => void;
  backWord?: string;
  inviteNeeded: boolean;
  /** Wrong tries in a row after which the vault destroys its copy. */
  maxAttempts: number;
  onNext: () => void;
  /** What stands beside it: the vault that will guard it. */
  children: ReactNode;
}): ReactNode {
  const entry = useNewPassword(inviteNeeded, onNext);
  return (
    <WizardScaffold
      {...frame}
      current="password"
      pageKey="password"
      note={t`Next, you type it once more.`}
      primary={
        <Button
          variant="primary"
          size="wizard"
          isDisabled={!entry.ready}
          pending={entry.pending}
          onPress={entry.submit}
        >
          <Trans>Continue</Trans>
        </Button>
      }
    >
      <PasswordPart entry={entry} maxAttempts={maxAttempts}>
        {children}
      </PasswordPart>
    </WizardScaffold>
  );
}
