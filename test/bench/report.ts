/** Turns a report into Markdown: what is wanted and what is, then one table for each data set. */
import { isBusy } from './facts.ts';
import { goalsTable } from './goals.ts';
import { ratioOf, spread, valuesByRound, type Metric } from './statistics.ts';
import { formatBytes, formatRatio, formatSeconds, markdownTable } from './table.ts';
import { MEASURED_STEPS, STEP_TITLES, WALK } from './types.ts';
import type { BenchReport, SetFacts, Step } from './types.ts';

const ABOUT_GOALS =
  'What the design asks for: ratios between the tools, wanted and at the least (the bound). A prototype set it, before there ' +
  'was an engine; what is missed is said here, not hidden.';
const ROWS: { metric: Metric; title: (step: Step) => string; steps: Step[]; format: (value: number) => string }[] = [
  { metric: 'wall', title: (step) => STEP_TITLES[step], steps: ['init', ...MEASURED_STEPS], format: formatSeconds },
  { metric: 'cpu', title: (step) => `${STEP_TITLES[step]}, CPU`, steps: MEASURED_STEPS, format: formatSeconds },
  { metric: 'peakBytes', title: (step) => `${STEP_TITLES[step]}, memory`, steps: MEASURED_STEPS, format: formatBytes },
  {
    metric: 'repositoryBytes',
    title: (step) => (step === 'first' ? 'repository' : 'repository after the change'),
    steps: ['first', 'change'],
    format: formatBytes,
  },
];

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
        ...peers.flatMap((peer) => [
          middle(peer),
          formatRatio(ratioOf(report.results, { set: set.name, step, metric }, peer, base)),
        ]),
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
    ...(isBusy(machine) ? ['The machine was busy with other work when this began: do not trust these figures.'] : []),
    ...(report.quick ? ['A quick run on small data: good for seeing that all works, not for judging speed.'] : []),
  ];
  const goals = goalsTable(report);
  if (goals !== '' && !report.quick) parts.push('## Goals', ABOUT_GOALS, goals);
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
  const ratio = ratioOf(report.results, where, base, WALK);
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
