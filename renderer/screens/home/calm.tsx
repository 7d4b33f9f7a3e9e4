import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ChartColumn, CircleAlert, KeyRound, Play, RefreshCw, ShieldAlert, TriangleAlert, Unplug } from 'lucide-react';
import type { ReactNode } from 'react';
import type { AppState, RunSummary } from '../../../preload/contract.ts';
import { Button, LinkButton } from '../../components/button.tsx';
import { capital, formatBytes, formatDay, formatDuration } from '../../components/format.ts';
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
import { PlansCard } from './plans-card.tsx';
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
    return <Fact name={t`Next backup`} value={t`When you resume`} line={t`Backups are paused`} />;
  }
  if (schedule.every === 'hand' && state.plans.length < 2) {
    return <Fact name={t`Next backup`} value={t`When you ask`} line={change(t`Let them start by themselves`)} />;
  }
  if (state.waitsFor !== null) {
    return <Fact name={t`Next backup`} value={t`Waiting`} line={state.waitsFor.line} />;
  }
  return (
    <Fact
      name={t`Next backup`}
      value={state.nextRunMs === null ? t`Soon` : <When at={state.nextRunMs} start future />}
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
        <Fact name={t`Last backup`} value={t`None yet`} line={t`Nothing is stored so far`} />
      ) : (
        <Fact
          name={t`Last backup`}
          value={<When at={ended ?? last.startedAt} start />}
          line={
            ended === null
              ? t`${formatBytes(last.storedBytes)} stored`
              : t`${formatBytes(last.storedBytes)} stored in ${formatDuration(ended - last.startedAt)}`
          }
        />
      )}
      <NextFact state={state} />
      {last === null ? (
        <Fact name={t`Kept safe`} value={t`Nothing yet`} line={t`It starts with the first backup`} />
      ) : (
        <Fact
          name={t`Kept safe`}
          value={formatBytes(last.bytes)}
          line={t`${plural(last.files, { one: '# file', other: '# files' })}, ${plural(state.snapshotCount, { one: '# snapshot', other: '# snapshots' })}`}
        />
      )}
      <ProofFact runs={runs} />
    </dl>
  );
}

function Notes({ state }: { state: AppState }): ReactNode {
  const now = useNow();
  const tries = state.vault?.tries ?? null;
  const triesLeft = tries === null ? t`The vault counts them.` : t`${tries.left} of ${tries.limit} tries are left.`;
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
              <Trans>See why</Trans>
            </Button>
          }
        >
          <p>
            <strong>
              <Trans>At risk: backups stop when you quit.</Trans>
            </strong>{' '}
            {state.keychain.message ?? t`This computer has no keychain that could keep what a backup needs.`}
          </p>
        </Note>
      )}
      {state.vault?.unseen != null && (
        <Note
          tone="amber"
          icon={ShieldAlert}
          action={
            <Button size="s" onPress={() => navigate({ screen: 'protection' })}>
              <Trans>See them</Trans>
            </Button>
          }
        >
          <p>
            <Trans>
              <strong className="num">
                {state.health.cause === 'wrong-tries'
                  ? triesLeft
                  : t`${plural(state.vault.unseen.count, { one: '# wrong try', other: '# wrong tries' })} at your password since ${formatDay(state.vault.unseen.since, now)}.`}
              </strong>{' '}
              Under Protection you see where they came from, and mark them as seen.
            </Trans>
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
              {one.state === 'error' ? (
                <Trans>
                  <bdi>{one.name}</bdi> can’t be used.
                </Trans>
              ) : (
                <Trans>
                  <bdi>{one.name}</bdi> isn’t there.
                </Trans>
              )}
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
              <Trans>See the run</Trans>
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
              <Trans>See them</Trans>
            </Button>
          }
        >
          <p>
            <strong>
              {plural(state.skippedCount, { one: '# item couldn’t be read.', other: '# items couldn’t be read.' })}
            </strong>{' '}
            {state.lastBackup === null
              ? t`Each has its reason, and most a fix.`
              : plural(state.lastBackup.files, {
                  one: 'The other file is safe. Each has its reason, and most a fix.',
                  other: 'The other # files are safe. Each has its reason, and most a fix.',
                })}
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
        <Skeleton lines={6} label={t`Loading past backups`} />
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
        <EmptyState icon={RefreshCw} title={t`The first backup is still to come`}>
          <Trans>Press Back up now. It takes everything you chose; later ones take only what changed.</Trans>
        </EmptyState>
      </Card>
    );
  }
  const [first] = storedBackups(runs.data);
  if (first === undefined || daysBetween(first.startedAt, now) < ENOUGH_DAYS) {
    return (
      <Card className="home-empty">
        <EmptyState icon={ChartColumn} title={t`The pictures come with time`}>
          {first === undefined
            ? t`After some days of backups you see here what each one added.`
            : t`The first backup stored ${formatBytes(first.storedBytes)} ${formatDay(first.startedAt, now)}. In some days you see here what each one added, and which days have a backup.`}
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
                    {plural(state.skippedCount, { one: 'See # item', other: 'See # items' })}
                  </Button>
                )}
                {paused && (
                  <Button icon={Play} pending={resume.pending} onPress={() => resume.run()}>
                    <Trans>Resume</Trans>
                  </Button>
                )}
                <Button
                  variant="primary"
                  icon={RefreshCw}
                  pending={start.pending}
                  isDisabled={active !== null}
                  onPress={() => start.run()}
                >
                  <Trans>Back up now</Trans>
                </Button>
              </>
            }
          />
          {active !== null && <LiveRun progress={active} />}
          <Notes state={state} />
          <Ledger state={state} runs={runs.data} />
          <div className="duo">
            <div className="stack">
              <PlansCard plans={state.plans} />
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
