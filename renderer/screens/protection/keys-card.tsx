import { KeyRound, RefreshCw, ShieldAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button, Card, ErrorNote, Icon, Note, Sheet } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';
import { toast } from '../../state/toasts.ts';
import { useActiveRun } from '../activity/use-runs.ts';
import { FinishSheet } from './finish-sheet.tsx';

function RenewSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const renew = useAction(() => api.keyring.renew(), {
    failure: 'inline',
    onDone: () => {
      toast.done('New keys are in force from the next backup on.');
      onClose();
    },
  });
  return (
    <Sheet
      open={open}
      onClose={onClose}
      size="narrow"
      alert
      title="Renew the inner keys?"
      line="What is backed up from now on is sealed with new keys. Your digits and your password stay, and nothing is stored again. For after a computer of this backup was stolen or broken into: what it could write with is worth nothing then."
      footer={
        <>
          <Button onPress={onClose}>Not now</Button>
          <Button variant="primary" pending={renew.pending} onPress={() => renew.run()}>
            Renew them
          </Button>
        </>
      }
    >
      <p className="dim">Unlock each other computer once afterwards. Its backups wait until then.</p>
      {renew.error !== null && <ErrorNote error={renew.error} />}
    </Sheet>
  );
}

function left(places: readonly string[], oldRecord: boolean): string {
  if (places.length > 0) return `${places.join(', ')} may still open with the old digits.`;
  return oldRecord ? 'The vault still has its copy of the old key.' : 'It was cut off at its very end.';
}

/** New keys of both kinds: the inner ones, and the digits themselves. */
export function KeysCard(): ReactNode {
  const locked = useAppState((state) => state.locked);
  const change = useAppState((state) => state.care.keyChange);
  const busy = useActiveRun() !== null;
  // What a vault still has to destroy, perhaps one that is gone for good, keeps no new keys from being made.
  const unfinished = change !== null && change.places.length > 0;
  const [renewing, setRenewing] = useState(false);
  const [finishing, setFinishing] = useState(false);
  return (
    <Card title="New keys">
      {change !== null && (
        <Note
          tone="amber"
          className="pr-change"
          action={
            <Button size="s" isDisabled={locked || busy} onPress={() => setFinishing(true)}>
              Finish
            </Button>
          }
        >
          <p>
            <strong>The change of your key is not over.</strong> {left(change.places, change.oldRecord)} Keep both kits
            until it is.
          </p>
        </Note>
      )}
      <ul className="rows set">
        <li>
          <Icon of={ShieldAlert} size={20} />
          <div className="set-text">
            <p className="t15 strong">Somebody may have seen your digits</p>
            <p className="dim">Puts 64 new ones in their place. Nothing is stored again.</p>
          </div>
          <Button
            icon={KeyRound}
            isDisabled={locked || busy || unfinished}
            onPress={() => navigate({ screen: 'key-change' })}
          >
            Change the digits
          </Button>
        </li>
        <li>
          <Icon of={RefreshCw} size={20} />
          <div className="set-text">
            <p className="t15 strong">A computer of this backup was stolen or broken into</p>
            <p className="dim">Renews the inner keys. Digits and password stay as they are.</p>
          </div>
          <Button isDisabled={locked || busy || unfinished} onPress={() => setRenewing(true)}>
            Renew
          </Button>
        </li>
      </ul>
      {(locked || busy) && (
        <p className="card-foot t12 faint">
          {locked ? 'Possible while unlocked.' : 'Possible when the running job is done.'}
        </p>
      )}
      <RenewSheet open={renewing} onClose={() => setRenewing(false)} />
      <FinishSheet open={finishing} onClose={() => setFinishing(false)} />
    </Card>
  );
}
