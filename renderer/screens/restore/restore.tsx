import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ArrowLeft } from 'lucide-react';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import type { SnapshotInfo } from '../../../preload/contract.ts';
import { Button, formatBytes, formatDate, WizardScaffold, type WizardStep } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction, useCall } from '../../state/bridge.ts';
import { useLockings } from '../../state/forget-on-lock.ts';
import { rememberConnected } from '../../state/connected-place.ts';
import { navigate, resetRoute, useRouteOf } from '../../state/route.ts';
import { BrowsePane } from '../browse/browse-pane.tsx';
import { startFolder } from '../browse/start-folder.ts';
import { byComputer, firstToShow } from '../browse/snapshots.ts';
import type { Spot } from '../browse/use-folder.ts';
import { ChoosePage, type What } from './choose-page.tsx';
import { ConnectPage, type Connection } from './connect-page.tsx';
import { RestoreRunView } from './run-view.tsx';
import { UnlockPage } from './unlock-page.tsx';
import { useWhere } from './use-where.ts';
import { mayStart, startWord, WhereForm } from './where-form.tsx';
import '../../theme/runs.css';
import './restore.css';

type Page = 'connect' | 'unlock' | 'choose' | 'pick' | 'where';

const STEPS: readonly WizardStep[] = [
  { id: 'connect', word: t`Connect` },
  { id: 'unlock', word: t`Unlock` },
  { id: 'choose', word: t`Choose` },
  { id: 'where', word: t`Where` },
  { id: 'restore', word: t`Restore` },
];

interface Taking {
  readonly snapshotId: string;
  readonly entryIds: string[];
  /** Where "Back" leads: the choice or the folders. */
  readonly from: 'choose' | 'pick';
}

function WherePage({
  steps,
  taking,
  snapshot,
  onBack,
}: {
  steps: readonly WizardStep[];
  taking: Taking;
  snapshot: SnapshotInfo;
  onBack: () => void;
}): ReactNode {
  const state = useWhere(taking.snapshotId, taking.entryIds);
  const start = useAction((planId: string) => api.restore.start({ planId }), {
    onDone: ({ runId }) => resetRoute({ screen: 'restore', runId }),
  });
  const { plan } = state;
  return (
    <WizardScaffold
      label={t`Restore`}
      steps={steps}
      current="where"
      pageKey="where"
      width={720}
      title={t`Where should it go?`}
      line={
        plan === null
          ? t`From the snapshot of ${formatDate(snapshot.at)}.`
          : t`${plural(plan.files, { one: '# file', other: '# files' })}, ${formatBytes(plan.bytes)}, from the snapshot of ${formatDate(snapshot.at)}.`
      }
      onBack={onBack}
      note={t`Every file is verified as it is written.`}
      primary={
        <Button
          variant="primary"
          size="wizard"
          pending={start.pending}
          isDisabled={!mayStart(state)}
          onPress={() => plan !== null && start.run(plan.planId)}
        >
          {startWord(state)}
        </Button>
      }
    >
      <div className="choose">
        <WhereForm state={state} snapshot={snapshot} titled />
      </div>
    </WizardScaffold>
  );
}

function PickPage({
  computers,
  spot,
  onSpot,
  onBack,
  onRestore,
}: {
  computers: ReturnType<typeof byComputer>;
  spot: Spot;
  onSpot: (spot: Spot) => void;
  onBack: () => void;
  onRestore: (snapshotId: string, entryIds: string[]) => void;
}): ReactNode {
  const [past, setPast] = useState<readonly Spot[]>([]);
  const [select, setSelect] = useState<string | null>(null);
  const lockings = useLockings();
  return (
    <div className="wiz pick-page">
      <main className="page">
        <BrowsePane
          key={lockings}
          computers={computers}
          spot={spot}
          select={select}
          onGo={(next, entry) => {
            setPast([...past, spot]);
            setSelect(entry ?? null);
            onSpot(next);
          }}
          onBack={
            past.length === 0
              ? null
              : () => {
                  const last = past.at(-1);
                  setPast(past.slice(0, -1));
                  if (last !== undefined) onSpot(last);
                }
          }
          onForward={null}
          onPicked={(picked) => onRestore(picked.snapshotId, picked.entryIds)}
        />
      </main>
      <footer className="wiz-foot">
        <Button variant="quiet" size="wizard" icon={ArrowLeft} onPress={onBack}>
          <Trans>Back</Trans>
        </Button>
        <span className="wiz-foot-note">
          <Trans>Select what you want back, then press Restore. Looking changes nothing.</Trans>
        </span>
      </footer>
    </div>
  );
}

/** The pages before the restore runs. */
function Wizard(): ReactNode {
  const route = useRouteOf('restore');
  const ready = useAppState((state) => state.phase === 'ready');
  const locked = useAppState((state) => state.locked);
  const given = route?.snapshotId;
  const [connection, setConnection] = useState<Connection | null>(null);
  const [page, setPage] = useState<Page>(
    !ready ? 'connect' : locked ? 'unlock' : given === undefined ? 'choose' : 'where',
  );
  const [asked, setAsked] = useState<string | null>(given ?? null);
  const [what, setWhat] = useState<What>('everything');
  const [spot, setSpot] = useState<Spot | null>(null);
  const [taking, setTaking] = useState<Taking | null>(
    given === undefined ? null : { snapshotId: given, entryIds: route?.entryIds ?? [], from: 'choose' },
  );
  const unlocked = page === 'choose' || page === 'pick' || page === 'where';
  const snapshots = useCall(['browse', 'snapshots', connection?.repoId ?? 'own'], () => api.browse.snapshots(), {
    enabled: unlocked,
    live: true,
  });
  const computers = useMemo(() => byComputer(snapshots.data ?? []), [snapshots.data]);
  const snapshot = snapshots.data?.find((one) => one.id === asked) ?? firstToShow(snapshots.data ?? []);

  // The key left memory (idle, sleep): nothing past the digits can go on without it.
  useEffect(() => {
    if (locked && unlocked) setPage('unlock');
  }, [locked, unlocked]);

  const steps = ready ? STEPS.slice(locked || page === 'unlock' ? 1 : 2) : STEPS;
  const leave = (): void => (ready ? navigate({ screen: 'browse' }) : navigate({ screen: 'welcome' }));

  switch (page) {
    case 'connect':
      return (
        <ConnectPage
          steps={steps}
          connection={connection}
          onConnection={(found) => {
            setConnection(found);
            if (found !== null) rememberConnected(found.place);
          }}
          onBack={leave}
          onNext={() => setPage(locked ? 'unlock' : 'choose')}
        />
      );
    case 'unlock':
      return (
        <UnlockPage
          steps={steps}
          ready={ready}
          onBack={ready ? leave : () => setPage('connect')}
          onNext={() => setPage(taking === null ? 'choose' : 'where')}
        />
      );
    case 'pick':
      if (spot === null) return null;
      return (
        <PickPage
          computers={computers}
          spot={spot}
          onSpot={setSpot}
          onBack={() => setPage('choose')}
          onRestore={(snapshotId, entryIds) => {
            setAsked(snapshotId);
            setTaking({ snapshotId, entryIds, from: 'pick' });
            setPage('where');
          }}
        />
      );
    case 'where':
      if (taking !== null && snapshot !== null) {
        return <WherePage steps={steps} taking={taking} snapshot={snapshot} onBack={() => setPage(taking.from)} />;
      }
      break;
    case 'choose':
      break;
  }
  return (
    <ChoosePage
      steps={steps}
      snapshots={snapshots.data ?? null}
      computers={computers}
      error={snapshots.error}
      retrying={snapshots.isFetching}
      onRetry={() => void snapshots.refetch()}
      snapshot={snapshot}
      onSnapshot={setAsked}
      what={what}
      onWhat={setWhat}
      onBack={ready ? leave : () => setPage('connect')}
      onNext={() => {
        if (snapshot === null) return;
        if (what === 'pick') {
          setSpot({ snapshotId: snapshot.id, folderId: startFolder(snapshot) });
          setPage('pick');
        } else {
          setTaking({ snapshotId: snapshot.id, entryIds: [], from: 'choose' });
          setPage('where');
        }
      }}
    />
  );
}

/** Restore as a wizard of its own: from connecting to the storage to the report. */
export function Restore(): ReactNode {
  const runId = useRouteOf('restore')?.runId;
  const ready = useAppState((state) => state.phase === 'ready');
  if (runId !== undefined) return <RestoreRunView runId={runId} steps={ready ? STEPS.slice(2) : STEPS} />;
  return <Wizard />;
}
