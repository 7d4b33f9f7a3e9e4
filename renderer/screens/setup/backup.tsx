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
  plural,
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
  running: 'Your first backup is running',
  paused: 'Your first backup is paused',
  done: 'Your first backup is done',
  stopped: 'The first backup was stopped',
  failed: 'The first backup didn’t finish',
};

const LINE: Record<Ending, string> = {
  running: 'You can go on working, or quit: it goes on where it stopped. The next ones only take what changed.',
  paused: 'Nothing is read or stored until you resume. What is already stored counts.',
  done: 'Everything you ticked is encrypted and stored. One last thing is worth a minute: seeing a file come back.',
  stopped: 'What is already stored counts. The next backup goes on from there.',
  failed: 'What is already stored counts. The next backup goes on from there.',
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
      <Progress label="This phase" value={phaseShare(phase)} />
      <section className="card pad first-live" aria-label="Speed">
        <div className="run-top">
          <Figure
            label="Reading"
            value={run.rate === null ? '–' : rate}
            unit={run.rate === null ? '' : `${rateUnit}/s`}
          />
          <Figure label="Stored, encrypted" value={stored} unit={storedUnit} />
          <Figure
            label="Time left"
            value={run.etaMs === null ? 'Not known yet' : capital(formatLeft(run.etaMs).replace(' left', ''))}
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
function fromNowOn({ schedule }: AppState['when']): string {
  return schedule.every === 'hand'
    ? 'Backups start when you ask; let them start by themselves under Settings'
    : `Backed up by itself ${scheduleWords(schedule)} while this computer is on; change that under Settings`;
}

function Done({ state }: { state: AppState }): ReactNode {
  const last = state.lastBackup;
  if (last === null) return null;
  return (
    <section className="card first-done">
      <Mark state={last.skippedCount > 0 ? 'attention' : 'protected'} />
      <Facts
        items={[
          ['Kept safe', `${plural(last.files, 'file')}, ${formatBytes(last.bytes)}`],
          ['Takes in storage', `${formatBytes(last.storedBytes)}, compressed and encrypted`],
          ['Time', formatDuration((last.endedAt ?? last.startedAt) - last.startedAt)],
          ['Kept in', last.destination],
          ['From now on', fromNowOn(state.when)],
          ...(last.skippedCount > 0
            ? ([
                ['Could not be read', `${formatCount(last.skippedCount)}; the fix for each is under Activity`],
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
      ? 'Everything that could be read is encrypted and stored. One last thing is worth a minute: seeing a file come back.'
      : LINE[ending];

  const primary = going ? (
    <Button variant="primary" size="wizard" onPress={home}>
      Go on in the background
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
      Restore one file to see it works
    </Button>
  ) : (
    <Button variant="primary" size="wizard" pending={start.pending} onPress={() => start.run()}>
      Try again
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
              {run?.state === 'stopping' ? 'Stopping…' : 'Cancel'}
            </Button>
            {ending === 'paused' ? (
              <Button size="wizard" icon={CirclePlay} pending={resume.pending} onPress={() => resume.run()}>
                Resume
              </Button>
            ) : (
              <Button size="wizard" icon={CirclePause} pending={pause.pending} onPress={() => pause.run()}>
                Pause
              </Button>
            )}
          </>
        ) : (
          <Button variant="quiet" size="wizard" iconEnd={ArrowRight} onPress={home}>
            Go to Home
          </Button>
        )
      }
      primary={primary}
    >
      <div className="first">
        {going && run !== null && <Live run={run} />}
        {going && run === null && <Progress label="Starting" value={null} />}
        {ending === 'done' && <Done state={state} />}
        {(ending === 'failed' || ending === 'stopped') && error !== null && <ErrorNote tone="amber" error={error} />}
        {memory && (
          <Note tone="amber">
            <strong>At risk: backups stop when you quit.</strong>{' '}
            {state.keychain.message ?? 'This computer has no keychain that could keep the key for backups.'}
          </Note>
        )}
      </div>
      <Sheet
        open={asking && going}
        onClose={() => setAsking(false)}
        size="narrow"
        alert
        title="Stop the first backup?"
        line="What is already stored is kept, and the next backup goes on from there. Until one has finished, nothing can be restored."
        footer={
          <>
            <Button onPress={() => setAsking(false)}>Go on</Button>
            <Button variant="destroy" pending={cancel.pending} onPress={() => cancel.run()}>
              Stop it
            </Button>
          </>
        }
      />
    </SetupPage>
  );
}
