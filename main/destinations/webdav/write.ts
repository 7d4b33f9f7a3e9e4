/**
 * Storing objects: sent under a temporary name, looked at, and only then moved to their own. A move to a free name is
 * one step everywhere; over an existing object the server removes that first (RFC 4918, 9.9.3), which `readers` know.
 */
import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import { ownerOf, segmentsOf, TEMPORARY } from '../layout.ts';
import type { Source } from '../remote/source.ts';
import type { DavClient } from './client.ts';
import { strange } from './errors.ts';
import type { DavFolders } from './folders.ts';

/** How long the removal of a broken-off temporary file may hold up the answer to a cancelled call, in ms. */
export const TIDY_MS = 800;

const DONE = [200, 201, 204];
/** What servers say where the folder of a new file is not there. */
const NO_FOLDER = [404, 409];

export class DavWriter {
  readonly #client: DavClient;
  readonly #folders: DavFolders;
  /** Moves to one name wait for each other: two at a time could meet between removal and move. */
  readonly #moving = new Map<string, Promise<void>>();
  /** Where a server stands behind another one, it may know itself only by a path. */
  #destinationAsPath = false;

  constructor(client: DavClient, folders: DavFolders) {
    this.#client = client;
    this.#folders = folders;
  }

  /** Stores a whole source under `name`, whatever is there. @throws HoldfastError; the signal's reason */
  async store(name: string, source: Source, signal: AbortSignal | undefined): Promise<void> {
    const folder = [TEMPORARY, ownerOf(name)];
    const temporary = this.#client.urlOf([...folder, `put-${randomBytes(12).toString('hex')}`]);
    try {
      await this.#send(temporary, folder, source, signal);
      const found = await this.#client.find(temporary, signal);
      if (found?.size !== source.size) throw notWhole(this.#client.host, `${found?.size} of ${source.size} bytes`);
      await this.move(temporary, name, {}, signal);
    } catch (error) {
      // The first error is the one that matters; a temporary file that stays is cleared with the spool.
      const tidy = { signal: AbortSignal.timeout(TIDY_MS) };
      await this.#client.status('remove', 'DELETE', temporary, [...DONE, 404], tidy).catch(() => undefined);
      throw error;
    }
  }

  /** Moves what lies at `from` to the object's own place. @throws HoldfastError; the signal's reason */
  async move(from: URL, name: string, headers: Record<string, string>, signal: AbortSignal | undefined): Promise<void> {
    const before = this.#moving.get(name) ?? Promise.resolve();
    const moved = before.then(async () => await this.#move(from, name, headers, signal));
    const settled = moved.catch(() => undefined);
    this.#moving.set(name, settled);
    try {
      await moved;
    } finally {
      if (this.#moving.get(name) === settled) this.#moving.delete(name);
    }
  }

  /** The address as a header's value for MOVE and for chunks. */
  destinationOf(name: string): string {
    const to = this.#client.urlOf(segmentsOf(name));
    return this.#destinationAsPath ? to.pathname : to.href;
  }

  async #move(
    from: URL,
    name: string,
    headers: Record<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const folder = segmentsOf(name).slice(0, -1);
    // Servers say all kinds of things about a move into a folder that is not there; Apache says 500.
    await this.#folders.ensure(folder, signal);
    for (let tries = 1; ; tries += 1) {
      signal?.throwIfAborted();
      const sent = { ...headers, destination: this.destinationOf(name), overwrite: 'T' };
      const expected = tries < 4 ? [...DONE, ...NO_FOLDER, 502] : DONE;
      const status = await this.#client.status('create', 'MOVE', from, expected, { headers: sent, signal });
      if (DONE.includes(status)) return;
      if (status === 502 && this.#destinationAsPath) throw notWhole(this.#client.host, 'MOVE: HTTP 502');
      if (status === 502) this.#destinationAsPath = true;
      else await this.#remake(folder, signal);
    }
  }

  async #send(to: URL, folder: string[], source: Source, signal: AbortSignal | undefined): Promise<void> {
    await this.#folders.ensure(folder, signal);
    const body = { size: source.size, pieces: () => source.pieces(0, source.size) };
    const headers = { 'content-type': 'application/octet-stream' };
    const status = await this.#client.status('create', 'PUT', to, [...DONE, ...NO_FOLDER], { headers, body, signal });
    if (DONE.includes(status)) return;
    await this.#remake(folder, signal);
    await this.#client.status('create', 'PUT', to, DONE, { headers, body, signal });
  }

  /** Makes a folder that was removed behind our back, if the root still is there. */
  async #remake(folder: string[], signal: AbortSignal | undefined): Promise<void> {
    await this.#folders.checkRoot(signal);
    this.#folders.forget();
    await this.#folders.ensure(folder, signal);
  }
}

function notWhole(host: string, detail: string): HoldfastError {
  const { guidance, said } = strange(host, detail);
  return new HoldfastError(
    'destination-failed',
    text`What was sent to ${host} did not arrive whole.`,
    said?.guidance ?? guidance,
    {
      detail,
      retry: { afterMs: null },
    },
  );
}
