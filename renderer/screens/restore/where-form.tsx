import { FolderOpen, HardDrive } from 'lucide-react';
import type { ReactNode } from 'react';
import type { RestorePlan, SnapshotInfo } from '../../../preload/contract.ts';
import {
  Badge,
  Button,
  Choice,
  ErrorNote,
  formatBytes,
  formatCount,
  formatDate,
  Icon,
  Note,
  PathText,
  plural,
  Spinner,
} from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import type { Conflict, WhereState } from './use-where.ts';

function Space({ plan }: { plan: RestorePlan }): ReactNode {
  const { freeBytes, bytes } = plan;
  const width = 480;
  const needed =
    freeBytes === null || freeBytes <= 0 ? width : Math.min(width, Math.max(3, (bytes / freeBytes) * width));
  return (
    <div className="space">
      <Icon of={HardDrive} size={20} />
      <div>
        <p className="rowline">
          <span className="medium">{plan.enoughSpace ? 'There is room for it' : 'There isn’t room for it'}</span>
          <span className="push num dim">
            {formatBytes(bytes)} needed,{' '}
            {freeBytes === null ? 'free space not known' : `${formatBytes(freeBytes)} free`}
          </span>
        </p>
        {freeBytes !== null && (
          <svg className="spacebar" viewBox={`0 0 ${width} 6`} preserveAspectRatio="none" aria-hidden="true">
            <rect className="sb-0" width={width} height="6" />
            <rect className={plan.enoughSpace ? 'sb-2' : 'sb-bad'} width={needed} height="6" />
          </svg>
        )}
      </div>
    </div>
  );
}

function Conflicts({
  plan,
  snapshot,
  value,
  onChange,
}: {
  plan: RestorePlan;
  snapshot: SnapshotInfo;
  value: Conflict;
  onChange: (value: Conflict) => void;
}): ReactNode {
  const { conflicts } = plan;
  if (conflicts === 0) {
    return <p className="dim where-free">Nothing of these names is there yet, so nothing can be overwritten.</p>;
  }
  const others = Math.max(0, plan.files - conflicts);
  const one = conflicts === 1;
  const rest = others === 0 ? 'nothing else is restored' : `the other ${formatCount(others)} are restored`;
  return (
    <>
      <Choice
        label={`${plural(conflicts, 'file')} of ${one ? 'this name is' : 'these names are'} there already`}
        value={value}
        onChange={onChange}
        options={[
          {
            value: 'keep-both',
            title: 'Keep both',
            line: one
              ? 'The restored one gets a second name.'
              : `The ${formatCount(conflicts)} restored ones get a second name.`,
            end: <Badge tone="good">Safest</Badge>,
          },
          {
            value: 'skip',
            title: 'Skip those',
            line: `${one ? 'The one there stays as it is' : `The ${formatCount(conflicts)} there stay as they are`}; ${rest}.`,
          },
          {
            value: 'replace',
            title: 'Replace',
            line: `${one ? 'The one there becomes' : `The ${formatCount(conflicts)} there become`} as of ${formatDate(
              snapshot.at,
            )}. What ${one ? 'it holds' : 'they hold'} now is gone.`,
          },
        ]}
      />
      {plan.conflictSamples.length > 0 && (
        <details className="details where-samples">
          <summary>Which {one ? 'one' : 'ones'}</summary>
          <ul>
            {plan.conflictSamples.map((sample) => (
              <li key={sample.path}>
                <Name of={sample.path} />
                <span className="faint">{sample.outcome}</span>
              </li>
            ))}
            {conflicts > plan.conflictSamples.length && (
              <li className="faint">and {plural(conflicts - plan.conflictSamples.length, 'more', 'more')}</li>
            )}
          </ul>
        </details>
      )}
    </>
  );
}

/** Where to, what about files that are there, and whether there is room. */
export function WhereForm({
  state,
  snapshot,
  titled = false,
}: {
  state: WhereState;
  snapshot: SnapshotInfo;
  /** True where the page's title already asks the question. */
  titled?: boolean;
}): ReactNode {
  const { plan } = state;
  return (
    <>
      <Choice
        label="Where should it go?"
        hideLabel={titled}
        value={state.where}
        onChange={state.setWhere}
        options={[
          {
            value: 'folder',
            title: state.chosen ? 'The folder you chose' : 'A new folder',
            line: state.folder === null ? '…' : <PathText path={state.folder.path} />,
            end: (
              <Button size="s" icon={FolderOpen} pending={state.choosing} onPress={state.choose}>
                {state.chosen ? 'Other…' : 'Choose…'}
              </Button>
            ),
          },
          {
            value: 'original',
            title: 'Back where it was',
            line: snapshot.thisComputer ? (
              'Each file goes to the folder it came from.'
            ) : (
              <>
                To the same folders as on <bdi>{snapshot.computer}</bdi>; on this computer they may not exist yet.
              </>
            ),
          },
        ]}
      />
      {state.error !== null ? (
        <ErrorNote
          error={state.error}
          action={
            <Button size="s" onPress={state.retry}>
              Try again
            </Button>
          }
        />
      ) : plan === null ? (
        <Spinner>Counting what will be restored</Spinner>
      ) : (
        <div className={`where-plan ${state.planning ? 'where-old' : ''}`} aria-busy={state.planning}>
          <Conflicts plan={plan} snapshot={snapshot} value={state.conflict} onChange={state.setConflict} />
          <Space plan={plan} />
          {!plan.enoughSpace && (
            <Note tone="red" live>
              <p>
                <strong>It doesn’t fit.</strong> Choose a folder on another disk, or restore less at a time.
              </p>
            </Note>
          )}
        </div>
      )}
    </>
  );
}

/** True when the restore may start. */
export function mayStart(state: WhereState): boolean {
  return (
    state.plan !== null && !state.planning && state.error === null && state.plan.enoughSpace && state.plan.files > 0
  );
}

export function startWord(state: WhereState): string {
  return state.plan === null ? 'Restore' : `Restore ${plural(state.plan.files, 'file')}`;
}
