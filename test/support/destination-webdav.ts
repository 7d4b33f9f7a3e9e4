/** WebDAV destinations for tests: folders of one Apache, of one fake Nextcloud. */
import { chmod, mkdir, truncate } from 'node:fs/promises';
import path from 'node:path';
import { segmentsOf } from '../../main/destinations/layout.ts';
import type { Opening, WebDavPlace } from '../../main/destinations/spec.ts';
import { freeTraffic, type Traffic } from '../../main/destinations/traffic.ts';
import { WebDavDestination } from '../../main/destinations/webdav/webdav-destination.ts';
import { newFolderName, PASSWORD, USER, type Apache } from './apache-dav.ts';
import { filesIn, type DestinationFactory, type DestinationUnderTest, type Special } from './destination-helpers.ts';
import { mountDisk, remove, temporaryFolder, unmount } from './destination-local.ts';
import { FakeNextcloud } from './fake-nextcloud.ts';

export interface DavUnderTest extends DestinationUnderTest {
  destination: WebDavDestination;
  place: WebDavPlace & Opening;
  /** Another instance, with other settings. */
  open(place?: Partial<WebDavPlace & Opening>, options?: DavOpenOptions): Promise<WebDavDestination>;
}

export interface DavOpenOptions {
  traffic?: Traffic;
  stallMs?: number;
}

export type ApacheUnderTest = DavUnderTest & {
  /** The repository's folder on this disk. */
  folder: string;
};

/** A folder of the server that the test has for itself. `way`: `basic`, `digest` or `readonly`. */
export async function makeOnApache(apache: Apache, way = 'basic', tls = false, below = ''): Promise<ApacheUnderTest> {
  const parent = path.join(below, newFolderName());
  await apache.makeFolder(parent);
  const url = apache.url(`${way}/${parent}/repository/`, tls);
  const folder = path.join(apache.root, parent, 'repository');
  const made = await open({ url, certificate: tls ? apache.certificate : null });
  await made.destination.init();
  return {
    ...made,
    folder,
    truncate: async (name, size) => await truncate(path.join(folder, ...segmentsOf(name)), size),
    leftovers: async () => [
      ...(await filesIn(path.join(folder, 'tmp'))),
      ...(await filesIn(folder)).filter((file) => file.startsWith('.davfs.tmp')),
      ...(await filesIn(path.join(made.scratch, 'spool'))),
    ],
  };
}

export function apacheFactory(apache: () => Apache, way: string, tls: boolean): DestinationFactory {
  return {
    make: async () => await makeOnApache(apache(), way, tls),
    async makeSmall(bytes): Promise<Special> {
      const name = newFolderName();
      const disk = await apache().makeFolder(name);
      const skipped = await mountDisk(disk, bytes);
      if (skipped !== null) return { skipped };
      await apache().hand(disk);
      const made = await makeOnApache(apache(), way, tls, name);
      return {
        ...made,
        async dispose() {
          await made.dispose();
          await unmount(disk);
        },
      };
    },
    async makeReadOnly(bytes) {
      const made = await makeOnApache(apache(), way, tls);
      await made.destination.put('repo.json', bytes);
      const url = made.place.url.replace(`/${way}/`, '/readonly/');
      return { ...made, destination: await made.open({ url }) };
    },
  };
}

export type NextcloudUnderTest = DavUnderTest & { server: FakeNextcloud };

export async function makeOnNextcloud(): Promise<NextcloudUnderTest> {
  const server = await FakeNextcloud.start();
  const made = await open({ url: `${server.url}backups/`, user: server.user }, server.password);
  await made.destination.init();
  return {
    ...made,
    server,
    truncate: async (name, size) => server.truncate(`backups/${segmentsOf(name).join('/')}`, size),
    leftovers: async () => [
      ...server.files().filter((file) => file.startsWith('uploads/') || file.includes('/tmp/')),
      ...(await filesIn(path.join(made.scratch, 'spool'))),
    ],
    async dispose() {
      await made.dispose();
      await server.stop();
    },
  };
}

export const nextcloudFactory: DestinationFactory = {
  make: makeOnNextcloud,
  async makeSmall(bytes) {
    const made = await makeOnNextcloud();
    made.server.quota = bytes;
    return made;
  },
  async makeReadOnly(bytes) {
    const made = await makeOnNextcloud();
    await made.destination.put('repo.json', bytes);
    made.server.rule = (seen) => (['GET', 'HEAD', 'PROPFIND'].includes(seen.method) ? null : { status: 403 });
    return made;
  },
};

async function open(
  at: { url: string; certificate?: string | null; user?: string },
  password = PASSWORD,
): Promise<Omit<DavUnderTest, 'truncate' | 'leftovers'> & { scratch: string }> {
  const scratch = await temporaryFolder();
  await chmod(scratch, 0o700);
  await mkdir(path.join(scratch, 'spool'));
  const place: WebDavPlace & Opening = {
    kind: 'webdav',
    url: at.url,
    user: at.user ?? USER,
    certificate: at.certificate ?? null,
    credentials: { kind: 'webdav', password },
    scratch,
  };
  const opened: WebDavDestination[] = [];
  const another: DavUnderTest['open'] = async (changes = {}, options = {}) => {
    const settings = { signal: undefined, traffic: freeTraffic, ...options };
    const destination = await WebDavDestination.open({ ...place, ...changes }, settings);
    opened.push(destination);
    return destination;
  };
  return {
    destination: await another(),
    place,
    scratch,
    open: another,
    reopen: async () => await another(),
    dispose: async () => {
      for (const each of opened) await each.close();
      await remove(scratch);
    },
  };
}
