import type {
  Abilities,
  CallOptions,
  Destination,
  ObjectInfo,
  PublishOptions,
  PutOptions,
  SpaceInfo,
} from '../destination.ts';
import { objectDamaged, objectMissing } from '../local/errors.ts';
import { assertObjectName, assertObjectPrefix, assertRange, isHashedName } from '../names.ts';
import { assertHash, assertNamedHash, BytesSource, sha256Of, FileSource, spoolGone } from '../remote/source.ts';
import type { Source } from '../remote/source.ts';
import { Spool } from '../remote/spool.ts';
import { placeText, type GoogleDrivePlace, type Opening } from '../spec.ts';
import type { Traffic } from '../traffic.ts';
import { rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import { credentialsOf, DriveClient } from './client.ts';
import { isStatus } from './drive-errors.ts';
import type { Endpoints } from './endpoints.ts';
import { DriveFiles } from './files.ts';
import { Layout } from './layout.ts';
import { Line } from './line.ts';
import { Mirror } from './mirror.ts';
import { rateOf, type WriteRate } from './quota.ts';
import { readFile, type Range } from './read.ts';
import { inMemory, SessionSealer, type SessionStore } from './session-file.ts';
import { storageOf } from './storage.ts';
import type { DriveItem } from './tree.ts';
import { isSame, SMALL, Uploader } from './upload.ts';

export interface DriveOptions extends CallOptions {
  traffic: Traffic;
  /** Google's own where it is missing. */
  endpoints?: Endpoints | undefined;
  /** The account's shared one where it is missing. */
  rate?: WriteRate | undefined;
  /** After so many ms without a byte or an answer a request is given up. */
  stallMs?: number | undefined;
  /** Bytes of one piece of a large upload, a multiple of 256 KiB. */
  pieceBytes?: number | undefined;
  /** A clock in ms since the epoch. */
  now?: (() => number) | undefined;
}

/**
 * A repository in a visible folder of Google Drive, seen with the scope `drive.file`: Holdfast reads and changes what it
 * made itself, and nothing else. Removed objects go to Drive's trash, where they count as used space for 30 days.
 */
export class DriveDestination implements Destination {
  readonly kind = 'google-drive';
  readonly label: string;
  readonly abilities: Abilities = {
    parallel: 4,
    checksums: true,
    undelete: true,
    lock: false,
    resume: true,
    largePacks: true,
  };
  readonly #place: GoogleDrivePlace;
  readonly #client: DriveClient;
  readonly #files: DriveFiles;
  readonly #mirror: Mirror;
  readonly #layout: Layout;
  readonly #uploader: Uploader;
  readonly #sealer: SessionSealer;
  readonly #spool: Spool;
  /** Sessions of puts that have not succeeded, by name and hash. */
  readonly #sessions = new Map<string, SessionStore>();
  /** Writes of one name go one after the other: two creates at a time would make two files. */
  readonly #writing = new Map<string, Line>();

  private constructor(spec: GoogleDrivePlace & Opening, options: DriveOptions) {
    const credentials = credentialsOf(spec.credentials);
    const now = options.now ?? Date.now;
    const rate = options.rate ?? rateOf(spec.account);
    this.label = placeText(spec);
    this.#place = spec;
    this.#client = new DriveClient(credentials, { ...options, onBusyWrite: () => rate.refused() });
    this.#files = new DriveFiles(this.#client, spec.driveId, rate);
    this.#mirror = new Mirror({ root: spec.folderId, driveId: spec.driveId }, this.#files, spec.scratch, now);
    this.#layout = new Layout(this.#client, this.#files, this.#mirror, rate, spec);
    this.#uploader = new Uploader(this.#client, this.#files, rate, now, options.pieceBytes);
    this.#sealer = new SessionSealer(credentials.refreshToken);
    this.#spool = new Spool(spec.scratch);
  }

  /** Asks Google for nothing yet. @throws HoldfastError `bad-input` without a sign-in; the signal's reason */
  static async open(spec: GoogleDrivePlace & Opening, options: DriveOptions): Promise<DriveDestination> {
    options.signal?.throwIfAborted();
    return new DriveDestination(spec, options);
  }

  /** Makes the folders `k` and `c`. The folder itself was made when it was chosen. */
  async init(options: CallOptions = {}): Promise<void> {
    await this.#run(options.signal, async () => {
      await this.#layout.checkRoot(options.signal);
      await this.#mirror.load(options.signal);
      for (const folder of ['k', 'c']) await this.#layout.ensure([folder], options.signal);
    });
  }

  async undoInit(options: CallOptions = {}): Promise<void> {
    await this.#run(options.signal, async () => await this.#layout.removeMade(options.signal));
  }

  async put(name: string, bytes: Uint8Array, options: PutOptions = {}): Promise<void> {
    assertObjectName(name);
    await this.#run(options.signal, async () => {
      assertHash(name, bytes, options.sha256);
      await this.#alone(name, options.signal, async () => {
        const source = new BytesSource(bytes);
        await this.#store(name, source, options.signal, (hash) => {
          const key = `${name}/${hash}`;
          const kept = this.#sessions.get(key) ?? inMemory();
          this.#sessions.set(key, kept);
          return { ...kept, clear: async () => void (await kept.clear(), this.#sessions.delete(key)) };
        });
      });
    });
  }

  async spoolFolder(owner: string, options: CallOptions = {}): Promise<string> {
    return await this.#spool.folder(owner, options.signal);
  }

  async publish(spoolPath: string, name: string, options: PublishOptions = {}): Promise<void> {
    assertObjectName(name);
    await this.#run(options.signal, async () => {
      await this.#alone(name, options.signal, async () => await this.#publish(spoolPath, name, options));
    });
  }

  async clearSpool(owner: string, options: CallOptions = {}): Promise<void> {
    await this.#spool.clear(owner, options.signal);
  }

  async get(name: string, options: CallOptions = {}): Promise<Uint8Array> {
    assertObjectName(name);
    return await this.#run(options.signal, async () => await this.#read(name, null, options.signal));
  }

  async getRange(name: string, offset: number, length: number, options: CallOptions = {}): Promise<Uint8Array> {
    assertObjectName(name);
    assertRange(offset, length);
    return await this.#run(options.signal, async () => {
      if (length > 0) return await this.#read(name, { offset, length }, options.signal);
      const item = await this.#layout.current(name, options.signal);
      if (item === null) throw await this.#missing(name, options.signal);
      if (offset > (item.size ?? 0)) throw objectDamaged(name, `has ${item.size} bytes, asked for ${offset}+0`);
      return new Uint8Array(0);
    });
  }

  async stat(name: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    assertObjectName(name);
    return await this.#run(options.signal, async () => {
      const item = await this.#layout.current(name, options.signal);
      if (item === null) await this.#layout.checkRoot(options.signal);
      return item === null ? null : infoOf(name, item);
    });
  }

  async *list(
    prefix: string,
    options: CallOptions & { onStray?: (path: string) => void } = {},
  ): AsyncGenerator<ObjectInfo> {
    assertObjectPrefix(prefix);
    const { signal, onStray } = options;
    await this.#run(signal, async () => {
      await this.#mirror.refresh(signal);
      // A folder that went to the trash must not look like a shorter list.
      await this.#layout.checkRoot(signal);
    });
    // Taken whole, before anything that happens meanwhile.
    const found = [...this.#mirror.tree.walk(prefix.split('/').slice(0, -1), onStray)];
    for (const { name, item } of found) {
      signal?.throwIfAborted();
      yield infoOf(name, item);
    }
    signal?.throwIfAborted();
    await this.#mirror.save();
  }

  async remove(name: string, options: CallOptions = {}): Promise<void> {
    assertObjectName(name);
    await this.#run(options.signal, async () => {
      await this.#alone(name, options.signal, async () => {
        const files = await this.#layout.every(name, options.signal);
        if (files.length === 0) await this.#layout.checkRoot(options.signal);
        // Every file of that name: one that stayed would bring the object back.
        for (const { id } of files) {
          await this.#files.trash(id, options.signal);
          this.#mirror.noteRemoved(id);
        }
      });
    });
  }

  async space(options: CallOptions = {}): Promise<SpaceInfo> {
    return await this.#run(options.signal, async () => {
      await this.#layout.checkRoot(options.signal);
      // What a shared drive may hold is its organisation's business; Google does not tell.
      if (this.#place.driveId !== null) return { freeBytes: null, totalBytes: null };
      return (await storageOf(this.#client, options.signal)).space;
    });
  }

  async close(): Promise<void> {
    await this.#mirror.save();
    await this.#spool.close();
  }

  async #publish(spoolPath: string, name: string, options: PublishOptions): Promise<void> {
    const { signal, keep = false } = options;
    const source = await FileSource.open(spoolPath);
    if (source === null) {
      // The answer to an earlier call was lost: the object is there, and the name says what is in it.
      if (isHashedName(name) && (await this.#layout.current(name, signal)) !== null) return;
      throw spoolGone(spoolPath);
    }
    const session = await this.#sessionFile(spoolPath, name, keep);
    try {
      await this.#store(name, source, signal, () => this.#sealer.at(session, name, source.size), true);
    } finally {
      await source.close();
    }
    await rm(session, { force: true });
    if (!keep) await unlink(spoolPath);
  }

  /** A file that serves several destinations has several sessions: ours then lies in our own spool. */
  async #sessionFile(spoolPath: string, name: string, keep: boolean): Promise<string> {
    const owner = /^c\/([0-9a-f]{32})\//.exec(name)?.[1];
    if (!keep || owner === undefined) return `${spoolPath}.upload`;
    return path.join(await this.#spool.folder(owner), `${path.basename(spoolPath)}.upload`);
  }

  /** @param isPublish the bytes must have the hash of the name, and are not sent where they are there already */
  async #store(
    name: string,
    source: Source,
    signal: AbortSignal | undefined,
    session: (hash: string) => SessionStore,
    isPublish = false,
  ): Promise<void> {
    const sha256 = await sha256Of(source, signal);
    if (isPublish) assertNamedHash(name, sha256);
    const send = async (): Promise<void> => {
      const existing = await this.#layout.current(name, signal, isHashedName(name));
      if (isPublish && isHashedName(name) && existing !== null && (await isSame(existing, source, sha256, signal)))
        return;
      const segments = name.split('/');
      const fileName = segments.pop() ?? '';
      const folder = existing?.parent ?? (await this.#layout.ensure(segments, signal));
      const target = { name, fileName, folder, existing: existing?.id ?? null };
      const isSmall = source.size === 0 || (!isPublish && source.size <= SMALL);
      const item = isSmall
        ? await this.#uploader.small(target, source, sha256, signal)
        : await this.#uploader.large(target, source, sha256, session(sha256.toString('hex')), signal);
      this.#mirror.noteStored(item);
    };
    try {
      await send();
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
      // The folder that it goes to is gone: the whole backup's, or one below that can be made again.
      await this.#layout.recheck(name.split('/').slice(0, -1), signal);
      await send();
    }
  }

  async #read(name: string, range: Range | null, signal: AbortSignal | undefined): Promise<Uint8Array> {
    let item = await this.#layout.find(name, signal);
    // The second time for what somebody removed or replaced since the last look.
    for (let turn = 0; item !== null && turn < 2; turn += 1) {
      try {
        return await readFile(this.#client, item.id, name, range, signal);
      } catch (error) {
        if (!isStatus(error, 404)) throw error;
      }
      this.#mirror.noteSeen(item.id, null);
      item = await this.#layout.current(name, signal);
    }
    throw await this.#missing(name, signal);
  }

  /** What to throw for an object that is not there. */
  async #missing(name: string, signal: AbortSignal | undefined): Promise<Error> {
    await this.#layout.checkRoot(signal);
    return objectMissing(name);
  }

  async #run<T>(signal: AbortSignal | undefined, body: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await body();
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : error;
    }
  }

  async #alone(name: string, signal: AbortSignal | undefined, body: () => Promise<void>): Promise<void> {
    const line = this.#writing.get(name) ?? new Line();
    this.#writing.set(name, line);
    try {
      await line.run(signal, body);
    } finally {
      if (line.isIdle) this.#writing.delete(name);
    }
  }
}

function infoOf(name: string, item: DriveItem): ObjectInfo {
  const info = { name, size: item.size ?? 0, modifiedMs: item.modifiedMs };
  if (item.sha256 !== null) return { ...info, checksum: { algorithm: 'sha256', hex: item.sha256 } };
  return item.md5 === null ? info : { ...info, checksum: { algorithm: 'md5', hex: item.md5 } };
}
