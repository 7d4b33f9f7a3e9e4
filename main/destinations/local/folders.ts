/**
 * Makes the folders of the layout when they are first needed, durably, and remembers them: a thousand puts into one
 * folder cost one mkdir.
 */
import { mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from './errors.ts';
import type { FileSystem } from './file-system.ts';
import type { Root } from './root.ts';

export class Folders {
  readonly #root: Root;
  readonly #files: FileSystem;
  readonly #ready = new Map<string, Promise<void>>();
  readonly #synced = new Map<string, Promise<void>>();
  /** Absolute paths of what this instance made, outer folders before inner ones. */
  readonly #made: string[] = [];

  constructor(root: Root, files: FileSystem) {
    this.#root = root;
    this.#files = files;
  }

  pathOf(segments: readonly string[]): string {
    return path.join(this.#root.path, ...segments);
  }

  /** Makes the folder at these segments and those above it, but never the root; gives back its absolute path. */
  async ensure(segments: readonly string[]): Promise<string> {
    if (segments.length === 0) return this.#root.path;
    const key = segments.join('/');
    let ready = this.#ready.get(key);
    if (ready === undefined) {
      ready = this.#make(segments);
      this.#ready.set(key, ready);
      ready.catch(() => this.#ready.delete(key));
    }
    await ready;
    return this.pathOf(segments);
  }

  /** Notes folders made elsewhere (the root), for `removeMade`. */
  noteMade(folders: readonly string[]): void {
    this.#made.push(...folders);
  }

  /** To be called when a folder turned out to be gone: the next `ensure` looks again. */
  forget(): void {
    this.#ready.clear();
    this.#synced.clear();
  }

  /** Removes the folders that this instance made and that are empty, inner ones first. */
  async removeMade(): Promise<void> {
    this.forget();
    for (const folder of this.#made.splice(0).reverse()) await removeIfEmpty(folder);
  }

  async #make(segments: readonly string[]): Promise<void> {
    const folder = this.pathOf(segments);
    const parent = path.dirname(folder);
    if (segments.length > 1) await this.ensure(segments.slice(0, -1));
    await this.#root.check();
    try {
      await mkdir(folder, { mode: 0o700 });
      this.#made.push(folder);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      // An earlier run may have been killed between making a folder and flushing its entry: flush once a run.
      return await this.#syncOnce(parent);
    }
    await this.#files.syncFolder(parent);
  }

  async #syncOnce(folder: string): Promise<void> {
    let synced = this.#synced.get(folder);
    if (synced === undefined) {
      synced = this.#files.syncFolder(folder);
      this.#synced.set(folder, synced);
      synced.catch(() => this.#synced.delete(folder));
    }
    await synced;
  }
}

/** Removes an empty folder; one that is gone or not empty stays as it is. Tells whether it was removed. */
export async function removeIfEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EBUSY'].includes(errnoOf(error))) return false;
    throw error;
  }
}
