import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Button, Checkbox, isMemoryOnly, Note } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { goBack, navigate } from '../../state/route.ts';
import { SetupPage } from './step.tsx';
import { joinsExisting, useWizard } from './wizard.ts';

/** S7a: two consents. There is no "later". */
export function ConsentStep(): ReactNode {
  const { wizard, update } = useWizard();
  const memory = useAppState(isMemoryOnly);
  const message = useAppState((s) => s.keychain.message);
  const { consents } = wizard;
  const byPassword = joinsExisting(wizard) && wizard.joinedBy === 'password';
  const set = (change: Partial<typeof consents>): void => update({ consents: { ...consents, ...change } });
  return (
    <SetupPage
      current="key"
      pageKey="consent"
      width={720}
      title={
        byPassword
          ? t`The password opens it. Two things to know`
          : joinsExisting(wizard)
            ? t`The key opens it. Two things to know`
            : t`Your paper is right. Two things to know`
      }
      line={t`Please read both, and tick them once they are true.`}
      onBack={goBack}
      note={t`Next, you choose what to back up.`}
      primary={
        <Button
          variant="primary"
          size="wizard"
          isDisabled={!consents.nobodyCanHelp || !consents.keptSafe}
          onPress={() => navigate({ screen: 'setup', step: 'files' })}
        >
          <Trans>Continue</Trans>
        </Button>
      }
    >
      <div className="consents">
        <Checkbox
          className="card consent"
          selected={consents.nobodyCanHelp}
          onChange={(nobodyCanHelp) => set({ nobodyCanHelp })}
        >
          <span>
            <span className="t15 strong">
              {byPassword
                ? t`If I forget the password and lose the digits, nobody can open my backup`
                : t`If I lose the 64 digits, nobody can open my backup`}
            </span>
            <span className="dim">
              <Trans>
                Not Holdfast, not the company that keeps the storage, not the police. There is no copy and no way round.
              </Trans>
            </span>
          </span>
        </Checkbox>
        <Checkbox className="card consent" selected={consents.keptSafe} onChange={(keptSafe) => set({ keptSafe })}>
          <span>
            <span className="t15 strong">
              {byPassword
                ? t`Ten wrong tries in a row destroy the vault’s copy, whoever makes them`
                : t`I keep the digits somewhere safe, away from this computer`}
            </span>
            <span className="dim">
              {byPassword
                ? t`So the printed 64-digit kit is worth keeping: it opens everything without the vault.`
                : t`Best twice, in two places: with your passport, at a relative’s, in a password manager on another device.`}
            </span>
          </span>
        </Checkbox>
      </div>
      {memory && (
        <Note tone="amber" className="prove-note">
          <strong>
            <Trans>At risk: backups stop when you quit.</Trans>
          </strong>{' '}
          {message ?? t`This computer has no keychain that could keep the key for backups.`}{' '}
          <Trans>After each start you enter the 64 digits once.</Trans>
        </Note>
      )}
    </SetupPage>
  );
}
