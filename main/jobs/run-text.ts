/** Plain text of runs and restore reports, for copying and saving. */
import type { RunRecord } from './activity.ts';
import type { RestoreReport } from './restores.ts';
import { text, type Text } from '../text.ts';
import { locale, say, sentences } from '../words/say.ts';

const RESULTS: Record<RunRecord['result'], Text> = {
  running: text`Running`,
  done: text`Finished`,
  'done-with-skips': text`Finished; some items could not be read`,
  failed: text`Failed`,
  stopped: text`Stopped by you`,
  interrupted: text`Interrupted: Holdfast or the computer was switched off`,
};
const KINDS: Record<RunRecord['kind'], Text> = {
  backup: text`Backup`,
  restore: text`Restore`,
  verify: text`Check of the backup`,
  copy: text`Copy to another destination`,
  retention: text`Clean-up of old backups`,
  drill: text`Proof that a restore works`,
};

/** The whole run as text; every line ends with a newline. */
export function runText(run: RunRecord): string {
  const lines = [
    `Holdfast: ${say(KINDS[run.kind])}`,
    say(text`Started: ${stamp(run.startedAt)}`),
    run.endedAt === null ? say('Ended: not yet') : say(text`Ended: ${stamp(run.endedAt)}`),
    say(text`Result: ${RESULTS[run.result]}`),
    say(text`Destination: ${run.destination}`),
    ...(run.snapshotId === null ? [] : [say(text`Snapshot: ${run.snapshotId}`)]),
    say(text`Files: ${count(run.files)} (${count(run.bytes)} bytes)`),
  ];
  if (run.kind === 'backup') {
    lines.push(
      say(
        text`New: ${count(run.newFiles)}, changed: ${count(run.changedFiles)}, unchanged: ${count(run.unchangedFiles)}, removed: ${count(run.removedFiles)}`,
      ),
      say(text`Written to the destination: ${count(run.storedBytes)} bytes`),
    );
  }
  if (run.error !== null) {
    lines.push('', sentences(run.error), say(text`Code: ${run.error.code}`));
    if (run.error.detail !== undefined) lines.push(say(text`Detail: ${run.error.detail}`));
  }
  if (run.phases.length > 0) {
    lines.push('', say('Phases'));
    for (const phase of run.phases) {
      lines.push(
        `  ${say(
          text`${phase.phase}: ${(phase.ms / 1000).toFixed(1)} s, ${count(phase.files)} files, ${count(phase.bytes)} bytes`,
        )}`,
      );
    }
  }
  lines.push(...itemLines(say('Items that need you'), run.skipped, run.skippedCount));
  if (run.messages.length > 0) {
    lines.push('', say('Messages'));
    for (const message of run.messages) lines.push(`  ${stamp(message.at)} ${message.level}: ${oneLine(message.text)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A restore report as text. */
export function reportText(report: RestoreReport): string {
  const ended = { done: say('Finished'), stopped: say('Stopped by you'), failed: say('Failed') }[report.state];
  const lines = [
    say('Holdfast: Restore report'),
    say(text`Result: ${ended}`),
    say(text`Snapshot of: ${stamp(report.snapshotAt)}`),
    say(text`Restored to: ${oneLine(report.target)}`),
    say(text`Files: ${count(report.restored)} of ${count(report.requested)} (${count(report.bytes)} bytes)`),
    say(text`Left alone because they were there already: ${count(report.skippedExisting)}`),
    say(text`Restored beside a file of the same name: ${count(report.keptBoth)}`),
    say(text`Time taken: ${(report.durationMs / 1000).toFixed(1)} s`),
  ];
  if (report.error !== null) lines.push('', sentences(report.error));
  lines.push(...itemLines(say('Items that need you'), report.problems, report.problems.length));
  return `${lines.join('\n')}\n`;
}

function itemLines(
  title: string,
  items: readonly { path: string; message: string; guidance: string }[],
  total: number,
): string[] {
  if (total === 0) return [];
  const lines = ['', `${title} (${count(total)})`];
  for (const item of items) lines.push(`  ${oneLine(item.path)}`, `    ${sentences(item)}`);
  if (total > items.length) lines.push(`  ${say(text`and ${count(total - items.length)} more`)}`);
  return lines;
}

/** Names can hold line breaks; in a report they must not start a line of their own. */
function oneLine(text: string): string {
  // Control characters are escaped too, so that a hostile name cannot drive a terminal.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function count(value: number): string {
  return value.toLocaleString(locale());
}

function stamp(ms: number): string {
  return new Date(ms).toISOString();
}
