/** The tables of README.md: what a person waits for, without processor times and ratios. */
import { spread, valuesByRound, type Metric } from './statistics.ts';
import { sizeLine } from './report.ts';
import { formatBytes, formatSeconds, markdownTable } from './table.ts';
import { MEASURED_STEPS, STEP_TITLES, type BenchReport, type SetFacts, type Step } from './types.ts';

export const README_MARKS = ['<!-- npm run bench -- --write -->', '<!-- end of the bench -->'] as const;

const NAMES: Record<string, string> = { holdfast: 'Holdfast', electron: 'in its app' };

/** How often, and where, in one sentence; then a table for each data set. */
export function readmeTables(report: BenchReport): string {
  const { machine, rounds, sets } = report;
  const often = rounds === 1 ? 'one round' : `the median of ${rounds} rounds`;
  const intro = `${machine.cores} cores, ${machine.system}, ${machine.fileSystem}, ${often}:`;
  return [intro, ...sets.flatMap((set) => [`**${set.description}**: ${sizeLine(set)}`, table(report, set)])].join(
    '\n\n',
  );
}

function table({ tools, results }: BenchReport, set: SetFacts): string {
  const middle = (tool: string, step: Step, metric: Metric): number | null =>
    spread([...valuesByRound(results, { set: set.name, tool, step, metric }).values()])?.median ?? null;
  const told = (value: number | null, format: (value: number) => string): string =>
    value === null ? '–' : format(value);
  const most = (tool: string): number | null => {
    const all = MEASURED_STEPS.flatMap((step) => middle(tool, step, 'peakBytes') ?? []);
    return all.length === 0 ? null : Math.max(...all);
  };
  return markdownTable([
    ['step', ...tools.map(({ name, version }) => NAMES[name] ?? `${name} ${version}`)],
    ...MEASURED_STEPS.map((step) => [
      STEP_TITLES[step],
      ...tools.map(({ name }) => told(middle(name, step, 'wall'), formatSeconds)),
    ]),
    ['first backup, processor', ...tools.map(({ name }) => told(middle(name, 'first', 'cpu'), formatSeconds))],
    ['most memory of any step', ...tools.map(({ name }) => told(most(name), formatBytes))],
    ['repository', ...tools.map(({ name }) => told(middle(name, 'first', 'repositoryBytes'), formatBytes))],
  ]);
}
