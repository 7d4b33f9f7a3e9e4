/** Makes the folders of the layout when they are first missed, and can take back those that stayed empty. */
import { HoldfastError } from '../../errors.ts';
import { isAbsent, isFailure, STATUS, statusOf } from './errors.ts';
import type { Files } from './files.ts';
import type { Root } from './root.ts';

export class Folders {
  readonly #root: Root;
  /** Paths of what this instance made, outer folders before inner ones. */
  readonly #made: string[] = [];

  constructor(root: Root) {
    this.#root = root;
  }

  /**
   * Makes the folder at these segments, and those above it that are missing too, but never the root: that it still is
   * the one that was used is looked at before anything is made right in it. Begins with the innermost, since mostly
   * nothing but a shard is missing and a distant server takes its time.
   *
   * @throws what the server answers; HoldfastError `destination-missing`; `destination-failed` where a link or a file has
   *   a folder's place
   */
  async make(files: Files, segments: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    if (segments.length === 0) return;
    if (segments.length === 1) await this.#root.check(files, signal);
    try {
      return await this.#makeOne(files, segments, signal);
    } catch (error) {
      if (!isAbsent(error) || segments.length === 1) throw error;
    }
    await this.make(files, segments.slice(0, -1), signal);
    await this.#makeOne(files, segments, signal);
  }

  /** Notes folders made elsewhere (the root), for `removeMade`. */
  noteMade(folders: readonly string[]): void {
    this.#made.push(...folders);
  }

  /** Removes the folders that this instance made and that are empty, inner ones first. */
  async removeMade(files: Files, signal: AbortSignal | undefined): Promise<void> {
    for (const folder of this.#made.splice(0).reverse()) await removeIfEmpty(files, folder, signal);
  }

  async #makeOne(files: Files, segments: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const folder = this.#root.at(segments);
    try {
      await files.makeFolder(folder, signal);
      this.#made.push(folder);
    } catch (error) {
      if (!isFailure(error)) throw error;
      await expectFolder(files, folder, error, signal);
    }
  }
}

/** Removes an empty folder; one that is gone or not empty stays as it is. Tells whether it was removed. */
export async function removeIfEmpty(files: Files, folder: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await files.removeFolder(folder, signal);
    return true;
  } catch (error) {
    if (isAbsent(error) || isFailure(error)) return false;
    throw error;
  }
}

/** “Failure” to a mkdir mostly means that the name is taken; by a link that leads out of the root, it must not be. */
async function expectFolder(
  files: Files,
  folder: string,
  failure: unknown,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    const { kind } = await files.at(folder, signal);
    if (kind === 'folder') return;
  } catch (error) {
    // Nothing is there: the failure had another cause, a full disk for one.
    throw statusOf(error) === STATUS.noSuchFile ? failure : error;
  }
  throw new HoldfastError(
    'destination-failed',
    'Something that is not a folder lies where the backup needs one.',
    'Nothing was changed. Remove it on the server, or choose another folder for your backups.',
    { detail: folder },
  );
}
