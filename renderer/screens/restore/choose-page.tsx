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
  plural,
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
      <span className="legend">As of when?</span>
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
        <span className="help">The newest one is usually right; take an older one to undo a mistake or an attack.</span>
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
      label="Restore"
      steps={steps}
      current="choose"
      pageKey="choose"
      width={720}
      title="What do you want back?"
      line={
        computers.length > 1 ? 'Choose a computer, a date, and how much of it.' : 'Choose a date, and how much of it.'
      }
      onBack={onBack}
      note={what === 'pick' ? 'Next, look around and pick.' : 'Next, where it should go.'}
      primary={
        <Button variant="primary" size="wizard" iconEnd={ArrowRight} isDisabled={snapshot === null} onPress={onNext}>
          Continue
        </Button>
      }
    >
      {error !== null ? (
        <ErrorState error={error} retrying={retrying} onRetry={onRetry} />
      ) : snapshots === null ? (
        <div className="choose">
          <Skeleton lines={6} label="Looking for backups" />
        </div>
      ) : computer === null || snapshot === null ? (
        <EmptyState icon={FolderClock} title="No finished backup is in here">
          The storage is a Holdfast backup and your key opens it, but no snapshot was finished. Go back and choose
          another folder if you have one.
        </EmptyState>
      ) : (
        <div className="choose">
          {computers.length > 1 && (
            <Choice
              label="Which computer?"
              value={computer.clientId}
              onChange={(clientId) => {
                const first = firstToShow(computers.find((one) => one.clientId === clientId)?.snapshots ?? []);
                if (first !== null) onSnapshot(first.id);
              }}
              options={computers.map((one) => ({
                value: one.clientId,
                title: <Name of={one.name} />,
                line: `${plural(one.snapshots.length, 'snapshot')}, the newest of ${formatDate(
                  one.snapshots[0]?.at ?? 0,
                )}${one.thisComputer ? '; this computer' : ''}`,
              }))}
            />
          )}
          <Chosen computers={[computer]} computer={computer} snapshot={snapshot} onSnapshot={onSnapshot} />
          <Choice
            label="How much of it?"
            value={what}
            onChange={onWhat}
            options={[
              {
                value: 'everything',
                title: 'Everything',
                line: `${plural(snapshot.files, 'file')}, ${formatBytes(snapshot.bytes)}, as of ${formatDate(snapshot.at)}`,
              },
              {
                value: 'pick',
                title: 'Only some of it',
                line: 'Look around in the folders and pick what you need. Looking changes nothing.',
              },
            ]}
          />
        </div>
      )}
    </WizardScaffold>
  );
}
