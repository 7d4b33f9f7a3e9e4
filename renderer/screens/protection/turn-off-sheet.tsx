import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
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
      title={t`Use only the 64-digit key`}
      line={t`Type the digits first: they will be the only way in. The vault then destroys its copy for good, and the password opens nothing any more.`}
      footer={
        <>
          <Button onPress={close}>
            <Trans>Keep the password</Trans>
          </Button>
          <Button variant="destroy" pending={action.pending} isDisabled={!complete} onPress={submit}>
            <Trans>Turn the password off</Trans>
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
            <span className="medium">
              <Trans>Turn it off although the vault does not confirm it</Trans>
            </span>
            <span className="dim block">
              <Trans>Its copy may stay there, and the password then still opens it for whoever has both.</Trans>
            </span>
          </span>
        </Checkbox>
      )}
    </Sheet>
  );
}
