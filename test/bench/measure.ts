/** Runs one command and measures it. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Measure } from './types.ts';

/** GNU time (Debian package `time`), not the shell's word. */
export const GNU_TIME = '/usr/bin/time';
const SAMPLE_MS = 100;

export interface Command {
  argv: string[];
  cwd?: string;
}

export type Outcome = { ok: true; measure: Measure } | { ok: false; exit: string; stderr: string };

/**
 * Runs `command` to its end.
 *
 * Time: wall by this process's clock; CPU by wait4's rusage of everything the command waited for, through GNU time.
 * Memory: the kernel's own high-water mark of the largest process (exact for a tool that is one process with threads,
 * as all three are), or the largest sum over the process tree seen in samples every 100 ms where that is more. GNU
 * time stands in between because Linux counts the memory of the process that forked into the mark of its child: asked
 * directly, a child of Node would never show less than Node itself.
 *
 * @param scratch folder for the output files
 * @param signal aborting kills the command with all that it started
 */
export async function measure(
  command: Command,
  env: Record<string, string>,
  scratch: string,
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted();
  const timeFile = path.join(scratch, 'time.txt');
  const errFile = path.join(scratch, 'stderr.txt');
  const out = openSync(path.join(scratch, 'stdout.txt'), 'w');
  const err = openSync(errFile, 'w');
  const started = process.hrtime.bigint();
  const child = spawn(GNU_TIME, ['-q', '-o', timeFile, '-f', '%U %S %M', '--', ...command.argv], {
    cwd: command.cwd ?? scratch,
    env,
    stdio: ['ignore', out, err],
    detached: true, // a process group of its own, so that it can be ended whole
  });
  const { pid } = child;
  let sampled = 0;
  const sampler = setInterval(() => {
    if (pid !== undefined) sampled = Math.max(sampled, treeBytes(pid));
  }, SAMPLE_MS);
  const kill = (): void => {
    if (pid !== undefined && child.exitCode === null) process.kill(-pid, 'SIGKILL');
  };
  signal.addEventListener('abort', kill, { once: true });
  try {
    const exit = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, killedBy) => resolve(killedBy ?? String(code)));
    });
    const wall = Number(process.hrtime.bigint() - started) / 1e9;
    signal.throwIfAborted();
    if (exit !== '0') return { ok: false, exit, stderr: tail(readFileSync(errFile, 'utf8')) };
    const [user, system, kibibytes] = readFileSync(timeFile, 'utf8').trim().split(/\s+/).map(Number);
    if (user === undefined || system === undefined || kibibytes === undefined) {
      return { ok: false, exit, stderr: 'GNU time wrote nothing that can be read' };
    }
    return {
      ok: true,
      measure: { wall, cpu: user + system, peakBytes: Math.max(kibibytes * 1024, sampled) },
    };
  } finally {
    clearInterval(sampler);
    signal.removeEventListener('abort', kill);
    closeSync(out);
    closeSync(err);
  }
}

/** Resident bytes of all processes below `root` (the measuring process itself left out); 0 once they are gone. */
function treeBytes(root: number): number {
  let bytes = 0;
  for (const child of children(root)) bytes += residentBytes(child) + treeBytes(child);
  return bytes;
}

function children(pid: number): number[] {
  const found: number[] = [];
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const list = readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim();
      if (list !== '') found.push(...list.split(' ').map(Number));
    }
  } catch (error) {
    ignoreGone(error);
  }
  return found;
}

function residentBytes(pid: number): number {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(kibibytes ?? 0) * 1024;
  } catch (error) {
    ignoreGone(error);
    return 0;
  }
}

/** Processes end between two looks at them; anything else is a real error. */
function ignoreGone(error: unknown): void {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== 'ENOENT' && code !== 'ESRCH') throw error;
}

function tail(text: string): string {
  return text.trim().split('\n').slice(-20).join('\n').slice(-4000);
}

/** True where this machine can measure at all. */
export function canMeasure(): boolean {
  return existsSync(GNU_TIME) && existsSync('/proc/self/status');
}
