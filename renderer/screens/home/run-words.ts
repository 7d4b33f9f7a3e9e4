/** Words and numbers of a running job, the same on every screen that shows one. */
import type { Phase, Progress } from '../../../preload/contract.ts';
import { formatBytes, formatCount, formatPercent, fraction, plural } from '../../components/format.ts';

type PhaseState = Progress['phases'][number];

const PHASE_WORD: Record<Phase, string> = {
  scan: 'Scan',
  compare: 'Compare',
  upload: 'Encrypt and store',
  finish: 'Finish',
  copy: 'Copy',
  verify: 'Verify',
  restore: 'Restore',
};

const WAITING: Record<Phase, string> = {
  scan: 'Find your files',
  compare: 'Find what changed',
  upload: 'Only what is new',
  finish: 'Write the snapshot',
  copy: 'What the other places lack',
  verify: 'See that all is there',
  restore: 'Write your files',
};

export function phaseWord(phase: Phase): string {
  return PHASE_WORD[phase];
}

function ofTotal(done: string, total: string): string {
  const [doneValue = '', doneUnit] = done.split(' ');
  const [, totalUnit] = total.split(' ');
  return doneUnit === totalUnit ? `${doneValue} of ${total}` : `${done} of ${total}`;
}

/** "3.1 of 7.4 GB": the unit once where both share it. */
export function bytesOf(done: number, total: number | null): string {
  return total === null ? formatBytes(done) : ofTotal(formatBytes(done), formatBytes(total));
}

function filesOf(done: number, total: number | null): string {
  return total === null ? plural(done, 'file') : `${formatCount(done)} of ${plural(total, 'file')}`;
}

/** The numbers of one phase in a few words. */
export function phaseNumbers(phase: PhaseState): string {
  if (phase.state === 'waiting') return WAITING[phase.phase];
  if (phase.phase === 'scan')
    return phase.state === 'done' ? plural(phase.files, 'file') : `${plural(phase.files, 'file')} so far`;
  if (phase.phase === 'compare') {
    return phase.state === 'done' ? plural(phase.files, 'file') : filesOf(phase.files, phase.totalFiles);
  }
  if (phase.phase === 'finish') return phase.state === 'done' ? 'Snapshot written' : 'Writing the snapshot';
  return bytesOf(phase.bytes, phase.totalBytes);
}

/** The phase that is running, or the last one that did. */
export function currentPhase(progress: Progress): PhaseState | null {
  return (
    progress.phases.find((phase) => phase.state === 'running') ??
    progress.phases.filter((phase) => phase.state === 'done').at(-1) ??
    progress.phases[0] ??
    null
  );
}

/** Share of the running phase that is done, 0 to 1; null while its size is not known. */
export function phaseShare(phase: PhaseState | null): number | null {
  if (phase === null) return null;
  if (phase.totalBytes !== null && phase.totalBytes > 0) return fraction(phase.bytes, phase.totalBytes);
  return fraction(phase.files, phase.totalFiles);
}

const KIND: Record<Progress['kind'], string> = {
  backup: 'Backing up',
  restore: 'Restoring',
  verify: 'Checking the backup',
  copy: 'Copying',
  retention: 'Cleaning up',
  drill: 'Proving that a restore works',
};

/** "Backing up, 42%"; "Restoring, paused". */
export function runTitle(progress: Progress): string {
  const word = KIND[progress.kind];
  if (progress.state === 'paused') return `${word}, paused`;
  if (progress.state === 'pausing') return `${word}, pausing…`;
  if (progress.state === 'stopping') return `${word}, stopping…`;
  const share = phaseShare(currentPhase(progress));
  return share === null ? `${word}…` : `${word}, ${formatPercent(share)}`;
}

/**
 * What is spoken: changes when the phase changes and at every quarter of it, so that a listener hears progress and is
 * not flooded by it.
 */
export function milestone(progress: Progress): string {
  const phase = currentPhase(progress);
  if (phase === null || progress.state !== 'running') return runTitle(progress);
  const share = phaseShare(phase);
  const quarter = share === null ? 0 : Math.floor(share * 4) * 25;
  const words = `${KIND[progress.kind]}: ${phaseWord(phase.phase).toLowerCase()}`;
  return quarter === 0 ? words : `${words}, ${quarter}%`;
}
