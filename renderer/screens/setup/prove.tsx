import { Eye } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Row } from '../../../preload/contract.ts';
import {
  Button,
  emptyGroups,
  ErrorState,
  isComplete,
  KeyInput,
  Note,
  Skeleton,
  type RowState,
} from '../../components/index.ts';
import { api, useAction, useCall } from '../../state/bridge.ts';
import { goBack, navigate } from '../../state/route.ts';
import { SetupPage } from './step.tsx';
import { makesPassword, useWizard } from './wizard.ts';

function ProveForm({ rows, onProven }: { rows: readonly Row[]; onProven: () => void }): ReactNode {
  const [groups, setGroups] = useState(() => emptyGroups(rows.length));
  const [states, setStates] = useState<Partial<Record<Row, RowState>>>({});
  const prove = useAction(
    () => api.setup.proveKey({ rows: Object.fromEntries(rows.map((row, r) => [row, groups.slice(r * 4, r * 4 + 4)])) }),
    {
      onDone: (result) => {
        setStates(
          Object.fromEntries(
            rows.map((row) => [row, result.wrongRows.includes(row) ? ('typo' as const) : ('ok' as const)]),
          ),
        );
        if (result.ok) onProven();
      },
    },
  );
  const complete = isComplete(groups);
  const wrong = prove.data?.ok === false && Object.keys(states).length > 0;
  const change = (next: string[]): void => {
    setGroups(next);
    setStates({});
  };
  const submit = (): void => {
    if (complete && !prove.pending) prove.run();
  };
  return (
    <SetupPage
      current="key"
      pageKey="prove"
      width={720}
      title={`Type rows ${rows.join(' and ')} from your paper`}
      line="This proves that what you kept is right and can be read. Better to find a slip of the pen today."
      onBack={goBack}
      note={complete ? '' : 'Take the digits from the paper, not from memory.'}
      secondary={
        <Button variant="quiet" size="wizard" icon={Eye} onPress={goBack}>
          See the key again
        </Button>
      }
      primary={
        <Button variant="primary" size="wizard" isDisabled={!complete} pending={prove.pending} onPress={submit}>
          Check
        </Button>
      }
    >
      <div className="card prove">
        <KeyInput
          rows={rows}
          value={groups}
          onChange={change}
          rowStates={states}
          help="Digits 0–9 and letters A–F."
          autoFocus
          onSubmit={submit}
        />
      </div>
      {wrong && (
        <Note tone="amber" live className="prove-note">
          <strong>{prove.data?.message}</strong> Compare the marked row with your paper, digit by digit. You can try as
          often as you like.
        </Note>
      )}
    </SetupPage>
  );
}

/** S6a: two rows typed back, chosen by main. */
export function ProveStep(): ReactNode {
  const { wizard, update } = useWizard();
  const challenge = useCall(['setup', 'challenge'], api.setup.challenge);
  const proven = (): void => {
    update({ keyProven: true });
    // With a password, what to know was said where it was typed twice.
    navigate({ screen: 'setup', step: makesPassword(wizard) ? 'files' : 'consent' });
  };
  if (challenge.data !== undefined) return <ProveForm rows={challenge.data.rows} onProven={proven} />;
  return (
    <SetupPage current="key" pageKey="prove-wait" width={720} title="Prove that your paper is right" onBack={goBack}>
      {challenge.error === null ? (
        <Skeleton label="Choosing two rows" />
      ) : (
        <ErrorState error={challenge.error} onRetry={() => void challenge.refetch()} />
      )}
    </SetupPage>
  );
}
