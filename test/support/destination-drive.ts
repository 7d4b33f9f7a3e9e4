/** Google Drive for tests of destinations: the real adapter, on a fake Google of its own. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DriveDestination, type DriveOptions } from '../../main/destinations/google-drive/drive-destination.ts';
import { makeFolder } from '../../main/destinations/google-drive/folders.ts';
import { WriteRate } from '../../main/destinations/google-drive/quota.ts';
import type { GoogleDrivePlace, Opening } from '../../main/destinations/spec.ts';
import { freeTraffic } from '../../main/destinations/traffic.ts';
import type { DestinationFactory, DestinationUnderTest } from './destination-helpers.ts';
import { FakeGoogle, type FakeGoogleOptions } from './fake-google/fake-google.ts';
import type { FakeDrive, FakeFile } from './fake-google/store.ts';

export interface DriveUnderTest extends DestinationUnderTest {
  destination: DriveDestination;
  google: FakeGoogle;
  drive: FakeDrive;
  spec: GoogleDrivePlace & Opening;
  /** Another instance with the same scratch folder, as the next run of the app opens it. */
  again(options?: Partial<DriveOptions>): Promise<DriveDestination>;
  /** The files of an object's name that are not in the trash. */
  filesOf(name: string): FakeFile[];
  /** Their only one. */
  fileOf(name: string): FakeFile;
}

export interface MakeOptions extends Omit<FakeGoogleOptions, 'now'>, Partial<DriveOptions> {
  limitBytes?: number | null;
  /** The backup lies in a shared drive. */
  shared?: boolean;
}

/** No waiting for Google's limit of writes; tests of that limit bring their own. */
export const unlimited = (): WriteRate => new WriteRate(1e6, 1e6);

export async function makeDrive(options: MakeOptions = {}): Promise<DriveUnderTest> {
  const { limitBytes = null, shared = false, writesPerSecond = null, latencyMs = 0, now, ...rest } = options;
  const clock = now === undefined ? {} : { now };
  const google = await FakeGoogle.start({ writesPerSecond, latencyMs, ...clock });
  const account = `${randomUUID().slice(0, 8)}@example.com`;
  const drive = google.addAccount(account, limitBytes);
  if (shared) drive.sharedDrives.push({ id: '0AShared', name: 'Team' });
  const credentials = google.signedIn(account);
  const endpoints = google.endpoints;
  const place = await makeFolder(credentials, account, 'Holdfast', shared ? '0AShared' : null, { endpoints });
  const scratch = await mkdtemp(path.join(tmpdir(), 'holdfast-drive-'));
  const spec = { ...place, credentials, scratch };
  const opened: DriveDestination[] = [];
  const folders = [scratch];
  const open = async (at: string, more: Partial<DriveOptions> = {}): Promise<DriveDestination> => {
    const given = { traffic: freeTraffic, rate: unlimited(), endpoints, ...clock, ...rest, ...more };
    const destination = await DriveDestination.open({ ...spec, scratch: at }, given);
    opened.push(destination);
    return destination;
  };
  const destination = await open(scratch);
  await destination.init();

  const filesOf = (name: string): FakeFile[] => {
    const segments = name.split('/');
    const last = segments.pop() ?? '';
    let parents = [place.folderId];
    const at = (parent: string[], called: string): FakeFile[] =>
      [...drive.files.values()].filter((file) => file.name === called && parent.includes(file.parents[0] ?? ''));
    for (const segment of segments) parents = at(parents, segment).map((file) => file.id);
    return at(parents, last).filter((file) => !drive.isTrashed(file));
  };
  const fileOf = (name: string): FakeFile => {
    const [file, ...others] = filesOf(name);
    if (file === undefined || others.length > 0) throw new Error(`${others.length} more files than one of ${name}`);
    return file;
  };
  return {
    destination,
    google,
    drive,
    spec,
    filesOf,
    fileOf,
    again: async (more) => await open(scratch, more),
    reopen: async () => {
      const other = await mkdtemp(path.join(tmpdir(), 'holdfast-drive-'));
      folders.push(other);
      return await open(other);
    },
    truncate: async (name, size) => {
      const file = fileOf(name);
      drive.replace(file, (file.content ?? Buffer.alloc(0)).subarray(0, size));
    },
    leftovers: async () => {
      const spool = path.join(scratch, 'spool');
      if (!existsSync(spool)) return [];
      const entries = await readdir(spool, { withFileTypes: true, recursive: true });
      return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
    },
    dispose: async () => {
      for (const each of opened) await each.close();
      await google.close();
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}

export const driveFactory: DestinationFactory = {
  make: async () => await makeDrive(),
  makeSmall: async (bytes) => {
    const under = await makeDrive({ limitBytes: bytes });
    // Only an emptied trash gives room; the person does that, and here it is done at once.
    under.drive.moods.emptiesTrash = true;
    return under;
  },
  makeReadOnly: async (bytes) => {
    const under = await makeDrive();
    await under.destination.put('repo.json', bytes);
    under.drive.moods.readOnly = true;
    return { ...under, destination: await under.again() };
  },
};
