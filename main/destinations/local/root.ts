/**
 * The repository's folder and the proof that it still is the one that was opened. A disk that was unmounted leaves an
 * empty folder under the same path; listing that as an empty repository, or filling it, would be the worst of lies.
 */
import { lstat, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import { REPOSITORY_FILES } from '../names.ts';
import { destinationMissing, isAbsent, toDestinationError } from './errors.ts';

interface Identity {
  device: bigint;
  inode: bigint;
}

/** Where systems mount removable disks: a folder made here while the disk is away would lie on the system's disk. */
const MOUNT_PARENTS = ['/media', '/run/media', '/Volumes'];

export class Root {
  readonly path: string;
  #identity: Identity | null = null;

  private constructor(absolute: string) {
    this.path = absolute;
  }

  /** @throws HoldfastError `bad-input` if the path is not absolute or is no folder; `destination-denied`/`-failed` */
  static async at(folder: string): Promise<Root> {
    if (!path.isAbsolute(folder) || folder.includes('\0')) {
      throw new HoldfastError(
        'bad-input',
        'The place for backups must be a full path.',
        'Nothing was changed. Give the folder with its whole path, from the top.',
        { detail: JSON.stringify(folder) },
      );
    }
    const root = new Root(path.resolve(folder));
    root.#identity = await root.#look();
    if (root.#identity === null && (await lstat(root.path).catch(() => null)) !== null) {
      throw new HoldfastError(
        'bad-input',
        text`${root.path} is not a folder.`,
        'Nothing was changed. Choose a folder for your backups.',
      );
    }
    return root;
  }

  /** Makes the folder (mode 0700) if it was not there at open. Returns the folders made, outermost first. */
  async make(): Promise<string[]> {
    if (this.#identity !== null) {
      await this.check();
      return [];
    }
    await this.#refuseEmptyMountPoint();
    const first = await mkdir(this.path, { recursive: true, mode: 0o700 });
    this.#identity = await this.#look();
    const made: string[] = [];
    for (let at = this.path; first !== undefined && at.length >= first.length; at = path.dirname(at)) made.unshift(at);
    return made;
  }

  /**
   * Rejects with `destination-missing` unless the folder is there and is the one that was opened: same device and same
   * inode number. FAT and exFAT under Linux number inodes anew whenever they fall out of memory; so another number on
   * the same device passes where repo.json is inside, which an empty or new folder never has.
   */
  async check(): Promise<void> {
    const known = this.#identity;
    if (known === null) throw destinationMissing(this.path);
    const now = await this.#look();
    if (now === null) throw destinationMissing(this.path);
    if (now.device === known.device && now.inode === known.inode) return;
    if (now.device !== known.device || !(await this.#holdsRepository())) {
      throw destinationMissing(this.path, { detail: 'another folder lies under this path now' });
    }
    this.#identity = now;
  }

  async #look(): Promise<Identity | null> {
    try {
      const found = await stat(this.path, { bigint: true });
      return found.isDirectory() ? { device: found.dev, inode: found.ino } : null;
    } catch (error) {
      if (isAbsent(error)) return null;
      throw toDestinationError(error, this.path, 'read');
    }
  }

  async #holdsRepository(): Promise<boolean> {
    for (const name of REPOSITORY_FILES) {
      const found = await lstat(path.join(this.path, name)).catch(() => null);
      if (found?.isFile() === true) return true;
    }
    return false;
  }

  async #refuseEmptyMountPoint(): Promise<void> {
    const parent = MOUNT_PARENTS.find((at) => this.path.startsWith(`${at}/`));
    if (parent === undefined || process.platform === 'win32') return;
    let nearest = path.dirname(this.path);
    let found = await stat(nearest).catch(() => null);
    while (found === null && nearest !== path.dirname(nearest)) {
      nearest = path.dirname(nearest);
      found = await stat(nearest).catch(() => null);
    }
    const mounts = await stat(parent).catch(() => null);
    if (mounts === null || found === null || found.dev === mounts.dev) throw destinationMissing(this.path);
  }
}
