import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import path from 'node:path';
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
import { objectMissing } from '../local/errors.ts';
import { assertObjectName, assertObjectPrefix, assertOwner, assertRange, isHashedName } from '../names.ts';
import { assertHash, FileSource, spoolGone } from '../remote/source.ts';
import { Spool } from '../remote/spool.ts';
import { placeText, type Opening, type SftpPlace } from '../spec.ts';
import type { Traffic } from '../traffic.ts';
import type { Connection } from './connection.ts';
import { diagnosed } from './diagnose.ts';
import { isAbsent, toSftpError } from './errors.ts';
import { Files } from './files.ts';
import { Folders, removeIfEmpty } from './folders.ts';
import { assertPlace } from './host-key.ts';
import { Link } from './link.ts';
import { assertCredentials, Login } from './login.ts';
import { clearTemporary } from './clear.ts';
import { readObject, readPart } from './read.ts';
import { Root } from './root.ts';
import { Store } from './store.ts';
import { UploadFile } from './upload-state.ts';
import { infoOf, walk } from './walk.ts';

export interface SftpOptions extends CallOptions {
  traffic: Traffic;
  /** ms after which a server that does not answer is given up; tests pass fewer. */
  stallMs?: number | undefined;
}

/**
 * A repository in a folder of a server that speaks SFTP (version 3, as OpenSSH does), on one connection that is made
 * by the first call and again by the next one after it was lost.
 */
export class SftpDestination implements Destination {
  readonly kind = 'sftp';
  readonly label: string;
  readonly abilities: Abilities = {
    parallel: 4,
    checksums: false,
    undelete: false,
    lock: false,
    resume: true,
    largePacks: false,
  };
  readonly #link: Link;
  readonly #traffic: Traffic;
  readonly #root: Root;
  readonly #folders: Folders;
  readonly #store: Store;
  readonly #spool: Spool;
  /** What unfinished uploads to this place are known by. */
  readonly #id: string;
  /** Of each connection: the extensions that its server turned out not to have. */
  readonly #missing = new WeakMap<Connection, Set<string>>();

  private constructor(spec: SftpPlace & Opening, { traffic, stallMs }: SftpOptions) {
    this.label = placeText(spec);
    const credentials = spec.credentials?.kind === 'sftp' ? spec.credentials : undefined;
    assertPlace(spec);
    assertCredentials(spec, credentials);
    const login = new Login(spec, credentials);
    this.#link = new Link(spec, async () => await login.methods(), stallMs);
    this.#traffic = traffic;
    this.#root = new Root(spec.path, this.label);
    this.#folders = new Folders(this.#root);
    this.#store = new Store(this.#root, this.#folders, this.label);
    this.#spool = new Spool(spec.scratch);
    this.#id = createHash('sha256').update(`${this.label}\0${spec.hostKey}`).digest('hex').slice(0, 16);
  }

  /**
   * Reaches for no server yet: the first call does.
   * @throws HoldfastError `bad-input` (no host, no host key, no path; credentials missing)
   */
  static async open(spec: SftpPlace & Opening, options: SftpOptions): Promise<SftpDestination> {
    options.signal?.throwIfAborted();
    return new SftpDestination(spec, options);
  }

  async init(options: CallOptions = {}): Promise<void> {
    const { signal } = options;
    await this.#run('write', null, signal, async (files) => {
      this.#folders.noteMade(await this.#root.make(files, signal));
      for (const folder of [TEMPORARY, 'k', 'c']) await this.#folders.make(files, [folder], signal);
      this.#root.proven();
    });
  }

  async undoInit(options: CallOptions = {}): Promise<void> {
    await this.#run('write', null, options.signal, async (files) => {
      await this.#folders.removeMade(files, options.signal);
    });
  }

  async put(name: string, bytes: Uint8Array, options: PutOptions = {}): Promise<void> {
    assertObjectName(name);
    options.signal?.throwIfAborted();
    assertHash(name, bytes, options.sha256);
    await this.#run('write', null, options.signal, async (files) => {
      await this.#store.put(files, name, bytes, options.signal);
    });
  }

  async spoolFolder(owner: string, options: CallOptions = {}): Promise<string> {
    return await this.#spool.folder(owner, options.signal);
  }

  async publish(spoolPath: string, name: string, options: PublishOptions = {}): Promise<void> {
    assertObjectName(name);
    const { signal, keep = false } = options;
    signal?.throwIfAborted();
    const source = await FileSource.open(spoolPath);
    try {
      await this.#run('write', null, signal, async (files) => {
        const there = isHashedName(name) ? await infoOf(files, this.#root, name, segmentsOf(name), signal) : null;
        if (source === null) {
          // The answer to an earlier call was lost: the file went to its name, and the name says what is in it.
          if (there === null) throw spoolGone(spoolPath);
          return;
        }
        // A file that serves several destinations has a state for each.
        const beside = keep ? `${spoolPath}.${this.#id}.upload` : `${spoolPath}.upload`;
        const state = new UploadFile(beside, `${this.#id} ${name}`);
        if (there?.size === source.size) await state.remove();
        else await this.#store.upload(files, name, source, state, signal);
      });
    } finally {
      await source?.close();
    }
    if (!keep && source !== null) await unlink(spoolPath).catch(() => undefined);
  }

  async clearSpool(owner: string, options: CallOptions = {}): Promise<void> {
    assertOwner(owner);
    await this.#spool.clear(owner, options.signal);
    await this.#run('write', null, options.signal, async (files) => {
      await clearTemporary(files, this.#root, owner, options.signal);
    });
  }

  async get(name: string, options: CallOptions = {}): Promise<Uint8Array> {
    const file = this.#fileOf(name);
    return await this.#run('read', name, options.signal, async (files) => {
      return await readObject(files, file, name, options.signal);
    });
  }

  async getRange(name: string, offset: number, length: number, options: CallOptions = {}): Promise<Uint8Array> {
    const file = this.#fileOf(name);
    assertRange(offset, length);
    return await this.#run('read', name, options.signal, async (files) => {
      return await readPart(files, file, name, offset, length, options.signal);
    });
  }

  async stat(name: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    assertObjectName(name);
    const { signal } = options;
    return await this.#run('read', null, signal, async (files) => {
      const info = await infoOf(files, this.#root, name, segmentsOf(name), signal);
      if (info === null) await this.#root.check(files, signal);
      else this.#root.proven();
      return info;
    });
  }

  async *list(
    prefix: string,
    options: CallOptions & { onStray?: (path: string) => void } = {},
  ): AsyncGenerator<ObjectInfo> {
    assertObjectPrefix(prefix);
    const { signal, onStray } = options;
    const segments = prefix.split('/').filter((segment) => segment !== '');
    const files = await this.#run('read', null, signal, async (connected) => {
      await this.#root.check(connected, signal);
      return connected;
    });
    try {
      yield* walk(files, this.#root, segments, { onStray, signal });
      // A disk that went away in the middle must not look like a shorter list.
      await this.#root.check(files, signal);
    } catch (error) {
      throw await this.#explain(error, files, 'read', null, signal);
    }
  }

  async remove(name: string, options: CallOptions = {}): Promise<void> {
    const file = this.#fileOf(name);
    await this.#run('write', null, options.signal, async (files) => {
      try {
        await files.remove(file, options.signal);
        this.#root.proven();
      } catch (error) {
        if (!isAbsent(error)) throw error;
        return await this.#root.check(files, options.signal);
      }
      if (isProbe(name) && (await removeIfEmpty(files, path.posix.dirname(file)))) {
        await removeIfEmpty(files, this.#root.at(['probe']));
      }
    });
  }

  async space(options: CallOptions = {}): Promise<SpaceInfo> {
    return await this.#run('read', null, options.signal, async (files) => {
      await this.#root.check(files, options.signal);
      const room = await files.room(this.#root.path, options.signal);
      return { freeBytes: room?.freeBytes ?? null, totalBytes: room?.totalBytes ?? null };
    });
  }

  async close(): Promise<void> {
    await this.#link.close();
    await this.#spool.close();
  }

  #fileOf(name: string): string {
    assertObjectName(name);
    return this.#root.at(segmentsOf(name));
  }

  async #run<T>(
    access: 'read' | 'write',
    name: string | null,
    signal: AbortSignal | undefined,
    body: (files: Files) => Promise<T>,
  ): Promise<T> {
    const connection = await this.#link.connection(signal);
    const files = new Files(connection, this.#traffic, this.#missingOf(connection));
    try {
      return await body(files);
    } catch (error) {
      throw await this.#explain(error, files, access, name, signal);
    }
  }

  /** What to throw for `error`: the signal's reason, a missing destination, a missing object, or its status' meaning. */
  async #explain(
    error: unknown,
    files: Files,
    access: 'read' | 'write',
    name: string | null,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    if (isAborted(signal)) return signal?.reason;
    if (isAbsent(error)) {
      try {
        await this.#root.check(files, signal);
      } catch (gone) {
        return isAborted(signal) ? signal?.reason : toSftpError(gone, this.label, access);
      }
      if (access === 'read' && name !== null) return objectMissing(name);
    }
    const known = access === 'write' ? await diagnosed(error, files, this.#root.path, 0, this.label) : error;
    return toSftpError(known, this.label, access);
  }

  #missingOf(connection: Connection): Set<string> {
    const known = this.#missing.get(connection) ?? new Set<string>();
    this.#missing.set(connection, known);
    return known;
  }
}

/** Asked again after each wait: it may have happened meanwhile. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
