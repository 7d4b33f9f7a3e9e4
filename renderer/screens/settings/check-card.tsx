import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { FlaskConical, Layers, ScanSearch, ShieldCheck, Square, type LucideIcon } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { CareState, RunSummary } from '../../../preload/contract.ts';
import {
  Button,
  Card,
  formatDay,
  formatLeft,
  formatRate,
  Icon,
  joined,
  LinkButton,
  Progress,
  Switch,
  useNow,
  When,
} from '../../components/index.ts';
import { UnlockSheet } from '../../components/unlock-sheet.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';
import { resultSentence } from '../activity/run-text.ts';
import { useActiveRun, useRuns } from '../activity/use-runs.ts';
import { currentPhase, milestone, phaseNumbers, phaseShare, runTitle } from '../home/run-words.ts';

const LEVELS: readonly { level: 1 | 3; icon: LucideIcon; title: string; line: string; word: string }[] = [
  {
    level: 1,
    icon: Layers,
    title: t`Is everything there?`,
    line: t`Every object by name and size, every list of files, every reference. Minutes at most.`,
    word: t`Quick check`,
  },
  {
    level: 3,
    icon: ScanSearch,
    title: t`Is every byte right?`,
    line: t`Reads the whole backup and proves each block. It can take hours, and you can go on working.`,
    word: t`Full check`,
  },
];

function Last({ runs }: { runs: readonly RunSummary[] | undefined }): ReactNode {
  const last = (runs ?? [])
    .filter((run) => run.kind === 'verify' && run.result !== 'running')
    .sort((a, b) => b.startedAt - a.startedAt)[0];
  if (runs === undefined) return null;
  if (last === undefined)
    return (
      <>
        <Trans>Not checked so far.</Trans>
      </>
    );
  return (
    <>
      <Trans>
        Last checked <When at={last.endedAt ?? last.startedAt} />: {resultSentence(last)}{' '}
        <LinkButton onPress={() => navigate({ screen: 'activity', runId: last.id })}>See it</LinkButton>
      </Trans>
    </>
  );
}

function proofWords({ proven, proofFailed }: CareState, now: number): string {
  if (proofFailed !== null)
    return t`${plural(proofFailed.failed, { one: '# file', other: '# files' })} did not come back right when it was last tried.`;
  if (proven === null) return t`Restores a sample to a private folder, compares every byte, and removes it again.`;
  return t`Last proven ${formatDay(proven.at, now)}: ${plural(proven.files, { one: '# file', other: '# files' })} came back right, byte by byte.`;
}

/** A sample is restored: the one proof that nothing else gives. */
function ProofRow({ busy }: { busy: boolean }): ReactNode {
  const care = useAppState((state) => state.care);
  const locked = useAppState((state) => state.locked);
  const now = useNow();
  const [unlocking, setUnlocking] = useState(false);
  const prove = useAction(() => api.care.prove(), {
    onDone: ({ runId }) => navigate({ screen: 'activity', runId }),
  });
  return (
    <li>
      <Icon of={FlaskConical} size={20} />
      <div className="source-text">
        <p className="medium">
          <Trans>Does a restore work?</Trans>
        </p>
        <p className="dim num">{proofWords(care, now)}</p>
      </div>
      <Button
        size="s"
        pending={prove.pending}
        isDisabled={busy}
        onPress={() => (locked ? setUnlocking(true) : prove.run())}
      >
        <Trans>Prove it</Trans>
      </Button>
      <UnlockSheet open={unlocking} onClose={() => setUnlocking(false)} />
    </li>
  );
}

function nextWords(at: number | null, now: number): string {
  if (at === null) return t`after the first backup`;
  return at <= now ? t`next when nothing else runs` : t`next ${formatDay(at, now)}`;
}

/** What is checked without being asked. */
function Automatic(): ReactNode {
  const { drills, checks, nextDrillAt, nextCheckAt } = useAppState((state) => state.care);
  const now = useNow();
  const set = useAction((change: { drills?: boolean; checks?: boolean }) => api.care.setAutomatic(change));
  return (
    <div className="card-in automatic">
      <Switch selected={checks} onChange={(on) => set.run({ checks: on })}>
        <span>
          <Trans>Check a part each month, by itself</Trans>{' '}
          {checks && <span className="t12 faint num">{t`${nextWords(nextCheckAt, now)}; at most 1 GB is read`}</span>}
        </span>
      </Switch>
      <Switch selected={drills} onChange={(on) => set.run({ drills: on })}>
        <span>
          <Trans>Prove a restore each month, while unlocked</Trans>{' '}
          {drills && <span className="t12 faint num">{nextWords(nextDrillAt, now)}</span>}
        </span>
      </Switch>
    </div>
  );
}

/** Checks the stored backup: that it is complete, that every byte of it is right, that a restore works. */
export function CheckCard(): ReactNode {
  const active = useActiveRun();
  const runs = useRuns();
  const start = useAction((level: number) => api.verify.start({ level }));
  const cancel = useAction(() => api.verify.cancel());
  const checking = active?.kind === 'verify' ? active : null;
  const phase = checking === null ? null : currentPhase(checking);
  return (
    <Card title={t`Check the backup`} className="check-card">
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
                <Trans>Stop</Trans>
              </Button>
            </span>
          </div>
          <Progress label={runTitle(checking)} value={phaseShare(phase)} />
          <p className="t12 faint num">
            {joined(
              [
                phase === null ? null : phaseNumbers(phase),
                checking.rate === null ? null : formatRate(checking.rate),
                checking.etaMs === null ? null : formatLeft(checking.etaMs),
              ].filter((word) => word !== null),
            )}
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
          <ProofRow busy={active !== null} />
        </ul>
      )}
      <Automatic />
      <p className="card-foot t12 faint">
        <span className="row">
          <Icon of={ShieldCheck} size={12} />
          <span>
            {active !== null && checking === null ? t`Possible again when the running job is done. ` : ''}
            <Last runs={runs.data} />
          </span>
        </span>
      </p>
    </Card>
  );
}
