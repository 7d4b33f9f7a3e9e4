/**
 * The preview that is open: one file of one snapshot at a time. Its bytes come from the reader's thread, range by range,
 * in memory only; what looks into them is a thread of its own. Closing, locking and opening another one end it.
 */
import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import type { Look, TextPage } from '../preview/api.ts';
import { PreviewThread } from '../preview/client.ts';
import type { Connection } from './connection.ts';
import { entryName, parseEntryPath } from './entry-path.ts';
import type { Clock, Engines, Keys } from './ports.ts';
import { readWithKey } from './reading.ts';

/** Most bytes that are asked of the engine at a time. */
const READ_BYTES = 4 * 1024 * 1024;

/** What an isolated page can be given of the open file. */
export interface Playable {
  type: string;
  kind: 'image' | 'audio' | 'video';
  size: number;
  /** Bytes [from, to), at most 4 MiB of them. */
  read(from: number, to: number): Promise<Uint8Array>;
}

export interface OpenedPreview {
  /** 32 hexadecimal digits, of no meaning. */
  id: string;
  name: string;
  size: number;
  look: Look;
}

interface Open {
  id: string;
  thread: PreviewThread;
  playable: Playable | null;
}

export interface PreviewParts {
  connection: Pick<Connection, 'require'>;
  engines: Engines;
  keys: Keys;
  clock: Clock;
  /** The built script of main/preview/worker.ts. */
  script: string | URL;
}

export class Previews {
  readonly #parts: PreviewParts;
  #open: Open | null = null;
  /** Counts the calls of `open` and `clear`: what an earlier one still reads is no longer wanted. */
  #turn = 0;

  constructor(parts: PreviewParts) {
    this.#parts = parts;
  }

  /**
   * Opens a file; what was open before is closed.
   * @param entryId entry path
   * @throws HoldfastError `locked`, `bad-input` (too much for a preview), `path-not-found` (no file), `snapshot-not-found`,
   *   `stopped` (another was opened meanwhile), `object-*`, `destination-*`
   */
  async open(snapshotId: string, entryId: string): Promise<OpenedPreview> {
    const turn = this.clear();
    const ids = parseEntryPath(entryId);
    const { size } = await this.#read(snapshotId, entryId, 0, 0);
    if (turn !== this.#turn) throw closed();
    const read = async (from: number, to: number): Promise<Uint8Array> =>
      (await this.#read(snapshotId, entryId, from, Math.min(to, from + READ_BYTES))).bytes;
    const thread = new PreviewThread(this.#parts.script, read, this.#parts.clock);
    const open: Open = { id: randomBytes(16).toString('hex'), thread, playable: null };
    this.#open = open;
    const name = entryName(ids.at(-1) ?? '');
    try {
      const look = await thread.ask('look', { name, size });
      if (look.kind === 'image' || look.kind === 'audio' || look.kind === 'video') {
        open.playable = { kind: look.kind, type: look.type, size, read };
      }
      return { id: open.id, name, size, look };
    } catch (error) {
      this.close(open.id);
      throw error;
    }
  }

  /** A further page of an open text. Errors: bad-input (not open), those of reading. */
  async text(id: string, from: number): Promise<TextPage> {
    return await this.#require(id).thread.ask('text', { from });
  }

  /** Null where it is not open, or nothing that a page can show or play. */
  playable(id: string): Playable | null {
    return this.#open?.id === id ? this.#open.playable : null;
  }

  /** Nothing where it is not open any more. */
  close(id: string): void {
    if (this.#open?.id === id) this.clear();
  }

  /** Closes what is open, or is being opened; called on lock. */
  clear(): number {
    const { thread } = this.#open ?? {};
    this.#open = null;
    // Ended in its own time: nobody waits for it, and it holds no key.
    void thread?.end();
    return ++this.#turn;
  }

  #require(id: string): Open {
    if (this.#open?.id === id) return this.#open;
    throw closed();
  }

  async #read(
    snapshotId: string,
    path: string,
    from: number,
    to: number,
  ): Promise<{ bytes: Uint8Array; size: number }> {
    const { destination } = this.#parts.connection.require();
    const range = { snapshotId, path, from, to };
    return await readWithKey(this.#parts, 'read', (access) => ({ destination, access, ...range }));
  }
}

function closed(): HoldfastError {
  return new HoldfastError('stopped', 'This preview was closed.', 'Open it again to go on. Nothing was changed.', {
    severity: 'notice',
  });
}
