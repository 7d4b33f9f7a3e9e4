import { Layers, ScanSearch, ShieldCheck, Square, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { RunSummary } from '../../../preload/contract.ts';
import { Button, Card, formatLeft, formatRate, Icon, LinkButton, Progress, When } from '../../components/index.ts';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';
import { resultSentence } from '../activity/run-text.ts';
import { useActiveRun, useRuns } from '../activity/use-runs.ts';
import { currentPhase, milestone, phaseNumbers, phaseShare, runTitle } from '../home/run-words.ts';

const LEVELS: readonly { level: 1 | 3; icon: LucideIcon; title: string; line: string; word: string }[] = [
  {
    level: 1,
    icon: Layers,
    title: 'Is everything there?',
    line: 'Every object by name and size, every list of files, every reference. Minutes at most.',
    word: 'Quick check',
  },
  {
    level: 3,
    icon: ScanSearch,
    title: 'Is every byte right?',
    line: 'Reads the whole backup and proves each block. It can take hours, and you can go on working.',
    word: 'Full check',
  },
];

function Last({ runs }: { runs: readonly RunSummary[] | undefined }): ReactNode {
  const last = (runs ?? [])
    .filter((run) => run.kind === 'verify' && run.result !== 'running')
    .sort((a, b) => b.startedAt - a.startedAt)[0];
  if (runs === undefined) return null;
  if (last === undefined) return <>Not checked so far.</>;
  return (
    <>
      Last checked <When at={last.endedAt ?? last.startedAt} />: {resultSentence(last)}{' '}
      <LinkButton onPress={() => navigate({ screen: 'activity', runId: last.id })}>See it</LinkButton>
    </>
  );
}

/** Checks the stored backup: that it is complete, or that every byte of it is right. */
export function CheckCard(): ReactNode {
  const active = useActiveRun();
  const runs = useRuns();
  const start = useAction((level: number) => api.verify.start({ level }));
  const cancel = useAction(() => api.verify.cancel());
  const checking = active?.kind === 'verify' ? active : null;
  const phase = checking === null ? null : currentPhase(checking);
  return (
    <Card title="Check the backup" className="check-card">
      {checking !== null ? (
        <div className="checking">
          <div className="rowline">
            <p className="medium num">{runTitle(checking)}</p>
            <span className="push">
              <Button
                size="s"
                icon={Square}
                pending={cancel.pending}
                isDisabled={checking.state === 'stopping'}
                onPress={() => cancel.run()}
              >
                Stop
              </Button>
            </span>
          </div>
          <Progress label={runTitle(checking)} value={phaseShare(phase)} />
          <p className="t12 faint num">
            {[
              phase === null ? null : phaseNumbers(phase),
              checking.rate === null ? null : formatRate(checking.rate),
              checking.etaMs === null ? null : formatLeft(checking.etaMs),
            ]
              .filter((word) => word !== null)
              .join(', ')}
          </p>
          <p className="sr" role="status">
            {milestone(checking)}
          </p>
        </div>
      ) : (
        <ul className="rows levels">
          {LEVELS.map((one) => (
            <li key={one.level}>
              <Icon of={one.icon} size={20} />
              <div className="source-text">
                <p className="medium">{one.title}</p>
                <p className="dim">{one.line}</p>
              </div>
              <Button
                size="s"
                pending={start.pending}
                isDisabled={active !== null}
                onPress={() => start.run(one.level)}
              >
                {one.word}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <p className="card-foot t12 faint">
        <span className="row">
          <Icon of={ShieldCheck} size={12} />
          <span>
            {active !== null && checking === null ? 'Possible again when the running job is done. ' : ''}
            <Last runs={runs.data} />
          </span>
        </span>
      </p>
    </Card>
  );
}
