/** Ours and the peers: their commands, private folders and settings. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Runtime } from '../../build/runtime.d.mts';
import type { Command } from './measure.ts';
import type { Program } from './scale/growth.ts';
import type { Step, ToolFacts } from './types.ts';

/** `electron`: ours again, in the runtime that the app brings. */
export const TOOL_NAMES = ['holdfast', 'electron', 'restic', 'borg'] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** The folders of one tool in one round; all are removed afterwards. */
export interface ToolPlace {
  repository: string;
  /** Cache, configuration, keys. */
  state: string;
  target: string;
  /** The data set. */
  source: string;
}

export interface Tool extends ToolFacts {
  name: ToolName;
  command: (step: Step, place: ToolPlace) => Command;
  env: (place: ToolPlace) => Record<string, string>;
  /** Of ours: the program itself. */
  program?: Program;
}

export interface ToolOptions {
  /** The checkout. */
  root: string;
  /** Our built command line program. */
  cli: string;
  /** As borg's `--compression` takes it. */
  borgCompression: string;
}

/** A tool ready to run, or the sentence that says what is missing. */
export async function findTool(name: ToolName, options: ToolOptions): Promise<Tool | string> {
  if (name === 'holdfast') return findHoldfast(options);
  if (name === 'electron') return await findInElectron(options);
  const version = versionOf(name === 'restic' ? ['restic', 'version'] : ['borg', '--version']);
  if (version === null) {
    const packageName = name === 'borg' ? 'borgbackup' : 'restic';
    return `${name} is not installed. On Debian or Ubuntu: apt-get install ${packageName}. Or leave it out with --tools.`;
  }
  return name === 'restic' ? restic(version) : borg(version, options.borgCompression);
}

/** The app's engine runs in threads of Electron's main process; this is the same program in the same V8, without a window. */
async function findInElectron(options: ToolOptions): Promise<Tool | string> {
  const { executable, version } = await runtimeOf(options.root);
  const ours = findHoldfast(options, executable);
  if (typeof ours === 'string') return ours;
  return {
    ...ours,
    name: 'electron',
    settings: `holdfast in Electron ${version}, otherwise the same`,
    env: (place) => ({ ...ours.env(place), ...AS_NODE }),
    program: { tool: 'electron', argv: [executable, options.cli], env: AS_NODE },
  };
}

const AS_NODE = { ELECTRON_RUN_AS_NODE: '1' };

/** By its address: bundled into the bench, the module would look for the checkout beside the bundle. */
async function runtimeOf(root: string): Promise<Runtime> {
  const module = (await import(pathToFileURL(path.join(root, 'build/runtime.mjs')).href)) as {
    readRuntime: () => Runtime;
  };
  return module.readRuntime();
}

function findHoldfast({ root, cli }: ToolOptions, program = process.execPath): Tool | string {
  if (!existsSync(cli)) return 'The command line program is not built yet: run npm run build first.';
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  const run = (verb: string, place: ToolPlace, ...rest: string[]): Command => ({
    argv: [program, cli, verb, '--repo', place.repository, '--key-file', path.join(place.state, 'key.txt'), ...rest],
  });
  return {
    name: 'holdfast',
    version,
    settings: 'as installed (AES-256-GCM, zstd level 1)',
    env: (place) => ({ HOLDFAST_HOME: path.join(place.state, 'home') }),
    program: { tool: 'holdfast', argv: [program, cli], env: {} },
    command: (step, place) => {
      if (step === 'init') return run('init', place);
      if (step === 'restore') return run('restore', place, 'latest', '--target', place.target);
      if (step === 'verify') return run('verify', place, '--level', '3');
      return run('backup', place, place.source);
    },
  };
}

/**
 * Repository format 2. Its compression `auto` is the default level of klauspost/compress, about zstd level 3
 * (getZstdEncoder in restic 0.14's repository.go); that version offers nothing faster but no compression at all.
 */
function restic(version: string): Tool {
  const run = (place: ToolPlace, ...rest: string[]): Command => ({
    argv: ['restic', '-q', '-r', place.repository, ...rest],
  });
  return {
    name: 'restic',
    version,
    settings:
      'repository version 2, compression auto (zstd, about level 3: the fastest it offers), AES-256-CTR-Poly1305',
    env: (place) => ({ RESTIC_PASSWORD: 'bench', RESTIC_CACHE_DIR: path.join(place.state, 'cache') }),
    command: (step, place) => {
      if (step === 'init') return run(place, 'init', '--repository-version', '2');
      if (step === 'restore') return run(place, 'restore', 'latest', '--target', place.target);
      if (step === 'verify') return run(place, 'check', '--read-data');
      return run(place, 'backup', place.source);
    },
  };
}

/** `repokey` (AES-CTR with HMAC-SHA-256) is borg's fastest mode on processors with SHA instructions. */
function borg(version: string, compression: string): Tool {
  return {
    name: 'borg',
    version,
    settings: `repokey (AES-256-CTR, HMAC-SHA-256), compression ${compression}`,
    env: (place) => ({ BORG_PASSPHRASE: 'bench', BORG_BASE_DIR: place.state }),
    command: (step, place) => {
      if (step === 'init') return { argv: ['borg', 'init', '-e', 'repokey', place.repository] };
      if (step === 'restore') return { argv: ['borg', 'extract', `${place.repository}::change`], cwd: place.target };
      if (step === 'verify') return { argv: ['borg', 'check', '--verify-data', place.repository] };
      return { argv: ['borg', 'create', '-C', compression, `${place.repository}::${step}`, place.source] };
    },
  };
}

function versionOf(argv: [string, ...string[]]): string | null {
  const [program, ...rest] = argv;
  const { status, stdout } = spawnSync(program, rest, { encoding: 'utf8' });
  if (status !== 0) return null;
  return /\d+\.\d+(\.\d+)?/.exec(stdout)?.[0] ?? 'of unknown version';
}

/**
 * Where a tool put the copy of `source`: some make the whole original path below the target, some only its last part,
 * some put the contents straight into it.
 */
export function restoredFolder(target: string, source: string): string {
  const places = [path.join(target, source), path.join(target, path.basename(source))];
  return places.find((place) => existsSync(place)) ?? target;
}
