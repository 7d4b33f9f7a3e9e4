import { ArrowRight, Equal, Minus, Pencil, Plus, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { RunSummary } from '../../../preload/contract.ts';
import { LinkButton } from '../../components/button.tsx';
import { formatBytes, formatCount } from '../../components/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Card } from '../../components/surfaces.tsx';
import { When } from '../../components/time.tsx';
import { navigate } from '../../state/route.ts';

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
  if (run === null) {
    return (
      <Card title="What changed">
        <p className="changes-none dim">Each backup says here what was new, what changed and what was gone.</p>
      </Card>
    );
  }
  const nothing = run.newFiles === 0 && run.changedFiles === 0 && run.removedFiles === 0;
  return (
    <Card title="What changed" className="changed" aside={<When at={run.endedAt ?? run.startedAt} />}>
      {nothing && <p className="changes-none dim">Nothing since the backup before.</p>}
      <ul className="changes">
        <Line icon={Plus} ink="good" word="New" value={run.newFiles} />
        <Line icon={Pencil} ink="dim" word="Changed" value={run.changedFiles} />
        <Line icon={Minus} ink="dim" word="Gone" value={run.removedFiles} />
        <Line icon={Equal} word="Unchanged, not read again" value={run.unchangedFiles} />
      </ul>
      <div className="more">
        <LinkButton
          onPress={() =>
            navigate(run.snapshotId === null ? { screen: 'browse' } : { screen: 'browse', snapshotId: run.snapshotId })
          }
        >
          <span>Look inside this backup</span>
          <Icon of={ArrowRight} />
        </LinkButton>
        <span className="t12 faint num">{formatBytes(run.storedBytes)} stored</span>
      </div>
    </Card>
  );
}
