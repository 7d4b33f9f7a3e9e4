import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Play, Square, TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Progress as RunProgress } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { bytesParts, formatClock, formatCount, formatTime } from '../../components/format.ts';
import { Sheet } from '../../components/overlays.tsx';
import { Progress } from '../../components/progress.tsx';
import { Card, Facts, Head, Note, PathText } from '../../components/surfaces.tsx';
import { Bytes } from '../../components/time.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';
import { PauseMenu } from './pause-menu.tsx';
import { Phases } from './phases.tsx';
import { currentPhase, phaseShare, phaseWord } from './run-words.ts';
import { Throughput } from './throughput.tsx';
import { ToCard } from './to-card.tsx';

/** A large number with its unit set smaller. */
export function Big({ label, parts }: { label: string; parts: readonly [value: string, unit: string] }): ReactNode {
  return (
    <div>
      <p className="label">{label}</p>
      <p className="big num">
        {parts[0]}
        <span>{parts[1]}</span>
      </p>
    </div>
  );
}

export function rateParts(rate: number | null): readonly [string, string] {
  if (rate === null) return ['–', ''];
  const [value, unit] = bytesParts(rate);
  return [value, t`${unit}/s`];
}

function pausedWords(progress: RunProgress): string {
  if (progress.pausedUntil === null) return t`Paused until you resume.`;
  return t`Paused until ${formatTime(progress.pausedUntil)}; then it goes on by itself.`;
}

function StopSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const cancel = useAction(() => api.backup.cancel(), { onDone: onClose });
  return (
    <Sheet
      open={open}
      onClose={onClose}
      alert
      size="narrow"
      title={t`Stop this backup?`}
      line={t`What is already stored stays, and the next backup goes on from there. Files it hasn’t reached yet are not safe until then.`}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Keep going</Trans>
          </Button>
          <Button variant="destroy" pending={cancel.pending} onPress={() => cancel.run()}>
            <Trans>Stop</Trans>
          </Button>
        </>
      }
    />
  );
}

function NowCard({ progress }: { progress: RunProgress }): ReactNode {
  const phase = currentPhase(progress);
  const share = phaseShare(phase);
  const aside =
    phase === null || phase.files === 0
      ? undefined
      : phase.totalFiles === null
        ? plural(phase.files, { one: '# file', other: '# files' })
        : t`${formatCount(phase.files)} of ${plural(phase.totalFiles, { one: '# file', other: '# files' })}`;
  return (
    <Card title={phase === null ? t`Now` : phaseWord(phase.phase)} aside={aside} className="now">
      <Progress
        label={phase === null ? t`Backup` : phaseWord(phase.phase)}
        value={progress.state === 'paused' ? (share ?? 0) : share}
      />
      <p className="now-path dim">
        {progress.currentPath === null ? <span className="faint">…</span> : <PathText path={progress.currentPath} />}
      </p>
    </Card>
  );
}

function SoFarCard({ progress }: { progress: RunProgress }): ReactNode {
  const passed = progress.phases.reduce((most, phase) => Math.max(most, phase.bytes), 0);
  const smaller = progress.newBytes - progress.storedBytes;
  return (
    <Card title={t`In this backup`}>
      <Facts
        className="sofar"
        items={[
          [t`Looked through`, <Bytes key="a" of={passed} />],
          [t`New`, <Bytes key="c" of={progress.newBytes} />],
          [t`Written, encrypted`, <Bytes key="d" of={progress.storedBytes} />],
          [t`Saved by compression`, smaller > 0 ? <Bytes key="e" of={smaller} /> : '–'],
          [
            t`Couldn’t be read`,
            progress.skipped === 0 ? t`Nothing so far` : plural(progress.skipped, { one: '# item', other: '# items' }),
          ],
        ]}
      />
    </Card>
  );
}

/** Home while a backup runs. */
export function Running(): ReactNode {
  const state = useAppState();
  const resume = useAction(() => api.backup.resume());
  const [asking, setAsking] = useState(false);
  const progress = state.progress;
  if (progress === null) return null;
  const paused = progress.state === 'paused' || progress.state === 'pausing';
  /** It rests by itself, not because of a person. */
  const waits = paused && state.waitsFor !== null && state.pausedUntil === null;
  return (
    <>
      <div className="bar drag" />
      <div className="body">
        <div className="body-in home">
          <Head
            title={state.health.title}
            line={paused && !waits ? pausedWords(progress) : state.health.line}
            actions={
              <>
                <Button
                  variant="quiet"
                  icon={Square}
                  isDisabled={progress.state === 'stopping'}
                  onPress={() => setAsking(true)}
                >
                  <Trans>Stop</Trans>
                </Button>
                {paused ? (
                  <Button variant="primary" icon={Play} pending={resume.pending} onPress={() => resume.run()}>
                    {waits ? t`Go on anyway` : t`Resume`}
                  </Button>
                ) : (
                  <PauseMenu disabled={progress.state !== 'running'} />
                )}
              </>
            }
          />
          <Phases progress={progress} />
          {progress.skipped > 0 && (
            <div className="home-notes">
              <Note
                tone="amber"
                icon={TriangleAlert}
                action={
                  <Button
                    size="s"
                    onPress={() => navigate({ screen: 'activity', runId: progress.runId, view: 'skipped' })}
                  >
                    <Trans>See them</Trans>
                  </Button>
                }
              >
                <p>
                  <strong>
                    {plural(progress.skipped, {
                      one: '# item couldn’t be read so far.',
                      other: '# items couldn’t be read so far.',
                    })}
                  </strong>{' '}
                  <Trans>The backup goes on without them.</Trans>
                </p>
              </Note>
            </div>
          )}
          <div className="duo">
            <div className="stack">
              <Card className="pad">
                <div className="run-top">
                  <Big label={waits ? t`Waiting` : paused ? t`Paused` : t`Speed`} parts={rateParts(progress.rate)} />
                  <Big label={t`New data`} parts={bytesParts(progress.newBytes)} />
                  <Big label={t`Written, encrypted`} parts={bytesParts(progress.storedBytes)} />
                  <Big label={t`Time`} parts={[formatClock(progress.elapsedMs), '']} />
                </div>
                {progress.rateHistory.length < 2 ? (
                  <p className="dim no-speed">
                    <Trans>The speed is drawn here once files are being stored.</Trans>
                  </p>
                ) : (
                  <Throughput history={progress.rateHistory} height={232} />
                )}
              </Card>
              <NowCard progress={progress} />
            </div>
            <div className="stack">
              <ToCard destinations={state.destinations} progress={progress} />
              <SoFarCard progress={progress} />
            </div>
          </div>
        </div>
      </div>
      <StopSheet open={asking} onClose={() => setAsking(false)} />
    </>
  );
}
