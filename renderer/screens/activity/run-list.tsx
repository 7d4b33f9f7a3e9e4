import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ChevronRight, List } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { RunSummary } from '../../../preload/contract.ts';
import {
  Badge,
  Button,
  capital,
  EmptyState,
  ErrorState,
  formatDay,
  formatTime,
  Head,
  Icon,
  Segmented,
  Skeleton,
  useNow,
} from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import { exactDate } from '../../components/format.ts';
import { useAppState } from '../../state/app-state.tsx';
import { cameFrom, navigate } from '../../state/route.ts';
import { dayOf } from '../home/history.ts';
import { LiveRun } from './live-run.tsx';
import { activityTitle, KIND_ICON, KIND_WORD, resultWords, runDuration, runNumbers } from './run-text.ts';
import { useActiveRun, useRuns } from './use-runs.ts';

const FIRST = 60;
const MORE = 200;

type Filter = 'all' | RunSummary['kind'];

/** What a run is called in a list: "Backup", with several plans "Backup of Photos", "Copied to Loft NAS". */
function RunName({ run }: { run: RunSummary }): ReactNode {
  const several = useAppState((state) => state.plans.length > 1);
  if (several && run.kind === 'backup' && run.plan !== undefined) {
    const plan = <Name of={run.plan} />;
    return <Trans>Backup of {plan}</Trans>;
  }
  if (run.kind !== 'copy') return KIND_WORD[run.kind];
  const place = <Name of={run.destination} />;
  return run.result === 'done' ? <Trans>Copied to {place}</Trans> : <Trans>Copy to {place}</Trans>;
}

function Row({ run }: { run: RunSummary }): ReactNode {
  const result = resultWords(run);
  const time = runDuration(run);
  return (
    <li>
      <AriaButton className="runrow" data-run={run.id} onPress={() => navigate({ screen: 'activity', runId: run.id })}>
        <Icon of={KIND_ICON[run.kind]} size={20} />
        <span className="runrow-text">
          <span className="medium clip">
            <RunName run={run} />
          </span>
          <span className="dim num">{run.error === null ? runNumbers(run) : run.error.message}</span>
        </span>
        <Badge tone={result.tone} icon={result.icon}>
          {result.word}
        </Badge>
        <span className="runrow-when num">
          <time dateTime={new Date(run.startedAt).toISOString()} title={exactDate(run.startedAt)}>
            {formatTime(run.startedAt)}
          </time>
          <span className="t12 faint">{time ?? t`not finished`}</span>
        </span>
        <Icon of={ChevronRight} className="faint" />
      </AriaButton>
    </li>
  );
}

function Days({ runs }: { runs: readonly RunSummary[] }): ReactNode {
  const now = useNow();
  const days = new Map<number, RunSummary[]>();
  for (const run of runs) {
    const day = dayOf(run.startedAt);
    const list = days.get(day);
    if (list === undefined) days.set(day, [run]);
    else list.push(run);
  }
  return [...days].map(([day, list]) => (
    <section key={day} className="runday">
      <h2 className="label">{capital(formatDay(day, now))}</h2>
      <ul className="card rows">
        {list.map((run) => (
          <Row key={run.id} run={run} />
        ))}
      </ul>
    </section>
  ));
}

function Past({ runs }: { runs: readonly RunSummary[] }): ReactNode {
  const list = useRef<HTMLDivElement>(null);
  // Whoever comes back from a run goes on where it stands in the list.
  useEffect(() => {
    const from = cameFrom();
    if (from?.screen !== 'activity' || from.runId === undefined) return;
    list.current?.querySelector<HTMLElement>(`[data-run="${CSS.escape(from.runId)}"]`)?.focus();
  }, []);
  const [filter, setFilter] = useState<Filter>('all');
  const [limit, setLimit] = useState(FIRST);
  const fitting = runs
    .filter((run) => run.result !== 'running' && (filter === 'all' || run.kind === filter))
    .sort((a, b) => b.startedAt - a.startedAt);
  return (
    <div ref={list}>
      <div className="runfilter">
        <Segmented
          label={t`Which runs`}
          value={filter}
          onChange={setFilter}
          options={[
            { value: 'all', word: t`All` },
            { value: 'backup', word: t`Backups` },
            { value: 'restore', word: t`Restores` },
            { value: 'verify', word: t`Checks` },
            { value: 'copy', word: t`Copies` },
            { value: 'retention', word: t`Clean-ups` },
            { value: 'drill', word: t`Proofs` },
          ]}
        />
      </div>
      {fitting.length === 0 ? (
        <p className="dim runs-none">
          {filter === 'restore'
            ? t`Nothing was restored so far. Trying it once with one file is a good idea.`
            : filter === 'verify'
              ? t`The backup was not checked so far. Settings has a button for it.`
              : t`None so far.`}
        </p>
      ) : (
        <Days runs={fitting.slice(0, limit)} />
      )}
      {fitting.length > limit && (
        <Button className="runs-more" onPress={() => setLimit(limit + MORE)}>
          <Trans>Show older runs</Trans>
        </Button>
      )}
    </div>
  );
}

/** The live run on top, then the past by day. */
export function RunList(): ReactNode {
  const runs = useRuns();
  const active = useActiveRun();
  const now = useNow();
  const past = runs.data ?? [];
  return (
    <>
      <div className="bar drag" />
      <div className="body">
        <div className="body-in">
          <Head
            title={runs.data === undefined ? t`Activity` : activityTitle(past, now)}
            line={t`Open a run to see what it did, and what it left out and why.`}
          />
          {active !== null && <LiveRun progress={active} />}
          {runs.isPending && (
            <div className="card pad runs-wait">
              <Skeleton lines={8} label={t`Loading past runs`} />
            </div>
          )}
          {runs.error !== null && (
            <ErrorState error={runs.error} retrying={runs.isFetching} onRetry={() => void runs.refetch()} />
          )}
          {runs.data !== undefined &&
            (past.every((run) => run.result === 'running') ? (
              <EmptyState icon={List} title={t`The past is still empty`}>
                <Trans>Every backup, restore and check is kept here with its numbers.</Trans>
              </EmptyState>
            ) : (
              <Past runs={past} />
            ))}
        </div>
      </div>
    </>
  );
}
