import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ArrowRight, CirclePause, CirclePlay, History, OctagonX } from 'lucide-react';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import type { AppState, Progress as Run } from '../../../preload/contract.ts';
import {
  Button,
  bytesParts,
  capital,
  ErrorNote,
  Facts,
  formatBytes,
  formatCount,
  formatDuration,
  formatLeft,
  isMemoryOnly,
  Mark,
  Note,
  PathText,
  Progress,
  scheduleWords,
  Sheet,
} from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { navigate, resetRoute } from '../../state/route.ts';
import { Phases } from '../home/phases.tsx';
import { currentPhase, phaseShare } from '../home/run-words.ts';
import { SetupPage } from './step.tsx';

// The chart's code is only wanted while something runs.
const Throughput = lazy(() => import('../home/throughput.tsx').then((module) => ({ default: module.Throughput })));

type Ending = 'running' | 'paused' | 'done' | 'stopped' | 'failed';

function endingOf(run: Run | null, last: AppState['lastBackup']): Ending {
  if (run !== null) {
    if (run.state === 'paused' || run.state === 'pausing') return 'paused';
    if (run.state === 'running' || run.state === 'stopping') return 'running';
    return run.state;
  }
  if (last === null) return 'running';
  if (last.result === 'done' || last.result === 'done-with-skips') return 'done';
  return last.result === 'failed' ? 'failed' : 'stopped';
}

const TITLE: Record<Ending, string> = {
  running: t`Your first backup is running`,
  paused: t`Your first backup is paused`,
  done: t`Your first backup is done`,
  stopped: t`The first backup was stopped`,
  failed: t`The first backup didn’t finish`,
};

const LINE: Record<Ending, string> = {
  running: t`You can go on working, or quit: it goes on where it stopped. The next ones only take what changed.`,
  paused: t`Nothing is read or stored until you resume. What is already stored counts.`,
  done: t`Everything you ticked is encrypted and stored. One last thing is worth a minute: seeing a file come back.`,
  stopped: t`What is already stored counts. The next backup goes on from there.`,
  failed: t`What is already stored counts. The next backup goes on from there.`,
};

function Figure({ label, value, unit }: { label: string; value: string; unit: string }): ReactNode {
  return (
    <div>
      <p className="label">{label}</p>
      <p className="big num">
        {value}
        <span>{unit}</span>
      </p>
    </div>
  );
}

function Live({ run }: { run: Run }): ReactNode {
  const [rate, rateUnit] = bytesParts(run.rate ?? 0);
  const [stored, storedUnit] = bytesParts(run.storedBytes);
  const phase = currentPhase(run);
  return (
    <>
      <Phases progress={run} />
      <Progress label={t`This phase`} value={phaseShare(phase)} />
      <section className="card pad first-live" aria-label={t`Speed`}>
        <div className="run-top">
          <Figure
            label={t`Reading`}
            value={run.rate === null ? '–' : rate}
            unit={run.rate === null ? '' : `${rateUnit}/s`}
          />
          <Figure label={t`Stored, encrypted`} value={stored} unit={storedUnit} />
          <Figure
            label={t`Time left`}
            value={run.etaMs === null ? t`Not known yet` : capital(formatLeft(run.etaMs).replace(' left', ''))}
            unit=""
          />
        </div>
        <Suspense fallback={<div className="first-plot" />}>
          <Throughput history={run.rateHistory} height={168} />
        </Suspense>
        <p className="first-now t12 faint">
          {run.currentPath !== null && run.state === 'running' ? <PathText path={run.currentPath} /> : ' '}
        </p>
      </section>
    </>
  );
}

/** When the later ones start, and where that is changed. */
function fromNowOn({ when: { schedule }, background }: Pick<AppState, 'when' | 'background'>): string {
  if (schedule.every === 'hand') return t`Backups start when you ask; let them start by themselves under Settings`;
  return background.startAtLogin === 'on'
    ? t`Backed up by itself ${scheduleWords(schedule)} while this computer is on; change that under Settings`
    : t`Backed up by itself ${scheduleWords(schedule)} while Holdfast runs; let it start with this computer under Settings`;
}

function Done({ state }: { state: AppState }): ReactNode {
  const last = state.lastBackup;
  if (last === null) return null;
  return (
    <section className="card first-done">
      <Mark state={last.skippedCount > 0 ? 'attention' : 'protected'} />
      <Facts
        items={[
          [t`Kept safe`, `${plural(last.files, { one: '# file', other: '# files' })}, ${formatBytes(last.bytes)}`],
          [t`Takes in storage`, t`${formatBytes(last.storedBytes)}, compressed and encrypted`],
          [t`Time`, formatDuration((last.endedAt ?? last.startedAt) - last.startedAt)],
          [t`Kept in`, last.destination],
          [t`From now on`, fromNowOn(state)],
          ...(last.skippedCount > 0
            ? ([
                [t`Could not be read`, t`${formatCount(last.skippedCount)}; the fix for each is under Activity`],
              ] as const)
            : []),
        ]}
      />
    </section>
  );
}

/** S9: the first backup, and the proof that a file comes back. */
export function FirstBackupStep(): ReactNode {
  const state = useAppState();
  const memory = isMemoryOnly(state);
  const [asking, setAsking] = useState(false);
  const run = state.progress?.kind === 'backup' ? state.progress : null;
  const ending = endingOf(run, state.lastBackup);
  const pause = useAction(() => api.backup.pause({ until: 'resumed' }));
  const resume = useAction(api.backup.resume);
  const cancel = useAction(api.backup.cancel, { onDone: () => setAsking(false) });
  const start = useAction(api.backup.start);
  const home = (): void => resetRoute({ screen: 'home' });
  const going = ending === 'running' || ending === 'paused';
  const error = run?.error ?? state.lastBackup?.error ?? null;

  const line =
    ending === 'done' && (state.lastBackup?.skippedCount ?? 0) > 0
      ? t`Everything that could be read is encrypted and stored. One last thing is worth a minute: seeing a file come back.`
      : LINE[ending];

  const primary = going ? (
    <Button variant="primary" size="wizard" onPress={home}>
      <Trans>Go on in the background</Trans>
    </Button>
  ) : ending === 'done' ? (
    <Button
      variant="primary"
      size="wizard"
      icon={History}
      onPress={() => {
        const snapshotId = state.lastBackup?.snapshotId;
        resetRoute({ screen: 'home' });
        navigate(snapshotId == null ? { screen: 'browse' } : { screen: 'browse', snapshotId });
      }}
    >
      <Trans>Restore one file to see it works</Trans>
    </Button>
  ) : (
    <Button variant="primary" size="wizard" pending={start.pending} onPress={() => start.run()}>
      <Trans>Try again</Trans>
    </Button>
  );

  return (
    <SetupPage
      current="backup"
      reading
      pageKey={going ? 'backup-going' : `backup-${ending}`}
      title={TITLE[ending]}
      line={line}
      note={ending === 'done' ? '' : undefined}
      secondary={
        going ? (
          <>
            <Button
              variant="quiet"
              size="wizard"
              icon={OctagonX}
              isDisabled={run?.state === 'stopping'}
              onPress={() => setAsking(true)}
            >
              {run?.state === 'stopping' ? t`Stopping…` : t`Cancel`}
            </Button>
            {ending === 'paused' ? (
              <Button size="wizard" icon={CirclePlay} pending={resume.pending} onPress={() => resume.run()}>
                <Trans>Resume</Trans>
              </Button>
            ) : (
              <Button size="wizard" icon={CirclePause} pending={pause.pending} onPress={() => pause.run()}>
                <Trans>Pause</Trans>
              </Button>
            )}
          </>
        ) : (
          <Button variant="quiet" size="wizard" iconEnd={ArrowRight} onPress={home}>
            <Trans>Go to Home</Trans>
          </Button>
        )
      }
      primary={primary}
    >
      <div className="first">
        {going && run !== null && <Live run={run} />}
        {going && run === null && <Progress label={t`Starting`} value={null} />}
        {ending === 'done' && <Done state={state} />}
        {(ending === 'failed' || ending === 'stopped') && error !== null && <ErrorNote tone="amber" error={error} />}
        {memory && (
          <Note tone="amber">
            <strong>
              <Trans>At risk: backups stop when you quit.</Trans>
            </strong>{' '}
            {state.keychain.message ?? t`This computer has no keychain that could keep the key for backups.`}
          </Note>
        )}
      </div>
      <Sheet
        open={asking && going}
        onClose={() => setAsking(false)}
        size="narrow"
        alert
        title={t`Stop the first backup?`}
        line={t`What is already stored is kept, and the next backup goes on from there. Until one has finished, nothing can be restored.`}
        footer={
          <>
            <Button onPress={() => setAsking(false)}>
              <Trans>Go on</Trans>
            </Button>
            <Button variant="destroy" pending={cancel.pending} onPress={() => cancel.run()}>
              <Trans>Stop it</Trans>
            </Button>
          </>
        }
      />
    </SetupPage>
  );
}
