/** What it costs that there are many files, or that the repository holds much: ours alone, with a few commands each. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildTiny } from '../generated.ts';
import { measure } from '../measure.ts';
import { SETTLE_MS } from '../rounds.ts';
import { formatBytes, formatSeconds } from '../table.ts';
import type { FileGrowth, StepGrowth, TerabyteGrowth } from '../types.ts';
import { eachFile } from '../walk.ts';
import { addTerabyte } from './terabyte.ts';

/** Ours in one runtime. */
export interface Program {
  /** `holdfast` or `electron`. */
  tool: string;
  /** What comes before the verb. */
  argv: string[];
  env: Record<string, string>;
}

/** Runs our program, and gives what that took. */
type Run = (step: string, ...args: string[]) => Promise<StepGrowth>;

interface RunOptions {
  program: Program;
  /** Where what it says is written for the moment. */
  scratch: string;
  /** Folder of what the program keeps for itself. */
  home: string;
  signal: AbortSignal;
}

function runner({ program, scratch, home, signal }: RunOptions): Run {
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', HOME: home, HOLDFAST_HOME: home, ...program.env };
  return async (step, ...args) => {
    const outcome = await measure({ argv: [...program.argv, ...args] }, env, scratch, signal);
    if (!outcome.ok) throw new Error(`${args[0] ?? ''} ended with ${outcome.exit}: ${outcome.stderr}`);
    const { wall, cpu, peakBytes } = outcome.measure;
    const words = [program.tool.padEnd(8), step.padEnd(28), formatSeconds(wall).padStart(9), formatBytes(peakBytes)];
    process.stdout.write(`  ${words.join('  ')}\n`);
    return { step, wall, cpu, peakBytes };
  };
}

/** A folder below another, made where it is missing. */
function folder(...parts: string[]): string {
  const made = path.join(...parts);
  mkdirSync(made, { recursive: true });
  return made;
}

/** @param work folder of files and repositories: they stay there */
export async function measureFiles(
  files: number,
  programs: readonly Program[],
  work: string,
  signal: AbortSignal,
): Promise<FileGrowth[]> {
  const scratch = folder(work, String(files));
  const source = folder(scratch, 'source');
  process.stdout.write(`Making ${files.toLocaleString('en')} files ...\n`);
  buildTiny(source, files);
  execFileSync('sync');
  await delay(SETTLE_MS, undefined, { signal });
  let sourceBytes = 0;
  eachFile(source, (_file, size) => (sourceBytes += size));
  const all: FileGrowth[] = [];
  for (const program of programs) {
    const place = folder(scratch, program.tool);
    const [home, repository] = [folder(place, 'home'), path.join(place, 'repository')];
    const open = ['--repo', repository, '--key-file', path.join(home, 'key')];
    const run = runner({ program, scratch, home, signal });
    const idleBytes = (await run('init', 'init', ...open)).peakBytes;
    const steps = [
      await run('first backup', 'backup', source, ...open),
      await run('no change', 'backup', source, ...open),
      await run('search, building its index', 'find', 'note-77', ...open),
      await run('search', 'find', 'note-77', ...open),
      await run('verify every byte', 'verify', '--level', '3', ...open),
      await run('restore', 'restore', 'latest', '--target', path.join(place, 'target'), ...open),
      await run('prune, as a dry run', 'prune', '--dry-run', ...open),
    ];
    // What was restored is removed at the end of all: for five minutes ext4 passes over freed inodes, and the next
    // restore would pay for it.
    all.push({ tool: program.tool, files, sourceBytes, steps, ...stored(repository), idleBytes });
  }
  return all;
}

function stored(repository: string): Pick<FileGrowth, 'objects' | 'storedBytes'> {
  const objects: Record<string, number> = {};
  let storedBytes = 0;
  eachFile(repository, (file, size) => {
    const room = /[/]c[/][^/]+[/]([a-z])[/]/.exec(file)?.[1];
    if (room !== undefined) objects[room] = (objects[room] ?? 0) + 1;
    storedBytes += size;
  });
  return { objects, storedBytes };
}

/** @param work as of `measureFiles` */
export async function measureTerabyte(
  programs: readonly Program[],
  work: string,
  signal: AbortSignal,
): Promise<TerabyteGrowth[]> {
  const scratch = folder(work, 'terabyte');
  const [source, home, repository] = [
    folder(scratch, 'source'),
    folder(scratch, 'home'),
    path.join(scratch, 'repository'),
  ];
  process.stdout.write('Making a repository of 1 TB ...\n');
  buildTiny(source, 100);
  const key = path.join(home, 'key');
  const open = ['--repo', repository, '--key-file', key];
  const all = async (when: string): Promise<StepGrowth[][]> => {
    const found: StepGrowth[][] = [];
    for (const program of programs) {
      const run = runner({ program, scratch, home, signal });
      found.push([
        await run('no change', 'backup', source, ...open),
        await run('restore', 'restore', 'latest', '--target', path.join(scratch, `${program.tool}-${when}`), ...open),
        await run('verify names and structure', 'verify', '--level', '0', ...open),
      ]);
    }
    return found;
  };
  const [first] = programs;
  if (first === undefined) return [];
  const run = runner({ program: first, scratch, home, signal });
  await run('init', 'init', ...open);
  await run('first backup', 'backup', source, ...open);
  const before = await all('before');
  const digits = readFileSync(key, 'utf8').replace(/\s/g, '');
  const made = await addTerabyte(repository, new Uint8Array(Buffer.from(digits, 'hex')));
  execFileSync('sync');
  const after = await all('after');
  return programs.map(({ tool }, k) => {
    const steps = (after[k] ?? []).map((one, i) => ({
      ...one,
      peakBytes: one.peakBytes - (before[k]?.[i]?.peakBytes ?? 0),
    }));
    return { tool, ...made, steps };
  });
}
