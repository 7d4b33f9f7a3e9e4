/** The command line of the bench. */
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { FULL_SIZES, QUICK_SIZES } from './datasets.ts';
import type { SetSizes } from './datasets.ts';
import { TOOL_NAMES } from './tools.ts';
import type { ToolName } from './tools.ts';
import { SET_NAMES } from './types.ts';
import type { SetName } from './types.ts';

export const HELP = `npm run bench -- [options]
npm run bench -- --vault [options]      logins of the key vault (--vault --help)
npm run bench -- --scale [options]      growth with the number of files and of blobs (--scale --help)
npm run bench -- --app [options]        the window, and the program at rest (--app --help)
npm run bench -- --requests [options]   what a storage is asked (--requests --help)
npm run bench -- --destination          how fast packs go to a distant storage (--destination --help)

  --sets A,B,C,E      data sets: A incompressible, B real files of this system, C mixed, E tiny files (default all)
  --tools LIST        holdfast,electron,restic,borg (default all; electron: ours in the app's runtime); the first one is
                      the base where holdfast is left out
  --rounds N          default 3; each round runs every tool on every set, in rotating order
  --no-growth         leave out what a million files and a terabyte take after the rounds (ours alone, five minutes)
  --quick             small A and B, one round, no growth: shows that all works, says little about speed
  --work FOLDER       where data sets and repositories go (default: holdfast-bench in the temporary folder)
  --keep              keep the data sets for the next run (always so with --work)
  --out FILE.json     results; a FILE.md is written beside it (default test/bench/results/latest.json, quick.json)
  --write             put the tables into README.md as well
  --cli FILE          our program (default dist/cli.js)
  --a-mib N           size of A (default 2048)
  --b-files N         files in B (default 65000)
  --b-mib N           size of B (default 1536)
  --e-files N         files in E (default 200000)
  --borg-compression  default zstd,1
`;

export interface BenchOptions {
  sets: SetName[];
  tools: ToolName[];
  rounds: number;
  growth: boolean;
  quick: boolean;
  work: string;
  keep: boolean;
  out: string;
  write: boolean;
  cli: string;
  sizes: SetSizes;
  borgCompression: string;
  help: boolean;
}

/**
 * Reads the arguments. Throws an Error with a sentence for the user on anything unknown or out of range.
 *
 * @param root the checkout's folder
 */
export function readOptions(argv: string[], root: string): BenchOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      sets: { type: 'string' },
      tools: { type: 'string' },
      rounds: { type: 'string' },
      'no-growth': { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      work: { type: 'string' },
      keep: { type: 'boolean', default: false },
      out: { type: 'string' },
      write: { type: 'boolean', default: false },
      cli: { type: 'string' },
      'a-mib': { type: 'string' },
      'b-files': { type: 'string' },
      'b-mib': { type: 'string' },
      'e-files': { type: 'string' },
      'borg-compression': { type: 'string', default: 'zstd,1' },
      help: { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const base = quick ? QUICK_SIZES : FULL_SIZES;
  const results = path.join(root, 'test/bench/results');
  return {
    sets: list('--sets', values.sets, SET_NAMES, quick ? ['A', 'B'] : SET_NAMES),
    tools: list('--tools', values.tools, TOOL_NAMES, TOOL_NAMES),
    rounds: whole('--rounds', values.rounds, quick ? 1 : 3),
    growth: !quick && !values['no-growth'],
    quick,
    work: path.resolve(values.work ?? path.join(os.tmpdir(), 'holdfast-bench')),
    keep: values.keep || values.work !== undefined,
    out: path.resolve(values.out ?? path.join(results, quick ? 'quick.json' : 'latest.json')),
    write: values.write,
    cli: path.resolve(values.cli ?? path.join(root, 'dist/cli.js')),
    sizes: {
      incompressibleBytes: whole('--a-mib', values['a-mib'], base.incompressibleBytes / 2 ** 20) * 2 ** 20,
      systemFiles: whole('--b-files', values['b-files'], base.systemFiles),
      systemBytes: whole('--b-mib', values['b-mib'], base.systemBytes / 2 ** 20) * 2 ** 20,
      mixedScale: base.mixedScale,
      tinyFiles: whole('--e-files', values['e-files'], base.tinyFiles),
    },
    borgCompression: values['borg-compression'],
    help: values.help,
  };
}

function list<T extends string>(option: string, text: string | undefined, known: readonly T[], all: readonly T[]): T[] {
  if (text === undefined) return [...all];
  const names = text.split(',').map((word) => {
    const name = known.find((candidate) => candidate.toLowerCase() === word.trim().toLowerCase());
    if (name === undefined) throw new Error(`${option} takes ${known.join(', ')}, not "${word}".`);
    return name;
  });
  return [...new Set(names)];
}

function whole(option: string, text: string | undefined, standard: number): number {
  if (text === undefined) return standard;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${option} takes a whole number from 1, not "${text}".`);
  return value;
}
