/** What one must know of the machine to judge the figures; no name, address or path of it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { MachineFacts } from './types.ts';

/** Load for each core from which on other work disturbs the figures. */
const BUSY = 0.25;

/** Whether other work disturbs what is measured now, or did so when facts were taken. */
export function isBusy({ loadBefore, cores } = { loadBefore: os.loadavg()[0] ?? 0, cores: os.cpus().length }): boolean {
  return loadBefore > cores * BUSY;
}

export function machineFacts(root: string, workFolder: string): MachineFacts {
  const cpus = os.cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: output('git', ['-C', root, 'rev-parse', '--short', 'HEAD']) ?? 'unknown',
    cpu: cpus[0]?.model ?? 'unknown',
    cores: cpus.length,
    memoryBytes: os.totalmem(),
    system: systemName(),
    kernel: os.release(),
    node: process.versions.node,
    fileSystem: output('df', ['--output=fstype', workFolder])?.split('\n').at(-1) ?? 'unknown file system',
    loadBefore: os.loadavg()[0] ?? 0,
  };
}

function systemName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? os.type();
  } catch {
    return os.type();
  }
}

function output(program: string, args: string[]): string | null {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}
