import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { FolderOpen, HardDrive } from 'lucide-react';
import type { ReactNode } from 'react';
import type { RestorePlan, SnapshotInfo } from '../../../preload/contract.ts';
import {
  Badge,
  Button,
  Choice,
  ErrorNote,
  formatBytes,
  formatDate,
  Icon,
  Note,
  PathText,
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
          <span className="medium">{plan.enoughSpace ? t`There is room for it` : t`There isn’t room for it`}</span>
          <span className="push num dim">
            {freeBytes === null
              ? t`${formatBytes(bytes)} needed, free space not known`
              : t`${formatBytes(bytes)} needed, ${formatBytes(freeBytes)} free`}
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

/** What is there already as it was backed up, such as from a restore before this one. */
function There({ plan }: { plan: RestorePlan }): ReactNode {
  const rest = plan.conflicts === 0 && plan.alreadyThere < plan.files;
  return (
    <p className="dim where-free">
      {plural(plan.alreadyThere, {
        one: '# file is there already, the same by size and time. It is compared with the backup and stays.',
        other: '# files are there already, the same by size and time. They are compared with the backup and stay.',
      })}
      {rest && (
        <>
          {' '}
          <Trans>Nothing else of these names is there, so nothing can be overwritten.</Trans>
        </>
      )}
    </p>
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
    if (plan.alreadyThere > 0) return <There plan={plan} />;
    return (
      <p className="dim where-free">
        <Trans>Nothing of these names is there yet, so nothing can be overwritten.</Trans>
      </p>
    );
  }
  const others = Math.max(0, plan.files - conflicts);
  const one = conflicts === 1;
  const rest =
    others === 0
      ? t`nothing else is restored`
      : plural(others, { one: 'the other # is restored', other: 'the other # are restored' });
  const date = formatDate(snapshot.at);
  return (
    <>
      <Choice
        label={plural(conflicts, {
          one: '# file of this name is there already',
          other: '# files of these names are there already',
        })}
        value={value}
        onChange={onChange}
        options={[
          {
            value: 'keep-both',
            title: t`Keep both`,
            line: one
              ? t`The restored one gets a second name.`
              : plural(conflicts, {
                  one: 'The # restored one gets a second name.',
                  other: 'The # restored ones get a second name.',
                }),
            end: (
              <Badge tone="good">
                <Trans>Safest</Trans>
              </Badge>
            ),
          },
          {
            value: 'skip',
            title: t`Skip those`,
            line: one
              ? t`The one there stays as it is; ${rest}.`
              : t`${plural(conflicts, {
                  one: 'The # there stays as it is',
                  other: 'The # there stay as they are',
                })}; ${rest}.`,
          },
          {
            value: 'replace',
            title: t`Replace`,
            line: one
              ? t`The one there becomes as of ${date}. What it holds now is gone.`
              : t`${plural(conflicts, {
                  one: 'The # there becomes',
                  other: 'The # there become',
                })} as of ${date}. What they hold now is gone.`,
          },
        ]}
      />
      {plan.conflictSamples.length > 0 && (
        <details className="details where-samples">
          <summary>{plural(conflicts, { one: 'Which one', other: 'Which ones' })}</summary>
          <ul>
            {plan.conflictSamples.map((sample) => (
              <li key={sample.path}>
                <Name of={sample.path} />
                <span className="faint">{sample.outcome}</span>
              </li>
            ))}
            {conflicts > plan.conflictSamples.length && (
              <li className="faint">
                {plural(conflicts - plan.conflictSamples.length, { one: 'and # more', other: 'and # more' })}
              </li>
            )}
          </ul>
        </details>
      )}
      {plan.alreadyThere > 0 && <There plan={plan} />}
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
        label={t`Where should it go?`}
        hideLabel={titled}
        value={state.where}
        onChange={state.setWhere}
        options={[
          {
            value: 'folder',
            title: state.chosen ? t`The folder you chose` : t`A new folder`,
            line: state.folder === null ? '…' : <PathText path={state.folder.path} />,
            end: (
              <Button size="s" icon={FolderOpen} pending={state.choosing} onPress={state.choose}>
                {state.chosen ? t`Other…` : t`Choose…`}
              </Button>
            ),
          },
          {
            value: 'original',
            title: t`Back where it was`,
            line: snapshot.thisComputer ? (
              t`Each file goes to the folder it came from.`
            ) : (
              <>
                <Trans>
                  To the same folders as on <bdi>{snapshot.computer}</bdi>; on this computer they may not exist yet.
                </Trans>
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
              <Trans>Try again</Trans>
            </Button>
          }
        />
      ) : plan === null ? (
        <Spinner>
          <Trans>Counting what will be restored</Trans>
        </Spinner>
      ) : (
        <div className={`where-plan ${state.planning ? 'where-old' : ''}`} aria-busy={state.planning}>
          <Conflicts plan={plan} snapshot={snapshot} value={state.conflict} onChange={state.setConflict} />
          <Space plan={plan} />
          {!plan.enoughSpace && (
            <Note tone="red" live>
              <p>
                <Trans>
                  <strong>It doesn’t fit.</strong> Choose a folder on another disk, or restore less at a time.
                </Trans>
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
  return state.plan === null
    ? t`Restore`
    : plural(state.plan.files, { one: 'Restore # file', other: 'Restore # files' });
}
