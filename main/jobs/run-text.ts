/** Plain text of runs and restore reports, for copying and saving. */
import type { RunRecord } from './activity.ts';
import type { RestoreReport } from './restores.ts';
import { plural, text, type Text } from '../text.ts';
import { locale, say, sayItem, sentences } from '../words/say.ts';

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
const LEVELS: Record<RunRecord['messages'][number]['level'], Text> = {
  info: text`info`,
  warning: text`warning`,
  error: text`error`,
};
const PHASES: Record<RunRecord['phases'][number]['phase'], Text> = {
  scan: text`Look for changes`,
  compare: text`Compare`,
  upload: text`Read and store`,
  finish: text`Finish`,
  copy: text`Copy`,
  verify: text`Check`,
  restore: text`Restore`,
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
    say(text`Files: ${count(run.files)} (${byteCount(run.bytes)})`),
  ];
  if (run.kind === 'backup') {
    lines.push(
      say(text`New files: ${count(run.newFiles)}`),
      say(text`Changed files: ${count(run.changedFiles)}`),
      say(text`Unchanged files: ${count(run.unchangedFiles)}`),
      say(text`Removed files: ${count(run.removedFiles)}`),
      say(text`Written to the destination: ${byteCount(run.storedBytes)}`),
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
          text`${PHASES[phase.phase]}: ${seconds(phase.ms)}, ${plural(phase.files, { one: '# file', other: '# files' })}, ${byteCount(phase.bytes)}`,
        )}`,
      );
    }
  }
  lines.push(...itemLines(say('Items that need you'), run.skipped, run.skippedCount));
  if (run.messages.length > 0) {
    lines.push('', say('Messages'));
    for (const { at, level, text: words, said } of run.messages) {
      lines.push(`  ${stamp(at)} ${say(LEVELS[level])}: ${oneLine(say(said ?? words))}`);
    }
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
    say(text`Files: ${count(report.restored)} of ${count(report.requested)} (${byteCount(report.bytes)})`),
    say(text`Left alone because they were there already: ${count(report.skippedExisting)}`),
    say(text`Restored beside a file of the same name: ${count(report.keptBoth)}`),
    say(text`Time taken: ${seconds(report.durationMs)}`),
  ];
  if (report.error !== null) lines.push('', sentences(report.error));
  lines.push(...itemLines(say('Items that need you'), report.problems, report.problems.length));
  return `${lines.join('\n')}\n`;
}

function itemLines(title: string, items: readonly RunRecord['skipped'][number][], total: number): string[] {
  if (total === 0) return [];
  const lines = ['', `${title} (${count(total)})`];
  for (const item of items) {
    const { message, guidance } = sayItem(item);
    lines.push(`  ${oneLine(item.path)}`, `    ${message} ${guidance}`);
  }
  if (total > items.length) {
    lines.push(`  ${say(text`${plural(total - items.length, { one: 'and # more', other: 'and # more' })}`)}`);
  }
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

/** To the byte, for somebody who compares. */
const byteCount = (bytes: number): Text => text`${plural(bytes, { one: '# byte', other: '# bytes' })}`;

function seconds(ms: number): string {
  const format = { style: 'unit', unit: 'second', minimumFractionDigits: 1, maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(locale(), format).format(ms / 1000);
}

function stamp(ms: number): string {
  return new Date(ms).toISOString();
}
