/** Folders behind OpenSSH's server for tests of destinations. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, truncate } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { segmentsOf } from '../../main/destinations/layout.ts';
import { SftpDestination, type SftpOptions } from '../../main/destinations/sftp/sftp-destination.ts';
import type { Opening, SftpPlace } from '../../main/destinations/spec.ts';
import { freeTraffic } from '../../main/destinations/traffic.ts';
import { filesIn, type DestinationFactory, type DestinationUnderTest, type Special } from './destination-helpers.ts';
import { mountDisk, remove, temporaryFolder, unmount } from './destination-local.ts';
import type { Sshd } from './sshd.ts';

const run = promisify(execFile);

export interface SftpUnderTest extends DestinationUnderTest {
  destination: SftpDestination;
  place: SftpPlace & Opening;
  /** The repository's folder, as the server's machine sees it. */
  root: string;
  /** Another instance, with other settings. */
  open(changes?: Partial<SftpPlace & Opening>, options?: Partial<SftpOptions>): Promise<SftpDestination>;
}

/** What opens a folder of this server. */
export async function placeAt(server: Sshd, root: string): Promise<SftpPlace & Opening> {
  return {
    kind: 'sftp',
    host: '127.0.0.1',
    port: server.port,
    user: server.user,
    path: root,
    hostKey: await server.fingerprint('ed25519'),
    login: 'key',
    credentials: { kind: 'sftp', privateKey: server.privateKey },
  };
}

type Options = Partial<SftpOptions> & { parent?: string; place?: Partial<SftpPlace> };

/** A repository in a new folder behind the server. `parent`: where the folder is made; by default a new one. */
export async function makeSftp(server: Sshd, options: Options = {}): Promise<SftpUnderTest> {
  return await makeSftpAt(await placeAt(server, ''), options);
}

/** The same behind any server of this computer. */
export async function makeSftpAt(
  server: Omit<SftpPlace & Opening, 'path'>,
  options: Options = {},
): Promise<SftpUnderTest> {
  const own = await temporaryFolder();
  const root = path.join(options.parent ?? own, 'repository');
  const place = { ...server, path: root, scratch: path.join(own, 'scratch'), ...options.place };
  await mkdir(root, { mode: 0o700 });
  const opened: SftpDestination[] = [];
  const open: SftpUnderTest['open'] = async (changes = {}, others = {}) => {
    const { traffic = freeTraffic, stallMs } = { ...options, ...others };
    const at = await SftpDestination.open({ ...place, ...changes }, { signal: undefined, traffic, stallMs });
    opened.push(at);
    return at;
  };
  const destination = await open();
  await destination.init();
  return {
    destination,
    place,
    root,
    open,
    reopen: async () => await open(),
    truncate: async (name, size) => await truncate(path.join(root, ...segmentsOf(name)), size),
    leftovers: async () => [...(await filesIn(path.join(root, 'tmp'))), ...(await filesIn(path.join(own, 'scratch')))],
    dispose: async () => {
      await Promise.all(opened.map(async (each) => await each.close()));
      await remove(own);
    },
  };
}

/** @param server asked when a destination is made: it is started before all tests, after they are described */
export function sftpFactory(server: () => Sshd): DestinationFactory {
  return {
    make: async () => await makeSftp(server()),
    makeSmall: async (bytes) => await onDisk(server(), bytes),
    async makeReadOnly(bytes) {
      const made = await onDisk(server(), 2 ** 20);
      if ('skipped' in made) return await denied(server(), bytes);
      await made.destination.put('repo.json', bytes);
      await run('mount', ['-o', 'remount,ro', path.dirname(made.root)]);
      return made;
    },
  };
}

/** On a disk of its own of `bytes`; needs the right to mount. */
async function onDisk(server: Sshd, bytes: number): Promise<SftpUnderTest | { skipped: string }> {
  const disk = await temporaryFolder();
  const skipped = await mountDisk(disk, bytes);
  if (skipped !== null) {
    await remove(disk);
    return { skipped };
  }
  const made = await makeSftp(server, { parent: disk });
  return {
    ...made,
    async dispose() {
      await made.dispose();
      await unmount(disk);
      await remove(disk);
    },
  };
}

/** Without the right to mount: folders that the server's user may not change. */
async function denied(server: Sshd, bytes: Uint8Array): Promise<Special> {
  if (process.getuid?.() === 0) return { skipped: 'root may write everywhere, and mounting is not allowed here' };
  const made = await makeSftp(server);
  await made.destination.put('repo.json', bytes);
  const folders = ['tmp/shared', 'tmp', 'k', 'c', '.'].map((folder) => path.join(made.root, folder));
  for (const folder of folders) await chmod(folder, 0o500);
  return {
    ...made,
    async dispose() {
      for (const folder of folders.reverse()) await chmod(folder, 0o700);
      await made.dispose();
    },
  };
}
