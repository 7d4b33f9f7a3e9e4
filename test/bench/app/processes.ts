/** Memory and processor time of a program with all that it started, as Linux counts them. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of a processor's clock in a second, which Linux fixes for every program. */
const TICKS = 100;

/** A process and everything below it. */
export function family(pid: number): number[] {
  const all = [pid];
  for (const task of list(`/proc/${String(pid)}/task`)) {
    const children = read(`/proc/${String(pid)}/task/${task}/children`).trim();
    if (children !== '') for (const child of children.split(' ')) all.push(...family(Number(child)));
  }
  return all;
}

/** Proportional memory: what is shared counts in parts, so that the sum is what the program takes. Bytes. */
export function pssBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${String(pid)}/smaps_rollup`))?.[1];
    return sum + Number(kibibytes ?? 0) * 1024;
  }, 0);
}

/** User and system time so far, in seconds. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    // The name in brackets may hold anything; after it come state, parent and ten more.
    const fields =
      read(`/proc/${String(pid)}/stat`)
        .split(') ')
        .at(-1)
        ?.split(' ') ?? [];
    return sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS;
  }, 0);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it has ended
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
