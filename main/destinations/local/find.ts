/**
 * Finds a repository that lay on a disk which now has another name or letter, or stands elsewhere on it: known again by
 * its own id, not by its path. Only reads.
 */
import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CallOptions } from '../destination.ts';
import { REPOSITORY_FILES } from '../names.ts';
import type { LocalPlace } from '../spec.ts';
import { mounts } from './mounts.ts';
import { readWhole } from './read.ts';

/** Where the app proposes to put backups on a disk. */
const USUAL = 'Holdfast Backups';
/** The largest repo.json, in bytes. */
const MAX_BYTES = 4 * 2 ** 20;
/** ms that one disk may take: a share whose server is gone would hold up the others for minutes. */
const PATIENCE_MS = 3_000;

/** Tells whether a folder holds the repository that is looked for, by one of the copies of its repo.json. */
export type IsRepository = (found: { folder: string; repoFile: Uint8Array }) => boolean | Promise<boolean>;

export interface FindOptions extends CallOptions {
  /** Top folders of the disks that are there; tests pass their own. */
  mounts?: () => Promise<string[]>;
}

interface Candidate {
  folder: string;
  /** How many names of the old path it ends with: the more, the likelier it is the disk itself and not a copy. */
  alike: number;
}

/**
 * Where the repository is now: `place.path` if it is still there, else the same path below another disk, its end, or the
 * usual folder. Null where it is nowhere, or at two places that are alike: which one to write to is for the person to say.
 *
 * @throws the signal's reason; disks that cannot be read are passed over
 */
export async function findMoved(
  place: LocalPlace,
  isRepository: IsRepository,
  options: FindOptions = {},
): Promise<string | null> {
  options.signal?.throwIfAborted();
  if (await holds(place.path, isRepository)) return place.path;
  const disks = await (options.mounts ?? mounts)();
  const perDisk = disks.map(async (disk) => await within(PATIENCE_MS, lookOn(disk, place.path, isRepository)));
  const found = (await Promise.all(perDisk)).flat();
  options.signal?.throwIfAborted();
  return await theOne(found);
}

async function lookOn(disk: string, old: string, isRepository: IsRepository): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const candidate of candidatesOn(disk, old)) {
    if (await holds(candidate.folder, isRepository)) found.push(candidate);
  }
  return found;
}

/** Where the old disk began in the old path is not known any more, so each of its ends is tried, the longest first. */
function candidatesOn(disk: string, old: string): Candidate[] {
  const names = old
    .slice(path.parse(old).root.length)
    .split(path.sep)
    .filter((name) => name !== '');
  const folders = new Map<string, number>();
  for (let alike = names.length; alike >= 0; alike -= 1) {
    folders.set(path.join(disk, ...names.slice(names.length - alike)), alike);
  }
  const usual = path.join(disk, USUAL);
  if (!folders.has(usual)) folders.set(usual, 0);
  folders.delete(path.resolve(old));
  return [...folders].map(([folder, alike]) => ({ folder, alike }));
}

async function holds(folder: string, isRepository: IsRepository): Promise<boolean> {
  for (const name of REPOSITORY_FILES) {
    try {
      const file = path.join(folder, name);
      const found = await lstat(file);
      if (!found.isFile() || found.size > MAX_BYTES) continue;
      if (await isRepository({ folder, repoFile: await readWhole(file, name, undefined) })) return true;
    } catch {
      continue; // not there, or not readable: the next copy, the next folder
    }
  }
  return false;
}

/** The most alike of all; one folder that is mounted twice counts once. */
async function theOne(found: Candidate[]): Promise<string | null> {
  const most = Math.max(...found.map(({ alike }) => alike));
  const folders = new Map<string, string>();
  for (const { folder } of found.filter(({ alike }) => alike === most)) {
    const { dev, ino } = await stat(folder, { bigint: true });
    const identity = `${dev}:${ino}`;
    if (!folders.has(identity)) folders.set(identity, folder);
  }
  const [only, another] = folders.values();
  return only === undefined || another !== undefined ? null : only;
}

async function within<T>(ms: number, looking: Promise<T[]>): Promise<T[]> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<T[]>((resolve) => (timer = setTimeout(() => resolve([]), ms)));
  try {
    return await Promise.race([looking, enough]);
  } finally {
    clearTimeout(timer);
  }
}
