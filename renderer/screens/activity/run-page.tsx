import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
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
  Skeleton,
  useNow,
  When,
} from '../../components/index.ts';
import { joined } from '../../components/format.ts';
import { Name } from '../../components/name.tsx';
import { visibleName } from '../../components/visible.ts';
import { api, UserError, useAction, useCall } from '../../state/bridge.ts';
import { useAppState } from '../../state/app-state.tsx';
import { navigate } from '../../state/route.ts';
import { toast } from '../../state/toasts.ts';
import { phaseWord } from '../home/run-words.ts';
import { LiveRun } from './live-run.tsx';
import { CauseActions, ItemActions } from './cause-actions.tsx';
import { CauseList } from './cause-list.tsx';
import { PlacesCard } from './places-card.tsx';
import { KIND_ICON, KIND_WORD, resultSentence, resultWords } from './run-text.ts';

const LEVEL: Record<RunDetail['messages'][number]['level'], { icon: LucideIcon; ink: string; word: string }> = {
  info: { icon: Info, ink: 'faint', word: t`Note` },
  warning: { icon: TriangleAlert, ink: 'warn', word: t`Warning` },
  error: { icon: CircleAlert, ink: 'bad', word: t`Error` },
};

export function BackToActivity(): ReactNode {
  return (
    <div className="bar bar-in drag">
      <Button variant="quiet" size="s" icon={ChevronLeft} onPress={() => navigate({ screen: 'activity' })}>
        <Trans>Activity</Trans>
      </Button>
    </div>
  );
}

export function CopyButton({ runId }: { runId: string }): ReactNode {
  const copy = useAction(() => api.activity.copyText({ id: runId }), {
    onDone: () => toast.done(t`The whole run is on the clipboard.`),
  });
  return (
    <Button icon={Copy} pending={copy.pending} onPress={() => copy.run()}>
      <Trans>Copy as text</Trans>
    </Button>
  );
}

type RunFact = [name: string, value: ReactNode, line: ReactNode];

/** The numbers of what is done by itself between backups. */
function careFacts(run: RunDetail): RunFact[] | null {
  if (run.kind === 'retention') {
    return [
      [t`Went`, formatCount(run.removedFiles), plural(run.removedFiles, { one: 'old backup', other: 'old backups' })],
      [t`Freed`, <Bytes key="v" of={run.bytes} />, t`at all places together`],
      [t`Written anew`, <Bytes key="v" of={run.storedBytes} />, t`what is needed of half-empty packs`],
    ];
  }
  if (run.kind !== 'drill') return null;
  return [
    [
      t`Restored`,
      formatCount(run.files),
      plural(run.files, { one: 'file of the newest backup', other: 'files of the newest backup' }),
    ],
    [t`Compared`, <Bytes key="v" of={run.bytes} />, t`byte by byte, then removed again`],
    [t`Not right`, formatCount(run.skippedCount), plural(run.skippedCount, { one: 'file', other: 'files' })],
  ];
}

function Ledger({ run }: { run: RunDetail }): ReactNode {
  const facts: RunFact[] =
    careFacts(run) ??
    (run.kind === 'backup'
      ? [
          [
            run.result.startsWith('done') ? t`Kept safe` : t`Looked at`,
            <Bytes key="v" of={run.bytes} />,
            plural(run.files, { one: '# file', other: '# files' }),
          ],
          [
            t`Changes`,
            plural(run.newFiles, { one: '# new', other: '# new' }),
            joined([
              plural(run.changedFiles, { one: '# changed', other: '# changed' }),
              plural(run.removedFiles, { one: '# gone', other: '# gone' }),
            ]),
          ],
          [t`Stored`, <Bytes key="v" of={run.storedBytes} />, t`compressed and encrypted`],
        ]
      : run.kind === 'copy'
        ? [
            [t`Copied`, formatCount(run.files), plural(run.files, { one: 'object', other: 'objects' })],
            [t`Stored`, <Bytes key="v" of={run.bytes} />, t`encrypted, as it was`],
            [t`Destination`, <Name key="v" of={run.destination} />, t`from the other places`],
          ]
        : [
            [
              run.kind === 'restore' ? t`Restored` : t`Checked`,
              formatCount(run.files),
              run.kind === 'restore'
                ? plural(run.files, { one: 'file', other: 'files' })
                : plural(run.files, { one: 'object', other: 'objects' }),
            ],
            [run.kind === 'restore' ? t`Written` : t`Read`, <Bytes key="v" of={run.bytes} />, t`verified on the way`],
            [
              run.kind === 'restore' ? t`Left out` : t`Found`,
              formatCount(run.skippedCount),
              plural(run.skippedCount, { one: 'item', other: 'items' }),
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
        <dt>
          <Trans>Time</Trans>
        </dt>
        <dd>
          <span className="v num">{run.endedAt === null ? '–' : formatDuration(run.endedAt - run.startedAt)}</span>
          <span className="t12 faint">
            <Trans>
              from <When at={run.startedAt} />
            </Trans>
          </span>
        </dd>
      </div>
    </dl>
  );
}

function PhasesCard({ run }: { run: RunDetail }): ReactNode {
  const longest = Math.max(1, ...run.phases.map((phase) => phase.ms));
  return (
    <Card title={t`Phases`} className="phasecard">
      <table className="grid phase-table" aria-label={t`Phases`}>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Phase</Trans>
            </th>
            <th scope="col" className="end">
              {run.kind === 'verify' || run.kind === 'copy' ? t`Objects` : t`Files`}
            </th>
            <th scope="col" className="end">
              <Trans>Size</Trans>
            </th>
            <th scope="col" className="end">
              <Trans>Time</Trans>
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
    <Card title={t`What happened`}>
      {run.messages.length === 0 ? (
        <p className="dim messages-none">
          <Trans>Nothing worth a message happened.</Trans>
        </p>
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
  const date = formatDate(run.startedAt, now);
  const { snapshotId } = run;
  return (
    <>
      <Head
        title={
          run.kind !== 'copy'
            ? t`${KIND_WORD[run.kind]} of ${date}`
            : run.result === 'done'
              ? t`Copied to ${visibleName(run.destination)}, ${date}`
              : t`Copy to ${visibleName(run.destination)}, ${date}`
        }
        line={resultSentence(run)}
        actions={
          <>
            {snapshotId !== null && run.kind === 'backup' && (
              <Button iconEnd={ArrowRight} onPress={() => navigate({ screen: 'browse', snapshotId })}>
                <Trans>Look inside</Trans>
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
            // What a copy lacks is no file of yours that a backup left out either.
            restoring={run.kind === 'restore' || run.kind === 'copy'}
            action={(cause) => (run.kind === 'backup' ? <CauseActions cause={cause} /> : null)}
            itemAction={(item) =>
              run.kind === 'backup' ? <ItemActions runId={run.id} item={item} at={run.skipped.indexOf(item)} /> : null
            }
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
  const run = useCall(['activity', 'run', runId], () => api.activity.run({ id: runId }), { live: true, again: moment });
  return (
    <>
      <BackToActivity />
      <div className="body">
        <div className="body-in">
          {run.isPending && <Skeleton lines={8} label={t`Loading the run`} />}
          {run.error !== null && (
            <ErrorState error={run.error} retrying={run.isFetching} onRetry={() => void run.refetch()} />
          )}
          {run.data !== undefined && <Detail run={run.data} />}
        </div>
      </div>
    </>
  );
}
