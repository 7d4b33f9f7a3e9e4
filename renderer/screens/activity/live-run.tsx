import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Pause, Play, Square } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Progress as RunProgress } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { formatLeft, formatRate, joined } from '../../components/format.ts';
import { Progress } from '../../components/progress.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';
import { currentPhase, milestone, phaseNumbers, phaseShare, runTitle } from '../home/run-words.ts';
import { PauseMenu } from '../home/pause-menu.tsx';

function Controls({ progress }: { progress: RunProgress }): ReactNode {
  const paused = progress.state === 'paused';
  const settled = progress.state === 'running' || paused;
  const pauseRestore = useAction(() => api.restore.pause());
  const resume = useAction(() => (progress.kind === 'restore' ? api.restore.resume() : api.backup.resume()));
  const stopCheck = useAction(() => api.verify.cancel());
  const stopCopy = useAction(() => api.backup.cancel());
  if (progress.kind === 'verify') {
    return (
      <Button size="s" icon={Square} pending={stopCheck.pending} isDisabled={!settled} onPress={() => stopCheck.run()}>
        <Trans>Stop</Trans>
      </Button>
    );
  }
  if (paused) {
    return (
      <Button size="s" icon={Play} pending={resume.pending} onPress={() => resume.run()}>
        <Trans>Resume</Trans>
      </Button>
    );
  }
  if (progress.kind === 'copy') {
    return (
      <>
        <Button size="s" icon={Square} pending={stopCopy.pending} isDisabled={!settled} onPress={() => stopCopy.run()}>
          <Trans>Stop</Trans>
        </Button>
        <PauseMenu disabled={!settled} />
      </>
    );
  }
  if (progress.kind === 'backup') return <PauseMenu disabled={!settled} />;
  return (
    <Button
      size="s"
      icon={Pause}
      pending={pauseRestore.pending}
      isDisabled={!settled}
      onPress={() => pauseRestore.run()}
    >
      <Trans>Pause</Trans>
    </Button>
  );
}

function show(progress: RunProgress): void {
  if (progress.kind === 'restore') navigate({ screen: 'restore', runId: progress.runId });
  else if (progress.kind === 'verify') navigate({ screen: 'settings', section: 'check' });
  else if (progress.kind === 'copy') navigate({ screen: 'settings', section: 'destinations' });
  else navigate({ screen: 'home' });
}

/** The run of this moment in one card: what it does, how far it is, pause, and the way to its own screen. */
export function LiveRun({ progress }: { progress: RunProgress }): ReactNode {
  const phase = currentPhase(progress);
  const share = phaseShare(phase);
  const words = [
    phase === null ? null : phaseNumbers(phase),
    progress.rate === null ? null : formatRate(progress.rate),
    progress.etaMs === null ? null : formatLeft(progress.etaMs),
  ].filter((word) => word !== null);
  return (
    <section className="card live" aria-label={t`Running now`}>
      <div className="live-text">
        <p className="t15 strong num">{runTitle(progress)}</p>
        <p className="dim num">{joined(words)}</p>
      </div>
      <div className="row">
        <Button size="s" variant="quiet" onPress={() => show(progress)}>
          <Trans>Show</Trans>
        </Button>
        <Controls progress={progress} />
      </div>
      <Progress label={runTitle(progress)} value={progress.state === 'paused' ? (share ?? 0) : share} />
      <p className="sr" role="status">
        {milestone(progress)}
      </p>
    </section>
  );
}
