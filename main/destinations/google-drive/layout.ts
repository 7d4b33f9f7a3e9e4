/** From names to files and folders in Drive: what the mirror knows, and what Drive is asked when it knows nothing. */
import { isProbe } from '../layout.ts';
import type { GoogleDrivePlace } from '../spec.ts';
import type { DriveClient } from './client.ts';
import { folderMissing, inTrash, isStatus } from './drive-errors.ts';
import type { DriveFiles } from './files.ts';
import { Line } from './line.ts';
import type { Mirror } from './mirror.ts';
import type { WriteRate } from './quota.ts';
import { FOLDER_TYPE, itemOf, ITEM_FIELDS, type DriveItem } from './tree.ts';

export class Layout {
  readonly #client: DriveClient;
  readonly #files: DriveFiles;
  readonly #mirror: Mirror;
  readonly #rate: WriteRate;
  readonly #place: GoogleDrivePlace;
  /** Folders that this instance made, innermost last. */
  readonly #made: DriveItem[] = [];
  /** Ids of folders whose create got no answer, by parent and name: the repeated call names the same. */
  readonly #pending = new Map<string, string>();
  readonly #line = new Line();

  constructor(client: DriveClient, files: DriveFiles, mirror: Mirror, rate: WriteRate, place: GoogleDrivePlace) {
    this.#client = client;
    this.#files = files;
    this.#mirror = mirror;
    this.#rate = rate;
    this.#place = place;
  }

  /** @throws HoldfastError `destination-missing` where the backup's folder is gone or in the trash */
  async checkRoot(signal: AbortSignal | undefined): Promise<void> {
    const folder = await this.#files.look(this.#place.folderId, signal, 'id,mimeType,trashed');
    if (folder === null || folder.mimeType !== FOLDER_TYPE || folder.trashed === true) {
      this.#mirror.forget(); // when it is back, so is what lies in it
      throw folderMissing(this.#place.folderName, folder?.trashed === true);
    }
  }

  /** The file of a name as far as it is known, or asked for by name; null where there is none. */
  async find(name: string, signal: AbortSignal | undefined): Promise<DriveItem | null> {
    if (name.includes('/')) await this.#mirror.load(signal); // the folders' ids; the root's is known
    return this.#mirror.tree.filesAt(name)[0] ?? (await this.#ask(name, signal));
  }

  /**
   * The file of a name as it is now.
   * @param onlyKnown does not ask for a file that no list has shown: that costs as much as a list, and at worst the same
   *   object is stored twice
   */
  async current(name: string, signal: AbortSignal | undefined, onlyKnown = false): Promise<DriveItem | null> {
    if (onlyKnown || name.includes('/')) await this.#mirror.load(signal);
    for (;;) {
      const known = this.#mirror.tree.filesAt(name)[0];
      if (known === undefined) return onlyKnown ? null : await this.#ask(name, signal);
      const file = await this.#files.look(known.id, signal);
      const item = file === null ? null : itemOf(file);
      this.#mirror.noteSeen(known.id, item);
      if (item !== null && this.#mirror.tree.filesAt(name)[0]?.id === item.id) return item;
    }
  }

  /** Every file of a name. */
  async every(name: string, signal: AbortSignal | undefined): Promise<DriveItem[]> {
    if (name.includes('/')) await this.#mirror.load(signal);
    if (this.#mirror.tree.filesAt(name).length === 0) await this.#ask(name, signal);
    return this.#mirror.tree.filesAt(name);
  }

  /** Looks whether the folders on the way to `segments` are still there, after one was not found. */
  async recheck(segments: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    await this.checkRoot(signal);
    for (let depth = 1; depth <= segments.length; depth += 1) {
      for (const id of this.#mirror.tree.foldersAt(segments.slice(0, depth))) {
        const file = await this.#files.look(id, signal);
        this.#mirror.noteSeen(id, file === null ? null : itemOf(file));
      }
    }
  }

  /** Id of the folder at these segments below the root, made if it is missing. */
  async ensure(segments: readonly string[], signal: AbortSignal | undefined): Promise<string> {
    await this.#mirror.load(signal);
    const known = this.#mirror.tree.foldersAt(segments)[0];
    if (known !== undefined) return known;
    return await this.#line.run(signal, async () => await this.#ensureAlone(segments, signal));
  }

  /** Takes away what this instance made and nothing lies in. */
  async removeMade(signal: AbortSignal | undefined): Promise<void> {
    for (let folder = this.#made.pop(); folder !== undefined; folder = this.#made.pop()) {
      if (!this.#mirror.tree.isEmpty(folder.id) || !(await this.#isEmpty(folder.id, signal))) continue;
      await this.#files.trash(folder.id, signal);
      this.#mirror.noteRemoved(folder.id);
    }
  }

  async #ensureAlone(segments: readonly string[], signal: AbortSignal | undefined): Promise<string> {
    let parent = this.#place.folderId;
    for (let depth = 1; depth <= segments.length; depth += 1) {
      signal?.throwIfAborted();
      const name = segments[depth - 1] ?? '';
      parent =
        this.#mirror.tree.foldersAt(segments.slice(0, depth))[0] ??
        (await this.#otherwise(name, parent, signal)) ??
        (await this.#make(name, parent, signal));
    }
    return parent;
  }

  /** A folder that somebody has made since the last look. */
  async #otherwise(name: string, parent: string, signal: AbortSignal | undefined): Promise<string | null> {
    if (isProbe(`${name}/`)) return null;
    const items = await this.#files.named(name, [parent], signal);
    for (const item of items) this.#mirror.noteSeen(item.id, item);
    return (
      items
        .filter((item) => item.folder)
        .map((item) => item.id)
        .sort()[0] ?? null
    );
  }

  async #make(name: string, parent: string, signal: AbortSignal | undefined): Promise<string> {
    const key = `${parent}/${name}`;
    const id = this.#pending.get(key) ?? (await this.#files.newId(signal));
    this.#pending.set(key, id);
    await this.#rate.wait(signal);
    const file = await this.#client
      .call('files.create', signal, async ({ drive, options }) => {
        const appProperties = { holdfast: 'part' };
        const requestBody = { id, name, parents: [parent], mimeType: FOLDER_TYPE, appProperties };
        return (await drive.files.create({ requestBody, fields: ITEM_FIELDS, supportsAllDrives: true }, options)).data;
      })
      .catch(async (error: unknown) => {
        if (!isStatus(error, 409)) throw error;
        return await this.#files.look(id, signal); // an earlier try has come through
      });
    this.#pending.delete(key);
    const item = file === null ? null : itemOf(file);
    if (item === null) throw inTrash(name);
    this.#mirror.noteStored(item);
    this.#made.push(item);
    return item.id;
  }

  async #ask(name: string, signal: AbortSignal | undefined): Promise<DriveItem | null> {
    const segments = name.split('/');
    const last = segments.pop() ?? '';
    const items = await this.#files.named(last, this.#mirror.tree.foldersAt(segments), signal);
    for (const item of items) this.#mirror.noteSeen(item.id, item);
    return this.#mirror.tree.filesAt(name)[0] ?? null;
  }

  async #isEmpty(folder: string, signal: AbortSignal | undefined): Promise<boolean> {
    for await (const _ of this.#files.search(`'${folder}' in parents and trashed = false`, signal, 'id')) return false;
    return true;
  }
}
