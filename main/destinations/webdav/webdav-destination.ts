import { unlink } from 'node:fs/promises';
import { MAX_OBJECT, STALE_MS } from '../bounds.ts';
import type {
  Abilities,
  CallOptions,
  Destination,
  ObjectInfo,
  PublishOptions,
  PutOptions,
  SpaceInfo,
} from '../destination.ts';
import { isProbe, segmentsOf, TEMPORARY } from '../layout.ts';
import { isAbsent, objectDamaged, objectMissing } from '../local/errors.ts';
import { assertObjectName, assertObjectPrefix, assertOwner, assertRange, isHashedName } from '../names.ts';
import { emptyRange } from '../remote/empty-range.ts';
import { assertHash, assertNamedHash, BytesSource, FileSource, sha256Of, spoolGone } from '../remote/source.ts';
import { Spool } from '../remote/spool.ts';
import { UploadNotes } from '../remote/upload-note.ts';
import { placeText, type Opening, type WebDavPlace } from '../spec.ts';
import type { Traffic } from '../traffic.ts';
import { CHUNK, Chunks } from './chunks.ts';
import { DavClient } from './client.ts';
import { DavFailure } from './errors.ts';
import { DavFolders } from './folders.ts';
import { QUOTA_BODY } from './multistatus.ts';
import { checkPlace, passwordOf } from './place.ts';
import { infoOf, walk } from './walk.ts';
import { DavWriter } from './write.ts';

export interface WebDavOptions extends CallOptions {
  traffic: Traffic;
  /** Ms without a byte or an answer after which a request is given up. */
  stallMs?: number | undefined;
}

/**
 * A folder of a WebDAV server (RFC 4918): Apache, Nextcloud and its kin, a NAS. The layout is that of a folder on a
 * disk, sharded alike, so that a copy of the one can be used as the other.
 */
export class WebDavDestination implements Destination {
  readonly kind = 'webdav';
  readonly label: string;
  readonly #client: DavClient;
  readonly #folders: DavFolders;
  readonly #writer: DavWriter;
  readonly #chunks: Chunks | null;
  readonly #spool: Spool;

  private constructor(client: DavClient, label: string, scratch: string | undefined) {
    this.label = label;
    this.#client = client;
    this.#folders = new DavFolders(client);
    this.#writer = new DavWriter(client, this.#folders);
    this.#chunks = Chunks.at(client, this.#writer);
    this.#spool = new Spool(scratch);
  }

  /**
   * Sends nothing; the first call does.
   * @throws HoldfastError `bad-input` (no password; an address that cannot be one)
   */
  static async open(spec: WebDavPlace & Opening, options: WebDavOptions): Promise<WebDavDestination> {
    options.signal?.throwIfAborted();
    const url = checkPlace(spec);
    const client = new DavClient(url, spec.user, passwordOf(spec), spec.certificate, options);
    return new WebDavDestination(client, placeText(spec), spec.scratch);
  }

  /** `resume` and `undelete` (its trash): at Nextcloud, which is known by its address. */
  get abilities(): Abilities {
    const nextcloud = this.#chunks !== null;
    return {
      parallel: 3,
      checksums: false,
      undelete: nextcloud,
      lock: false,
      resume: nextcloud,
      largePacks: false,
    };
  }

  async init(options: CallOptions = {}): Promise<void> {
    await this.#folders.makeRoot(options.signal);
    const there = await this.#client.children(this.#client.base, options.signal);
    for (const folder of [TEMPORARY, 'k', 'c']) {
      if (there?.some((entry) => entry.folder && entry.name === folder) === true) continue;
      await this.#folders.ensure([folder], options.signal);
    }
  }

  async undoInit(options: CallOptions = {}): Promise<void> {
    await this.#folders.removeMade(options.signal);
  }

  async put(name: string, bytes: Uint8Array, options: PutOptions = {}): Promise<void> {
    assertObjectName(name);
    options.signal?.throwIfAborted();
    assertHash(name, bytes, options.sha256);
    await this.#writer.store(name, new BytesSource(bytes), options.signal);
  }

  async spoolFolder(owner: string, options: CallOptions = {}): Promise<string> {
    return await this.#spool.folder(owner, options.signal);
  }

  async publish(spoolPath: string, name: string, options: PublishOptions = {}): Promise<void> {
    assertObjectName(name);
    options.signal?.throwIfAborted();
    const source = await FileSource.open(spoolPath);
    if (source === null) {
      // The answer to an earlier call was lost: the object is there, and its name says what is in it.
      if (isHashedName(name) && (await this.#find(name, options.signal)) !== null) return;
      throw spoolGone(spoolPath);
    }
    const notes = new UploadNotes(spoolPath);
    try {
      const there = isHashedName(name) ? await this.#find(name, options.signal) : null;
      if (there?.size !== source.size) await this.#publish(source, name, notes, options.signal);
    } finally {
      await source.close();
    }
    await notes.remove();
    if (options.keep === true) return;
    await unlink(spoolPath).catch((error: unknown) => {
      if (!isAbsent(error)) throw spoolGone(spoolPath);
    });
  }

  async clearSpool(owner: string, options: CallOptions = {}): Promise<void> {
    assertOwner(owner);
    const { signal } = options;
    await this.#spool.clear(owner, signal);
    await this.#folders.checkRoot(signal);
    const own = this.#client.urlOf([TEMPORARY, owner], true);
    if ((await this.#client.find(own, signal)) !== null) {
      this.#folders.forget();
      await this.#client.status('remove', 'DELETE', own, [200, 204, 404], { signal });
    }
    const shared = [TEMPORARY, 'shared'];
    for (const { name, modifiedMs } of (await this.#client.children(this.#client.urlOf(shared, true), signal)) ?? []) {
      if (modifiedMs >= this.#client.now() - STALE_MS) continue;
      await this.#client.status('remove', 'DELETE', this.#client.urlOf([...shared, name]), [200, 204, 404], { signal });
    }
    await this.#chunks?.clear(owner, signal);
  }

  async get(name: string, options: CallOptions = {}): Promise<Uint8Array> {
    assertObjectName(name);
    return await this.#read(name, null, options.signal);
  }

  async getRange(name: string, offset: number, length: number, options: CallOptions = {}): Promise<Uint8Array> {
    assertObjectName(name);
    assertRange(offset, length);
    if (length > 0) return await this.#read(name, { offset, length }, options.signal);
    return emptyRange(await this.stat(name, options), name, offset);
  }

  async stat(name: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    assertObjectName(name);
    const found = await this.#find(name, options.signal);
    if (found === null) await this.#folders.checkRoot(options.signal);
    return found;
  }

  async *list(
    prefix: string,
    options: CallOptions & { onStray?: (path: string) => void } = {},
  ): AsyncGenerator<ObjectInfo> {
    assertObjectPrefix(prefix);
    const { signal, onStray } = options;
    const segments = prefix.split('/').filter((segment) => segment !== '');
    await this.#folders.checkRoot(signal);
    yield* walk(this.#client, segments, { onStray, signal });
    // A folder that was taken away in the middle must not look like a shorter list.
    await this.#folders.checkRoot(signal);
  }

  async remove(name: string, options: CallOptions = {}): Promise<void> {
    assertObjectName(name);
    const { signal } = options;
    const status = await this.#client.status('remove', 'DELETE', this.#urlOf(name), [200, 202, 204, 404], { signal });
    if (status === 404) await this.#folders.checkRoot(signal);
    if (isProbe(name)) await this.#tidyProbes(name, signal);
  }

  async space(options: CallOptions = {}): Promise<SpaceInfo> {
    const found = await this.#client.find(this.#client.base, options.signal, QUOTA_BODY);
    if (found === null) await this.#folders.checkRoot(options.signal);
    const { freeBytes = null, usedBytes = null } = found ?? {};
    return { freeBytes, totalBytes: freeBytes === null || usedBytes === null ? null : freeBytes + usedBytes };
  }

  async close(): Promise<void> {
    this.#client.close();
    await this.#spool.close();
  }

  async #publish(source: FileSource, name: string, notes: UploadNotes, signal: AbortSignal | undefined): Promise<void> {
    const sha256 = await sha256Of(source, signal);
    assertNamedHash(name, sha256);
    if (this.#chunks === null || source.size <= CHUNK) return await this.#writer.store(name, source, signal);
    await this.#chunks.store({ name, source, sha256: sha256.toString('hex'), notes, signal });
  }

  #urlOf(name: string): URL {
    return this.#client.urlOf(segmentsOf(name));
  }

  /** Null where there is no regular file of that name; whether there is a root is not asked. */
  async #find(name: string, signal: AbortSignal | undefined): Promise<ObjectInfo | null> {
    const entry = await this.#client.find(this.#urlOf(name), signal);
    return entry === null || entry.folder ? null : infoOf(this.#client, name, entry);
  }

  async #read(
    name: string,
    range: { offset: number; length: number } | null,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    // An object that is replaced is not there for a moment (write.ts): only a second look is an answer. Apache refuses
    // it with 403 where it was replaced between its stat(2) and its open(2).
    const looks = isHashedName(name) ? 1 : 3;
    for (let look = 1; look <= looks; look += 1) {
      const read = await this.#readOnce(name, range, look === looks, signal);
      if (read !== null) return read;
    }
    await this.#folders.checkRoot(signal);
    throw objectMissing(name);
  }

  /** Null where there is no such object; unless it is the last look, also where it is refused. */
  async #readOnce(
    name: string,
    range: { offset: number; length: number } | null,
    last: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array | null> {
    const headers: Record<string, string> = {
      'accept-encoding': 'identity',
      ...(range === null ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` }),
    };
    const read = await this.#client.send(
      'read',
      'GET',
      this.#urlOf(name),
      { headers, signal },
      async (answer, request) => {
        const status = answer.statusCode ?? 0;
        if (status === 404 || status === 416) {
          answer.resume();
          if (status === 416) throw objectDamaged(name, `ends before ${range?.offset ?? 0}`);
          return null;
        }
        if (status !== 200 && status !== 206) {
          answer.resume();
          if (status === 403 && !last) return null;
          throw new DavFailure('GET', status, answer.headers, '');
        }
        if (range === null) return await request.collect(answer, name, MAX_OBJECT);
        // A server that knows no ranges sends everything from the start.
        const start = status === 206 ? startOf(answer.headers['content-range']) : 0;
        const skipped = range.offset - (start ?? range.offset);
        if (skipped < 0) throw objectDamaged(name, `the server sent from ${start}`);
        const whole = await request.collect(answer, name, MAX_OBJECT, skipped + range.length);
        return skipped === 0 ? whole : whole.subarray(skipped);
      },
    );
    if (read !== null && range !== null && read.length !== range.length) {
      throw objectDamaged(name, `${read.length} bytes of ${range.offset}+${range.length}`);
    }
    return read;
  }

  async #tidyProbes(name: string, signal: AbortSignal | undefined): Promise<void> {
    const folder = name.split('/').slice(0, -1);
    if (await this.#folders.removeIfEmpty(this.#client.urlOf(folder, true), signal)) this.#folders.forget();
  }
}

function startOf(range: string | undefined): number | null {
  const start = /^bytes (\d+)-/.exec(range ?? '')?.[1];
  return start === undefined ? null : Number(start);
}
