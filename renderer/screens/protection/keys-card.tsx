import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { listed } from '../../components/format.ts';
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
      toast.done(t`New keys are in force from the next backup on.`);
      onClose();
    },
  });
  return (
    <Sheet
      open={open}
      onClose={onClose}
      size="narrow"
      alert
      title={t`Renew the inner keys?`}
      line={t`What is backed up from now on is sealed with new keys. Your digits and your password stay, and nothing is stored again. For after a computer of this backup was stolen or broken into: what it could write with is worth nothing then.`}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Not now</Trans>
          </Button>
          <Button variant="primary" pending={renew.pending} onPress={() => renew.run()}>
            <Trans>Renew them</Trans>
          </Button>
        </>
      }
    >
      <p className="dim">
        <Trans>Unlock each other computer once afterwards. Its backups wait until then.</Trans>
      </p>
      {renew.error !== null && <ErrorNote error={renew.error} />}
    </Sheet>
  );
}

function left(places: readonly string[], oldRecord: boolean): string {
  if (places.length > 0) return t`${listed(places)} may still open with the old digits.`;
  return oldRecord ? t`The vault still has its copy of the old key.` : t`It was cut off at its very end.`;
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
    <Card title={t`New keys`}>
      {change !== null && (
        <Note
          tone="amber"
          className="pr-change"
          action={
            <Button size="s" isDisabled={locked || busy} onPress={() => setFinishing(true)}>
              <Trans>Finish</Trans>
            </Button>
          }
        >
          <p>
            <strong>
              <Trans>The change of your key is not over.</Trans>
            </strong>{' '}
            {left(change.places, change.oldRecord)} <Trans>Keep both kits until it is.</Trans>
          </p>
        </Note>
      )}
      <ul className="rows set">
        <li>
          <Icon of={ShieldAlert} size={20} />
          <div className="set-text">
            <p className="t15 strong">
              <Trans>Somebody may have seen your digits</Trans>
            </p>
            <p className="dim">
              <Trans>Puts 64 new ones in their place. Nothing is stored again.</Trans>
            </p>
          </div>
          <Button
            icon={KeyRound}
            isDisabled={locked || busy || unfinished}
            onPress={() => navigate({ screen: 'key-change' })}
          >
            <Trans>Change the digits</Trans>
          </Button>
        </li>
        <li>
          <Icon of={RefreshCw} size={20} />
          <div className="set-text">
            <p className="t15 strong">
              <Trans>A computer of this backup was stolen or broken into</Trans>
            </p>
            <p className="dim">
              <Trans>Renews the inner keys. Digits and password stay as they are.</Trans>
            </p>
          </div>
          <Button isDisabled={locked || busy || unfinished} onPress={() => setRenewing(true)}>
            <Trans>Renew</Trans>
          </Button>
        </li>
      </ul>
      {(locked || busy) && (
        <p className="card-foot t12 faint">
          {locked ? t`Possible while unlocked.` : t`Possible when the running job is done.`}
        </p>
      )}
      <RenewSheet open={renewing} onClose={() => setRenewing(false)} />
      <FinishSheet open={finishing} onClose={() => setFinishing(false)} />
    </Card>
  );
}
