import { plural, t } from '@lingui/core/macro';
import { Plural, Trans } from '@lingui/react/macro';
import { CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import type { RunDetail } from '../../../preload/contract.ts';
import { EmptyState, ErrorState, formatCount, Head, Skeleton } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useCall } from '../../state/bridge.ts';
import { CauseActions, ItemActions } from './cause-actions.tsx';
import { CauseList } from './cause-list.tsx';
import { groupByCause } from './causes.ts';
import { BackToActivity, CopyButton } from './run-page.tsx';

function title(run: RunDetail): string {
  const needing = groupByCause(run.skipped)
    .filter((cause) => cause.needsYou)
    .reduce((sum, cause) => sum + cause.items.length, 0);
  if (needing === 0) return t`Everything that can be read is stored`;
  return t`${plural(needing, { one: '# item', other: '# items' })} couldn’t be read`;
}

function Items({ run }: { run: RunDetail }): ReactNode {
  if (run.skipped.length === 0) {
    return (
      <EmptyState icon={CircleCheck} title={t`Nothing was left out`}>
        <Trans>The last backup read everything you chose.</Trans>
      </EmptyState>
    );
  }
  return (
    <>
      <Head
        title={title(run)}
        line={plural(run.files, {
          one: 'The other file is safe. Each of these has a fix, or a reason to leave it.',
          other: 'The other # files are safe. Each of these has a fix, or a reason to leave it.',
        })}
        actions={<CopyButton runId={run.id} />}
      />
      <CauseList
        items={run.skipped}
        action={(cause) => <CauseActions cause={cause} />}
        itemAction={(item) => <ItemActions runId={run.id} item={item} at={run.skipped.indexOf(item)} />}
      />
      {run.skippedCount > run.skipped.length && (
        <p className="dim skips-cut">
          <Trans>
            The first {formatCount(run.skipped.length)} of{' '}
            <Plural value={run.skippedCount} one="# item" other="# items" /> are shown. Copy as text holds the rest.
          </Trans>
        </p>
      )}
    </>
  );
}

/** What the last backup (or the given run) could not read, by cause, each with its fix. */
export function SkippedPage({ runId }: { runId: string | null }): ReactNode {
  const last = useAppState((state) => state.lastBackup?.id ?? null);
  const id = runId ?? last;
  const run = useCall(['activity', 'run', id, 'skipped'], () => api.activity.run({ id: id ?? '' }), {
    enabled: id !== null,
    live: true,
  });
  return (
    <>
      <BackToActivity />
      <div className="body">
        <div className="body-in">
          {id === null && (
            <EmptyState icon={CircleCheck} title={t`No backup has run yet`}>
              <Trans>Whatever a backup can’t read is listed here, with the fix for it.</Trans>
            </EmptyState>
          )}
          {id !== null && run.isPending && <Skeleton lines={8} label={t`Loading the items`} />}
          {run.error !== null && (
            <ErrorState error={run.error} retrying={run.isFetching} onRetry={() => void run.refetch()} />
          )}
          {run.data !== undefined && <Items run={run.data} />}
        </div>
      </div>
    </>
  );
}
