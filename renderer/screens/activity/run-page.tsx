import { ArrowRight, ChevronLeft, CircleAlert, Copy, Info, TriangleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { RunDetail } from '../../../preload/contract.ts';
import {
  Badge,
  Button,
  Bytes,
  Card,
  ErrorNote,
  ErrorState,
  formatCount,
  formatDate,
  formatDuration,
  formatTime,
  Head,
  Icon,
  plural,
  Skeleton,
  useNow,
  When,
} from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import { visibleName } from '../../components/visible.ts';
import { api, UserError, useAction, useCall } from '../../state/bridge.ts';
import { useAppState } from '../../state/app-state.tsx';
import { navigate } from '../../state/route.ts';
import { toast } from '../../state/toasts.ts';
import { phaseWord } from '../home/run-words.ts';
import { LiveRun } from './live-run.tsx';
import { CauseActions } from './cause-actions.tsx';
import { CauseList } from './cause-list.tsx';
import { PlacesCard } from './places-card.tsx';
import { KIND_ICON, KIND_WORD, resultSentence, resultWords, runName } from './run-text.ts';

const LEVEL: Record<RunDetail['messages'][number]['level'], { icon: LucideIcon; ink: string; word: string }> = {
  info: { icon: Info, ink: 'faint', word: 'Note' },
  warning: { icon: TriangleAlert, ink: 'warn', word: 'Warning' },
  error: { icon: CircleAlert, ink: 'bad', word: 'Error' },
};

export function BackToActivity(): ReactNode {
  return (
    <div className="bar bar-in drag">
      <Button variant="quiet" size="s" icon={ChevronLeft} onPress={() => navigate({ screen: 'activity' })}>
        Activity
      </Button>
    </div>
  );
}

export function CopyButton({ runId }: { runId: string }): ReactNode {
  const copy = useAction(() => api.activity.copyText({ id: runId }), {
    onDone: () => toast.done('The whole run is on the clipboard.'),
  });
  return (
    <Button icon={Copy} pending={copy.pending} onPress={() => copy.run()}>
      Copy as text
    </Button>
  );
}

type RunFact = [name: string, value: ReactNode, line: ReactNode];

/** The numbers of what is done by itself between backups. */
function careFacts(run: RunDetail): RunFact[] | null {
  if (run.kind === 'retention') {
    return [
      ['Went', formatCount(run.removedFiles), run.removedFiles === 1 ? 'old backup' : 'old backups'],
      ['Freed', <Bytes key="v" of={run.bytes} />, 'at all places together'],
      ['Written anew', <Bytes key="v" of={run.storedBytes} />, 'what is needed of half-empty packs'],
    ];
  }
  if (run.kind !== 'drill') return null;
  return [
    ['Restored', formatCount(run.files), run.files === 1 ? 'file of the newest backup' : 'files of the newest backup'],
    ['Compared', <Bytes key="v" of={run.bytes} />, 'byte by byte, then removed again'],
    ['Not right', formatCount(run.skippedCount), run.skippedCount === 1 ? 'file' : 'files'],
  ];
}

function Ledger({ run }: { run: RunDetail }): ReactNode {
  const facts: RunFact[] =
    careFacts(run) ??
    (run.kind === 'backup'
      ? [
          [
            run.result.startsWith('done') ? 'Kept safe' : 'Looked at',
            <Bytes key="v" of={run.bytes} />,
            plural(run.files, 'file'),
          ],
          [
            'Changes',
            `${formatCount(run.newFiles)} new`,
            `${formatCount(run.changedFiles)} changed, ${formatCount(run.removedFiles)} gone`,
          ],
          ['Stored', <Bytes key="v" of={run.storedBytes} />, 'compressed and encrypted'],
        ]
      : run.kind === 'copy'
        ? [
            ['Copied', formatCount(run.files), run.files === 1 ? 'object' : 'objects'],
            ['Stored', <Bytes key="v" of={run.bytes} />, 'encrypted, as it was'],
            ['To', <Name key="v" of={run.destination} />, 'from the other places'],
          ]
        : [
            [
              run.kind === 'restore' ? 'Restored' : 'Checked',
              formatCount(run.files),
              run.kind === 'restore' ? 'files' : 'objects',
            ],
            [run.kind === 'restore' ? 'Written' : 'Read', <Bytes key="v" of={run.bytes} />, 'verified on the way'],
            [
              run.kind === 'restore' ? 'Left out' : 'Found',
              formatCount(run.skippedCount),
              plural(run.skippedCount, 'item').replace(/^\S+ /, ''),
            ],
          ]);
  return (
    <dl className="ledger">
      {facts.map(([name, value, line]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <span className="v num">{value}</span>
            <span className="t12 faint num">{line}</span>
          </dd>
        </div>
      ))}
      <div>
        <dt>Time</dt>
        <dd>
          <span className="v num">{run.endedAt === null ? '–' : formatDuration(run.endedAt - run.startedAt)}</span>
          <span className="t12 faint">
            from <When at={run.startedAt} />
          </span>
        </dd>
      </div>
    </dl>
  );
}

function PhasesCard({ run }: { run: RunDetail }): ReactNode {
  const longest = Math.max(1, ...run.phases.map((phase) => phase.ms));
  return (
    <Card title="Phases" className="phasecard">
      <table className="grid phase-table" aria-label="Phases">
        <thead>
          <tr>
            <th scope="col">Phase</th>
            <th scope="col" className="end">
              {run.kind === 'verify' || run.kind === 'copy' ? 'Objects' : 'Files'}
            </th>
            <th scope="col" className="end">
              Size
            </th>
            <th scope="col" className="end">
              Time
            </th>
          </tr>
        </thead>
        <tbody>
          {run.phases.map((phase) => (
            <tr key={phase.phase}>
              <td className="ink">
                {phaseWord(phase.phase)}
                <svg className="phase-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                  <rect className="sb-2" width={Math.max(0.5, (phase.ms / longest) * 100)} height="4" />
                </svg>
              </td>
              <td className="end">{formatCount(phase.files)}</td>
              <td className="end">
                <Bytes of={phase.bytes} />
              </td>
              <td className="end">{formatDuration(phase.ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function MessagesCard({ run }: { run: RunDetail }): ReactNode {
  return (
    <Card title="What happened">
      {run.messages.length === 0 ? (
        <p className="dim messages-none">Nothing worth a message happened.</p>
      ) : (
        <ol className="messages">
          {run.messages.map((message, index) => {
            const level = LEVEL[message.level];
            return (
              <li key={index}>
                <Icon of={level.icon} className={level.ink} />
                <span className="select">
                  <span className="sr">{level.word}: </span>
                  <bdi>{message.text}</bdi>
                </span>
                <time className="t12 faint num">{formatTime(message.at)}</time>
              </li>
            );
          })}
        </ol>
      )}
    </Card>
  );
}

function Detail({ run }: { run: RunDetail }): ReactNode {
  const now = useNow();
  const progress = useAppState((state) => (state.progress?.runId === run.id ? state.progress : null));
  const result = resultWords(run);
  const name = runName(run);
  const { snapshotId } = run;
  return (
    <>
      <Head
        title={
          run.kind === 'copy'
            ? `${name.word} ${visibleName(run.destination)}, ${formatDate(run.startedAt, now)}`
            : `${KIND_WORD[run.kind]} of ${formatDate(run.startedAt, now)}`
        }
        line={resultSentence(run)}
        actions={
          <>
            {snapshotId !== null && run.kind === 'backup' && (
              <Button iconEnd={ArrowRight} onPress={() => navigate({ screen: 'browse', snapshotId })}>
                Look inside
              </Button>
            )}
            <CopyButton runId={run.id} />
          </>
        }
      />
      <p className="run-badges row">
        <Badge tone={result.tone} icon={result.icon}>
          {result.word}
        </Badge>
        <Badge icon={KIND_ICON[run.kind]}>
          <bdi>{run.destination}</bdi>
        </Badge>
      </p>
      {run.result === 'running' && progress !== null && <LiveRun progress={progress} />}
      {run.error !== null && (
        <div className="home-notes">
          <ErrorNote error={new UserError(run.error)} />
        </div>
      )}
      <Ledger run={run} />
      {run.skipped.length > 0 && (
        <>
          <CauseList
            items={run.skipped}
            restoring={run.kind === 'restore'}
            action={(cause) => (run.kind === 'backup' ? <CauseActions cause={cause} /> : null)}
          />
        </>
      )}
      <PlacesCard run={run} />
      <div className="run-cols">
        {run.phases.length > 0 && <PhasesCard run={run} />}
        <MessagesCard run={run} />
      </div>
    </>
  );
}

/** One run with all its numbers. */
export function RunPage({ runId }: { runId: string }): ReactNode {
  const moment = useAppState((state) => (state.progress?.runId === runId ? state.progress.state : ''));
  const run = useCall(['activity', 'run', runId, moment], () => api.activity.run({ id: runId }), { live: true });
  return (
    <>
      <BackToActivity />
      <div className="body">
        <div className="body-in">
          {run.isPending && <Skeleton lines={8} label="Loading the run" />}
          {run.error !== null && (
            <ErrorState error={run.error} retrying={run.isFetching} onRetry={() => void run.refetch()} />
          )}
          {run.data !== undefined && <Detail run={run.data} />}
        </div>
      </div>
    </>
  );
}
