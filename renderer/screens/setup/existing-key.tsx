import { useEffect, useState, type ReactNode } from 'react';
import type { Row } from '../../../preload/contract.ts';
import {
  Button,
  emptyGroups,
  ErrorNote,
  isComplete,
  KeyInput,
  Note,
  PathText,
  type RowState,
} from '../../components/index.ts';
import { api, useAction } from '../../state/bridge.ts';
import { goBack, navigate } from '../../state/route.ts';
import { SetupPage } from './step.tsx';
import { useWizard } from './wizard.ts';

/** The folder already holds a backup: its key instead of a new one. */
export function ExistingKeyStep(): ReactNode {
  const { wizard, update } = useWizard();
  const [groups, setGroups] = useState(() => emptyGroups(4));
  const [states, setStates] = useState<Partial<Record<Row, RowState>>>({});
  const { place } = wizard;
  const unlock = useAction(() => api.setup.unlockExisting({ cap: place?.cap ?? '', groups }), {
    failure: 'inline',
    onDone: (result) => {
      setStates(Object.fromEntries(result.wrongRows.map((row) => [row, 'typo' as const])));
      if (!result.ok) return;
      update({ keyProven: true, keyTaken: true });
      navigate({ screen: 'setup', step: 'consent' });
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
      title="Enter the key of this backup"
      line="It is on the kit that was printed when the backup was made: 64 digits in rows A to D."
      onBack={goBack}
      note="Wrong tries cost nothing and lock nothing."
      primary={
        <Button variant="primary" size="wizard" isDisabled={!complete} pending={unlock.pending} onPress={submit}>
          Open this backup
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
          <strong>{refused.message}</strong> Check that the kit belongs to this folder, and compare it digit by digit.
        </Note>
      )}
    </SetupPage>
  );
}
