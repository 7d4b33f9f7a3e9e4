import { t } from '@lingui/core/macro';
import { Plural, Trans } from '@lingui/react/macro';
import { Laptop, LockOpen } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { BackupComputer } from '../../../preload/contract.ts';
import { Badge, Button, Card, ErrorNote, formatBytes, Icon, Sheet, Skeleton, When } from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import { visibleName } from '../../components/visible.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction, useCall } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';

const nameOf = ({ name, clientId }: BackupComputer): string =>
  name === '' ? t`Computer ${clientId.slice(0, 8)}` : name;

function Row({ computer, onRetire }: { computer: BackupComputer; onRetire: () => void }): ReactNode {
  const { thisComputer, retired, newestAt, snapshots, storedBytes } = computer;
  return (
    <li>
      <Icon of={Laptop} size={20} className={retired ? 'set-off' : ''} />
      <div className="set-text">
        <p className="t15 strong">
          <Name of={nameOf(computer)} />
        </p>
        <p className="dim num">
          {newestAt === null ? (
            t`No backup yet`
          ) : (
            <>
              <Trans>
                Last backup <When at={newestAt} />, <Plural value={snapshots} one="# snapshot" other="# snapshots" />,{' '}
                {formatBytes(storedBytes)}
              </Trans>
            </>
          )}
        </p>
      </div>
      {thisComputer ? (
        <Badge>
          <Trans>This computer</Trans>
        </Badge>
      ) : retired ? (
        <Badge>
          <Trans>Retired</Trans>
        </Badge>
      ) : (
        <Button size="s" onPress={onRetire}>
          <Trans>Retire…</Trans>
        </Button>
      )}
    </li>
  );
}

/** Which computers back up here, and the way to tell one that it must not any more. */
export function ComputersCard({ onUnlock }: { onUnlock: () => void }): ReactNode {
  const locked = useAppState((state) => state.locked);
  const stored = useAppState((state) => state.snapshotCount);
  const [leaving, setLeaving] = useState<BackupComputer | null>(null);
  const computers = useCall(['keyring', 'computers', stored], () => api.keyring.computers(), {
    enabled: !locked,
    live: true,
  });
  const retire = useAction((clientId: string) => api.keyring.retire({ clientId }), {
    failure: 'inline',
    onDone: () => {
      toast.done(t`It backs up here no more, as soon as it sees this.`);
      setLeaving(null);
      void computers.refetch();
    },
  });
  return (
    <Card title={t`Computers of this backup`}>
      {locked ? (
        <div className="card-in pr-locked">
          <p className="dim">
            <Trans>Their names open with the key.</Trans>
          </p>
          <Button size="s" icon={LockOpen} onPress={onUnlock}>
            <Trans>Unlock</Trans>
          </Button>
        </div>
      ) : computers.data === undefined ? (
        <div className="card-in">
          {computers.error === null ? (
            <Skeleton lines={2} label={t`Looking for computers`} />
          ) : (
            <ErrorNote error={computers.error} tone="amber" />
          )}
        </div>
      ) : (
        <ul className="rows set">
          {computers.data.map((computer) => (
            <Row key={computer.clientId} computer={computer} onRetire={() => setLeaving(computer)} />
          ))}
        </ul>
      )}
      <Sheet
        open={leaving !== null}
        onClose={() => setLeaving(null)}
        size="narrow"
        alert
        title={t`Retire ${leaving === null ? '' : visibleName(nameOf(leaving))}?`}
        line={t`For a computer that is sold, lost or no longer yours. It may not back up here any more, for good: one that comes back has to be set up anew. What it has backed up stays and can be restored.`}
        footer={
          <>
            <Button onPress={() => setLeaving(null)}>
              <Trans>Keep it</Trans>
            </Button>
            <Button
              variant="destroy"
              pending={retire.pending}
              onPress={() => leaving !== null && retire.run(leaving.clientId)}
            >
              <Trans>Retire it</Trans>
            </Button>
          </>
        }
      >
        {leaving !== null && retire.error !== null && <ErrorNote error={retire.error} />}
      </Sheet>
    </Card>
  );
}
