/** Plain text of runs and restore reports, for copying and saving. */
import type { RunRecord } from './activity.ts';
import type { RestoreReport } from './restores.ts';

const RESULTS: Record<RunRecord['result'], string> = {
  running: 'Running',
  done: 'Finished',
  'done-with-skips': 'Finished; some items could not be read',
  failed: 'Failed',
  stopped: 'Stopped by you',
  interrupted: 'Interrupted: Holdfast or the computer was switched off',
};
const KINDS: Record<RunRecord['kind'], string> = {
  backup: 'Backup',
  restore: 'Restore',
  verify: 'Check of the backup',
  copy: 'Copy to another destination',
  retention: 'Clean-up of old backups',
  drill: 'Proof that a restore works',
};

/** The whole run as text; every line ends with a newline. */
export function runText(run: RunRecord): string {
  const lines = [
    `Holdfast: ${KINDS[run.kind]}`,
    `Started: ${stamp(run.startedAt)}`,
    `Ended: ${run.endedAt === null ? 'not yet' : stamp(run.endedAt)}`,
    `Result: ${RESULTS[run.result]}`,
    `Destination: ${run.destination}`,
    ...(run.snapshotId === null ? [] : [`Snapshot: ${run.snapshotId}`]),
    `Files: ${count(run.files)} (${count(run.bytes)} bytes)`,
  ];
  if (run.kind === 'backup') {
    lines.push(
      `New: ${count(run.newFiles)}, changed: ${count(run.changedFiles)}, unchanged: ${count(run.unchangedFiles)}, ` +
        `removed: ${count(run.removedFiles)}`,
      `Written to the destination: ${count(run.storedBytes)} bytes`,
    );
  }
  if (run.error !== null) {
    lines.push('', `${run.error.message} ${run.error.guidance}`, `Code: ${run.error.code}`);
    if (run.error.detail !== undefined) lines.push(`Detail: ${run.error.detail}`);
  }
  if (run.phases.length > 0) {
    lines.push('', 'Phases');
    for (const phase of run.phases) {
      lines.push(
        `  ${phase.phase}: ${(phase.ms / 1000).toFixed(1)} s, ${count(phase.files)} files, ${count(phase.bytes)} bytes`,
      );
    }
  }
  lines.push(...itemLines('Items that need you', run.skipped, run.skippedCount));
  if (run.messages.length > 0) {
    lines.push('', 'Messages');
    for (const message of run.messages) lines.push(`  ${stamp(message.at)} ${message.level}: ${oneLine(message.text)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A restore report as text. */
export function reportText(report: RestoreReport): string {
  const ended = { done: 'Finished', stopped: 'Stopped by you', failed: 'Failed' }[report.state];
  const lines = [
    'Holdfast: Restore report',
    `Result: ${ended}`,
    `Snapshot of: ${stamp(report.snapshotAt)}`,
    `Restored to: ${oneLine(report.target)}`,
    `Files: ${count(report.restored)} of ${count(report.requested)} (${count(report.bytes)} bytes)`,
    `Left alone because they were there already: ${count(report.skippedExisting)}`,
    `Restored beside a file of the same name: ${count(report.keptBoth)}`,
    `Time taken: ${(report.durationMs / 1000).toFixed(1)} s`,
  ];
  if (report.error !== null) lines.push('', `${report.error.message} ${report.error.guidance}`);
  lines.push(...itemLines('Items that need you', report.problems, report.problems.length));
  return `${lines.join('\n')}\n`;
}

function itemLines(
  title: string,
  items: readonly { path: string; message: string; guidance: string }[],
  total: number,
): string[] {
  if (total === 0) return [];
  const lines = ['', `${title} (${count(total)})`];
  for (const item of items) lines.push(`  ${oneLine(item.path)}`, `    ${item.message} ${item.guidance}`);
  if (total > items.length) lines.push(`  and ${count(total - items.length)} more`);
  return lines;
}

/** Names can hold line breaks; in a report they must not start a line of their own. */
function oneLine(text: string): string {
  // Control characters are escaped too, so that a hostile name cannot drive a terminal.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function stamp(ms: number): string {
  return new Date(ms).toISOString();
}
