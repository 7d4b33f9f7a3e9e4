import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ArrowRight, FolderClock } from 'lucide-react';
import { useMemo, type ReactNode } from 'react';
import type { SnapshotInfo } from '../../../preload/contract.ts';
import {
  Button,
  Choice,
  EmptyState,
  ErrorState,
  formatBytes,
  formatDate,
  Skeleton,
  WizardScaffold,
  type WizardStep,
} from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import type { UserError } from '../../state/user-error.ts';
import { SnapshotBadges, SnapshotPicker } from '../browse/snapshot-picker.tsx';
import { firstToShow, type Computer } from '../browse/snapshots.ts';
import { Timeline } from '../browse/timeline.tsx';
import '../browse/browse.css';

export type What = 'everything' | 'pick';

function computerLine({ snapshots, thisComputer }: Computer): string {
  const count = plural(snapshots.length, { one: '# snapshot', other: '# snapshots' });
  const newest = formatDate(snapshots[0]?.at ?? 0);
  return thisComputer ? t`${count}, the newest of ${newest}; this computer` : t`${count}, the newest of ${newest}`;
}

function Chosen({
  computers,
  computer,
  snapshot,
  onSnapshot,
}: {
  computers: readonly Computer[];
  computer: Computer;
  snapshot: SnapshotInfo;
  onSnapshot: (id: string) => void;
}): ReactNode {
  return (
    <div className="field">
      <span className="legend">
        <Trans>As of when?</Trans>
      </span>
      <div className="card when-card">
        <SnapshotPicker
          computers={computers}
          computer={computer}
          snapshot={snapshot}
          onSelect={onSnapshot}
          onUnlock={null}
        />
        <Timeline snapshots={computer.snapshots} selectedId={snapshot.id} onSelect={onSnapshot} />
      </div>
      <p className="row row-wrap when-badges">
        <span className="help">
          <Trans>The newest one is usually right; take an older one to undo a mistake or an attack.</Trans>
        </span>
        <SnapshotBadges snapshot={snapshot} />
      </p>
    </div>
  );
}

/** R2 and R4: which computer, as of when, everything or a part of it. */
export function ChoosePage({
  steps,
  snapshots,
  computers,
  error,
  retrying,
  onRetry,
  snapshot,
  onSnapshot,
  what,
  onWhat,
  onBack,
  onNext,
}: {
  steps: readonly WizardStep[];
  /** Null while they are on their way. */
  snapshots: readonly SnapshotInfo[] | null;
  computers: readonly Computer[];
  error: UserError | null;
  retrying: boolean;
  onRetry: () => void;
  snapshot: SnapshotInfo | null;
  onSnapshot: (id: string) => void;
  what: What;
  onWhat: (what: What) => void;
  onBack: () => void;
  onNext: () => void;
}): ReactNode {
  const computer = useMemo(
    () => computers.find((one) => one.clientId === snapshot?.clientId) ?? null,
    [computers, snapshot],
  );
  return (
    <WizardScaffold
      label={t`Restore`}
      steps={steps}
      current="choose"
      pageKey="choose"
      width={720}
      title={t`What do you want back?`}
      line={
        computers.length > 1 ? t`Choose a computer, a date, and how much of it.` : t`Choose a date, and how much of it.`
      }
      onBack={onBack}
      note={what === 'pick' ? t`Next, look around and pick.` : t`Next, where it should go.`}
      primary={
        <Button variant="primary" size="wizard" iconEnd={ArrowRight} isDisabled={snapshot === null} onPress={onNext}>
          <Trans>Continue</Trans>
        </Button>
      }
    >
      {error !== null ? (
        <ErrorState error={error} retrying={retrying} onRetry={onRetry} />
      ) : snapshots === null ? (
        <div className="choose">
          <Skeleton lines={6} label={t`Looking for backups`} />
        </div>
      ) : computer === null || snapshot === null ? (
        <EmptyState icon={FolderClock} title={t`No finished backup is in here`}>
          <Trans>
            The storage is a Holdfast backup and your key opens it, but no snapshot was finished. Go back and choose
            another folder if you have one.
          </Trans>
        </EmptyState>
      ) : (
        <div className="choose">
          {computers.length > 1 && (
            <Choice
              label={t`Which computer?`}
              value={computer.clientId}
              onChange={(clientId) => {
                const first = firstToShow(computers.find((one) => one.clientId === clientId)?.snapshots ?? []);
                if (first !== null) onSnapshot(first.id);
              }}
              options={computers.map((one) => ({
                value: one.clientId,
                title: <Name of={one.name} />,
                line: computerLine(one),
              }))}
            />
          )}
          <Chosen computers={[computer]} computer={computer} snapshot={snapshot} onSnapshot={onSnapshot} />
          <Choice
            label={t`How much of it?`}
            value={what}
            onChange={onWhat}
            options={[
              {
                value: 'everything',
                title: t`Everything`,
                line: t`${plural(snapshot.files, { one: '# file', other: '# files' })}, ${formatBytes(snapshot.bytes)}, as of ${formatDate(snapshot.at)}`,
              },
              {
                value: 'pick',
                title: t`Only some of it`,
                line: t`Look around in the folders and pick what you need. Looking changes nothing.`,
              },
            ]}
          />
        </div>
      )}
    </WizardScaffold>
  );
}
