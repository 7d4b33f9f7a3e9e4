import { createHash } from 'node:crypto';
import { lstat, readdir, rm, statfs, unlink } from 'node:fs/promises';
import path from 'node:path';
import { STALE_MS } from '../bounds.ts';
import type { CallOptions, Destination, ObjectInfo, PublishOptions, PutOptions, SpaceInfo } from '../destination.ts';
import { assertObjectName, assertObjectPrefix, assertOwner, assertRange } from '../names.ts';
import { isAbsent, objectDamaged, objectMissing, toDestinationError } from './errors.ts';
import { nodeFileSystem, type FileSystem } from './file-system.ts';
import { Folders, removeIfEmpty } from './folders.ts';
import { isProbe, segmentsOf, TEMPORARY } from '../layout.ts';
import { readRange, readWhole } from './read.ts';
import { Root } from './root.ts';
import { infoOf, walk, type IsEvicted } from './walk.ts';
import { Writer, type TemporaryFile } from './write.ts';

export interface LocalOptions extends CallOptions {
  /** The durable calls; tests pass their own. */
  fileSystem?: FileSystem;
  /** Where files are written before they are moved to their names; in the folder `tmp` where it is missing. */
  temporary?: TemporaryFile;
  /** For folders that another program synchronises. */
  isEvicted?: IsEvicted;
}

/**
 * A repository in a folder: a disk, a mounted share, a folder that another program synchronises.
 *
 * The folder is fixed at `open`: if it vanishes, or another one appears under its path, every call rejects with
 * `destination-missing` and nothing is written. A disk that comes back needs a new `open`.
 */
export class LocalDestination implements Destination {
  readonly kind = 'local';
  readonly label: string;
  readonly #root: Root;
  readonly #files: FileSystem;
  readonly #folders: Folders;
  readonly #writer: Writer;
  readonly #isEvicted: IsEvicted | undefined;
  /** Folders that `init` makes. */
  readonly #layout: readonly string[];

  private constructor(root: Root, { fileSystem = nodeFileSystem, temporary, isEvicted }: LocalOptions) {
    this.label = root.path;
    this.#root = root;
    this.#files = fileSystem;
    this.#folders = new Folders(root, fileSystem);
    this.#writer = new Writer(this.#folders, fileSystem, temporary);
    this.#isEvicted = isEvicted;
    this.#layout = temporary === undefined ? [TEMPORARY, 'k', 'c'] : ['k', 'c'];
  }

  /**
   * @param folder absolute path; it need not exist yet
   * @throws HoldfastError `bad-input` (relative path, or not a folder), `destination-denied`, `destination-failed`
   */
  static async open(folder: string, options: LocalOptions = {}): Promise<LocalDestination> {
    options.signal?.throwIfAborted();
    return new LocalDestination(await Root.at(folder), options);
  }

  async init(options: CallOptions = {}): Promise<void> {
    await this.#run('write', null, options.signal, async () => {
      const made = await this.#root.make();
      this.#folders.noteMade(made);
      for (const folder of made) await this.#files.syncFolder(path.dirname(folder));
      for (const folder of this.#layout) {
        options.signal?.throwIfAborted();
        await this.#folders.ensure([folder]);
      }
    });
  }

  async undoInit(options: CallOptions = {}): Promise<void> {
    await this.#run('write', null, options.signal, async () => await this.#folders.removeMade());
  }

  async put(name: string, bytes: Uint8Array, options: PutOptions = {}): Promise<void> {
    assertObjectName(name);
    options.signal?.throwIfAborted();
    if (options.sha256 !== undefined && !createHash('sha256').update(bytes).digest().equals(options.sha256)) {
      throw objectDamaged(name, 'the bytes to store do not have the expected SHA-256');
    }
    await this.#write(name, options.signal, async () => await this.#writer.store(name, bytes, options.signal));
  }

  async spoolFolder(owner: string, options: CallOptions = {}): Promise<string> {
    assertOwner(owner);
    return await this.#write(null, options.signal, async () => await this.#folders.ensure([TEMPORARY, owner]));
  }

  async publish(spoolPath: string, name: string, options: PublishOptions = {}): Promise<void> {
    assertObjectName(name);
    await this.#write(name, options.signal, async () => {
      if (options.keep === true) await this.#writer.publishCopy(spoolPath, name, options.signal);
      else await this.#writer.publish(spoolPath, name, options.signal);
    });
  }

  async clearSpool(owner: string, options: CallOptions = {}): Promise<void> {
    assertOwner(owner);
    await this.#run('write', null, options.signal, async () => {
      await this.#root.check();
      await this.#clear([TEMPORARY, owner], options.signal, null);
      await this.#clear([TEMPORARY, 'shared'], options.signal, Date.now() - STALE_MS);
    });
  }

  async get(name: string, options: CallOptions = {}): Promise<Uint8Array> {
    const file = this.localPath(name);
    return await this.#run('read', name, options.signal, async () => await readWhole(file, name, options.signal));
  }

  async getRange(name: string, offset: number, length: number, options: CallOptions = {}): Promise<Uint8Array> {
    const file = this.localPath(name);
    assertRange(offset, length);
    return await this.#run('read', name, options.signal, async () => {
      return await readRange(file, name, offset, length, options.signal);
    });
  }

  async stat(name: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    assertObjectName(name);
    return await this.#run('read', null, options.signal, async () => {
      return await infoOf(this.#root, name, segmentsOf(name), this.#isEvicted);
    });
  }

  async *list(
    prefix: string,
    options: CallOptions & { onStray?: (path: string) => void } = {},
  ): AsyncGenerator<ObjectInfo> {
    assertObjectPrefix(prefix);
    const { signal, onStray } = options;
    const segments = prefix.split('/').filter((segment) => segment !== '');
    try {
      signal?.throwIfAborted();
      await this.#root.check();
      yield* walk(this.#root, segments, { onStray, signal, isEvicted: this.#isEvicted });
      // A disk that went away in the middle must not look like a shorter list.
      await this.#root.check();
    } catch (error) {
      throw await this.#explain(error, 'read', null, signal);
    }
  }

  async remove(name: string, options: CallOptions = {}): Promise<void> {
    assertObjectName(name);
    const file = this.localPath(name);
    await this.#run('write', null, options.signal, async () => {
      await this.#root.check();
      try {
        await unlink(file);
      } catch (error) {
        if (!isAbsent(error)) throw error;
        return await this.#root.check();
      }
      if (isProbe(name)) await this.#tidyProbes(path.dirname(file));
      // Packs go by the thousand, last of all and already written off: if power fails, some may be there again.
      else if (!/\/[pm]\//.test(name)) await this.#files.syncFolder(path.dirname(file));
    });
  }

  async space(options: CallOptions = {}): Promise<SpaceInfo> {
    return await this.#run('read', null, options.signal, async () => {
      await this.#root.check();
      const found = await statfs(this.#root.path, { bigint: true });
      // Some network and FUSE file systems answer with zeros: unknown, not full.
      if (found.blocks === 0n) return { freeBytes: null, totalBytes: null };
      return { freeBytes: Number(found.bavail * found.bsize), totalBytes: Number(found.blocks * found.bsize) };
    });
  }

  localPath(name: string): string {
    assertObjectName(name);
    return this.#folders.pathOf(segmentsOf(name));
  }

  async close(): Promise<void> {
    // Holds nothing open between calls.
  }

  /** A write whose folders were removed behind our back makes them again, once, if the root still is there. */
  async #write<T>(name: string | null, signal: AbortSignal | undefined, body: () => Promise<T>): Promise<T> {
    return await this.#run('write', name, signal, async () => {
      await this.#root.check();
      try {
        return await body();
      } catch (error) {
        if (!isAbsent(error)) throw error;
        await this.#root.check();
        this.#folders.forget();
        return await body();
      }
    });
  }

  async #run<T>(
    access: 'read' | 'write',
    name: string | null,
    signal: AbortSignal | undefined,
    body: () => Promise<T>,
  ): Promise<T> {
    try {
      signal?.throwIfAborted();
      return await body();
    } catch (error) {
      throw await this.#explain(error, access, name, signal);
    }
  }

  /** What to throw for `error`: the signal's reason, a missing destination, a missing object, or its errno's meaning. */
  async #explain(
    error: unknown,
    access: 'read' | 'write',
    name: string | null,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    if (signal?.aborted === true) return signal.reason;
    if (isAbsent(error)) {
      try {
        await this.#root.check();
      } catch (gone) {
        return gone;
      }
      if (access === 'read' && name !== null) return objectMissing(name);
    }
    return toDestinationError(error, this.#root.path, access);
  }

  /** Removes files in a spool: all of them, or those last changed before `beforeMs`. */
  async #clear(segments: string[], signal: AbortSignal | undefined, beforeMs: number | null): Promise<void> {
    const folder = this.#folders.pathOf(segments);
    let names: string[];
    try {
      names = await readdir(folder);
    } catch (error) {
      if (!isAbsent(error)) throw error;
      return await this.#root.check();
    }
    for (const name of names) {
      signal?.throwIfAborted();
      const file = path.join(folder, name);
      if (beforeMs !== null) {
        const found = await lstat(file).catch(() => null);
        if (found === null || found.mtimeMs >= beforeMs) continue;
      }
      await rm(file, { recursive: true, force: true });
    }
  }

  async #tidyProbes(folder: string): Promise<void> {
    if (!(await removeIfEmpty(folder))) return;
    await removeIfEmpty(path.dirname(folder));
    this.#folders.forget();
  }
}
