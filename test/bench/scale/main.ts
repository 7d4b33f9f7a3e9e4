/**
 * `npm run bench -- --scale`: how time, memory and the number of objects grow with the number of files, and the index in
 * memory with the number of blobs. Holdfast alone: what it costs more, for ten times as much, is the question.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { machineFacts } from '../facts.ts';
import { buildTiny } from '../generated.ts';
import { canMeasure, GNU_TIME, measure } from '../measure.ts';
import { SETTLE_MS } from '../rounds.ts';
import { formatBytes, formatSeconds, markdownTable } from '../table.ts';
import type { MachineFacts } from '../types.ts';
import { eachFile } from '../walk.ts';
import { measureIndex, type IndexGrowth } from './index-growth.ts';
import { addTerabyte, type Terabyte } from './terabyte.ts';

const HELP = `npm run bench -- --scale [options]

  --files LIST    numbers of files (default 10000,100000,1000000)
  --entries LIST  numbers of blobs in the index (default 1000000,10000000)
  --no-terabyte   leave out what it costs that a repository holds 1 TB
  --work FOLDER   where files and repository go (default: holdfast-scale in the temporary folder)
  --out FILE.json results; a FILE.md is written beside it (default test/bench/results/scale.json)
  --cli FILE      our program (default dist/cli.js)
`;

/** What one command took; the files of the repository are counted after it. */
interface StepGrowth {
  step: string;
  /** Seconds. */
  wall: number;
  cpu: number;
  peakBytes: number;
}

interface FileGrowth {
  files: number;
  sourceBytes: number;
  steps: StepGrowth[];
  /** Objects of the repository by the folder they lie in: packs `p` and `m`, segments `i`, snapshots `s`. */
  objects: Record<string, number>;
  storedBytes: number;
  /** Peak memory of the program doing nothing, to be taken off the others. */
  idleBytes: number;
}

/** What the same small commands take more once the repository holds 1 TB more of unique data. */
interface TerabyteGrowth extends Terabyte {
  /** `peakBytes`: more than before. */
  steps: StepGrowth[];
}

interface ScaleReport {
  version: 1;
  machine: MachineFacts;
  files: FileGrowth[];
  index: IndexGrowth[];
  terabyte: TerabyteGrowth | null;
}

interface Options {
  files: number[];
  entries: number[];
  terabyte: boolean;
  work: string;
  out: string;
  cli: string;
}

/** @returns exit code: 0 all ran, 1 a command failed, 2 it could not start */
export async function main(argv: string[], root: string): Promise<number> {
  const options = readOptions(argv, root);
  if (options === null) {
    process.stdout.write(HELP);
    return 2;
  }
  if (!canMeasure()) {
    process.stderr.write(
      `The bench needs Linux and GNU time at ${GNU_TIME}. On Debian or Ubuntu: apt-get install time\n`,
    );
    return 2;
  }
  mkdirSync(options.work, { recursive: true });
  const report: ScaleReport = {
    version: 1,
    machine: machineFacts(root, options.work),
    files: [],
    index: [],
    terabyte: null,
  };
  try {
    for (const files of options.files) report.files.push(await measureFiles(files, options));
    for (const entries of options.entries) {
      process.stdout.write(`${entries.toLocaleString('en')} blobs in the index ...\n`);
      report.index.push(measureIndex(entries));
    }
    if (options.terabyte) report.terabyte = await measureTerabyte(options);
  } finally {
    rmSync(options.work, { recursive: true, force: true });
  }
  const text = markdown(report);
  mkdirSync(path.dirname(options.out), { recursive: true });
  writeFileSync(options.out, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(options.out.replace(/(\.json)?$/, '.md'), text);
  process.stdout.write(`\n${text}`);
  return 0;
}

function readOptions(argv: string[], root: string): Options | null {
  const { values } = parseArgs({
    args: argv,
    options: {
      scale: { type: 'boolean' },
      files: { type: 'string', default: '10000,100000,1000000' },
      entries: { type: 'string', default: '1000000,10000000' },
      'no-terabyte': { type: 'boolean', default: false },
      work: { type: 'string', default: path.join(os.tmpdir(), 'holdfast-scale') },
      out: { type: 'string', default: path.join(root, 'test/bench/results/scale.json') },
      cli: { type: 'string', default: path.join(root, 'dist/cli.js') },
      help: { type: 'boolean', default: false },
    },
  });
  const numbers = (text: string): number[] => (text === '' ? [] : text.split(',').map(Number));
  const [files, entries] = [numbers(values.files), numbers(values.entries)];
  const valid = [...files, ...entries].every((value) => Number.isSafeInteger(value) && value >= 1);
  if (values.help || !valid) return null;
  const [work, out, cli] = [values.work, values.out, values.cli].map((name) => path.resolve(name)) as [
    string,
    string,
    string,
  ];
  return { files, entries, terabyte: !values['no-terabyte'], work, out, cli };
}

/** Runs our program, and gives what that took. */
type Run = (step: string, ...args: string[]) => Promise<StepGrowth>;

/** @param home folder of what the program keeps for itself */
function runner(cli: string, place: string, home: string): Run {
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', HOME: home, HOLDFAST_HOME: home };
  return async (step, ...args) => {
    const argv = [process.execPath, cli, ...args];
    const outcome = await measure({ argv }, env, place, new AbortController().signal);
    if (!outcome.ok) throw new Error(`${args[0] ?? ''} ended with ${outcome.exit}: ${outcome.stderr}`);
    const { wall, cpu, peakBytes } = outcome.measure;
    process.stdout.write(`  ${step.padEnd(28)} ${formatSeconds(wall).padStart(9)}  ${formatBytes(peakBytes)}\n`);
    return { step, wall, cpu, peakBytes };
  };
}

async function measureTerabyte({ work, cli }: Options): Promise<TerabyteGrowth> {
  const place = path.join(work, 'terabyte');
  const [source, repository, home] = ['source', 'repository', 'home'].map((name) => path.join(place, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [source, home]) mkdirSync(folder, { recursive: true });
  process.stdout.write('Making a repository of 1 TB ...\n');
  buildTiny(source, 100);
  const key = path.join(home, 'key');
  const run = runner(cli, place, home);
  const open = ['--repo', repository, '--key-file', key];
  await run('init', 'init', ...open);
  await run('first backup', 'backup', source, ...open);
  const all = async (when: string): Promise<StepGrowth[]> => [
    await run('no change', 'backup', source, ...open),
    await run('restore', 'restore', 'latest', '--target', path.join(place, when), ...open),
    await run('verify names and structure', 'verify', '--level', '0', ...open),
  ];
  const before = await all('before');
  const digits = readFileSync(key, 'utf8').replace(/\s/g, '');
  const made = await addTerabyte(repository, new Uint8Array(Buffer.from(digits, 'hex')));
  execFileSync('sync');
  const after = await all('after');
  const steps = after.map((one, i) => ({ ...one, peakBytes: one.peakBytes - (before[i]?.peakBytes ?? 0) }));
  return { ...made, steps };
}

async function measureFiles(files: number, { work, cli }: Options): Promise<FileGrowth> {
  const place = path.join(work, String(files));
  const [source, repository, home, target] = ['source', 'repository', 'home', 'target'].map((name) =>
    path.join(place, name),
  ) as [string, string, string, string];
  for (const folder of [source, home]) mkdirSync(folder, { recursive: true });
  process.stdout.write(`Making ${files.toLocaleString('en')} files ...\n`);
  buildTiny(source, files);
  execFileSync('sync');
  await delay(SETTLE_MS);
  const key = path.join(home, 'key');
  const once = runner(cli, place, home);
  const steps: StepGrowth[] = [];
  const run: (...given: Parameters<Run>) => Promise<void> = async (...given) => void steps.push(await once(...given));
  const open = ['--repo', repository, '--key-file', key];
  const idleBytes = (await once('init', 'init', ...open)).peakBytes;
  await run('first backup', 'backup', source, ...open);
  await run('no change', 'backup', source, ...open);
  await run('search, building its index', 'find', 'note-77', ...open);
  await run('search', 'find', 'note-77', ...open);
  await run('verify every byte', 'verify', '--level', '3', ...open);
  await run('restore', 'restore', 'latest', '--target', target, ...open);
  await run('prune, as a dry run', 'prune', '--dry-run', ...open);
  const objects: Record<string, number> = {};
  let storedBytes = 0;
  eachFile(repository, (file, size) => {
    const room = /[/]c[/][^/]+[/]([a-z])[/]/.exec(file)?.[1];
    if (room !== undefined) objects[room] = (objects[room] ?? 0) + 1;
    storedBytes += size;
  });
  let sourceBytes = 0;
  eachFile(source, (_file, size) => (sourceBytes += size));
  // All is removed at the end: for five minutes ext4 passes over freed inodes, and the next restore would pay for it.
  return { files, sourceBytes, steps, objects, storedBytes, idleBytes };
}

function markdown({ machine, files, index, terabyte }: ScaleReport): string {
  const count = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 0 });
  const head = ['step', ...files.map((each) => `${count(each.files)} files`)];
  const names = files[0]?.steps.map(({ step }) => step) ?? [];
  const row = (title: string, of: (step: StepGrowth, all: FileGrowth) => string) => (name: string) => [
    title === '' ? name : `${name}, ${title}`,
    ...files.map((all) => {
      const step = all.steps.find((one) => one.step === name);
      return step === undefined ? '–' : of(step, all);
    }),
  ];
  const steps = [
    head,
    ...names.map(row('', ({ wall }) => formatSeconds(wall))),
    ...names.map(row('memory over idle', ({ peakBytes }, { idleBytes }) => formatBytes(peakBytes - idleBytes))),
    ['source', ...files.map(({ sourceBytes }) => formatBytes(sourceBytes))],
    ['repository', ...files.map(({ storedBytes }) => formatBytes(storedBytes))],
    ['packs, segments, snapshots', ...files.map(({ objects }) => objectsText(objects))],
  ];
  const growth = [
    ['blobs in the index', 'bytes each', 'put in a second', 'found a second', 'missed a second'],
    ...index.map((each) => [
      count(each.entries),
      each.bytesEach.toFixed(1),
      count(each.insertsPerSecond),
      count(each.hitsPerSecond),
      count(each.missesPerSecond),
    ]),
  ];
  return [
    '# Growth',
    `Measured on ${machine.date} at commit ${machine.commit}: ${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}, load before the first step ${machine.loadBefore.toFixed(2)}. Each step is a whole command, from its start to its end.`,
    files.length === 0
      ? ''
      : `Files of up to about 700 bytes, 100 to a folder; idle is what \`init\` takes, ${files.map(({ idleBytes }) => formatBytes(idleBytes)).join(', ')}.`,
    files.length === 0 ? '' : markdownTable(steps),
    index.length === 0 ? '' : markdownTable(growth),
    terabyte === null ? '' : terabyteText(terabyte),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

/** Of what the design wants of a terabyte: 75 MB, and never more than 120. */
function terabyteText({ blobs, packs, segments, steps }: TerabyteGrowth): string {
  const count = (value: number): string => value.toLocaleString('en');
  const said = `A repository with 1 TB more of unique data (${count(blobs)} blobs in ${count(packs)} packs, which ${count(segments)} segments name) against the same without it: commands on 100 small files. Of backups the design wants ${formatBytes(75e6)}, and never more than ${formatBytes(120e6)}.`;
  const rows = steps.map(({ step, wall, peakBytes }) => [step, formatSeconds(wall), formatBytes(peakBytes)]);
  return `${said}\n\n${markdownTable([['step', 'time', 'memory more than without'], ...rows])}`;
}

const objectsText = (objects: Record<string, number>): string =>
  `${(objects['p'] ?? 0) + (objects['m'] ?? 0)}, ${objects['i'] ?? 0}, ${objects['s'] ?? 0}`;
