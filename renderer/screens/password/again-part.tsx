import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useEffect, useState, type ReactNode } from 'react';
import { Checkbox, ErrorNote, Note } from '../../components/index.ts';
import { PasswordField } from '../../components/password/password-field.tsx';
import { api, useAction } from '../../state/bridge.ts';

/** The same password once more. */
export function useAgain(onSame: () => void) {
  const [password, setPassword] = useState('');
  useEffect(() => () => setPassword(''), []);
  const action = useAction(() => api.vault.repeatPassword({ password }), {
    failure: 'inline',
    onDone: ({ ok }) => {
      if (!ok) return;
      setPassword('');
      onSame();
    },
  });
  return {
    password,
    pending: action.pending,
    error: action.error,
    refused: action.data?.ok === false ? action.data.message : null,
    change: (next: string): void => {
      setPassword(next);
      if (action.data !== undefined || action.error !== null) action.reset();
    },
    submit: (): void => {
      if (password !== '' && !action.pending) action.run();
    },
  };
}

export type Again = ReturnType<typeof useAgain>;

export interface PasswordConsents {
  cannotReset: boolean;
  tenTries: boolean;
}

/** S7b: typed once more, and two things to know. */
export function AgainPart({
  entry,
  consents,
  onConsent,
  maxAttempts,
  children,
}: {
  entry: Again;
  /** Null where there is nothing new to know. */
  consents: PasswordConsents | null;
  onConsent: (consents: PasswordConsents) => void;
  maxAttempts: number;
  children?: ReactNode;
}): ReactNode {
  return (
    <div className="again">
      <PasswordField
        label={t`The password, once more`}
        value={entry.password}
        onChange={entry.change}
        disabled={entry.pending}
        autoFocus
        bad={entry.refused !== null}
        onSubmit={entry.submit}
      />
      {entry.refused !== null && (
        <Note tone="amber" live>
          {entry.refused}
        </Note>
      )}
      {entry.error !== null && <ErrorNote error={entry.error} />}
      {consents !== null && (
        <div className="consents">
          <Checkbox
            className="card consent"
            selected={consents.cannotReset}
            onChange={(cannotReset) => onConsent({ ...consents, cannotReset })}
          >
            <span>
              <span className="t15 strong">
                <Trans>Nobody can reset this password or tell it to me</Trans>
              </span>
              <span className="dim">
                <Trans>
                  If I forget it, only a computer that is still unlocked or the 64-digit kit opens the backup. Else
                  nobody.
                </Trans>
              </span>
            </span>
          </Checkbox>
          <Checkbox
            className="card consent"
            selected={consents.tenTries}
            onChange={(tenTries) => onConsent({ ...consents, tenTries })}
          >
            <span>
              <span className="t15 strong num">
                <Trans>{maxAttempts} wrong tries in a row destroy the vault’s copy, whoever makes them</Trans>
              </span>
              <span className="dim">
                <Trans>
                  Also somebody who got at my storage could use them up. I see wrong tries in Holdfast, and can refuse
                  unknown computers.
                </Trans>
              </span>
            </span>
          </Checkbox>
          {children}
        </div>
      )}
    </div>
  );
}
