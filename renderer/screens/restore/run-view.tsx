import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Download, FolderOpen, Pause, Play, Square } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Progress as RunProgress, RestoreReport } from '../../../preload/contract.ts';
import {
  Button,
  bytesParts,
  capital,
  Card,
  ErrorNote,
  ErrorState,
  formatBytes,
  formatClock,
  formatCount,
  formatDate,
  formatDuration,
  formatLeft,
  PathText,
  Progress,
  Sheet,
  Spinner,
  WizardScaffold,
  type WizardStep,
} from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction, useCall } from '../../state/bridge.ts';
import { navigate, resetRoute } from '../../state/route.ts';
import { toast } from '../../state/toasts.ts';
import { UserError } from '../../state/user-error.ts';
import { CauseList } from '../activity/cause-list.tsx';
import { groupByCause } from '../activity/causes.ts';
import { isActive } from '../activity/use-runs.ts';
import { Phases } from '../home/phases.tsx';
import { Big, rateParts } from '../home/running.tsx';
import { currentPhase, phaseShare, runTitle } from '../home/run-words.ts';
import { Throughput } from '../home/throughput.tsx';
import '../../theme/runs.css';
import '../activity/activity.css';
import './restore.css';

function StopSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const cancel = useAction(() => api.restore.cancel(), { onDone: onClose });
  return (
    <Sheet
      open={open}
      onClose={onClose}
      alert
      size="narrow"
      title={t`Stop this restore?`}
      line={t`Files that are already back stay. The backup itself is not touched, so you can start again whenever you like.`}
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

function Going({ progress, steps }: { progress: RunProgress; steps: readonly WizardStep[] }): ReactNode {
  const [asking, setAsking] = useState(false);
  const ready = useAppState((state) => state.phase === 'ready');
  const pause = useAction(() => api.restore.pause());
  const resume = useAction(() => api.restore.resume());
  const phase = currentPhase(progress);
  const restoring = progress.phases.find((one) => one.phase === 'restore') ?? phase;
  const share = phaseShare(phase);
  const paused = progress.state === 'paused' || progress.state === 'pausing';
  const files =
    restoring === null
      ? ''
      : restoring.totalFiles === null
        ? plural(restoring.files, { one: '# file', other: '# files' })
        : t`${formatCount(restoring.files)} of ${plural(restoring.totalFiles, { one: '# file', other: '# files' })}`;
  return (
    <>
      <WizardScaffold
        label={t`Restore`}
        steps={steps}
        current="restore"
        pageKey="going"
        reading
        title={<span className="num">{runTitle(progress)}</span>}
        line={
          paused
            ? t`Nothing is written until you resume.`
            : progress.etaMs === null
              ? t`Every file is verified as it is written.`
              : t`${capital(formatLeft(progress.etaMs))}. Every file is verified as it is written.`
        }
        {...(ready ? { onBack: () => resetRoute({ screen: 'home' }), backWord: t`Go on in the background` } : {})}
        secondary={
          <Button
            variant="quiet"
            size="wizard"
            icon={Square}
            isDisabled={progress.state === 'stopping'}
            onPress={() => setAsking(true)}
          >
            <Trans>Stop</Trans>
          </Button>
        }
        primary={
          paused ? (
            <Button variant="primary" size="wizard" icon={Play} pending={resume.pending} onPress={() => resume.run()}>
              <Trans>Resume</Trans>
            </Button>
          ) : (
            <Button
              size="wizard"
              icon={Pause}
              pending={pause.pending}
              isDisabled={progress.state !== 'running'}
              onPress={() => pause.run()}
            >
              <Trans>Pause</Trans>
            </Button>
          )
        }
      >
        <Phases progress={progress} />
        <Card className="pad">
          <div className="run-top">
            <Big label={paused ? t`Paused` : t`Speed`} parts={rateParts(progress.rate)} />
            <Big label={t`Written`} parts={bytesParts(restoring?.bytes ?? 0)} />
            <Big label={t`Time`} parts={[formatClock(progress.elapsedMs), '']} />
            {progress.skipped > 0 && <Big label={t`Need you`} parts={[formatCount(progress.skipped), '']} />}
          </div>
          <Throughput history={progress.rateHistory} height={168} />
        </Card>
        <Card title={t`Restoring`} aside={files} className="now">
          <Progress label={t`Restoring`} value={paused ? (share ?? 0) : share} />
          <p className="now-path dim">
            {progress.currentPath === null ? (
              <span className="faint">…</span>
            ) : (
              <PathText path={progress.currentPath} />
            )}
          </p>
        </Card>
      </WizardScaffold>
      <StopSheet open={asking} onClose={() => setAsking(false)} />
    </>
  );
}

function reportTitle(report: RestoreReport): string {
  const need = groupByCause(report.problems, true)
    .filter((cause) => cause.needsYou)
    .reduce((sum, cause) => sum + cause.items.length, 0);
  if (report.state === 'failed') return report.error?.message ?? t`The restore did not get to its end`;
  if (report.state === 'stopped')
    return t`Stopped: ${formatCount(report.restored)} of ${plural(report.requested, { one: '# file', other: '# files' })} are back`;
  const whole = report.restored + report.skippedExisting >= report.requested;
  if (need === 0 && whole && report.skippedExisting === 0) {
    return report.requested === 1
      ? t`The file is back`
      : t`All ${plural(report.requested, { one: '# file', other: '# files' })} are back`;
  }
  if (need === 0 && whole && report.restored === 0) {
    return plural(report.requested, {
      one: 'Nothing was written: the file is there already',
      other: 'Nothing was written: the # files are there already',
    });
  }
  const back = t`${formatCount(report.restored)} of ${plural(report.requested, { one: '# file', other: '# files' })} are back`;
  return need === 0 ? back : t`${back}; ${plural(need, { one: '# needs you', other: '# need you' })}`;
}

function Ledger({ report }: { report: RestoreReport }): ReactNode {
  const facts: [string, string, string][] = [
    [t`Restored`, formatCount(report.restored), t`${formatBytes(report.bytes)}, each file verified`],
    [t`Kept both`, formatCount(report.keptBoth), t`got a second name`],
    [t`Left as they were`, formatCount(report.skippedExisting), t`were there already`],
    [t`Time`, formatDuration(report.durationMs), t`snapshot of ${formatDate(report.snapshotAt)}`],
  ];
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
    </dl>
  );
}

function Report({ runId, steps }: { runId: string; steps: readonly WizardStep[] }): ReactNode {
  const ready = useAppState((state) => state.phase === 'ready');
  const report = useCall(['restore', 'report', runId], () => api.restore.report({ runId }), { live: true });
  const save = useAction(() => api.restore.saveReport({ runId }), {
    onDone: (saved) => saved !== null && toast.done(t`Saved as ${saved.path}.`),
  });
  const show = useAction(() => api.restore.showInFolder({ runId }));
  const done = (): void => resetRoute(ready ? { screen: 'home' } : { screen: 'welcome' });
  if (report.data === undefined) {
    return (
      <WizardScaffold
        label={t`Restore`}
        steps={steps}
        current="restore"
        pageKey="report-wait"
        title={t`The report`}
        primary={
          <Button size="wizard" onPress={done}>
            <Trans>Close</Trans>
          </Button>
        }
      >
        {report.error === null ? (
          <p className="report-wait">
            <Spinner>
              <Trans>Writing the report</Trans>
            </Spinner>
          </p>
        ) : (
          <ErrorState error={report.error} retrying={report.isFetching} onRetry={() => void report.refetch()} />
        )}
      </WizardScaffold>
    );
  }
  const { data } = report;
  return (
    <WizardScaffold
      label={t`Restore`}
      steps={steps}
      current="restore"
      pageKey="report"
      reading
      title={<span className="num">{reportTitle(data)}</span>}
      line={
        data.state === 'failed' ? (
          (data.error?.guidance ?? t`What is back already stays. Start the restore again to go on.`)
        ) : (
          <span className="report-where">
            {data.toOriginal ? (
              data.keptBoth > 0 ? (
                t`Back where each came from. Where a name was taken, “(restored …)” stands in the new one.`
              ) : (
                t`Back where each came from.`
              )
            ) : (
              <Trans>
                In <PathText path={data.target} className="select" />
              </Trans>
            )}
          </span>
        )
      }
      secondary={
        <>
          <Button variant="quiet" size="wizard" icon={Download} pending={save.pending} onPress={() => save.run()}>
            <Trans>Save the report…</Trans>
          </Button>
          {data.restored > 0 && (
            <Button size="wizard" icon={FolderOpen} pending={show.pending} onPress={() => show.run()}>
              <Trans>Show in folder</Trans>
            </Button>
          )}
        </>
      }
      primary={
        ready ? (
          <Button variant="primary" size="wizard" onPress={done}>
            <Trans>Done</Trans>
          </Button>
        ) : (
          <Button variant="primary" size="wizard" onPress={() => navigate({ screen: 'setup', step: 'storage' })}>
            <Trans>Set up backups here</Trans>
          </Button>
        )
      }
    >
      {data.error !== null && data.state !== 'failed' && (
        <div className="home-notes">
          <ErrorNote error={new UserError(data.error)} />
        </div>
      )}
      <Ledger report={data} />
      {data.problems.length > 0 && <CauseList items={data.problems} restoring />}
      {!ready && (
        <p className="report-next dim">
          <Trans>
            Next, this computer can go on with the backups of the old one: choose the same storage on the next page. Or
            it begins its own, there or somewhere else. What you restored stays as it is either way.
          </Trans>{' '}
        </p>
      )}
    </WizardScaffold>
  );
}

/** R6 and R7: a restore while it runs, then its report. */
export function RestoreRunView({ runId, steps }: { runId: string; steps: readonly WizardStep[] }): ReactNode {
  const progress = useAppState((state) =>
    state.progress !== null && state.progress.runId === runId && isActive(state.progress) ? state.progress : null,
  );
  return progress === null ? <Report runId={runId} steps={steps} /> : <Going progress={progress} steps={steps} />;
}
