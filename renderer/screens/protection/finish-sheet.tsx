import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import { Button, emptyGroups, ErrorNote, isComplete, KeyInput, Note, ROWS, Sheet } from '../../components/index.ts';
import { rowStates } from '../../components/unlock-sheet.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';

/** The rest of a change of the key, at places that were away: it takes both keys, and one of them is in memory. */
export function FinishSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const [groups, setGroups] = useState<readonly string[]>(() => emptyGroups(ROWS.length));
  const close = (): void => {
    setGroups(emptyGroups(ROWS.length));
    action.reset();
    onClose();
  };
  const action = useAction((typed: string[]) => api.keyring.finishChange({ groups: typed }), {
    failure: 'inline',
    onDone: (outcome) => {
      if (!outcome.ok) return;
      toast.done(outcome.message);
      close();
    },
  });
  const complete = isComplete(groups);
  const submit = (): void => {
    if (complete && !action.pending) action.run([...groups]);
  };
  return (
    <Sheet
      open={open}
      onClose={close}
      title={t`Finish the change of the key`}
      line={t`It takes both keys. One is in memory; type the other: the old digits, or the new ones where you unlocked with the old.`}
      footerNote={t`Nothing is kept of what you type.`}
      footer={
        <>
          <Button onPress={close}>
            <Trans>Not now</Trans>
          </Button>
          <Button variant="primary" pending={action.pending} isDisabled={!complete} onPress={submit}>
            <Trans>Finish</Trans>
          </Button>
        </>
      }
    >
      <KeyInput
        value={groups}
        onChange={(next) => {
          setGroups(next);
          if (action.data !== undefined) action.reset();
        }}
        rowStates={rowStates(action.data)}
        autoFocus
        disabled={action.pending}
        onSubmit={submit}
      />
      {action.data?.ok === false && (
        <Note tone="amber" live>
          <p>{action.data.message}</p>
        </Note>
      )}
      {action.error !== null && <ErrorNote error={action.error} tone="amber" />}
    </Sheet>
  );
}
