import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useEffect, useState, type ReactNode } from 'react';
import type { Row, VaultIdentity } from '../../../preload/contract.ts';
import {
  Button,
  emptyGroups,
  ErrorNote,
  isComplete,
  KeyInput,
  Note,
  PathText,
  Skeleton,
  type RowState,
} from '../../components/index.ts';
import { PasswordEntryBody, usePasswordEntry } from '../../components/password/password-entry.tsx';
import { passwordPageWords, type UnlockMethod } from '../../components/password/unlock-words.ts';
import { IdentityFacts } from '../../components/password/vault-card.tsx';
import { api, useAction, useCall } from '../../state/bridge.ts';
import { goBack, navigate } from '../../state/route.ts';
import { SetupPage } from './step.tsx';
import { firstPlace, useWizard } from './wizard.ts';

/** The place already holds a backup: its password or its key instead of new ones. */
export function ExistingKeyStep(): ReactNode {
  const { wizard } = useWizard();
  const place = firstPlace(wizard)?.draft ?? null;
  const vault = useCall(['setup', 'existingVault', place?.path], () =>
    api.setup.existingVault({ cap: place?.cap ?? '' }),
  );
  const [by, setBy] = useState<UnlockMethod>('password');
  if (vault.isPending) {
    return (
      <SetupPage current="key" pageKey="existing-wait" width={720} title={t`Looking at this backup`} onBack={goBack}>
        <Skeleton label={t`Looking at this backup`} />
      </SetupPage>
    );
  }
  // A place that can't be read says so when the digits are tried.
  const named = vault.data ?? null;
  if (named !== null && by === 'password') {
    return <ByPassword vault={named} onDigits={() => setBy('digits')} onOther={() => void vault.refetch()} />;
  }
  return <ByDigits {...(named === null ? {} : { onPassword: () => setBy('password') })} />;
}

function ByPassword({
  vault,
  onDigits,
  onOther,
}: {
  vault: VaultIdentity;
  onDigits: () => void;
  onOther: () => void;
}): ReactNode {
  const { wizard, update } = useWizard();
  const place = firstPlace(wizard)?.draft ?? null;
  const entry = usePasswordEntry(
    async (password) => {
      const { fingerprint } = vault;
      const answer = await api.setup.unlockExistingWithPassword({ cap: place?.cap ?? '', password, fingerprint });
      // The place may name another vault by now: that is the one to be shown.
      if (answer.kind === 'not-the-vault') onOther();
      return answer;
    },
    null,
    () => {
      update({ keyProven: true, keyTaken: true, joinedBy: 'password', adopt: null });
      navigate({ screen: 'setup', step: 'computer' });
    },
  );
  const words = passwordPageWords(entry);
  return (
    <SetupPage
      current="key"
      pageKey={entry.ended === null ? 'existing-password' : 'existing-ended'}
      reading={entry.waiting || entry.ended !== null}
      width={720}
      title={words.title}
      line={words.line}
      onBack={goBack}
      note={entry.ended === null ? t`Only the vault counts wrong ones.` : ''}
      secondary={
        <Button variant="quiet" size="wizard" onPress={onDigits}>
          <Trans>Use the 64 digits</Trans>
        </Button>
      }
      primary={
        entry.ended === null && (
          <Button
            variant="primary"
            size="wizard"
            isDisabled={!entry.complete}
            pending={entry.pending}
            onPress={entry.submit}
          >
            <Trans>Open this backup</Trans>
          </Button>
        )
      }
    >
      {place !== null && (
        <div className="existing-place dim">
          <PathText path={place.path} />
        </div>
      )}
      {entry.ended === null && (
        <div className="card prove existing-pw">
          <PasswordEntryBody entry={entry} label={t`Password of this backup`} />
          <IdentityFacts vault={vault} />
        </div>
      )}
    </SetupPage>
  );
}

function ByDigits({ onPassword }: { onPassword?: () => void }): ReactNode {
  const { wizard, update } = useWizard();
  const [groups, setGroups] = useState(() => emptyGroups(4));
  const [states, setStates] = useState<Partial<Record<Row, RowState>>>({});
  const place = firstPlace(wizard)?.draft ?? null;
  const unlock = useAction(() => api.setup.unlockExisting({ cap: place?.cap ?? '', groups }), {
    failure: 'inline',
    onDone: (result) => {
      setStates(Object.fromEntries(result.wrongRows.map((row) => [row, 'typo' as const])));
      if (!result.ok) return;
      update({ keyProven: true, keyTaken: true, joinedBy: 'digits', adopt: null });
      navigate({ screen: 'setup', step: 'computer' });
    },
  });
  // What was typed goes with the page.
  useEffect(() => () => setGroups(emptyGroups(4)), []);

  const complete = isComplete(groups);
  const refused = unlock.data?.ok === false ? unlock.data : null;
  const submit = (): void => {
    if (complete && !unlock.pending) unlock.run();
  };
  return (
    <SetupPage
      current="key"
      pageKey="existing"
      width={720}
      title={t`Enter the key of this backup`}
      line={t`It is on the kit that was printed when the backup was made: 64 digits in rows A to D.`}
      onBack={goBack}
      note={t`Wrong tries cost nothing and lock nothing.`}
      secondary={
        onPassword !== undefined && (
          <Button variant="quiet" size="wizard" onPress={onPassword}>
            <Trans>Use the password</Trans>
          </Button>
        )
      }
      primary={
        <Button variant="primary" size="wizard" isDisabled={!complete} pending={unlock.pending} onPress={submit}>
          <Trans>Open this backup</Trans>
        </Button>
      }
    >
      {place !== null && (
        <div className="existing-place dim">
          <PathText path={place.path} />
        </div>
      )}
      <div className="card prove">
        <KeyInput
          value={groups}
          onChange={(next) => {
            setGroups(next);
            setStates({});
            if (unlock.error !== null || refused !== null) unlock.reset();
          }}
          rowStates={states}
          autoFocus
          onSubmit={submit}
        />
      </div>
      {unlock.error !== null && (
        <div className="prove-note">
          <ErrorNote error={unlock.error} />
        </div>
      )}
      {refused !== null && (
        <Note tone="amber" live className="prove-note">
          <Trans>
            <strong>{refused.message}</strong> Check that the kit belongs to this backup, and compare it digit by digit.
          </Trans>
        </Note>
      )}
    </SetupPage>
  );
}
