/** Words for runs of the past. */
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
import { formatBytes, formatCount, formatDuration, plural } from '../../components/format.ts';

type Kind = RunSummary['kind'];
type Tone = 'plain' | 'good' | 'amber' | 'red';

export const KIND_WORD: Record<Kind, string> = {
  backup: 'Backup',
  restore: 'Restore',
  verify: 'Check',
  copy: 'Copy',
  retention: 'Clean-up',
  drill: 'Proof of a restore',
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
      return { word: 'Running', tone: 'good', icon: LoaderCircle };
    case 'done':
      return { word: 'Done', tone: 'good', icon: CircleCheck };
    case 'done-with-skips':
      if (run.kind === 'drill') return { word: 'Not proven', tone: 'red', icon: TriangleAlert };
      return run.kind === 'verify'
        ? { word: 'Something found', tone: 'amber', icon: TriangleAlert }
        : { word: `Done, ${formatCount(run.skippedCount)} left out`, tone: 'amber', icon: TriangleAlert };
    case 'failed':
      return { word: 'Failed', tone: 'red', icon: CircleAlert };
    case 'stopped':
      return { word: 'Stopped by you', tone: 'plain', icon: CirclePause };
    case 'interrupted':
      return { word: 'Interrupted', tone: 'amber', icon: CircleX };
  }
}

/** What a run is called in a list: "Backup", "Copied to Loft NAS". The name stands alone, to be shown as it is. */
export function runName(run: RunSummary): { word: string; place: string | null } {
  if (run.kind !== 'copy') return { word: KIND_WORD[run.kind], place: null };
  return { word: run.result === 'done' ? 'Copied to' : 'Copy to', place: run.destination };
}

/** One line of numbers: what the run did. */
export function runNumbers(run: RunSummary): string {
  if (run.kind === 'restore') return `${plural(run.files, 'file')}, ${formatBytes(run.bytes)}`;
  if (run.kind === 'verify') return `${plural(run.files, 'object')} checked, ${formatBytes(run.bytes)} read`;
  if (run.kind === 'copy') {
    return run.files === 0
      ? 'Nothing was missing there'
      : `${plural(run.files, 'object')}, ${formatBytes(run.bytes)} copied`;
  }
  if (run.kind === 'retention') {
    const went = run.removedFiles === 0 ? 'No backup went' : `${plural(run.removedFiles, 'backup')} went`;
    return `${went}; ${formatBytes(run.bytes)} freed`;
  }
  if (run.kind === 'drill') return `${plural(run.files, 'file')} restored and compared, ${formatBytes(run.bytes)}`;
  const changes = [
    run.newFiles > 0 ? `${formatCount(run.newFiles)} new` : null,
    run.changedFiles > 0 ? `${formatCount(run.changedFiles)} changed` : null,
    run.removedFiles > 0 ? `${formatCount(run.removedFiles)} gone` : null,
  ].filter((part) => part !== null);
  return `${changes.length === 0 ? 'Nothing changed' : changes.join(', ')}; ${formatBytes(run.storedBytes)} stored`;
}

/** "41 seconds", or null while it is not known. */
export function runDuration(run: RunSummary): string | null {
  return run.endedAt === null ? null : formatDuration(run.endedAt - run.startedAt);
}

/** What the result means, in one sentence. */
export function resultSentence(run: RunSummary): string {
  switch (run.result) {
    case 'running':
      return 'It is still running.';
    case 'done':
      if (run.kind === 'copy') return 'It holds what the other places hold.';
      if (run.kind === 'drill') return 'Every file of the sample came back right.';
      return run.kind === 'verify' ? 'Nothing is damaged.' : 'Everything went well.';
    case 'done-with-skips':
      if (run.kind === 'verify') return 'Something in the backup is not as it should be; what it concerns is below.';
      if (run.kind === 'drill')
        return `${plural(run.skippedCount, 'file')} of the sample did not come back right; ${run.skippedCount === 1 ? 'it is' : 'they are'} below.`;
      return run.kind === 'backup'
        ? `All but ${plural(run.skippedCount, 'item')} are stored; each has its reason below.`
        : `All but ${plural(run.skippedCount, 'item')} are back; each has its reason below.`;
    case 'failed':
      return 'It did not get to its end. What was stored before is safe.';
    case 'stopped':
      if (run.kind === 'retention')
        return 'You stopped it. What was removed by then is gone; the rest comes with the next one.';
      if (run.kind === 'copy') return 'You stopped it. What was copied by then stays; the next one goes on from there.';
      return run.kind === 'backup'
        ? 'You stopped it. What was stored by then stays, and the next backup goes on from there.'
        : 'You stopped it.';
    case 'interrupted':
      return 'Holdfast or the computer stopped in the middle. Nothing was harmed; the next run goes on from there.';
  }
}

const DAYS = 30;

/** The page's title: how the runs of the last 30 days went. Runs come newest first. */
export function activityTitle(runs: readonly RunSummary[], now: number): string {
  const [newest] = runs.filter((run) => run.result !== 'running');
  if (newest === undefined) return 'Nothing has run yet';
  if (newest.result === 'failed') return `The last ${KIND_WORD[newest.kind].toLowerCase()} failed`;
  const recent = runs.filter((run) => run.startedAt > now - DAYS * 86_400_000 && run.result !== 'running');
  const failed = recent.filter((run) => run.result === 'failed');
  if (recent.length === 0) return `Nothing has run for ${DAYS} days`;
  if (failed.length === 0) return recent.length === 1 ? 'The last run went well' : 'The last runs went well';
  return `${formatCount(failed.length)} of the last ${plural(recent.length, 'run')} failed`;
}
