/** Runs a verb of the built engine, or the built command line, in a process that can be killed at a chosen moment. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { serialize } from 'node:v8';
import type { Verb, Verbs } from '../../main/engine/api.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** One call that changes the file system (crash-at.cjs). */
export interface Step {
  /** Regular expression over the call, e.g. `rename .*repo[.]json`. */
  match: string;
  /** 0: the process's main thread; the engine's own is 1 under the driver, workers follow; `any`: whichever comes first. */
  thread: number | 'any';
  /** From 1; 0: the process is not killed. */
  at: number;
  when: 'before' | 'after' | 'middle';
  /** Added to the process's time of day, in ms: files made just now are then old to it. */
  clockMs?: number;
}

/**
 * When the process group gets SIGKILL. `after`: ms from the start; `event`: with the n-th line of output, from 1; `when`:
 * as soon as something outside has happened.
 */
export type Kill =
  | { kind: 'after'; ms: number }
  | { kind: 'event'; nth: number }
  | { kind: 'when'; reached: Promise<unknown> }
  | { kind: 'step'; step: Step }
  | { kind: 'never' };

export interface ChildResult {
  killed: boolean;
  exitCode: number | null;
  /** Lines of standard output, parsed. */
  lines: Record<string, unknown>[];
  stderr: string;
  /** Lifetime in ms. */
  ms: number;
  /** The calls that matched the step's expression. */
  steps: string[];
}

/** Runs a verb by way of `dist/engine-host.js`. */
export async function runVerb<V extends Verb>(verb: V, input: Verbs[V]['input'], kill: Kill): Promise<ChildResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-verb-'));
  try {
    writeFileSync(path.join(folder, 'input'), serialize({ verb, input }));
    return await run([here('crash-driver.mjs'), path.join(folder, 'input')], {}, kill);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs `dist/cli.js`. */
export async function runCli(args: string[], home: string, kill: Kill): Promise<ChildResult> {
  return await run([here('../../dist/cli.js'), ...args], { HOLDFAST_HOME: home }, kill);
}

async function run(args: string[], env: Record<string, string>, kill: Kill): Promise<ChildResult> {
  const log = mkdtempSync(path.join(tmpdir(), 'holdfast-steps-'));
  const logFile = path.join(log, 'steps');
  writeFileSync(logFile, '');
  const plan = kill.kind === 'step' ? JSON.stringify({ ...kill.step, log: logFile }) : 'null';
  const preload = kill.kind === 'step' ? ['--require', here('crash-at.cjs')] : [];
  const started = performance.now();
  const child = spawn(process.execPath, [...preload, ...args], {
    env: { ...process.env, ...env, CRASH_PLAN: plan },
    detached: true, // a process group of its own
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const group = child.pid;
  if (group === undefined) throw new Error('the process did not start');
  const end = (): void => {
    // Already gone is what was wanted.
    if (child.exitCode === null && child.signalCode === null) process.kill(-group, 'SIGKILL');
  };
  const timer = kill.kind === 'after' ? setTimeout(end, kill.ms) : undefined;
  if (kill.kind === 'when') void kill.reached.then(end);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    lines.push(line);
    if (kill.kind === 'event' && lines.length === kill.nth) end();
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [exitCode, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, by) => resolve([code, by]));
  });
  clearTimeout(timer);
  const steps = readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  rmSync(log, { recursive: true });
  const killed = signal === 'SIGKILL';
  return { killed, exitCode, lines: parsed(lines, killed), stderr, ms: performance.now() - started, steps };
}

/** A killed process may have left its last line half written. */
function parsed(lines: string[], killed: boolean): Record<string, unknown>[] {
  return lines.flatMap((line, i) => {
    if (killed && i === lines.length - 1 && !line.endsWith('}')) return [];
    return [JSON.parse(line) as Record<string, unknown>];
  });
}
