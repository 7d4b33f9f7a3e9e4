/** Words and numbers of a running job, the same on every screen that shows one. */
import { plural, t } from '@lingui/core/macro';
import type { Phase, Progress } from '../../../preload/contract.ts';
import { bytesParts, formatBytes, formatCount, formatPercent, fraction, joined } from '../../components/format.ts';

type PhaseState = Progress['phases'][number];

const PHASE_WORD: Record<Phase, string> = {
  scan: t({ context: 'a part of a run', message: 'Scan' }),
  compare: t({ context: 'a part of a run', message: 'Compare' }),
  upload: t`Encrypt and store`,
  finish: t({ context: 'a part of a run', message: 'Finish' }),
  copy: t({ context: 'a part of a run', message: 'Copy' }),
  verify: t({ context: 'a part of a run', message: 'Verify' }),
  restore: t({ context: 'a part of a run', message: 'Restore' }),
};

/** In the middle of a sentence. */
const PHASE_SPOKEN: Record<Phase, string> = {
  scan: t`scan`,
  compare: t`compare`,
  upload: t`encrypt and store`,
  finish: t`finish`,
  copy: t`copy`,
  verify: t`verify`,
  restore: t`restore`,
};

const WAITING: Record<Phase, string> = {
  scan: t`Find your files`,
  compare: t`Find what changed`,
  upload: t`Only what is new`,
  finish: t`Write the snapshot`,
  copy: t`What the other places lack`,
  verify: t`See that all is there`,
  restore: t`Write your files`,
};

export function phaseWord(phase: Phase): string {
  return PHASE_WORD[phase];
}

/** "3.1 of 7.4 GB": the unit once where both share it. */
export function bytesOf(done: number, total: number | null): string {
  if (total === null) return formatBytes(done);
  const [value, unit] = bytesParts(done);
  const same = unit === bytesParts(total)[1];
  return t`${same ? value : formatBytes(done)} of ${formatBytes(total)}`;
}

function filesOf(done: number, total: number | null): string {
  return total === null
    ? plural(done, { one: '# file', other: '# files' })
    : t`${formatCount(done)} of ${plural(total, { one: '# file', other: '# files' })}`;
}

/** The numbers of one phase in a few words. */
export function phaseNumbers(phase: PhaseState): string {
  if (phase.state === 'waiting') return WAITING[phase.phase];
  if (phase.phase === 'scan')
    return phase.state === 'done'
      ? plural(phase.files, { one: '# file', other: '# files' })
      : plural(phase.files, { one: '# file so far', other: '# files so far' });
  if (phase.phase === 'compare') {
    return phase.state === 'done'
      ? plural(phase.files, { one: '# file', other: '# files' })
      : filesOf(phase.files, phase.totalFiles);
  }
  if (phase.phase === 'finish') return phase.state === 'done' ? t`Snapshot written` : t`Writing the snapshot`;
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
  backup: t`Backing up`,
  restore: t`Restoring`,
  verify: t`Checking the backup`,
  copy: t`Copying`,
  retention: t`Cleaning up`,
  drill: t`Proving that a restore works`,
};

/** "Backing up, 42%"; "Restoring, paused". */
export function runTitle(progress: Progress): string {
  const word = KIND[progress.kind];
  if (progress.state === 'paused') return t`${word}, paused`;
  if (progress.state === 'pausing') return t`${word}, pausing…`;
  if (progress.state === 'stopping') return t`${word}, stopping…`;
  const share = phaseShare(currentPhase(progress));
  return share === null ? `${word}…` : joined([word, formatPercent(share)]);
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
  const words = `${KIND[progress.kind]}: ${PHASE_SPOKEN[phase.phase]}`;
  return quarter === 0 ? words : `${words}, ${formatPercent(quarter / 100)}`;
}
