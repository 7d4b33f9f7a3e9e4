/** The bench from its arguments to the written results. */
import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { hasManyFiles, plannedBytes, prepareSet } from './datasets.ts';
import { isBusy, machineFacts } from './facts.ts';
import { canMeasure, GNU_TIME } from './measure.ts';
import { HELP, readOptions } from './options.ts';
import type { BenchOptions } from './options.ts';
import { writeBetween } from './marked.ts';
import { README_MARKS, readmeTables } from './readme.ts';
import { runRounds } from './rounds.ts';
import { markdownReport } from './report.ts';
import { measureFiles, measureTerabyte } from './scale/growth.ts';
import { findTool } from './tools.ts';
import type { Tool } from './tools.ts';
import type { BenchReport, SetFacts } from './types.ts';

/** A million files, and twice as many restored, a block each. */
const GROWTH_BYTES = 13e9;
const QUIET_WITHIN_MS = 3 * 60_000;
const LOOK_EVERY_MS = 2000;

/**
 * Runs the bench.
 *
 * @param argv arguments after the program's name
 * @param root the checkout's folder
 * @returns exit code: 0 all ran and every restored tree was equal; 1 not so; 2 it could not start; 130 stopped
 */
export async function main(argv: string[], root: string): Promise<number> {
  let options: BenchOptions;
  try {
    options = readOptions(argv, root);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const tools = await findTools(options, root);
  const problem = typeof tools === 'string' ? tools : whyNot(options, tools.length);
  if (typeof tools === 'string' || problem !== null) {
    process.stderr.write(`${problem ?? ''}\n`);
    return 2;
  }
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Error('stopped'));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    return await bench(options, root, tools, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write('Stopped; only whole rounds were written. The data sets are as they were.\n');
    return 130;
  } finally {
    process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
    rmSync(runFolderOf(options), { recursive: true, force: true });
    if (!options.keep) rmSync(options.work, { recursive: true, force: true });
  }
}

async function bench(options: BenchOptions, root: string, tools: Tool[], signal: AbortSignal): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const dataFolder = path.join(options.work, 'data');
  mkdirSync(dataFolder, { recursive: true });
  mkdirSync(runFolderOf(options), { recursive: true });
  const sets = options.sets.map((name) =>
    prepareSet(name, options.sizes, dataFolder, () => say(`Building data set ${name} ...`)),
  );
  if (!options.quick) await quiet(say, signal);
  const machine = machineFacts(root, options.work);
  const report: BenchReport = {
    version: 1,
    machine,
    rounds: 0,
    quick: options.quick,
    tools: tools.map(({ name, version, settings }) => ({ name, version, settings })),
    sets: sets.map(({ name, description, files, folders, bytes }): SetFacts => {
      return { name, description, files, folders, bytes };
    }),
    results: [],
    comparisons: [],
    failures: [],
  };
  const markdownFile = options.out.replace(/(\.json)?$/, '.md');
  mkdirSync(path.dirname(options.out), { recursive: true });
  // After each round: whoever has to stop a long run keeps the rounds that are whole.
  const writeDown = (): void => {
    writeFileSync(options.out, `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(markdownFile, markdownReport(report));
  };
  const { rounds } = options;
  await runRounds({
    report,
    rounds,
    onRound: writeDown,
    sets,
    tools,
    runFolder: runFolderOf(options),
    root,
    signal,
    say,
  });
  if (options.growth) {
    const programs = tools.flatMap(({ program }) => program ?? []);
    const work = path.join(runFolderOf(options), 'growth');
    report.growth = {
      files: await measureFiles(1_000_000, programs, work, signal),
      terabyte: await measureTerabyte(programs, work, signal),
    };
    writeDown();
  }
  say(`\n${markdownReport(report)}\nWritten: ${options.out} and ${markdownFile}`);
  if (options.write) writeBetween(path.join(root, 'README.md'), README_MARKS, readmeTables(report));
  if (options.keep) say(`The data sets stay for the next run in ${dataFolder}.`);
  const clean = report.failures.length === 0 && report.comparisons.every(({ differences }) => differences === 0);
  return clean ? 0 : 1;
}

/** The load is an average: what ended a minute ago still counts. Other work than that is told in the report. */
async function quiet(say: (line: string) => void, signal: AbortSignal): Promise<void> {
  if (!isBusy()) return;
  say(`Waiting for the machine to become quiet, up to ${QUIET_WITHIN_MS / 60_000} minutes ...`);
  const end = performance.now() + QUIET_WITHIN_MS;
  while (isBusy() && performance.now() < end) await setTimeout(LOOK_EVERY_MS, undefined, { signal });
}

/** All wanted tools, or what is missing, one sentence a line. */
async function findTools(options: BenchOptions, root: string): Promise<Tool[] | string> {
  const found = await Promise.all(options.tools.map(async (name) => await findTool(name, { ...options, root })));
  const missing = found.filter((tool) => typeof tool === 'string');
  return missing.length > 0 ? missing.join('\n') : found.filter((tool) => typeof tool !== 'string');
}

/** Why the bench cannot run here, or null. */
function whyNot(options: BenchOptions, tools: number): string | null {
  if (!canMeasure()) {
    return `The bench needs Linux and GNU time at ${GNU_TIME}. On Debian or Ubuntu: apt-get install time`;
  }
  const existing = nearestExisting(options.work);
  const { bavail, bsize } = statfsSync(existing);
  const sizes = options.sets.map((name) => plannedBytes(name, options.sizes));
  // Beside the data sets there are, at the worst moment, a repository and a restored tree of the largest, and restored
  // trees of many files, which stay to the end.
  const kept = options.sets.map((name, i) => (hasManyFiles(name) ? (sizes[i] ?? 0) * tools * options.rounds : 0));
  const growth = options.growth ? GROWTH_BYTES : 0;
  const needed = [...sizes, ...kept, growth].reduce((sum, size) => sum + size, 0) + 2.2 * Math.max(...sizes);
  if (bavail * bsize >= needed) return null;
  const gigabytes = (needed / 1e9).toFixed(1);
  return `The work folder needs about ${gigabytes} GB of free space. Name another one with --work, or use --quick.`;
}

function nearestExisting(folder: string): string {
  return existsSync(folder) ? folder : nearestExisting(path.dirname(folder));
}

function runFolderOf(options: BenchOptions): string {
  return path.join(options.work, 'run');
}
