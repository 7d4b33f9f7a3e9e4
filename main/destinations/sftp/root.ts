/**
 * The repository's folder on the server and the proof that it still is the one that was used before. A server whose disk
 * was unmounted shows an empty folder under the same path; listing that as an empty repository, or filling it, would be
 * the worst of lies. SFTP tells no inode numbers, so what is known again is what lies in it.
 */
import path from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import { TEMPORARY } from '../layout.ts';
import { REPOSITORY_FILES } from '../names.ts';
import { destinationMissing, isAbsent, isFailure } from './errors.ts';
import type { Files } from './files.ts';

/** At least one of these is in every folder that was ever used. */
const MARKS = [REPOSITORY_FILES[0], 'c', 'k', TEMPORARY];

export class Root {
  /** Path on the server, `/`-separated; relative ones begin in the user's home folder. */
  readonly path: string;
  readonly #where: string;
  /** Once true, a folder without any mark is another one. */
  #used = false;
  /** True where the first look found nothing: then only `init` may begin here. */
  #absent = false;

  /** @param where the place in short words */
  constructor(place: string, where: string) {
    this.path = normalised(place);
    this.#where = where;
  }

  at(segments: readonly string[]): string {
    return path.posix.join(this.path, ...segments);
  }

  /** To be called when something was found or stored in the folder. */
  proven(): void {
    this.#used = true;
    this.#absent = false;
  }

  /** Rejects with `destination-missing` unless the folder is there and, if it was used before, still holds something. */
  async check(files: Files, signal: AbortSignal | undefined): Promise<void> {
    const [there, marked] = await Promise.all([this.#isThere(files, signal), this.#isMarked(files, signal)]);
    if (there && marked) return this.proven();
    if (!there) {
      this.#absent ||= !this.#used;
      throw destinationMissing(this.#where);
    }
    if (this.#used || this.#absent) {
      throw destinationMissing(this.#where, 'an empty folder lies under this path now');
    }
  }

  /** Makes the folder (mode 0700) and those above it, unless it was there before. Returns what was made, outermost first. */
  async make(files: Files, signal: AbortSignal | undefined): Promise<string[]> {
    if (this.#used) {
      await this.check(files, signal);
      return [];
    }
    const made: string[] = [];
    await this.#makeFrom(files, this.path, made, signal);
    this.#absent = false;
    return made;
  }

  async #makeFrom(files: Files, folder: string, made: string[], signal: AbortSignal | undefined): Promise<void> {
    if (await this.#isFolder(files, folder, signal)) return;
    const parent = path.posix.dirname(folder);
    if (parent !== folder) await this.#makeFrom(files, parent, made, signal);
    try {
      await files.makeFolder(folder, signal);
      made.push(folder);
    } catch (error) {
      // Another computer may have made it in the same moment.
      if (!isFailure(error) || !(await this.#isFolder(files, folder, signal))) throw error;
    }
  }

  async #isThere(files: Files, signal: AbortSignal | undefined): Promise<boolean> {
    return await this.#isFolder(files, this.path, signal);
  }

  async #isFolder(files: Files, folder: string, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      const { kind } = await files.behind(folder, signal);
      if (kind === 'folder') return true;
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
    throw new HoldfastError(
      'bad-input',
      text`${this.#where} is not a folder.`,
      'Nothing was changed. Choose a folder of that server for your backups.',
    );
  }

  async #isMarked(files: Files, signal: AbortSignal | undefined): Promise<boolean> {
    const looks = MARKS.map(async (mark) => {
      try {
        await files.at(this.at([mark]), signal);
        return true;
      } catch (error) {
        if (isAbsent(error)) return false;
        throw error;
      }
    });
    return (await Promise.all(looks)).includes(true);
  }
}

/** As people write it: `~/backups` is `backups` below the home folder. */
function normalised(place: string): string {
  const below = place === '~' ? '.' : place.startsWith('~/') ? place.slice(2) : place;
  const normal = path.posix.normalize(below === '' ? '.' : below);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}
