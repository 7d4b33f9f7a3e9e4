import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { FolderClock, LockOpen, RefreshCw } from 'lucide-react';
import { useMemo, useState, type ReactNode } from 'react';
import { Button, EmptyState, ErrorState, Head, Skeleton } from '../../components/index.ts';
import { UnlockSheet } from '../../components/unlock-sheet.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction, useCall } from '../../state/bridge.ts';
import { useLockings } from '../../state/forget-on-lock.ts';
import { navigate, useRouteOf } from '../../state/route.ts';
import { useActiveRun } from '../activity/use-runs.ts';
import { BrowsePlace } from './browse-place.tsx';
import { byComputer, firstToShow } from './snapshots.ts';
import type { Asked } from './versions/asked.ts';

function Waiting({ children }: { children: ReactNode }): ReactNode {
  return (
    <>
      <div className="bar drag" />
      <div className="body browse-state">{children}</div>
    </>
  );
}

/** The past: any snapshot, any folder in it, and the way to bring something back. Locking makes it anew. */
export function Browse(): ReactNode {
  return <Past key={useLockings()} />;
}

function Past(): ReactNode {
  const route = useRouteOf('browse');
  const stored = useAppState((state) => state.snapshotCount);
  const active = useActiveRun();
  const [unlocking, setUnlocking] = useState(false);
  // Here, because what is read again after an unlock is not there for a moment, and what was picked for it must be.
  const [asked, setAsked] = useState<Asked | null>(null);
  const start = useAction(() => api.backup.start(), { onDone: () => navigate({ screen: 'home' }) });
  const snapshots = useCall(['browse', 'snapshots'], () => api.browse.snapshots(), { live: true, again: stored });
  const computers = useMemo(() => byComputer(snapshots.data ?? []), [snapshots.data]);

  if (snapshots.isPending) {
    return (
      <Waiting>
        <h1 className="sr">
          <Trans>Browse</Trans>
        </h1>
        <Skeleton lines={9} label={t`Loading snapshots`} />
      </Waiting>
    );
  }
  if (snapshots.error?.code === 'locked') {
    return (
      <Waiting>
        <Head title={t`Your backups are locked`} line={t`Backups go on without the key; looking at them needs it.`} />
        <EmptyState
          icon={LockOpen}
          title={t`Your key opens them`}
          actions={
            <Button variant="primary" icon={LockOpen} onPress={() => setUnlocking(true)}>
              <Trans>Unlock</Trans>
            </Button>
          }
        >
          <Trans>Names and contents need your key. Backups go on without it.</Trans>
        </EmptyState>
        <UnlockSheet open={unlocking} onClose={() => setUnlocking(false)} />
      </Waiting>
    );
  }
  if (snapshots.error !== null) {
    return (
      <Waiting>
        <Head title={t`Your backups can’t be read right now`} />
        <ErrorState error={snapshots.error} retrying={snapshots.isFetching} onRetry={() => void snapshots.refetch()} />
      </Waiting>
    );
  }
  const wanted = snapshots.data.find((one) => one.id === route?.snapshotId);
  const snapshot = wanted ?? firstToShow(snapshots.data);
  if (snapshot === null) {
    return (
      <Waiting>
        <Head title={t`Nothing to browse yet`} line={t`The first backup makes the first snapshot.`} />
        <EmptyState
          icon={FolderClock}
          title={t`No snapshots so far`}
          actions={
            <Button
              variant="primary"
              icon={RefreshCw}
              pending={start.pending}
              isDisabled={active !== null}
              onPress={() => start.run()}
            >
              <Trans>Back up now</Trans>
            </Button>
          }
        >
          <Trans>
            A snapshot is every file you chose as it was at that moment. They are listed here along a line of time.
          </Trans>
        </EmptyState>
      </Waiting>
    );
  }
  const computer = computers.find((one) => one.clientId === snapshot.clientId);
  if (computer === undefined) return null;
  return (
    <BrowsePlace
      route={route}
      asked={asked}
      onAsked={setAsked}
      snapshots={snapshots.data}
      computers={computers}
      computer={computer}
      snapshot={snapshot}
    />
  );
}
