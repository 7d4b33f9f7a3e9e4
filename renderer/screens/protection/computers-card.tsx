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

type Purpose = 'retire' | 'adopt' | 'take-back' | 'anew';

interface Ask {
  readonly computer: BackupComputer;
  readonly purpose: Purpose;
}

function Actions({ computer, onAsk }: { computer: BackupComputer; onAsk: (purpose: Purpose) => void }): ReactNode {
  const { thisComputer, takenOver, retired } = computer;
  if (takenOver) {
    return (
      <div className="row row-wrap pr-acts">
        <Button size="s" onPress={() => onAsk('anew')}>
          <Trans>Start anew…</Trans>
        </Button>
        <Button size="s" onPress={() => onAsk('take-back')}>
          <Trans>Take them back…</Trans>
        </Button>
      </div>
    );
  }
  if (thisComputer) {
    return (
      <Badge>
        <Trans>This computer</Trans>
      </Badge>
    );
  }
  return (
    <div className="row row-wrap pr-acts">
      <Button size="s" onPress={() => onAsk('adopt')}>
        <Trans>Take over…</Trans>
      </Button>
      {retired ? (
        <Badge>
          <Trans>Retired</Trans>
        </Badge>
      ) : (
        <Button size="s" onPress={() => onAsk('retire')}>
          <Trans>Retire…</Trans>
        </Button>
      )}
    </div>
  );
}

function Row({ computer, onAsk }: { computer: BackupComputer; onAsk: (purpose: Purpose) => void }): ReactNode {
  const { takenOver, retired, newestAt, snapshots, storedBytes } = computer;
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
        {takenOver && (
          <p className="pr-taken">
            <Trans>This computer was in it. Another one has taken over, so this one backs up here no more.</Trans>
          </p>
        )}
      </div>
      <Actions computer={computer} onAsk={onAsk} />
    </li>
  );
}

interface Words {
  title: string;
  line: string;
  stay: string;
  go: string;
  done: string;
}

/** What a purpose means, in words; the names in them have no characters that cannot be seen. */
function wordsOf({ computer, purpose }: Ask): Words {
  const name = visibleName(nameOf(computer));
  switch (purpose) {
    case 'retire':
      return {
        title: t`Retire ${name}?`,
        line: t`For a computer that is sold, lost or no longer yours. It may not back up here any more, for good: one that comes back has to be set up anew. What it has backed up stays and can be restored.`,
        stay: t`Keep it`,
        go: t`Retire it`,
        done: t`It backs up here no more, as soon as it sees this.`,
      };
    case 'adopt':
      return {
        title: t`Take over the backups of ${name}?`,
        line: t`For a computer that this one replaces. From now on this one goes on with its history, and that one backs up here no more, as soon as it sees this. What this computer has backed up so far stays, as a computer of its own.`,
        stay: t`Leave them as they are`,
        go: t`Take over`,
        done: t`This computer goes on with them.`,
      };
    case 'take-back':
      return {
        title: t`Take these backups back?`,
        line: t`This computer goes on with them again, and the one that has taken them over backs up here no more, as soon as it sees this. Nothing that either of them has backed up is lost.`,
        stay: t`Leave them to the other one`,
        go: t`Take them back`,
        done: t`This computer goes on with them.`,
      };
    case 'anew':
      return {
        title: t`Start anew on this computer?`,
        line: t`This computer begins a history of its own beside the other one’s. Its next backup reads and stores everything once more. What was backed up stays with the computer that has taken over.`,
        stay: t`Not now`,
        go: t`Start anew`,
        done: t`The next backup begins a new history.`,
      };
  }
}

function run({ computer: { clientId }, purpose }: Ask): Promise<null> {
  switch (purpose) {
    case 'retire':
      return api.keyring.retire({ clientId });
    case 'adopt':
    case 'take-back':
      return api.keyring.adopt({ clientId });
    case 'anew':
      return api.keyring.startAnew({ clientId });
  }
}

/** Which computers back up here, and the ways to tell one that it must not any more, and to go on with its backups. */
export function ComputersCard({ onUnlock }: { onUnlock: () => void }): ReactNode {
  const locked = useAppState((state) => state.locked);
  const stored = useAppState((state) => state.snapshotCount);
  // Stays while the sheet goes away.
  const [ask, setAsk] = useState<Ask | null>(null);
  const [asking, setAsking] = useState(false);
  const close = (): void => setAsking(false);
  const computers = useCall(['keyring', 'computers'], () => api.keyring.computers(), {
    enabled: !locked,
    live: true,
    again: stored,
  });
  const act = useAction(run, {
    failure: 'inline',
    onDone: () => {
      if (ask !== null) toast.done(wordsOf(ask).done);
      close();
      void computers.refetch();
    },
  });
  const words = ask === null ? null : wordsOf(ask);
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
            <Row
              key={computer.clientId}
              computer={computer}
              onAsk={(purpose) => {
                act.reset();
                setAsk({ computer, purpose });
                setAsking(true);
              }}
            />
          ))}
        </ul>
      )}
      <Sheet
        open={asking}
        onClose={close}
        size="narrow"
        alert
        title={words?.title ?? ''}
        line={words?.line ?? ''}
        footer={
          <>
            <Button onPress={close}>{words?.stay}</Button>
            <Button
              variant={ask?.purpose === 'retire' ? 'destroy' : 'primary'}
              pending={act.pending}
              onPress={() => ask !== null && act.run(ask)}
            >
              {words?.go}
            </Button>
          </>
        }
      >
        {(ask?.purpose === 'adopt' || ask?.purpose === 'take-back') && (
          <p className="dim">
            <Trans>
              Connect all places of this backup first. A backup that only an absent place has may stay hidden there
              otherwise; nothing of it is removed.
            </Trans>
          </p>
        )}
        {ask !== null && act.error !== null && <ErrorNote error={act.error} />}
      </Sheet>
    </Card>
  );
}
