/**
 * What the bench is held against: how many times faster or smaller than its peers Holdfast wants to be, and
 * the bound that it must keep. Set by the design before there was an engine, from a prototype.
 */
import { type Metric, ratioOf, spread, valuesByRound } from './statistics.ts';
import { digits, formatBytes, markdownTable } from './table.ts';
import {
  type BenchReport,
  MEASURED_STEPS,
  type StepGrowth,
  type SetName,
  STEP_TITLES,
  type Step,
  WALK,
} from './types.ts';

const OURS = 'holdfast';
const APP = 'electron';

interface PeerGoal {
  set: SetName;
  step: Step;
  metric: Metric;
  peer: string;
  /** Peer divided by ours. */
  goal: number;
  floor: number;
}

const over = (
  set: SetName,
  step: Step,
  metric: Metric,
  peers: Record<string, [goal: number, floor: number]>,
): PeerGoal[] => Object.entries(peers).map(([peer, [goal, floor]]) => ({ set, step, metric, peer, goal, floor }));

const GOALS: PeerGoal[] = [
  ...over('A', 'first', 'wall', { restic: [4, 2.5], borg: [4, 2] }),
  ...over('A', 'first', 'cpu', { restic: [4, 3], borg: [2, 1.5] }),
  ...over('A', 'restore', 'wall', { restic: [3, 1.6], borg: [3, 1.6] }),
  ...over('A', 'verify', 'wall', { restic: [3, 2], borg: [3, 2] }),
  ...over('B', 'first', 'wall', { restic: [3, 1.5], borg: [5, 2.5] }),
  ...over('B', 'change', 'wall', { restic: [4, 2], borg: [6, 4] }),
  ...over('B', 'restore', 'wall', { restic: [3, 1.6], borg: [3, 1.6] }),
  ...over('B', 'verify', 'wall', { restic: [3, 1.5], borg: [3, 1.5] }),
  ...over('B', 'first', 'repositoryBytes', { restic: [1, 1], borg: [1, 1] }),
  ...over('E', 'nochange', 'wall', { restic: [8, 4] }),
  ...over('E', 'first', 'repositoryBytes', { restic: [2, 1], borg: [2, 1] }),
];

/** The no-change backup of many files in times of a bare walk; less is better. */
const WALKS = { set: 'E', goal: 3, floor: 5 } as const;
/** The app's runtime in times of plain Node, for the worst step of a data set. */
const RUNTIME = { goal: 1.15, floor: 1.4 };
/** Of the whole process, bytes. */
const MEMORY_FLOOR_BYTES = 320e6;
/** Over the program doing nothing, at any number of files up to a million, bytes. */
const MEMORY_GOAL_BYTES = 200e6;
/** What 1 TB of unique data takes more, bytes. */
export const TERABYTE_MEMORY = { goal: 75e6, floor: 120e6 } as const;
const WORDS: Partial<Record<Metric, string>> = { cpu: ', processor', repositoryBytes: ': size of the repository' };

type Verdict = 'reached' | 'within the bound' | 'missed';

/** @param direction 1 where more is better, -1 where less is */
function verdict(value: number, { goal, floor }: { goal: number; floor: number }, direction: 1 | -1): Verdict {
  if (value * direction >= goal * direction) return 'reached';
  return value * direction >= floor * direction ? 'within the bound' : 'missed';
}

/** Every goal whose figures the run has, with what was measured; empty without ours. */
export function goalsTable(report: BenchReport): string {
  const rows = [
    ...peerRows(report),
    ...walkRows(report),
    ...runtimeRows(report),
    ...memoryRows(report),
    ...growthRows(report),
  ];
  return rows.length === 0 ? '' : markdownTable([['goal', 'measured', 'wanted', 'bound', 'verdict'], ...rows]);
}

function peerRows({ results }: BenchReport): string[][] {
  return GOALS.flatMap((one) => {
    const { set, step, metric, peer } = one;
    const measured = ratioOf(results, one, peer, OURS)?.median;
    if (measured === undefined) return [];
    const what =
      metric === 'repositoryBytes' ? `${set}${WORDS[metric]}` : `${set}, ${STEP_TITLES[step]}${WORDS[metric] ?? ''}`;
    return [[`${what}: ${peer} / ${OURS}`, ...told(measured, one, 1)]];
  });
}

function walkRows({ results }: BenchReport): string[][] {
  const measured = ratioOf(results, { set: WALKS.set, step: 'nochange', metric: 'wall' }, OURS, WALK)?.median;
  if (measured === undefined) return [];
  return [[`${WALKS.set}, ${STEP_TITLES.nochange}: ${OURS} / ${WALK}`, ...told(measured, WALKS, -1)]];
}

function runtimeRows({ results, sets }: BenchReport): string[][] {
  return sets.flatMap(({ name }) => {
    const all = MEASURED_STEPS.flatMap((step) => {
      const ratio = ratioOf(results, { set: name, step, metric: 'wall' }, APP, OURS);
      return ratio === null ? [] : [{ step, ratio: ratio.median }];
    });
    const worst = all.toSorted((a, b) => b.ratio - a.ratio)[0];
    if (worst === undefined) return [];
    return [[`${name}, ${STEP_TITLES[worst.step]} (the worst): ${APP} / ${OURS}`, ...told(worst.ratio, RUNTIME, -1)]];
  });
}

function memoryRows({ results, sets }: BenchReport): string[][] {
  return [OURS, APP].flatMap((tool) => {
    const all = sets.flatMap(({ name: set }) =>
      MEASURED_STEPS.flatMap(
        (step) => spread([...valuesByRound(results, { set, tool, step, metric: 'peakBytes' }).values()]) ?? [],
      ),
    );
    if (all.length === 0) return [];
    const most = Math.max(...all.map(({ median }) => median));
    const said = most <= MEMORY_FLOOR_BYTES ? 'within the bound' : 'missed';
    return [[`most memory of any step, ${tool}`, formatBytes(most), '–', formatBytes(MEMORY_FLOOR_BYTES), said]];
  });
}

/** The step that takes most. */
const worstOf = (steps: readonly StepGrowth[]): StepGrowth[] =>
  steps.toSorted((a, b) => b.peakBytes - a.peakBytes).slice(0, 1);

function growthRows({ growth }: BenchReport): string[][] {
  const files = (growth?.files ?? []).flatMap(({ tool, files: count, steps, idleBytes }) =>
    worstOf(steps).map(({ step, peakBytes }) => {
      const over = peakBytes - idleBytes;
      const said =
        over <= MEMORY_GOAL_BYTES ? 'reached' : peakBytes <= MEMORY_FLOOR_BYTES ? 'within the bound' : 'missed';
      const what = `memory of ${tool} over idle, ${count.toLocaleString('en')} files (the worst: ${step})`;
      const measured = `${formatBytes(over)} (${formatBytes(peakBytes)} in all)`;
      return [what, measured, formatBytes(MEMORY_GOAL_BYTES), `${formatBytes(MEMORY_FLOOR_BYTES)} in all`, said];
    }),
  );
  const terabyte = (growth?.terabyte ?? []).flatMap(({ tool, steps }) =>
    worstOf(steps).map(({ step, peakBytes }) => [
      `memory of ${tool} for 1 TB of unique data (the worst: ${step})`,
      formatBytes(peakBytes),
      formatBytes(TERABYTE_MEMORY.goal),
      formatBytes(TERABYTE_MEMORY.floor),
      verdict(peakBytes, TERABYTE_MEMORY, -1),
    ]),
  );
  return [...files, ...terabyte];
}

const told = (measured: number, limits: { goal: number; floor: number }, direction: 1 | -1): string[] => [
  digits(measured),
  digits(limits.goal),
  digits(limits.floor),
  verdict(measured, limits, direction),
];
