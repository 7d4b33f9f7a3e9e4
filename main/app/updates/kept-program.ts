/**
 * The file of the program under a second name while it is replaced: electron-updater removes it before it moves the new
 * one there, and a full disk or a program that does not start would leave nothing.
 */
import { constants, copyFile, link, rename, rm } from 'node:fs/promises';
import path from 'node:path';

export class KeptProgram {
  readonly #file: string;
  readonly #kept: string;

  private constructor(file: string, kept: string) {
    this.#file = file;
    this.#kept = kept;
  }

  /** Rejects with the system's error where its folder can't be written: then it can't be replaced either. */
  static async keep(file: string): Promise<KeptProgram> {
    const kept = path.join(path.dirname(file), `.${path.basename(file)}.before`);
    await rm(kept, { force: true });
    // A file system without links. Never into what somebody else put there meanwhile, where others may write the folder.
    await link(file, kept).catch(async () => await copyFile(file, kept, constants.COPYFILE_EXCL));
    return new KeptProgram(file, kept);
  }

  /** The old program is in its place again; what came in its stead, under whatever name, is gone. */
  async putBack(replacement: string): Promise<void> {
    await rename(this.#kept, this.#file);
    if (replacement !== this.#file) await rm(replacement, { force: true });
  }

  async drop(): Promise<void> {
    await rm(this.#kept, { force: true });
  }
}
