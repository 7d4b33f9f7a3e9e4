/**
 * `npm run bench -- --scale`: how time, memory and the number of objects grow with the number of files, and the index in
 * memory with the number of blobs. Holdfast alone: what it costs more, for ten times as much, is the question.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { machineFacts } from '../facts.ts';
import { TERABYTE_MEMORY } from '../goals.ts';
import { canMeasure, GNU_TIME } from '../measure.ts';
import { formatBytes, formatSeconds, markdownTable } from '../table.ts';
import type { FileGrowth, MachineFacts, StepGrowth, TerabyteGrowth } from '../types.ts';
import { measureFiles, measureTerabyte } from './growth.ts';
import { measureIndex, type IndexGrowth } from './index-growth.ts';

const HELP = `npm run bench -- --scale [options]

  --files LIST    numbers of files (default 10000,100000,1000000)
  --entries LIST  numbers of blobs in the index (default 1000000,10000000)
  --no-terabyte   leave out what it costs that a repository holds 1 TB
  --work FOLDER   where files and repository go (default: holdfast-scale in the temporary folder)
  --out FILE.json results; a FILE.md is written beside it (default test/bench/results/scale.json)
  --cli FILE      our program (default dist/cli.js)
`;

interface ScaleReport {
  version: 1;
  machine: MachineFacts;
  files: FileGrowth[];
  index: IndexGrowth[];
  terabyte: TerabyteGrowth[];
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
    terabyte: [],
  };
  const programs = [{ tool: 'holdfast', argv: [process.execPath, options.cli], env: {} }];
  const { signal } = new AbortController();
  try {
    for (const files of options.files)
      report.files.push(...(await measureFiles(files, programs, options.work, signal)));
    for (const entries of options.entries) {
      process.stdout.write(`${entries.toLocaleString('en')} blobs in the index ...\n`);
      report.index.push(measureIndex(entries));
    }
    if (options.terabyte) report.terabyte = await measureTerabyte(programs, options.work, signal);
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
    ...terabyte.map(terabyteText),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

function terabyteText({ blobs, packs, segments, steps }: TerabyteGrowth): string {
  const count = (value: number): string => value.toLocaleString('en');
  const said = `A repository with 1 TB more of unique data (${count(blobs)} blobs in ${count(packs)} packs, which ${count(segments)} segments name) against the same without it: commands on 100 small files. The design wants ${formatBytes(TERABYTE_MEMORY.goal)}, and never more than ${formatBytes(TERABYTE_MEMORY.floor)}.`;
  const rows = steps.map(({ step, wall, peakBytes }) => [step, formatSeconds(wall), formatBytes(peakBytes)]);
  return `${said}\n\n${markdownTable([['step', 'time', 'memory more than without'], ...rows])}`;
}

const objectsText = (objects: Record<string, number>): string =>
  `${(objects['p'] ?? 0) + (objects['m'] ?? 0)}, ${objects['i'] ?? 0}, ${objects['s'] ?? 0}`;
