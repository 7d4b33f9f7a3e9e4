import { useState, type ReactNode } from 'react';
import {
  Button,
  Checkbox,
  emptyGroups,
  ErrorNote,
  isComplete,
  KeyInput,
  Note,
  ROWS,
  Sheet,
} from '../../components/index.ts';
import { rowStates } from '../../components/unlock-sheet.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';

/** Back to the 64 digits alone: they are typed first, because after this they are the only way in. */
export function TurnOffSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const [groups, setGroups] = useState<readonly string[]>(() => emptyGroups(ROWS.length));
  const [withoutVault, setWithoutVault] = useState(false);
  const action = useAction((typed: string[]) => api.vault.turnOff({ groups: typed, withoutVault }), {
    failure: 'inline',
    onDone: (outcome) => {
      if (!outcome.ok) return;
      toast.done(outcome.message);
      close();
    },
  });
  const close = (): void => {
    setGroups(emptyGroups(ROWS.length));
    setWithoutVault(false);
    action.reset();
    onClose();
  };
  const complete = isComplete(groups);
  const submit = (): void => {
    if (complete && !action.pending) action.run([...groups]);
  };
  const refused = action.data?.ok === false ? action.data : null;
  const unconfirmed = action.error?.code.startsWith('vault-') === true;
  return (
    <Sheet
      open={open}
      onClose={close}
      title="Use only the 64-digit key"
      line="Type the digits first: they will be the only way in. The vault then destroys its copy for good, and the password opens nothing any more."
      footer={
        <>
          <Button onPress={close}>Keep the password</Button>
          <Button variant="destroy" pending={action.pending} isDisabled={!complete} onPress={submit}>
            Turn the password off
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
      {refused !== null && (
        <Note tone="amber" live>
          <p>{refused.message}</p>
        </Note>
      )}
      {action.error !== null && <ErrorNote error={action.error} tone="amber" />}
      {(unconfirmed || withoutVault) && (
        <Checkbox selected={withoutVault} onChange={setWithoutVault}>
          <span>
            <span className="medium">Turn it off although the vault does not confirm it</span>
            <span className="dim block">
              Its copy may stay there, and the password then still opens it for whoever has both.
            </span>
          </span>
        </Checkbox>
      )}
    </Sheet>
  );
}
