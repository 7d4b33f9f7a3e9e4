/** The few things that are asked of Drive about files, in its words. */
import type { drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import type { DriveClient } from './client.ts';
import { unlessAborted } from '../waiting.ts';
import { isStatus } from './drive-errors.ts';
import type { WriteRate } from './quota.ts';
import { itemOf, ITEM_FIELDS, type DriveItem } from './tree.ts';

/** Most ids that one request generates, and most files in a page of a list. */
const PAGE = 1000;

export class DriveFiles {
  readonly #client: DriveClient;
  readonly #driveId: string | null;
  readonly #rate: WriteRate;
  #ids: string[] = [];
  #generating: Promise<void> | null = null;

  /** @param driveId the shared drive that everything lies in, or null */
  constructor(client: DriveClient, driveId: string | null, rate: WriteRate) {
    this.#client = client;
    this.#driveId = driveId;
    this.#rate = rate;
  }

  /** The file as it is now, in the trash or not; null where there is none that this sign-in sees. */
  async look(id: string, signal: AbortSignal | undefined, fields = ITEM_FIELDS): Promise<drive_v3.Schema$File | null> {
    try {
      return await this.#client.call('files.get', signal, async ({ drive, options }) => {
        return (await drive.files.get({ fileId: id, fields, supportsAllDrives: true }, options)).data;
      });
    } catch (error) {
      if (isStatus(error, 404)) return null;
      throw error;
    }
  }

  /** Every file that matches, over all pages. @param q in Drive's query language */
  async *search(
    q: string,
    signal: AbortSignal | undefined,
    fields = ITEM_FIELDS,
  ): AsyncGenerator<drive_v3.Schema$File> {
    let pageToken: string | undefined;
    do {
      const page = await this.#client.call('files.list', signal, async ({ drive, options }) => {
        const params: drive_v3.Params$Resource$Files$List = {
          ...this.#where(),
          q,
          pageSize: PAGE,
          spaces: 'drive',
          fields: `nextPageToken,files(${fields})`,
        };
        if (pageToken !== undefined) params.pageToken = pageToken;
        return (await drive.files.list(params, options)).data;
      });
      yield* page.files ?? [];
      pageToken = page.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
  }

  /** Files and folders of a name in any of the folders, trash left out: for what the mirror does not know yet. */
  async named(name: string, folders: readonly string[], signal: AbortSignal | undefined): Promise<DriveItem[]> {
    if (folders.length === 0) return [];
    const where = folders.map((folder) => `${quoted(folder)} in parents`).join(' or ');
    const found: DriveItem[] = [];
    for await (const file of this.search(`name = ${quoted(name)} and (${where}) and trashed = false`, signal)) {
      const item = itemOf(file);
      if (item !== null && item.name === name) found.push(item);
    }
    return found;
  }

  /** Where the changes feed stands now. */
  async changesToken(signal: AbortSignal | undefined): Promise<string> {
    return await this.#client.call('changes.getStartPageToken', signal, async ({ drive, options }) => {
      const { data } = await drive.changes.getStartPageToken(
        { supportsAllDrives: true, ...(this.#driveId === null ? {} : { driveId: this.#driveId }) },
        options,
      );
      return data.startPageToken ?? '';
    });
  }

  /** One page of what changed since `pageToken`. */
  async changes(pageToken: string, signal: AbortSignal | undefined): Promise<drive_v3.Schema$ChangeList> {
    return await this.#client.call('changes.list', signal, async ({ drive, options }) => {
      const { corpora: _, ...where } = this.#where();
      const fields = `nextPageToken,newStartPageToken,changes(changeType,fileId,removed,file(${ITEM_FIELDS}))`;
      const params = { ...where, pageToken, pageSize: PAGE, spaces: 'drive', includeRemoved: true, fields };
      return (await drive.changes.list(params, options)).data;
    });
  }

  /** An id that no file has yet: a create that names it can be repeated. */
  async newId(signal: AbortSignal | undefined): Promise<string> {
    for (;;) {
      const id = this.#ids.pop();
      if (id !== undefined) return id;
      // One request for all who wait; it goes on when the one who asked first gives up.
      this.#generating ??= this.#generate().finally(() => (this.#generating = null));
      await unlessAborted(this.#generating, signal);
    }
  }

  /** Moves a file or folder to the trash, from where Drive removes it after 30 days; no error if it is gone. */
  async trash(id: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#rate.wait(signal);
    try {
      await this.#client.call('files.trash', signal, async ({ drive, options }) => {
        const params = { fileId: id, requestBody: { trashed: true }, fields: 'id', supportsAllDrives: true };
        await drive.files.update(params, options);
      });
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
    }
  }

  async #generate(): Promise<void> {
    const ids = await this.#client.call('files.generateIds', undefined, async ({ drive, options }) => {
      return (await drive.files.generateIds({ count: PAGE, space: 'drive', type: 'files' }, options)).data.ids;
    });
    this.#ids.push(...(ids ?? []));
  }

  #where(): { corpora?: string; driveId?: string; includeItemsFromAllDrives?: boolean; supportsAllDrives?: boolean } {
    if (this.#driveId === null) return {};
    return { corpora: 'drive', driveId: this.#driveId, includeItemsFromAllDrives: true, supportsAllDrives: true };
  }
}

/** A string of Drive's query language. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`;
}
