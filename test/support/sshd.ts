/** OpenSSH's own server for tests: on a free port of this computer, with keys of its own, in a temporary folder. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fingerprintOf } from '../../main/destinations/sftp/host-key.ts';

const run = promisify(execFile);
/** The server starts itself again for each connection and wants to be called by its whole path for that. */
const SSHD = '/usr/sbin/sshd';
/** Where the server locks itself in as root. */
const PRIVILEGE_SEPARATION = '/run/sshd';

export const sshdMissing = existsSync(SSHD) ? null : 'OpenSSH’s server is not installed (openssh-server)';

export type HostKeyType = 'ed25519' | 'rsa' | 'ecdsa';

export interface Sshd {
  port: number;
  /** The only one who can sign in: whoever runs the tests. */
  user: string;
  /** Private key (OpenSSH form) of the one key that opens it. */
  privateKey: string;
  /** The same in a file. */
  keyFile: string;
  /** Folder of the server's own files. */
  folder: string;
  /** `SHA256:…` of its host key of this type. */
  fingerprint(type: HostKeyType): Promise<string>;
  /** Starts it again on the same port, with other options; running sessions go on. */
  restart(options?: SshdOptions): Promise<void>;
  /** Ends the server and every session, as a power failure of its machine would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface SshdOptions {
  hostKeys?: HostKeyType[];
  /** Further lines of sshd_config. */
  config?: string[];
  /** Arguments of the file transfer, e.g. `-P fsync` for a server that denies a request. */
  sftp?: string;
}

export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-sshd-'));
  const user = userInfo().username;
  await makeKey(path.join(folder, 'id'), 'ed25519');
  await writeFile(path.join(folder, 'authorized_keys'), await readFile(path.join(folder, 'id.pub')));
  if (process.getuid?.() === 0) await mkdir(PRIVILEGE_SEPARATION, { recursive: true });
  const port = await freePort();
  let server = await serve(folder, port, options);
  const kill = async (): Promise<void> => {
    const sessions = await descendantsOf(server.pid);
    await ended(server, () => server.kill('SIGKILL'));
    for (const pid of sessions) endProcess(pid);
  };
  return {
    port,
    user,
    folder,
    keyFile: path.join(folder, 'id'),
    privateKey: await readFile(path.join(folder, 'id'), 'utf8'),
    fingerprint: async (type) => await fingerprintIn(path.join(folder, `host-${type}.pub`)),
    async restart(changed = options) {
      await ended(server, () => server.kill('SIGTERM'));
      server = await serve(folder, port, changed);
    },
    kill,
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Makes a key without a passphrase, or with one, at `file` and `file`.pub. */
export async function makeKey(file: string, type: HostKeyType, passphrase = ''): Promise<void> {
  await run('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file]);
}

async function fingerprintIn(publicKey: string): Promise<string> {
  const [, base64 = ''] = (await readFile(publicKey, 'utf8')).split(' ');
  return fingerprintOf(Buffer.from(base64, 'base64'));
}

async function serve(folder: string, port: number, options: SshdOptions): Promise<ChildProcess> {
  const hostKeys = options.hostKeys ?? ['ed25519'];
  for (const type of hostKeys) {
    const file = path.join(folder, `host-${type}`);
    if (!existsSync(file)) await makeKey(file, type);
  }
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...hostKeys.map((type) => `HostKey ${path.join(folder, `host-${type}`)}`),
    `AuthorizedKeysFile ${path.join(folder, 'authorized_keys')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no', // temporary folders are open to others
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'MaxStartups 100',
    `Subsystem sftp internal-sftp ${options.sftp ?? ''}`,
    ...(options.config ?? []),
  ];
  const config = path.join(folder, 'sshd_config');
  await writeFile(config, `${lines.join('\n')}\n`);
  const server = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  await listening(server);
  return server;
}

async function listening(server: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('Server listening')) resolve();
    });
    server.once('exit', (code) => reject(new Error(`sshd ended with ${code}: ${said}`)));
    server.once('error', reject);
  });
}

/** Processes that this one started, and those they started: each session is one or two of the server's. */
async function descendantsOf(pid: number | undefined): Promise<number[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  const parents = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found: number[] = [];
  for (let last = pid === undefined ? [] : [pid]; last.length > 0;) {
    last = parents.filter(([, parent]) => last.includes(parent ?? -1)).map(([child = -1]) => child);
    found.push(...last);
  }
  return found;
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

async function ended(server: ChildProcess, end: () => void): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
    end();
  });
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
