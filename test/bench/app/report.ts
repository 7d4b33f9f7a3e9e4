/** What was found, beside what was promised, as a table for people. */
import { spread } from '../statistics.ts';
import { formatBytes, markdownTable } from '../table.ts';
import type { AppReport } from './types.ts';

const ms = (value: number): string =>
  value >= 1_000 ? `${(value / 1_000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`;

function row(what: string, goal: string, values: readonly number[]): string[] {
  const found = spread(values);
  if (found === null) return [what, goal, '–', '–', '–'];
  return [what, goal, ms(found.median), ms(found.min), ms(found.max)];
}

const one = (what: string, goal: string, value: string): string[] => [what, goal, value, '', ''];
const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(0)} kB`;

export function appTable(report: AppReport): string {
  const { scroll, idle, open } = report;
  const count = (value: number): string => value.toLocaleString('en');
  const long = scroll.longTasks.length === 0 ? 'none over 50 ms' : ms(Math.max(...scroll.longTasks));
  return markdownTable([
    ['what', 'goal', 'median', 'least', 'most'],
    ...(report.startCold === null ? [] : [row('start to first screen, file caches empty', '', report.startCold)]),
    row('start to first screen', '1.5 s', report.startWarm),
    one('JavaScript before the first screen, gzip', '350 kB', kilobytes(report.scriptsAtStart)),
    row(`folder of ${count(report.entries)} entries, first rows`, '150 ms', report.folderOpen),
    one('scrolling through it, longest task', '50 ms', long),
    row(`key pressed to rows, search over ${count(report.paths)} paths`, '200 ms', report.search),
    one('the first search, which makes its index', '', ms(report.firstSearch)),
    row('pause to the last byte at the storage', '1 s', report.pause),
    one(`in the tray, processor over ${String(idle.seconds)} s`, '1 %', `${(idle.cpuShare * 100).toFixed(2)} %`),
    one('in the tray, memory (PSS)', '', `${formatBytes(idle.pssBytes)} in ${String(idle.processes)} processes`),
    one('window open, memory (PSS)', '', `${formatBytes(open.pssBytes)} in ${String(open.processes)} processes`),
  ]);
}

export function appMarkdown(report: AppReport): string {
  const { machine, scroll } = report;
  const parts = [
    '# The app',
    `Measured on ${machine.date} at commit ${machine.commit}: ${machine.cpu}, ${String(machine.cores)} cores, ${formatBytes(machine.memoryBytes)} of memory, ${machine.system}, kernel ${machine.kernel}, Electron ${report.electron} with a virtual display and software rendering, a production build, load before the first step ${machine.loadBefore.toFixed(2)}.`,
    ...(machine.loadBefore > machine.cores * 0.25
      ? ['The machine was busy with other work when this began: do not trust these figures.']
      : []),
    appTable(report),
    `Scrolling: ${String(scroll.frames)} frames in ${ms(scroll.ms)} from the first row to the last, the longest frame ${ms(scroll.longestFrame)}. Times end with the frame that shows the answer; the search waits 80 ms for the next key before it asks.`,
  ];
  return `${parts.join('\n\n')}\n`;
}
