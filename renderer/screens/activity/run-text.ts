/** Words for runs of the past. */
import { plural, t } from '@lingui/core/macro';
import {
  Archive,
  CircleAlert,
  CircleCheck,
  CirclePause,
  CircleX,
  Eraser,
  FlaskConical,
  LoaderCircle,
  RotateCcw,
  Copy,
  ShieldCheck,
  TriangleAlert,
  type LucideIcon,
} from 'lucide-react';
import type { RunSummary } from '../../../preload/contract.ts';
import { formatBytes, formatDuration, joined } from '../../components/format.ts';

type Kind = RunSummary['kind'];
type Tone = 'plain' | 'good' | 'amber' | 'red';

export const KIND_WORD: Record<Kind, string> = {
  backup: t`Backup`,
  restore: t({ context: 'a run', message: 'Restore' }),
  verify: t({ context: 'a run', message: 'Check' }),
  copy: t({ context: 'a run', message: 'Copy' }),
  retention: t`Clean-up`,
  drill: t`Proof of a restore`,
};
export const KIND_ICON: Record<Kind, LucideIcon> = {
  backup: Archive,
  restore: RotateCcw,
  verify: ShieldCheck,
  copy: Copy,
  retention: Eraser,
  drill: FlaskConical,
};

export interface ResultWords {
  readonly word: string;
  readonly tone: Tone;
  readonly icon: LucideIcon;
}

export function resultWords(run: RunSummary): ResultWords {
  switch (run.result) {
    case 'running':
      return { word: t`Running`, tone: 'good', icon: LoaderCircle };
    case 'done':
      return { word: t({ context: 'a run', message: 'Done' }), tone: 'good', icon: CircleCheck };
    case 'done-with-skips':
      if (run.kind === 'drill') return { word: t`Not proven`, tone: 'red', icon: TriangleAlert };
      return run.kind === 'verify'
        ? { word: t`Something found`, tone: 'amber', icon: TriangleAlert }
        : {
            word: plural(run.skippedCount, { one: 'Done, # left out', other: 'Done, # left out' }),
            tone: 'amber',
            icon: TriangleAlert,
          };
    case 'failed':
      return { word: t`Failed`, tone: 'red', icon: CircleAlert };
    case 'stopped':
      return { word: t`Stopped by you`, tone: 'plain', icon: CirclePause };
    case 'interrupted':
      return { word: t`Interrupted`, tone: 'amber', icon: CircleX };
  }
}

/** One line of numbers: what the run did. */
export function runNumbers(run: RunSummary): string {
  if (run.kind === 'restore')
    return joined([plural(run.files, { one: '# file', other: '# files' }), formatBytes(run.bytes)]);
  if (run.kind === 'verify')
    return t`${plural(run.files, { one: '# object', other: '# objects' })} checked, ${formatBytes(run.bytes)} read`;
  if (run.kind === 'copy') {
    return run.files === 0 && run.skippedCount === 0
      ? t`Nothing was missing there`
      : t`${plural(run.files, { one: '# object', other: '# objects' })}, ${formatBytes(run.bytes)} copied`;
  }
  if (run.kind === 'retention') {
    const freed = formatBytes(run.bytes);
    return run.removedFiles === 0
      ? t`No backup went; ${freed} freed`
      : t`${plural(run.removedFiles, { one: '# backup went', other: '# backups went' })}; ${freed} freed`;
  }
  if (run.kind === 'drill')
    return t`${plural(run.files, { one: '# file', other: '# files' })} restored and compared, ${formatBytes(run.bytes)}`;
  const changes = [
    run.newFiles > 0 ? plural(run.newFiles, { one: '# new', other: '# new' }) : null,
    run.changedFiles > 0 ? plural(run.changedFiles, { one: '# changed', other: '# changed' }) : null,
    run.removedFiles > 0 ? plural(run.removedFiles, { one: '# gone', other: '# gone' }) : null,
  ].filter((part) => part !== null);
  const stored = formatBytes(run.storedBytes);
  return changes.length === 0 ? t`Nothing changed; ${stored} stored` : t`${joined(changes)}; ${stored} stored`;
}

/** "41 seconds", or null while it is not known. */
export function runDuration(run: RunSummary): string | null {
  return run.endedAt === null ? null : formatDuration(run.endedAt - run.startedAt);
}

/** What the result means, in one sentence. */
export function resultSentence(run: RunSummary): string {
  switch (run.result) {
    case 'running':
      return t`It is still running.`;
    case 'done':
      if (run.kind === 'copy') return t`It holds what the other places hold.`;
      if (run.kind === 'drill') return t`Every file of the sample came back right.`;
      return run.kind === 'verify' ? t`Nothing is damaged.` : t`Everything went well.`;
    case 'done-with-skips':
      if (run.kind === 'verify') return t`Something in the backup is not as it should be; what it concerns is below.`;
      if (run.kind === 'drill')
        return plural(run.skippedCount, {
          one: '# file of the sample did not come back right; it is below.',
          other: '# files of the sample did not come back right; they are below.',
        });
      return run.kind === 'backup' || run.kind === 'copy'
        ? t`All but ${plural(run.skippedCount, { one: '# item', other: '# items' })} are stored; each has its reason below.`
        : t`All but ${plural(run.skippedCount, { one: '# item', other: '# items' })} are back; each has its reason below.`;
    case 'failed':
      return t`It did not get to its end. What was stored before is safe.`;
    case 'stopped':
      if (run.kind === 'retention')
        return t`You stopped it. What was removed by then is gone; the rest comes with the next one.`;
      if (run.kind === 'copy')
        return t`You stopped it. What was copied by then stays; the next one goes on from there.`;
      return run.kind === 'backup'
        ? t`You stopped it. What was stored by then stays, and the next backup goes on from there.`
        : t`You stopped it.`;
    case 'interrupted':
      return t`Holdfast or the computer stopped in the middle. Nothing was harmed; the next run goes on from there.`;
  }
}

const DAYS = 30;

function lastFailed(kind: Kind): string {
  switch (kind) {
    case 'backup':
      return t`The last backup failed`;
    case 'restore':
      return t`The last restore failed`;
    case 'verify':
      return t`The last check failed`;
    case 'copy':
      return t`The last copy failed`;
    case 'retention':
      return t`The last clean-up failed`;
    case 'drill':
      return t`The last proof of a restore failed`;
  }
}

/** The page's title: how the runs of the last 30 days went. Runs come newest first. */
export function activityTitle(runs: readonly RunSummary[], now: number): string {
  const [newest] = runs.filter((run) => run.result !== 'running');
  if (newest === undefined) return t`Nothing has run yet`;
  if (newest.result === 'failed') return lastFailed(newest.kind);
  const recent = runs.filter((run) => run.startedAt > now - DAYS * 86_400_000 && run.result !== 'running');
  const failed = recent.filter((run) => run.result === 'failed');
  if (recent.length === 0) return t`Nothing has run for ${DAYS} days`;
  if (failed.length === 0) return recent.length === 1 ? t`The last run went well` : t`The last runs went well`;
  return plural(failed.length, {
    one: `# of the last ${plural(recent.length, { one: '# run', other: '# runs' })} failed`,
    other: `# of the last ${plural(recent.length, { one: '# run', other: '# runs' })} failed`,
  });
}
