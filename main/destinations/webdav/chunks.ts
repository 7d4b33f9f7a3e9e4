/**
 * Large objects at Nextcloud: in chunks that stay there when the connection breaks, joined in one step at the end.
 * Source: "Chunked file upload" (version 2) of Nextcloud's developer manual.
 */
import { randomBytes } from 'node:crypto';
import { STALE_MS } from '../bounds.ts';
import { HoldfastError } from '../../errors.ts';
import { ownerOf } from '../layout.ts';
import type { Source } from '../remote/source.ts';
import type { UploadNotes } from '../remote/upload-note.ts';
import type { DavClient } from './client.ts';
import { TIDY_MS, type DavWriter } from './write.ts';

/** Bytes of a chunk; Nextcloud takes 5 MiB to 5 GiB. Objects above one chunk go in chunks. */
export const CHUNK = 16 * 2 ** 20;
/** Folders and files: `<anything>/remote.php/dav/files/<user>/<path>`. */
const FILES = /^(.*\/remote\.php\/dav)\/files\/([^/]+)\//;

export interface ChunksJob {
  name: string;
  source: Source;
  /** SHA-256 of the object, hex. */
  sha256: string;
  /** Where the upload is remembered; null: it is removed on any failure. */
  notes: UploadNotes | null;
  signal: AbortSignal | undefined;
}

export class Chunks {
  readonly #client: DavClient;
  readonly #writer: DavWriter;
  /** The folder of this account's unfinished uploads. */
  readonly #uploads: URL;

  private constructor(client: DavClient, writer: DavWriter, uploads: URL) {
    this.#client = client;
    this.#writer = writer;
    this.#uploads = uploads;
  }

  /** Null where the server is no Nextcloud, by its address. */
  static at(client: DavClient, writer: DavWriter): Chunks | null {
    const match = FILES.exec(client.base.pathname);
    if (match === null) return null;
    return new Chunks(client, writer, new URL(`${match[1]}/uploads/${match[2]}/`, client.base));
  }

  /** Stores a large source under `name`, whatever is there. @throws HoldfastError; the signal's reason */
  async store(job: ChunksJob): Promise<void> {
    const { source, signal, notes } = job;
    const wanted = { version: 1, url: this.#writer.destinationOf(job.name), size: source.size, sha256: job.sha256 };
    const noted = (await notes?.read(wanted)) ?? null;
    const known = typeof noted?.['folder'] === 'string' ? noted['folder'] : null;
    const there = known === null ? null : await this.#client.children(this.#folder(known), signal);
    const id = there !== null && known !== null ? known : newId(job.name);
    const sizes = new Map((there ?? []).map((entry) => [entry.name, entry.size]));
    const headers = { destination: wanted.url, 'oc-total-length': String(source.size) };
    try {
      if (there === null) {
        await this.#client.status('create', 'MKCOL', this.#folder(id), [200, 201, 405], { headers, signal });
        await notes?.write({ ...wanted, folder: id });
      }
      for (let offset = 0, number = 1; offset < source.size; offset += CHUNK, number += 1) {
        const size = Math.min(CHUNK, source.size - offset);
        const name = String(number).padStart(5, '0');
        if (sizes.get(name) === size) continue;
        const body = { size, pieces: () => source.pieces(offset, size) };
        const url = new URL(name, this.#folder(id));
        await this.#client.status('create', 'PUT', url, [200, 201, 204], { headers, body, signal });
      }
      await this.#writer.move(new URL('.file', this.#folder(id)), job.name, headers, signal);
      await notes?.remove();
    } catch (error) {
      const later = signal?.aborted === true || (error instanceof HoldfastError && error.retry !== undefined);
      if (notes === null || !later) {
        await notes?.remove();
        await this.#remove(id, AbortSignal.timeout(TIDY_MS)).catch(() => undefined);
      }
      throw error;
    }
  }

  /** Removes unfinished uploads of `owner`, and day-old ones of objects that belong to nobody. @throws HoldfastError */
  async clear(owner: string, signal: AbortSignal | undefined): Promise<void> {
    for (const { name, modifiedMs } of (await this.#client.children(this.#uploads, signal)) ?? []) {
      const old = name.startsWith('holdfast-shared-') && modifiedMs < this.#client.now() - STALE_MS;
      if (name.startsWith(`holdfast-${owner}-`) || old) await this.#remove(name, signal);
    }
  }

  async #remove(id: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#client.status('remove', 'DELETE', this.#folder(id), [200, 204, 404], { signal });
  }

  #folder(id: string): URL {
    return new URL(`${encodeURIComponent(id)}/`, this.#uploads);
  }
}

function newId(name: string): string {
  return `holdfast-${ownerOf(name)}-${randomBytes(12).toString('hex')}`;
}
