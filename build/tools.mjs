/**
 * What every script of this folder uses: where things are, how they speak, how they run other programs. Only Node's own
 * modules, because set-up runs before any package is installed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout these scripts belong to. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/** Stamps of what is in place lie beside the packages, so they vanish with them. */
export const stampFolder = path.join(root, 'node_modules', '.cache', 'holdfast');

/** Folder for what several checkouts of one user share (XDG, Library/Caches, LocalAppData). */
export function cacheFolder() {
  if (process.platform === 'win32') {
    return path.join(process.env.LOCALAPPDATA ?? path.join(homedir(), 'AppData', 'Local'), 'holdfast', 'Cache');
  }
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Caches', 'holdfast');
  return path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'holdfast');
}

export function say(text) {
  console.log(`holdfast: ${text}`);
}

export function warn(text) {
  console.warn(`holdfast: warning: ${text}`);
}

/** Seconds since `started` (from performance.now()) for people: "0.3 s", "2 min 05 s". */
export function since(started) {
  const seconds = (performance.now() - started) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
}

/** An end that the person can act on: printed as its sentence, without a stack. */
export class Stop extends Error {}

/** Runs a script's main function; a `Stop` becomes one clear last line and exit code 1. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    console.error(error instanceof Stop ? `holdfast: ${error.message}` : error);
    process.exitCode = 1;
  }
}

/** True when the module at this URL is the script that was started. */
export function isMain(url) {
  return process.argv[1] !== undefined && fileURLToPath(url) === path.resolve(process.argv[1]);
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, quiet?: boolean, shell?: boolean }} [options] `quiet` collects the
 *   output instead of showing it.
 * @returns {Promise<{ code: number, output: string }>} code 127 where the program does not exist, 128 + n for signals
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      shell: options.shell ?? false,
      stdio: options.quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    const forward = (signal) => child.kill(signal);
    process.on('SIGTERM', forward);
    child.once('error', (error) => {
      process.off('SIGTERM', forward);
      resolve({ code: 127, output: error.message });
    });
    child.once('close', (code, signal) => {
      process.off('SIGTERM', forward);
      resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 143), output });
    });
  });
}

/** Runs npm: the one that started us, else the one on the path. */
export function npm(args, options = {}) {
  const npmScript = process.env.npm_execpath;
  if (npmScript?.endsWith('.js')) return run(process.execPath, [npmScript, ...args], options);
  return run('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** Full path of a program, or null; as the shell would find it, with the administrators' folders added. */
export function which(program) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    const file = path.join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue; // not in this folder
    }
  }
  return null;
}

export function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}

/** Parsed JSON of a file, or null where there is none or it is damaged: every stamp can be made again. */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** Writes JSON so that a reader sees the old or the new file, never half of one. */
export async function writeJson(file, value) {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, JSON.stringify(value, null, 2) + '\n');
  await rename(temporary, file);
}

/** SHA-256 of a file's contents, or null where it does not exist. */
export async function fileHash(file) {
  try {
    return sha256(await readFile(file));
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'EISDIR') return null;
    throw error;
  }
}
