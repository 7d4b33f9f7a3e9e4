/**
 * Debian's Apache with mod_dav for tests: on free ports of this computer, with a certificate of its own, in a temporary
 * folder, as whoever runs the tests. The same folder can be reached by several ways of signing in.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { selfSigned } from '../../vault/cli/certificate.ts';
import { remove, temporaryFolder } from './destination-local.ts';

const run = promisify(execFile);
const MODULES = '/usr/lib/apache2/modules';
const REALM = 'Backups of alice';

export const USER = 'alice';
/** With what must be escaped in headers and files. */
export const PASSWORD = 'canary "pass\\word" für alice';

export interface Apache {
  /** Address of a folder below the server's root, e.g. `basic/x/`; `tls` for `https:`. */
  url(at: string, tls?: boolean): string;
  /** The server's root on this disk. */
  root: string;
  /** SHA-256 of the certificate, hex. */
  certificate: string;
  /** Makes a folder that the server may write to; gives back its path. */
  makeFolder(name: string): Promise<string>;
  /** Lets the server write to a folder. */
  hand(folder: string): Promise<void>;
  stop(): Promise<void>;
}

/** Why Apache cannot be had here, or null. */
export function apacheMissing(): string | null {
  const module = ['dav', 'dav_fs', 'ssl', 'auth_digest'].find((name) => !existsSync(`${MODULES}/mod_${name}.so`));
  if (process.platform !== 'linux' || !existsSync('/usr/sbin/apache2')) return 'apache2 is not installed';
  return module === undefined ? null : `apache2 has no mod_${module}`;
}

export async function startApache(): Promise<Apache> {
  const folder = await temporaryFolder();
  const owner = process.getuid?.() === 0 ? await idsOf('www-data') : null;
  const root = path.join(folder, 'root');
  const [plain, tls] = [await freePort(), await freePort()];
  const { cert, key } = await selfSigned(['localhost', '127.0.0.1'], Date.now());
  const hand = async (at: string): Promise<void> => {
    if (owner !== null) await chown(at, owner.uid, owner.gid);
  };
  await chmod(folder, 0o755);
  for (const at of [root, path.join(folder, 'lock')]) {
    await mkdir(at);
    await hand(at);
  }
  await writeFile(path.join(folder, 'cert.pem'), cert);
  await writeFile(path.join(folder, 'key.pem'), key, { mode: 0o600 });
  const digest = createHash('md5').update(`${USER}:${REALM}:${PASSWORD}`).digest('hex');
  await writeFile(path.join(folder, 'basic'), `${USER}:{SHA}${createHash('sha1').update(PASSWORD).digest('base64')}\n`);
  await writeFile(path.join(folder, 'digest'), `${USER}:${REALM}:${digest}\n`);
  await writeFile(path.join(folder, 'apache.conf'), configuration(folder, plain, tls, owner !== null));
  const server = spawn('/usr/sbin/apache2', ['-f', path.join(folder, 'apache.conf'), '-DFOREGROUND'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await ready(server);
  return {
    root,
    hand,
    certificate: createHash('sha256').update(derOf(cert)).digest('hex'),
    url: (at, secure = false) => (secure ? `https://localhost:${tls}/${at}` : `http://127.0.0.1:${plain}/${at}`),
    makeFolder: async (name) => {
      const at = path.join(root, name);
      await mkdir(at);
      await hand(at);
      return at;
    },
    stop: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
      await remove(folder);
    },
  };
}

function configuration(folder: string, plain: number, tls: number, asRoot: boolean): string {
  const modules = [
    ...['mpm_event', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic', 'auth_digest', 'alias'],
    ...['dav', 'dav_fs', 'ssl', 'socache_shmcb', 'reqtimeout'],
  ];
  const load = modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`);
  const location = (name: string, lines: string[]): string[] => [
    `Alias /${name}/ "${folder}/root/"`,
    `<Location "/${name}/">`,
    '  Dav On',
    `  AuthName "${REALM}"`,
    ...lines,
    '</Location>',
  ];
  return [
    ...load,
    `ServerRoot "${folder}"`,
    'ServerName localhost',
    `PidFile "${folder}/pid"`,
    `DefaultRuntimeDir "${folder}"`,
    // Node's pipes are sockets, which Apache cannot open by name.
    'ErrorLog "|/bin/cat"',
    'LogLevel notice',
    ...(asRoot ? ['User www-data', 'Group www-data'] : []),
    'ServerLimit 1',
    'ThreadsPerChild 32',
    'MaxRequestWorkers 32',
    'KeepAliveTimeout 30',
    'MaxKeepAliveRequests 0',
    `Listen 127.0.0.1:${plain}`,
    `Listen 127.0.0.1:${tls}`,
    `DocumentRoot "${folder}/root"`,
    `DavLockDB "${folder}/lock/db"`,
    ...location('basic', ['  AuthType Basic', `  AuthUserFile "${folder}/basic"`, '  Require valid-user']),
    ...location('digest', ['  AuthType Digest', `  AuthUserFile "${folder}/digest"`, '  Require valid-user']),
    ...location('readonly', [
      '  AuthType Basic',
      `  AuthUserFile "${folder}/basic"`,
      '  AuthzSendForbiddenOnFailure On',
      '  <LimitExcept GET HEAD OPTIONS PROPFIND>',
      '    Require all denied',
      '  </LimitExcept>',
      '  <Limit GET HEAD OPTIONS PROPFIND>',
      '    Require valid-user',
      '  </Limit>',
    ]),
    `<VirtualHost 127.0.0.1:${tls}>`,
    '  SSLEngine On',
    `  SSLCertificateFile "${folder}/cert.pem"`,
    `  SSLCertificateKeyFile "${folder}/key.pem"`,
    '</VirtualHost>',
    '',
  ].join('\n');
}

async function ready(server: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const said: string[] = [];
    for (const input of [server.stdout, server.stderr]) {
      if (input === null) throw new Error('no output');
      createInterface({ input }).on('line', (line) => {
        said.push(line);
        if (line.includes('resuming normal operations')) resolve();
      });
    }
    server.once('exit', () => reject(new Error(`apache2 ended: ${said.join('\n')}`)));
    server.once('error', reject);
  });
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}

async function idsOf(user: string): Promise<{ uid: number; gid: number }> {
  const { stdout } = await run('id', ['-u', user]);
  const group = await run('id', ['-g', user]);
  return { uid: Number(stdout), gid: Number(group.stdout) };
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}

/** A name that no other test of this server uses. */
export function newFolderName(): string {
  return randomBytes(8).toString('hex');
}
