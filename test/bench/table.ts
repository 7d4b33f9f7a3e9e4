/** Turns a report into Markdown: one table for each data set, aligned so that it reads well in a terminal too. */
import { ratios, spread, valuesByRound } from './statistics.ts';
import type { Metric, Spread } from './statistics.ts';
import { STEP_TITLES, WALK } from './types.ts';
import type { BenchReport, SetFacts, Step } from './types.ts';

/** Load for each core from which on other work disturbs the figures. */
const BUSY = 0.25;

const MEASURED: Step[] = ['first', 'nochange', 'change', 'restore', 'verify'];
const ROWS: { metric: Metric; title: (step: Step) => string; steps: Step[]; format: (value: number) => string }[] = [
  { metric: 'wall', title: (step) => STEP_TITLES[step], steps: ['init', ...MEASURED], format: formatSeconds },
  { metric: 'cpu', title: (step) => `${STEP_TITLES[step]}, CPU`, steps: MEASURED, format: formatSeconds },
  { metric: 'peakBytes', title: (step) => `${STEP_TITLES[step]}, memory`, steps: MEASURED, format: formatBytes },
  {
    metric: 'repositoryBytes',
    title: (step) => (step === 'first' ? 'repository' : 'repository after the change'),
    steps: ['first', 'change'],
    format: formatBytes,
  },
];

/** `4.08 s`, `0.312 s`, `123 s`: three significant digits. */
export function formatSeconds(seconds: number): string {
  return `${digits(seconds)} s`;
}

/** Binary units: `312 MiB`, `1.95 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value.toFixed(0) : digits(value)} ${units[unit] ?? ''}`;
}

/** `3.84 (3.71 to 3.90)`; the bracket is left out for a single round, a dash stands for nothing measured. */
export function formatRatio(ratio: Spread | null): string {
  if (ratio === null) return '–';
  if (ratio.count === 1) return digits(ratio.median);
  return `${digits(ratio.median)} (${digits(ratio.min)} to ${digits(ratio.max)})`;
}

function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value >= 1 ? value.toFixed(2) : value.toFixed(3);
}

/** A Markdown table laid out as prettier would; the first column left, the others right. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => pad(cells[column] ?? '', width, column)).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [head = [], ...body] = rows;
  return [line(head), line(rule), ...body.map(line)].join('\n');
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}

/** One data set: medians of each tool, and each peer's ratio to `base`. */
export function setTable(report: BenchReport, set: SetFacts, base: string): string {
  const peers = report.tools.map((tool) => tool.name).filter((name) => name !== base);
  const rows: string[][] = [['step', base, ...peers.flatMap((peer) => [peer, `${peer} / ${base}`])]];
  for (const { metric, title, steps, format } of ROWS) {
    for (const step of steps) {
      const values = (tool: string) => valuesByRound(report.results, { set: set.name, tool, step, metric });
      const middle = (tool: string) => {
        const all = spread([...values(tool).values()]);
        return all === null ? '–' : format(all.median);
      };
      rows.push([
        title(step),
        middle(base),
        ...peers.flatMap((peer) => [middle(peer), formatRatio(ratios(values(peer), values(base)))]),
      ]);
    }
  }
  return markdownTable(rows);
}

/** The tool that the others are divided by: ours, or the first one where ours was left out. */
export function baseTool(report: BenchReport): string {
  const names = report.tools.map((tool) => tool.name);
  return names.includes('holdfast') ? 'holdfast' : (names[0] ?? 'holdfast');
}

/** The whole report as a Markdown page. */
export function markdownReport(report: BenchReport): string {
  const { machine } = report;
  const base = baseTool(report);
  const rounds = report.rounds === 1 ? 'one round' : `${report.rounds} rounds`;
  const parts = [
    '# Benchmark',
    `Measured on ${machine.date} at commit ${machine.commit}: ${machine.cpu}, ${machine.cores} cores, ` +
      `${formatBytes(machine.memoryBytes)} of memory, ${machine.system}, kernel ${machine.kernel}, ` +
      `${machine.fileSystem}, Node ${machine.node}, load before the first step ${machine.loadBefore.toFixed(2)}. ` +
      `Median of ${rounds}, the tools in turn, warm page cache. ` +
      `A ratio above 1 means that ${base} is faster or smaller; in brackets the lowest and highest of the rounds.`,
    report.tools.map((tool) => `- ${tool.name} ${tool.version}: ${tool.settings}`).join('\n'),
    ...(machine.loadBefore > machine.cores * BUSY
      ? ['The machine was busy with other work when this began: do not trust these figures.']
      : []),
    ...(report.quick ? ['A quick run on small data: good for seeing that all works, not for judging speed.'] : []),
  ];
  for (const set of report.sets) {
    parts.push(`## ${set.name}: ${set.description}`, sizeLine(set), setTable(report, set, base));
    parts.push(...walkLine(report, set, base), ...comparisonLine(report, set));
  }
  if (report.failures.length > 0) parts.push('## Failed', report.failures.map(failureLine).join('\n'));
  return `${parts.join('\n\n')}\n`;
}

/** `8 files in 1 folder, 2.00 GiB.` */
export function sizeLine(set: SetFacts): string {
  const count = (value: number, word: string) => `${value.toLocaleString('en')} ${word}${value === 1 ? '' : 's'}`;
  return `${count(set.files, 'file')} in ${count(set.folders, 'folder')}, ${formatBytes(set.bytes)}.`;
}

function walkLine(report: BenchReport, set: SetFacts, base: string): string[] {
  const where = { set: set.name, step: 'nochange', metric: 'wall' } as const;
  const walk = valuesByRound(report.results, { ...where, tool: WALK });
  const all = spread([...walk.values()]);
  const ratio = ratios(valuesByRound(report.results, { ...where, tool: base }), walk);
  if (all === null || ratio === null) return [];
  return [
    `Only walking the tree with find(1) took ${formatSeconds(all.median)}; ` +
      `the no-change backup by ${base} took ${formatRatio(ratio)} times that.`,
  ];
}

function comparisonLine(report: BenchReport, set: SetFacts): string[] {
  const done = report.comparisons.filter((comparison) => comparison.set === set.name);
  if (done.length === 0) return [];
  const words = done.map(({ tool, differences }) =>
    differences === 0 ? `${tool} equal` : `${tool} differs in ${differences} points`,
  );
  return [`Restored tree against the original, every byte, mode and time: ${words.join(', ')}.`];
}

function failureLine(failure: BenchReport['failures'][number]): string {
  return `- ${failure.tool}, ${failure.set}, ${STEP_TITLES[failure.step]}, round ${failure.round}: exit ${failure.exit}`;
}
