/** Local destinations for tests: in a temporary folder, on a tiny disk, on a read-only one. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { LocalDestination, type LocalOptions } from '../../main/destinations/local/local-destination.ts';
import { filesIn, type DestinationFactory, type DestinationUnderTest, type Special } from './destination-helpers.ts';

const run = promisify(execFile);

export interface LocalUnderTest extends DestinationUnderTest {
  destination: LocalDestination;
  /** The repository's folder. */
  root: string;
}

/** A repository in a new temporary folder, which `dispose` removes. */
export async function makeLocal(options: LocalOptions = {}): Promise<LocalUnderTest> {
  const parent = await temporaryFolder();
  return await localIn(path.join(parent, 'repository'), async () => await remove(parent), options);
}

/** A repository on a disk of its own of `bytes`; needs the right to mount. */
export async function makeOnDisk(bytes: number): Promise<(LocalUnderTest & { disk: string }) | { skipped: string }> {
  const disk = await temporaryFolder();
  const skipped = await mountDisk(disk, bytes);
  if (skipped !== null) {
    await remove(disk);
    return { skipped };
  }
  const dispose = async (): Promise<void> => {
    await unmount(disk);
    await remove(disk);
  };
  return { ...(await localIn(path.join(disk, 'repository'), dispose)), disk };
}

export const localFactory: DestinationFactory = {
  make: makeLocal,
  makeSmall: makeOnDisk,
  async makeReadOnly(bytes): Promise<Special> {
    const made = await makeOnDisk(2 ** 20);
    if ('skipped' in made) return await makeDenied(bytes);
    await made.destination.put('repo.json', bytes);
    await run('mount', ['-o', 'remount,ro', made.disk]);
    return { ...made, destination: await LocalDestination.open(made.root) };
  },
};

/** Without the right to mount: folders that their owner may not change, which says nothing to root. */
async function makeDenied(bytes: Uint8Array): Promise<Special> {
  if (process.getuid?.() === 0) return { skipped: 'root may write everywhere, and mounting is not allowed here' };
  const made = await makeLocal();
  await made.destination.put('repo.json', bytes);
  const folders = ['tmp/shared', 'tmp', 'k', 'c', '.'].map((folder) => path.join(made.root, folder));
  for (const folder of folders) await chmod(folder, 0o500);
  return {
    ...made,
    destination: await LocalDestination.open(made.root),
    async dispose() {
      for (const folder of folders.reverse()) await chmod(folder, 0o700);
      await made.dispose();
    },
  };
}

/** Mounts a disk of `bytes` in memory. Gives back why it could not, or null. */
export async function mountDisk(folder: string, bytes: number): Promise<string | null> {
  if (process.platform !== 'linux') return 'disks in memory are mounted on Linux only';
  if (process.getuid?.() !== 0) return 'only root may mount a disk';
  return await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]).then(
    () => null,
    (error: unknown) => `mounting is not allowed here: ${String(error).split('\n')[0] ?? ''}`,
  );
}

/** Takes a disk away, in use or not, as somebody does who pulls the plug. */
export async function unmount(folder: string): Promise<void> {
  await run('umount', ['-l', folder]);
}

export async function temporaryFolder(): Promise<string> {
  return await mkdtemp(path.join(tmpdir(), 'holdfast-destination-'));
}

export async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

async function localIn(root: string, dispose: () => Promise<void>, options?: LocalOptions): Promise<LocalUnderTest> {
  await mkdir(root, { mode: 0o700 });
  const destination = await LocalDestination.open(root, options);
  await destination.init();
  return {
    destination,
    root,
    dispose,
    reopen: async () => await LocalDestination.open(root, options),
    truncate: async (name, size) => await truncate(destination.localPath(name), size),
    leftovers: async () => await filesIn(path.join(root, 'tmp')),
  };
}
