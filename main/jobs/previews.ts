/**
 * The preview that is open: one file of one snapshot at a time. Its bytes come from the reader's thread, range by range,
 * in memory only; what looks into them is a process of its own. Closing, locking and opening another one end it.
 */
import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import type { Host, Look, Message, PdfPage, TextPage } from '../preview/api.ts';
import { PreviewProcess } from '../preview/client.ts';
import type { Connection } from './connection.ts';
import { entryName, parseEntryPath } from './entry-path.ts';
import type { Clock, Engines, Keys } from './ports.ts';
import { readWithKey } from './reading.ts';

/** Attachments whose kind is remembered. */
const KEPT_ATTACHMENTS = 500;
/** Folders down from that of the opened file, at most, that a file named in it may lie. */
const BESIDE_DEPTH = 4;

/** Most bytes that are asked of the engine at a time. */
const READ_BYTES = 4 * 1024 * 1024;

export type { FromProcess, Host, ToProcess } from '../preview/api.ts';

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
  process: PreviewProcess;
  playable: Playable | null;
  /** Attachments that a page can show or play, by number. */
  attachments: Map<number, Playable>;
}

export interface PreviewParts {
  connection: Pick<Connection, 'at'>;
  engines: Engines;
  keys: Keys;
  clock: Clock;
  /** Starts the built script of main/preview/worker.ts. */
  startHost: () => Host;
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
    const readAt = async (beside: string | null, from: number, to: number) => {
      // A player may still ask for what is not shown any more.
      if (turn !== this.#turn) throw closed();
      return await this.#read(snapshotId, besidePath(ids, beside), from, Math.min(to, from + READ_BYTES));
    };
    const looker = new PreviewProcess(this.#parts.startHost(), readAt, this.#parts.clock);
    const id = randomBytes(16).toString('hex');
    const open: Open = { id, process: looker, playable: null, attachments: new Map() };
    this.#open = open;
    const name = entryName(ids.at(-1) ?? '');
    try {
      const look = await looker.ask('look', { name, size });
      const read = async (from: number, to: number) => (await readAt(null, from, to)).bytes;
      open.playable = playableOf(look, size, read);
      return { id: open.id, name, size, look };
    } catch (error) {
      this.close(open.id);
      throw error;
    }
  }

  /** A further page of an open text. Errors: bad-input (not open), those of reading. */
  async text(id: string, from: number): Promise<TextPage> {
    return await this.#require(id).process.ask('text', { from });
  }

  /** How a page of an open PDF looks, about `width` pixels wide. Errors: bad-input (not open, damaged). */
  async page(id: string, page: number, width: number): Promise<PdfPage> {
    return await this.#require(id).process.ask('page', { page, width });
  }

  /** Of an open archive of messages. Errors: bad-input (not open), those of reading. */
  async messages(id: string, conversation: number, from: number, count: number): Promise<Message[]> {
    return await this.#require(id).process.ask('messages', { conversation, from, count });
  }

  async days(id: string, conversation: number): Promise<{ day: string; index: number }[]> {
    return await this.#require(id).process.ask('days', { conversation });
  }

  async find(id: string, conversation: number, query: string): Promise<{ found: number[]; total: number }> {
    return await this.#require(id).process.ask('find', { conversation, query });
  }

  /** What an attachment is; afterwards a page can show or play it. Errors: path-not-found, bad-input, those of reading. */
  async attachment(id: string, ref: number): Promise<{ look: Look; size: number }> {
    const open = this.#require(id);
    const found = await open.process.ask('attachment', { ref });
    const read = async (from: number, to: number): Promise<Uint8Array> =>
      await open.process.ask('part', { ref, from, to: Math.min(to, from + READ_BYTES) });
    const playable = playableOf(found.look, found.size, read);
    if (playable !== null) open.attachments.set(ref, playable);
    for (const oldest of open.attachments.keys()) {
      if (open.attachments.size <= KEPT_ATTACHMENTS) break;
      open.attachments.delete(oldest);
    }
    return found;
  }

  /**
   * Null where it is not open, or nothing that a page can show or play.
   * @param ref of an attachment; null for the file itself
   */
  playable(id: string, ref: number | null): Playable | null {
    if (this.#open?.id !== id) return null;
    return ref === null ? this.#open.playable : (this.#open.attachments.get(ref) ?? null);
  }

  /** Nothing where it is not open any more. */
  close(id: string): void {
    if (this.#open?.id === id) this.clear();
  }

  /** Closes what is open, or is being opened; called on lock. */
  clear(): number {
    const open = this.#open;
    this.#open = null;
    open?.process.end();
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
    const destination = this.#parts.connection.at(snapshotId);
    const range = { snapshotId, path, from, to };
    return await readWithKey(this.#parts, 'read', (access) => ({ destination, access, ...range }));
  }
}

function closed(): HoldfastError {
  return new HoldfastError('stopped', 'This preview was closed.', 'Open it again to go on. Nothing was changed.', {
    severity: 'notice',
  });
}

function playableOf(look: Look, size: number, read: Playable['read']): Playable | null {
  if (look.kind !== 'image' && look.kind !== 'audio' && look.kind !== 'video') return null;
  return { kind: look.kind, type: look.type, size, read };
}

/**
 * Entry path of the file, or of one that is named in it and lies in its folder or below.
 * @param ids of the file's own path
 * @throws HoldfastError `path-not-found` for a path that leads anywhere else
 */
export function besidePath(ids: readonly string[], beside: string | null): string {
  if (beside === null) return ids.join('/');
  const names = beside.split('/');
  const fit = names.every((name) => name !== '' && name !== '.' && name !== '..' && !/[\0\\]/.test(name));
  if (!fit || names.length > BESIDE_DEPTH || beside.length > 1000) {
    throw new HoldfastError('path-not-found', 'This file is not in the export.', 'Nothing was changed.', {
      severity: 'notice',
    });
  }
  return [...ids.slice(0, -1), ...names.map((name) => Buffer.from(name, 'utf8').toString('base64url'))].join('/');
}
