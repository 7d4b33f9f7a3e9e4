/**
 * Bytes on their way to Drive: small ones in one request, others in a session whose pieces can be sent again from where
 * the server has them (https://developers.google.com/workspace/drive/api/guides/manage-uploads). Nothing is repeated
 * here: a failed call leaves what the next one goes on with.
 */
import type { drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import { Readable } from 'node:stream';
import type { HoldfastError } from '../../errors.ts';
import { digestsOf, type Source } from '../remote/source.ts';
import type { Call, DriveClient } from './client.ts';
import { inTrash, isRefusal, isStatus, spoiled, toDriveError } from './drive-errors.ts';
import type { DriveFiles } from './files.ts';
import type { WriteRate } from './quota.ts';
import { SESSION_MS, type SessionStore, type UploadSession } from './session-file.ts';
import { itemOf, ITEM_FIELDS, type DriveItem } from './tree.ts';

/** Up to this many bytes go in one request. */
export const SMALL = 5 * 2 ** 20;
/** Bytes of one piece; a multiple of 256 KiB, as Google wants it. */
export const PIECE_BYTES = 16 * 2 ** 20;
/** Pieces after which the server had no more than before: then the session is of no use. */
const MAX_IDLE = 3;

const TYPE = 'application/octet-stream';

export interface Target {
  /** The object's name. */
  name: string;
  /** What the file is called in Drive: the name's last segment. */
  fileName: string;
  /** Id of the folder for a new file. */
  folder: string;
  /** Id of the file that gets new content, or null for a new one. */
  existing: string | null;
}

/** What an upload brought: the finished file, or why its session is of no use any more. */
type Outcome = { file: drive_v3.Schema$File } | { ended: HoldfastError };
/** What a piece or a question brought; `received`: how many bytes the server has. */
type Progress = Outcome | { received: number };

export class Uploader {
  readonly #client: DriveClient;
  readonly #files: DriveFiles;
  readonly #rate: WriteRate;
  readonly #now: () => number;
  readonly #pieceBytes: number;
  /** Ids of creates whose answer did not come, by folder, name and hash: the repeated call names the same. */
  readonly #pending = new Map<string, string>();

  constructor(client: DriveClient, files: DriveFiles, rate: WriteRate, now: () => number, pieceBytes = PIECE_BYTES) {
    this.#pieceBytes = pieceBytes;
    this.#client = client;
    this.#files = files;
    this.#rate = rate;
    this.#now = now;
  }

  /** Stores up to `SMALL` bytes in one request. */
  async small(target: Target, source: Source, sha256: Buffer, signal: AbortSignal | undefined): Promise<DriveItem> {
    const key = keyOf(target, sha256);
    const id = target.existing ?? (await this.#idFor(key, signal));
    await this.#rate.wait(signal);
    const method = target.existing === null ? 'files.create' : 'files.update';
    const file = await this.#orThere(
      target,
      id,
      async () => {
        return await this.#client.call(method, signal, async (call) => await sendWhole(call, target, id, source));
      },
      signal,
    );
    return await this.#finish(target, key, file, source, sha256, signal);
  }

  /** Stores bytes by a session: the one that `store` has if it is of use, else a new one. */
  async large(
    target: Target,
    source: Source,
    sha256: Buffer,
    store: SessionStore,
    signal: AbortSignal | undefined,
  ): Promise<DriveItem> {
    const key = keyOf(target, sha256);
    let outcome = await this.#bySession(target, key, source, store, signal);
    // The second turn is for a session that Google has forgotten or goes on with no more.
    if ('ended' in outcome) outcome = await this.#bySession(target, key, source, store, signal);
    if ('ended' in outcome) throw outcome.ended;
    await store.clear();
    return await this.#finish(target, key, outcome.file, source, sha256, signal);
  }

  /** A session that has ended is not kept: the next call begins anew. */
  async #bySession(
    target: Target,
    key: string,
    source: Source,
    store: SessionStore,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    const kept = await store.load();
    let session: UploadSession | null = kept !== null && this.#isFor(kept, target) ? kept : null;
    let progress: Progress = { received: 0 };
    if (session === null) {
      const id = target.existing ?? (await this.#idFor(key, signal));
      await this.#rate.wait(signal);
      const begin = async (): Promise<UploadSession> => await this.#begin(target, id, source, signal);
      const begun = await this.#orThere(target, id, begin, signal);
      if (!('uri' in begun)) return { file: begun };
      session = begun;
      await store.save(session);
    } else {
      progress = await this.#ask(session, source, signal);
    }
    for (let idle = 0; 'received' in progress;) {
      const from: number = progress.received;
      progress = await this.#piece(session, source, from, signal);
      idle = 'received' in progress && progress.received <= from ? idle + 1 : 0;
      if (idle >= MAX_IDLE) progress = { ended: spoiled(`${target.name}: pieces that do not stay`) };
    }
    if ('ended' in progress) await store.clear();
    return progress;
  }

  /** A session that can go on: young enough, for the same file, and at Google's address. */
  #isFor(session: UploadSession, target: Target): boolean {
    if (this.#now() - session.startedMs >= SESSION_MS || !this.#isOurs(session.uri)) return false;
    return target.existing === null
      ? !session.update && session.folder === target.folder
      : session.update && session.id === target.existing;
  }

  /** The bytes and the access token go to no other server. */
  #isOurs(uri: string): boolean {
    return uri.startsWith(`${this.#client.endpoints.api}upload/`);
  }

  async #begin(target: Target, id: string, source: Source, signal: AbortSignal | undefined): Promise<UploadSession> {
    const update = target.existing !== null;
    const root = `${this.#client.endpoints.api}upload/drive/v3/files`;
    const answer = await this.#client.call(update ? 'files.update' : 'files.create', signal, async (call) => {
      return await call.auth.request<unknown>({
        url: update ? `${root}/${encodeURIComponent(id)}` : root,
        method: update ? 'PATCH' : 'POST',
        params: { uploadType: 'resumable', supportsAllDrives: 'true', fields: ITEM_FIELDS },
        headers: { 'x-upload-content-type': TYPE, 'x-upload-content-length': String(source.size) },
        data: update ? {} : metadataOf(target, id),
        signal: call.request.signal,
        retry: false,
      });
    });
    const uri = answer.headers.get('location') ?? '';
    if (!this.#isOurs(uri)) throw toDriveError({ response: { status: 502 } }, 'files.create');
    return { uri, id, update, folder: target.folder, startedMs: this.#now() };
  }

  /** How much of an upload the server has. */
  async #ask(session: UploadSession, source: Source, signal: AbortSignal | undefined): Promise<Progress> {
    return await this.#put('upload.status', session, `bytes */${source.size}`, 0, async () => undefined, signal);
  }

  async #piece(
    session: UploadSession,
    source: Source,
    from: number,
    signal: AbortSignal | undefined,
  ): Promise<Progress> {
    const length = Math.min(this.#pieceBytes, source.size - from);
    const range = `bytes ${from}-${from + length - 1}/${source.size}`;
    const body = async (call: Call): Promise<Readable> => call.request.sending(source.pieces(from, length));
    return await this.#put('upload.piece', session, range, length, body, signal);
  }

  async #put(
    method: 'upload.piece' | 'upload.status',
    session: UploadSession,
    range: string,
    length: number,
    body: (call: Call) => Promise<Readable | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<Progress> {
    try {
      const answer = await this.#client.call(method, signal, async (call) => {
        const data = await body(call);
        return await call.auth.request<drive_v3.Schema$File>({
          url: session.uri,
          method: 'PUT',
          headers: { 'content-range': range, 'content-length': String(length), 'content-type': TYPE },
          ...(data === undefined ? {} : { data }),
          redirect: 'manual',
          validateStatus: (status) => status === 200 || status === 201 || status === 308,
          responseType: 'json',
          signal: call.request.signal,
          retry: false,
        });
      });
      if (answer.status !== 308) return { file: answer.data };
      const received = /^bytes=0-(\d{1,15})$/.exec(answer.headers.get('range') ?? '')?.[1];
      return { received: received === undefined ? 0 : Number(received) + 1 };
    } catch (error) {
      if (isStatus(error, 404, 410)) return { ended: spoiled(`${method}: a session that is not known any more`) };
      // Asked again, it would be refused again, until Google forgets it after a week.
      if (isRefusal(error)) return { ended: error };
      throw error;
    }
  }

  /** Runs a create; where its id is taken, an earlier try has come through, and its file is given back. */
  async #orThere<T>(
    target: Target,
    id: string,
    create: () => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T | drive_v3.Schema$File> {
    try {
      return await create();
    } catch (error) {
      if (target.existing !== null || !isStatus(error, 409)) throw error;
      const file = await this.#files.look(id, signal);
      if (file === null) throw error;
      return file;
    }
  }

  /** Compares what Drive says it has with what was sent. @throws HoldfastError `destination-failed` */
  async #finish(
    target: Target,
    key: string,
    file: drive_v3.Schema$File,
    source: Source,
    sha256: Buffer,
    signal: AbortSignal | undefined,
  ): Promise<DriveItem> {
    this.#pending.delete(key);
    // Somebody put the folder into the trash: what is made in it lies there too.
    if (file.trashed === true) throw inTrash(target.name);
    const item = itemOf({ parents: [target.folder], ...file });
    if (item !== null && (await isSame(item, source, sha256, signal))) return item;
    if (target.existing === null && typeof file.id === 'string') await this.#files.trash(file.id, signal);
    throw spoiled(`${target.name}: ${source.size} bytes sent, Drive has ${file.size ?? 'none'} of another checksum`);
  }

  async #idFor(key: string, signal: AbortSignal | undefined): Promise<string> {
    const id = this.#pending.get(key) ?? (await this.#files.newId(signal));
    this.#pending.set(key, id);
    return id;
  }
}

/** True where Drive's size and checksum are those of the bytes; it keeps SHA-256, or for a while only MD5. */
export async function isSame(
  item: DriveItem,
  source: Source,
  sha256: Buffer,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (item.size !== source.size) return false;
  if (item.sha256 !== null) return item.sha256 === sha256.toString('hex');
  if (item.md5 === null) return true;
  const { parts } = await digestsOf(source, Math.max(1, source.size), true, signal);
  return parts[0]?.md5?.toString('hex') === item.md5;
}

async function sendWhole(call: Call, target: Target, id: string, source: Source): Promise<drive_v3.Schema$File> {
  const media = { mimeType: TYPE, body: call.request.sending(source.pieces(0, source.size)) };
  const common = { media, fields: ITEM_FIELDS, supportsAllDrives: true };
  if (target.existing === null) {
    return (await call.drive.files.create({ ...common, requestBody: metadataOf(target, id) }, call.options)).data;
  }
  return (await call.drive.files.update({ ...common, fileId: id, requestBody: {} }, call.options)).data;
}

function metadataOf(target: Target, id: string): drive_v3.Schema$File {
  return { id, name: target.fileName, parents: [target.folder], mimeType: TYPE, appProperties: { holdfast: 'part' } };
}

function keyOf(target: Target, sha256: Buffer): string {
  return `${target.folder}/${target.fileName}/${sha256.toString('hex')}`;
}
