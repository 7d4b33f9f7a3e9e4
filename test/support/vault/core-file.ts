/** The vault's program with a limit on its core file, and the core that it leaves when it is aborted. Linux. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const PROGRAM = path.resolve('dist/vault.js');
const PATTERN = '/proc/sys/kernel/core_pattern';

/** Why no core file can be looked at here; null where it can. */
export function whyNoCore(): string | null {
  if (process.platform !== 'linux') return 'core files are looked at on Linux';
  const pattern = readFileSync(PATTERN, 'utf8').trim();
  if (pattern.startsWith('|')) return `the kernel gives cores to a program: ${pattern}`;
  if (pattern === '' || pattern.includes('/')) return `the kernel puts cores elsewhere: "${pattern}"`;
  const { status } = spawnSync('/bin/sh', ['-c', 'ulimit -c unlimited']);
  return status === 0 ? null : 'this user may not raise the limit on core files';
}

/** LimitCORE of the systemd unit, as `ulimit -c` takes it. */
export function limitOfUnit(): string {
  const limit = /^LimitCORE=(\S+)$/m.exec(readFileSync('vault/vault.service', 'utf8'))?.[1];
  if (limit === undefined) throw new Error('the unit does not limit core files');
  return limit;
}

export interface LimitedVault {
  url: string;
  /** Of its TLS connection, PEM. */
  certificate: string;
  pid: number;
  /** Aborts it. @returns the core that it left, by its name; empty where it left none */
  abort(): Promise<Map<string, Buffer>>;
}

/**
 * @param folder of the vault
 * @param cwd empty; the core goes there
 * @param limit of the core file: `0`, `unlimited`
 */
export async function startLimited(folder: string, cwd: string, limit: string): Promise<LimitedVault> {
  const child: ChildProcess = spawn(
    '/bin/sh',
    ['-c', 'ulimit -c "$1"; exec "$2" "$3" embedded --folder "$4"', 'sh', limit, process.execPath, PROGRAM, folder],
    { cwd, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let errors = '';
  child.stderr?.on('data', (text: Buffer) => (errors += text.toString()));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (text: Buffer) => resolve(text.toString()));
    child.once('exit', (code) => reject(new Error(`the vault ended with ${code}: ${errors}`)));
  });
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    certificate: await readFile(path.join(folder, 'tls.pem'), 'utf8'),
    pid: child.pid ?? 0,
    async abort() {
      const ended = once(child, 'exit');
      child.kill('SIGABRT');
      const [, signal] = (await ended) as [number | null, string | null];
      if (signal !== 'SIGABRT') throw new Error(`the vault ended by ${signal}, not by SIGABRT`);
      const names = (await readdir(cwd)).filter((name) => name.startsWith('core'));
      return new Map(
        await Promise.all(names.map(async (name) => [name, await readFile(path.join(cwd, name))] as const)),
      );
    },
  };
}
