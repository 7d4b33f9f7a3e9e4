import { ChartColumn, CircleAlert, KeyRound, Play, RefreshCw, ShieldAlert, TriangleAlert, Unplug } from 'lucide-react';
import type { ReactNode } from 'react';
import type { AppState, RunSummary } from '../../../preload/contract.ts';
import { Button, LinkButton } from '../../components/button.tsx';
import { capital, formatBytes, formatCount, formatDay, formatDuration, plural } from '../../components/format.ts';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { Card, Head, Note } from '../../components/surfaces.tsx';
import { useNow, When } from '../../components/time.tsx';
import { scheduleWords } from '../../components/when-words.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';
import { LiveRun } from '../activity/live-run.tsx';
import { useActiveRun, useRuns } from '../activity/use-runs.ts';
import { CalendarCard } from './calendar-card.tsx';
import { ChangesCard } from './changes-card.tsx';
import { CareNotes } from './care-notes.tsx';
import { DestinationsCard } from './destinations-card.tsx';
import { GrowthCard } from './growth-card.tsx';
import { daysBetween, storedBackups } from './history.ts';
import { ProofFact } from './proof-fact.tsx';

/** Days that pictures need to say more than a sentence. */
const ENOUGH_DAYS = 4;

function Fact({ name, value, line }: { name: string; value: ReactNode; line: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span className="v">{value}</span>
        <span className="t12 faint num">{line}</span>
      </dd>
    </div>
  );
}

/** When the next backup starts by itself, or what it waits for. */
function NextFact({ state }: { state: AppState }): ReactNode {
  const { schedule } = state.when;
  const change = (words: string): ReactNode => (
    <LinkButton onPress={() => navigate({ screen: 'settings', section: 'when' })}>{words}</LinkButton>
  );
  if (state.health.state === 'paused' && state.nextRunMs === null) {
    return <Fact name="Next backup" value="When you resume" line="Backups are paused" />;
  }
  if (schedule.every === 'hand') {
    return <Fact name="Next backup" value="When you ask" line={change('Let them start by themselves')} />;
  }
  if (state.waitsFor !== null) {
    return <Fact name="Next backup" value="Waiting" line={state.waitsFor.line} />;
  }
  return (
    <Fact
      name="Next backup"
      value={state.nextRunMs === null ? 'Soon' : <When at={state.nextRunMs} start future />}
      line={change(capital(scheduleWords(schedule)))}
    />
  );
}

function Ledger({ state, runs }: { state: AppState; runs: readonly RunSummary[] | undefined }): ReactNode {
  const last = state.lastBackup;
  const ended = last?.endedAt ?? null;
  return (
    <dl className="ledger">
      {last === null ? (
        <Fact name="Last backup" value="None yet" line="Nothing is stored so far" />
      ) : (
        <Fact
          name="Last backup"
          value={<When at={ended ?? last.startedAt} start />}
          line={`${formatBytes(last.storedBytes)} stored${
            ended === null ? '' : ` in ${formatDuration(ended - last.startedAt)}`
          }`}
        />
      )}
      <NextFact state={state} />
      {last === null ? (
        <Fact name="Kept safe" value="Nothing yet" line="It starts with the first backup" />
      ) : (
        <Fact
          name="Kept safe"
          value={formatBytes(last.bytes)}
          line={`${plural(last.files, 'file')}, ${plural(state.snapshotCount, 'snapshot')}`}
        />
      )}
      <ProofFact runs={runs} />
    </dl>
  );
}

function Notes({ state }: { state: AppState }): ReactNode {
  const now = useNow();
  const tries = state.vault?.tries ?? null;
  const triesLeft = tries === null ? 'The vault counts them.' : `${tries.left} of ${tries.limit} tries are left.`;
  const failed = state.lastBackup?.result === 'failed' ? state.lastBackup.error : null;
  // What the title says already, or what made the last backup fail, is not said twice.
  const away = state.destinations.filter(
    (one) =>
      (one.state === 'away' && state.health.state !== 'at-risk' && state.health.state !== 'attention') ||
      (one.state === 'error' && failed === null && state.health.state !== 'attention'),
  );
  return (
    <div className="home-notes">
      {state.keychain.kind === 'memory' && (
        <Note
          tone="amber"
          icon={KeyRound}
          action={
            <Button size="s" onPress={() => navigate({ screen: 'protection' })}>
              See why
            </Button>
          }
        >
          <p>
            <strong>At risk: backups stop when you quit.</strong>{' '}
            {state.keychain.message ?? 'This computer has no keychain that could keep what a backup needs.'}
          </p>
        </Note>
      )}
      {state.vault?.unseen != null && (
        <Note
          tone="amber"
          icon={ShieldAlert}
          action={
            <Button size="s" onPress={() => navigate({ screen: 'protection' })}>
              See them
            </Button>
          }
        >
          <p>
            <strong className="num">
              {/wrong tr(y|ies) at/.test(state.health.title)
                ? triesLeft
                : `${plural(state.vault.unseen.count, 'wrong try', 'wrong tries')} at your password since ${formatDay(state.vault.unseen.since, now)}.`}
            </strong>{' '}
            Under Protection you see where they came from, and mark them as seen.
          </p>
        </Note>
      )}
      {away.map((one) => (
        <Note
          key={one.id}
          tone={one.state === 'error' ? 'red' : 'plain'}
          icon={one.state === 'error' ? CircleAlert : Unplug}
        >
          <p>
            <strong>
              <bdi>{one.name}</bdi>
              {one.state === 'error' ? ' can’t be used.' : ' isn’t there.'}
            </strong>{' '}
            {one.message}
          </p>
        </Note>
      ))}
      {failed !== null && (
        <Note
          tone="red"
          action={
            <Button size="s" onPress={() => navigate({ screen: 'activity', runId: state.lastBackup?.id ?? '' })}>
              See the run
            </Button>
          }
        >
          <p>
            <strong>{failed.message}</strong> {failed.guidance}
          </p>
        </Note>
      )}
      <CareNotes />
      {state.skippedCount > 0 && state.health.state !== 'protected-unreadable' && (
        <Note
          tone="amber"
          icon={TriangleAlert}
          action={
            <Button size="s" onPress={() => navigate({ screen: 'activity', view: 'skipped' })}>
              See them
            </Button>
          }
        >
          <p>
            <strong>{plural(state.skippedCount, 'item')} couldn’t be read.</strong>{' '}
            {state.lastBackup === null
              ? 'Each has its reason, and most a fix.'
              : `The other ${formatCount(state.lastBackup.files)} files are safe. Each has its reason, and most a fix.`}
          </p>
        </Note>
      )}
    </div>
  );
}

function Pictures({ state }: { state: AppState }): ReactNode {
  const now = useNow();
  const runs = useRuns();
  if (runs.isPending) {
    return (
      <Card className="pad">
        <Skeleton lines={6} label="Loading past backups" />
      </Card>
    );
  }
  if (runs.error !== null) {
    return (
      <Card className="home-empty">
        <ErrorState error={runs.error} retrying={runs.isFetching} onRetry={() => void runs.refetch()} />
      </Card>
    );
  }
  if (state.lastBackup === null) {
    return (
      <Card className="home-empty">
        <EmptyState icon={RefreshCw} title="The first backup is still to come">
          Press Back up now. It takes everything you chose; later ones take only what changed.
        </EmptyState>
      </Card>
    );
  }
  const [first] = storedBackups(runs.data);
  if (first === undefined || daysBetween(first.startedAt, now) < ENOUGH_DAYS) {
    return (
      <Card className="home-empty">
        <EmptyState icon={ChartColumn} title="The pictures come with time">
          {first === undefined
            ? 'After some days of backups you see here what each one added.'
            : `The first backup stored ${formatBytes(first.storedBytes)} ${formatDay(first.startedAt, now)}. In some days you see here what each one added, and which days have a backup.`}
        </EmptyState>
      </Card>
    );
  }
  return (
    <>
      <GrowthCard runs={runs.data} />
      <CalendarCard runs={runs.data} />
    </>
  );
}

/** Home while no backup runs. */
export function Calm(): ReactNode {
  const state = useAppState();
  const runs = useRuns();
  const active = useActiveRun();
  const start = useAction(() => api.backup.start());
  const resume = useAction(() => api.backup.resume());
  const paused = state.pausedUntil !== null || state.health.state === 'paused';
  return (
    <>
      <div className="bar drag" />
      <div className="body">
        <div className="body-in home">
          <Head
            title={state.health.title}
            line={state.health.line}
            actions={
              <>
                {state.health.state === 'protected-unreadable' && (
                  <Button icon={TriangleAlert} onPress={() => navigate({ screen: 'activity', view: 'skipped' })}>
                    See {plural(state.skippedCount, 'item')}
                  </Button>
                )}
                {paused && (
                  <Button icon={Play} pending={resume.pending} onPress={() => resume.run()}>
                    Resume
                  </Button>
                )}
                <Button
                  variant="primary"
                  icon={RefreshCw}
                  pending={start.pending}
                  isDisabled={active !== null}
                  onPress={() => start.run()}
                >
                  Back up now
                </Button>
              </>
            }
          />
          {active !== null && <LiveRun progress={active} />}
          <Notes state={state} />
          <Ledger state={state} runs={runs.data} />
          <div className="duo">
            <div className="stack">
              <Pictures state={state} />
            </div>
            <div className="stack">
              <DestinationsCard destinations={state.destinations} />
              <ChangesCard run={state.lastBackup} />
            </div>
          </div>
        </div>
      </div>
    </>
  );
}
