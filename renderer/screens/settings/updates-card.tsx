import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import {
  CircleAlert,
  CircleCheck,
  Download,
  Hourglass,
  RefreshCw,
  RotateCw,
  ShieldOff,
  type LucideIcon,
} from 'lucide-react';
import type { ReactNode } from 'react';
import type { Updates } from '../../../preload/contract.ts';
import { Button, Card, ErrorNote, Icon, Progress, Segmented, Switch, When } from '../../components/index.ts';
import { Disclosure } from '../../components/disclosure.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { useActiveRun } from '../activity/use-runs.ts';
import './updates.css';

/** Who looks after this copy of the program instead of itself. */
function offWords(off: NonNullable<Updates['off']>): { title: string; line: string } {
  switch (off) {
    case 'build':
      return {
        title: t`This build looks for no updates`,
        line: t`It was made without the address of a server for them.`,
      };
    case 'policy':
      return { title: t`Updates are turned off here`, line: t`Whoever looks after this computer brings them.` };
    case 'packages':
      return {
        title: t`Your system updates Holdfast`,
        line: t`It came as a package, and newer versions come with your system’s other updates.`,
      };
    case 'format':
      return {
        title: t`This copy doesn’t update itself`,
        line: t`It was unpacked by hand. To update, unpack a newer one in its place; settings and backups stay.`,
      };
    case 'read-only':
      return {
        title: t`Holdfast may not replace itself`,
        line: t`It lies in a folder that you may not write. Move it to one of yours, and it updates itself from there.`,
      };
  }
}

function stepWords({ step, release, error }: Updates, version: string): { icon: LucideIcon; title: string } {
  const next = release?.version ?? '';
  switch (step) {
    case 'checking':
      return { icon: RefreshCw, title: t`Looking for a newer version` };
    case 'waiting':
      return {
        icon: Hourglass,
        title: release === null ? t`Looks when nothing runs` : t`Holdfast ${next} is loaded later`,
      };
    case 'loading':
      return { icon: Download, title: t`Loading Holdfast ${next}` };
    case 'ready':
      return { icon: CircleCheck, title: t`Holdfast ${next} is ready` };
    case 'idle':
      return {
        icon: error === null ? CircleCheck : CircleAlert,
        title: error === null ? t`You have Holdfast ${version}` : t`You still have ${version}`,
      };
  }
}

function StepLine({ updates }: { updates: Updates }): ReactNode {
  const { step, release, checkedAt } = updates;
  switch (step) {
    case 'checking':
      return <Trans>Asking the update server.</Trans>;
    case 'waiting':
      return release === null ? (
        <Trans>A backup or restore goes first.</Trans>
      ) : (
        <Trans>When nothing runs, and not over a network that is paid by the byte.</Trans>
      );
    case 'loading':
      return <Trans>You can go on working.</Trans>;
    case 'ready':
      return <Trans>It takes the place of this version when Holdfast starts again.</Trans>;
    case 'idle':
      return checkedAt === null ? (
        <Trans>Not looked for updates so far.</Trans>
      ) : (
        <Trans>
          Last looked <When at={checkedAt} />.
        </Trans>
      );
  }
}

/** Newer versions of Holdfast: what there is, how it comes, and from which channel. */
export function UpdatesCard(): ReactNode {
  const updates = useAppState((state) => state.updates);
  return (
    <Card title={t`Updates`}>{updates.off === null ? <On updates={updates} /> : <OffNote off={updates.off} />}</Card>
  );
}

function OffNote({ off }: { off: NonNullable<Updates['off']> }): ReactNode {
  const { title, line } = offWords(off);
  return (
    <div className="card-in update-head">
      <Icon of={ShieldOff} size={20} />
      <div className="source-text">
        <p className="medium">{title}</p>
        <p className="dim">{line}</p>
      </div>
    </div>
  );
}

function On({ updates }: { updates: Updates }): ReactNode {
  const { channel, automatic, step, release, share, error } = updates;
  const version = useAppState((state) => state.version);
  const active = useActiveRun();
  const check = useAction(() => api.updates.check());
  const restart = useAction(() => api.updates.restart());
  const setAutomatic = useAction((on: boolean) => api.updates.setAutomatic({ automatic: on }));
  const setChannel = useAction((next: Updates['channel']) => api.updates.setChannel({ channel: next }));
  const { icon, title } = stepWords(updates, version);
  const working = step === 'checking' || step === 'loading';
  return (
    <>
      <div className="card-in update-now">
        <div className="update-head">
          <Icon of={icon} size={20} />
          <div className="source-text">
            <p className="medium num" role="status">
              {title}
            </p>
            <p className="dim">
              <StepLine updates={updates} />
            </p>
          </div>
        </div>
        {step === 'loading' && <Progress label={title} value={share} />}
        {error !== null && <ErrorNote error={error} tone={error.severity === 'notice' ? 'plain' : 'amber'} />}
        {release !== null && release.notes !== '' && (
          <Disclosure title={t`What is new`}>
            <p className="update-notes select" dir="auto">
              {release.notes}
            </p>
          </Disclosure>
        )}
        {step === 'ready' ? (
          <div className="row row-wrap">
            <Button
              variant="primary"
              icon={RotateCw}
              pending={restart.pending}
              isDisabled={active !== null}
              onPress={() => restart.run()}
            >
              <Trans>Restart to update</Trans>
            </Button>
            {active !== null && (
              <span className="t12 faint">
                <Trans>Possible when what runs now is done.</Trans>
              </span>
            )}
          </div>
        ) : (
          <div className="row">
            <Button size="s" icon={RefreshCw} pending={check.pending || working} onPress={() => check.run()}>
              <Trans>Check now</Trans>
            </Button>
          </div>
        )}
      </div>
      <ul className="rows switches">
        <li>
          <Switch selected={automatic} disabled={setAutomatic.pending} onChange={(on) => setAutomatic.run(on)}>
            <span className="switch-text">
              <span className="medium">
                <Trans>Look for updates by itself</Trans>
              </span>
              <span className="t12 faint">
                <Trans>Once a day. The server is told nothing of you or this computer.</Trans>
              </span>
            </span>
          </Switch>
        </li>
        <li className="update-channel">
          <span className="switch-text">
            <span className="medium">
              <Trans>Channel</Trans>
            </span>
            <span className="t12 faint">
              {channel === 'stable' ? t`What has proven itself.` : t`New things earlier, and their faults with them.`}
            </span>
          </span>
          <Segmented
            label={t`Channel`}
            value={channel}
            onChange={(next) => setChannel.run(next)}
            options={[
              { value: 'stable', word: t`Stable` },
              { value: 'beta', word: t`Beta` },
            ]}
          />
        </li>
      </ul>
    </>
  );
}
