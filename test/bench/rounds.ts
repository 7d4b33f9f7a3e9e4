/** Runs the tools in turn and collects what they took. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compareTrees } from '../support/tree.ts';
import { hasManyFiles, type DataSet } from './datasets.ts';
import { measure } from './measure.ts';
import type { Command } from './measure.ts';
import { mutate } from './mutation.ts';
import type { Mutation } from './mutation.ts';
import { restoredFolder } from './tools.ts';
import type { Tool, ToolPlace } from './tools.ts';
import { STEPS, WALK } from './types.ts';
import type { BenchReport, StepResult } from './types.ts';
import { treeSize, warm } from './walk.ts';

/**
 * Tools do not trust a file that was touched within the last seconds before a scan; after the data set was built or put
 * back they must not meet such files in a step that is about unchanged ones.
 */
export const SETTLE_MS = 3000;
/** Differences written down for each tool; the count goes on. */
const SAMPLE = 5;

export interface RoundsInput {
  report: BenchReport;
  /** How many to run. */
  rounds: number;
  /** Called after each round that ran to its end, `report.rounds` counting it. */
  onRound: () => void;
  sets: DataSet[];
  tools: Tool[];
  /** Repositories, restored trees and states go below it. */
  runFolder: string;
  /** The checkout; like the run folder it is left out of what is written down. */
  root: string;
  signal: AbortSignal;
  say: (line: string) => void;
}

/** All rounds; results are added to the report as they come, whole rounds counted by `report.rounds`. */
export async function runRounds(input: RoundsInput): Promise<void> {
  for (let round = 1; round <= input.rounds; round += 1) {
    for (const set of input.sets) {
      await delay(SETTLE_MS, undefined, { signal: input.signal });
      await walk(input, set, round);
      for (const tool of rotate(input.tools, round - 1)) await runTool(input, set, tool, round);
    }
    input.report.rounds = round;
    input.onRound();
  }
}

/** The list begun at another place, so that each tool runs first, second and last in turn. */
export function rotate<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/** The mark for the no-change backup: a program in C that looks at every file and does nothing else. */
async function walk(input: RoundsInput, set: DataSet, round: number): Promise<void> {
  warm(set.folder);
  const command = { argv: ['find', set.folder, '-printf', '%s %T@ %C@ %i\\n'] };
  await runStep(input, { set: set.name, tool: WALK, step: 'nochange', round }, command, {}, null);
}

async function runTool(input: RoundsInput, set: DataSet, tool: Tool, round: number): Promise<void> {
  const home = path.join(input.runFolder, tool.name);
  const place: ToolPlace = {
    repository: path.join(home, 'repository'),
    state: path.join(home, 'state'),
    target: path.join(home, 'target'),
    source: set.folder,
  };
  rmSync(home, { recursive: true, force: true });
  mkdirSync(place.state, { recursive: true });
  mkdirSync(place.target, { recursive: true });
  let mutation: Mutation | null = null;
  try {
    for (const step of STEPS) {
      if (step === 'change') mutation = mutate(set);
      execFileSync('sync');
      warm(step === 'restore' || step === 'verify' ? place.repository : place.source);
      const label = { set: set.name, tool: tool.name, step, round };
      const done = await runStep(input, label, tool.command(step, place), tool.env(place), place.repository);
      if (!done) return;
      if (step === 'restore' && round === 1) await compare(input, set, tool, place);
    }
  } finally {
    // Removed when all is over: for five minutes ext4 passes over each inode that was freed (EXT4_RECENTCY_DIRTY), and
    // whoever makes files meanwhile would pay for what ran before (70 s of processor time for 200,000).
    if (hasManyFiles(set.name)) {
      const kept = path.join(input.runFolder, 'restored', `${set.name}-${tool.name}-${round}`);
      mkdirSync(path.dirname(kept), { recursive: true });
      renameSync(place.target, kept);
    }
    rmSync(home, { recursive: true, force: true });
    if (mutation !== null) {
      mutation.undo();
      await delay(SETTLE_MS);
    }
  }
}

/** Runs one command; false where it failed. */
async function runStep(
  input: RoundsInput,
  label: Pick<StepResult, 'set' | 'tool' | 'step' | 'round'>,
  command: Command,
  toolEnv: Record<string, string>,
  repository: string | null,
): Promise<boolean> {
  const outcome = await measure(command, { ...plainEnv(), ...toolEnv }, input.runFolder, input.signal);
  const words = `round ${label.round}  ${label.set}  ${label.tool.padEnd(8)}  ${label.step.padEnd(8)}`;
  if (!outcome.ok) {
    const stderr = withoutPaths(outcome.stderr, input);
    input.report.failures.push({ ...label, exit: outcome.exit, stderr });
    input.say(`${words}  FAILED, exit ${outcome.exit}\n${outcome.stderr}`);
    return false;
  }
  const repositoryBytes = repository === null ? 0 : treeSize(repository).bytes;
  input.report.results.push({ ...label, ...outcome.measure, repositoryBytes });
  const { wall, cpu, peakBytes } = outcome.measure;
  input.say(
    `${words}  ${wall.toFixed(2).padStart(8)} s  CPU ${cpu.toFixed(2).padStart(7)} s  ` +
      `${(peakBytes / 2 ** 20).toFixed(0).padStart(5)} MiB  repository ${(repositoryBytes / 2 ** 20).toFixed(1)} MiB`,
  );
  return true;
}

async function compare(input: RoundsInput, set: DataSet, tool: Tool, place: ToolPlace): Promise<void> {
  const differences = await compareTrees(place.source, restoredFolder(place.target, place.source));
  const sample = withoutPaths(differences.slice(0, SAMPLE).join('\n'), input);
  input.report.comparisons.push({ set: set.name, tool: tool.name, differences: differences.length, sample });
  const verdict = differences.length === 0 ? 'equal' : `${differences.length} DIFFERENCES\n${sample}`;
  input.say(`         ${set.name}  ${tool.name.padEnd(8)}  restored tree against the original: ${verdict}`);
}

/** The tools see nothing of the user's own configuration for them. */
function plainEnv(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), LC_ALL: 'C.UTF-8' };
}

/** Results may be published: they carry no path of this machine. */
function withoutPaths(text: string, { runFolder, root }: RoundsInput): string {
  return text.replaceAll(path.dirname(runFolder), 'WORK').replaceAll(root, 'CHECKOUT');
}
