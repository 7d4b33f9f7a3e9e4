import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ArrowRight, Equal, Minus, Pencil, Plus, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { RunSummary } from '../../../preload/contract.ts';
import { LinkButton } from '../../components/button.tsx';
import { formatBytes, formatCount } from '../../components/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Card } from '../../components/surfaces.tsx';
import { When } from '../../components/time.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { BEFORE, navigate } from '../../state/route.ts';

function Line({
  icon,
  ink = '',
  word,
  value,
}: {
  icon: LucideIcon;
  ink?: string;
  word: string;
  value: number;
}): ReactNode {
  const quiet = value === 0;
  return (
    <li className={quiet ? 'faint' : ''}>
      <Icon of={icon} className={quiet ? '' : ink} />
      <span>{word}</span>
      <span className={`num end ${quiet ? '' : 'medium'}`}>{formatCount(value)}</span>
    </li>
  );
}

/** What the last backup found: new, changed, removed. */
export function ChangesCard({ run }: { run: RunSummary | null }): ReactNode {
  const hasBefore = useAppState((state) => state.snapshotCount > 1);
  if (run === null) {
    return (
      <Card title={t`What changed`}>
        <p className="changes-none dim">
          <Trans>Each backup says here what was new, what changed and what was gone.</Trans>
        </p>
      </Card>
    );
  }
  const { snapshotId } = run;
  const nothing = run.newFiles === 0 && run.changedFiles === 0 && run.removedFiles === 0;
  return (
    <Card
      title={t`What changed`}
      className="changed"
      aside={<When at={run.endedAt ?? run.startedAt} />}
      actions={
        hasBefore &&
        !nothing &&
        snapshotId !== null && (
          <LinkButton onPress={() => navigate({ screen: 'browse', view: 'compare', snapshotId, with: BEFORE })}>
            <Trans>Which ones</Trans>
          </LinkButton>
        )
      }
    >
      {nothing && (
        <p className="changes-none dim">
          <Trans>Nothing since the backup before.</Trans>
        </p>
      )}
      <ul className="changes">
        <Line icon={Plus} ink="good" word={t`New`} value={run.newFiles} />
        <Line icon={Pencil} ink="dim" word={t`Changed`} value={run.changedFiles} />
        <Line icon={Minus} ink="dim" word={t`Gone`} value={run.removedFiles} />
        <Line icon={Equal} word={t`Unchanged, not read again`} value={run.unchangedFiles} />
      </ul>
      <div className="more">
        <LinkButton
          onPress={() =>
            navigate(run.snapshotId === null ? { screen: 'browse' } : { screen: 'browse', snapshotId: run.snapshotId })
          }
        >
          <span>
            <Trans>Look inside this backup</Trans>
          </span>
          <Icon of={ArrowRight} />
        </LinkButton>
        <span className="t12 faint num">
          <Trans>{formatBytes(run.storedBytes)} stored</Trans>
        </span>
      </div>
    </Card>
  );
}
