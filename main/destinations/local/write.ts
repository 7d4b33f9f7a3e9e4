/**
 * Storing objects: everything is written to a temporary file, flushed, and only then renamed to its name, whose folder
 * is flushed in turn. A reader, or a computer that lost power, sees all of an object or nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { isHashedName } from '../names.ts';
import { errnoOf, isAbsent, objectDamaged } from './errors.ts';
import type { FileSystem } from './file-system.ts';
import type { Folders } from './folders.ts';
import { ownerOf, segmentsOf, TEMPORARY } from '../layout.ts';
import { openPatiently } from '../../open-files.ts';

/** Bytes written between two looks at the abort signal. */
const STEP = 4 * 2 ** 20;

/**
 * Absolute path for a new file that is written and then renamed to its place below the root; its folder is there.
 * `owner`: a computer's id, or `shared`.
 */
export type TemporaryFile = (owner: string) => Promise<string>;

/** A name that no other temporary file has. */
export const temporaryName = (): string => `put-${randomBytes(12).toString('hex')}`;

export class Writer {
  readonly #folders: Folders;
  readonly #files: FileSystem;
  readonly #temporary: TemporaryFile;
  /** Spool files whose flush failed: the system may call their lost pages clean, so a second flush proves nothing. */
  readonly #doubtful = new Set<string>();

  constructor(folders: Folders, files: FileSystem, temporary?: TemporaryFile) {
    this.#folders = folders;
    this.#files = files;
    this.#temporary =
      temporary ?? (async (owner) => path.join(await folders.ensure([TEMPORARY, owner]), temporaryName()));
  }

  /** Stores `bytes` under `name`. @throws errno errors; the signal's reason */
  async store(name: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    await this.#storeBy(name, signal, async (handle) => {
      for (let done = 0; done < bytes.length; done += STEP) {
        signal?.throwIfAborted();
        await writeFully(handle, bytes.subarray(done, done + STEP));
      }
    });
  }

  /** Moves the closed file at `spoolPath` to `name`. @throws HoldfastError; errno errors; the signal's reason */
  async publish(spoolPath: string, name: string, signal: AbortSignal | undefined): Promise<void> {
    const segments = segmentsOf(name);
    const spool = await openSpool(spoolPath);
    if (spool === null) return await this.#wasPublished(spoolPath, name);
    let size: number;
    try {
      size = await this.#settle(spool, spoolPath);
    } finally {
      await spool.close();
    }
    signal?.throwIfAborted();
    const folder = await this.#folders.ensure(segments.slice(0, -1));
    const file = this.#folders.pathOf(segments);
    if (isHashedName(name) && (await sizeOf(file)) === size) {
      await this.#files.syncFolder(folder);
      return await this.#drop(spoolPath);
    }
    signal?.throwIfAborted();
    if (this.#doubtful.has(spoolPath)) return await this.#moveByCopy(spoolPath, name, signal);
    try {
      await this.#files.rename(spoolPath, file);
    } catch (error) {
      if (errnoOf(error) !== 'EXDEV') throw error;
      return await this.#moveByCopy(spoolPath, name, signal);
    }
    await this.#files.syncFolder(folder);
  }

  /**
   * Stores a copy of the file at `spoolPath` under `name` and leaves the file alone: it serves other destinations too.
   * Never a second link to it, since what damages the one must not damage the other. @throws as `publish`
   */
  async publishCopy(spoolPath: string, name: string, signal: AbortSignal | undefined): Promise<void> {
    const segments = segmentsOf(name);
    const found = await sizeOf(spoolPath);
    if (found === null) return await this.#wasPublished(spoolPath, name);
    const folder = await this.#folders.ensure(segments.slice(0, -1));
    if (isHashedName(name) && (await sizeOf(this.#folders.pathOf(segments))) === found) {
      return await this.#files.syncFolder(folder);
    }
    await this.#copy(spoolPath, name, signal);
  }

  /** The answer to an earlier call was lost: the file went to its name, and the name says what is in it. */
  async #wasPublished(spoolPath: string, name: string): Promise<void> {
    const segments = segmentsOf(name);
    if (!isHashedName(name) || (await sizeOf(this.#folders.pathOf(segments))) === null) throw spoolGone(spoolPath);
    await this.#files.syncFolder(this.#folders.pathOf(segments.slice(0, -1)));
  }

  /** Flushes a spool file and makes it private; gives back its size in bytes. */
  async #settle(spool: FileHandle, spoolPath: string): Promise<number> {
    const found = await spool.stat();
    if (!found.isFile()) throw spoolGone(spoolPath);
    if ((found.mode & 0o777) !== 0o600 && process.platform !== 'win32') {
      // FAT has no modes: there the mount decides who can read.
      await spool.chmod(0o600).catch(() => undefined);
    }
    try {
      await this.#files.syncFile(spool, spoolPath);
    } catch (error) {
      this.#doubtful.add(spoolPath);
      throw error;
    }
    return found.size;
  }

  /** For a spool on another disk, or one whose flush failed. */
  async #moveByCopy(spoolPath: string, name: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#copy(spoolPath, name, signal);
    await this.#drop(spoolPath);
  }

  /** The file's bytes are written anew, and compared with the name. */
  async #copy(spoolPath: string, name: string, signal: AbortSignal | undefined): Promise<void> {
    const source = await openPatiently(() => open(spoolPath, 'r'));
    try {
      await this.#storeBy(name, signal, async (target) => {
        const hash = createHash('sha256');
        const buffer = new Uint8Array(STEP);
        for (;;) {
          signal?.throwIfAborted();
          const { bytesRead } = await source.read(buffer, 0, STEP, null);
          if (bytesRead === 0) break;
          hash.update(buffer.subarray(0, bytesRead));
          await writeFully(target, buffer.subarray(0, bytesRead));
        }
        if (isHashedName(name) && !name.endsWith(hash.digest('hex'))) {
          throw objectDamaged(name, 'the prepared file changed before it was stored');
        }
      });
    } finally {
      await source.close();
    }
  }

  async #drop(spoolPath: string): Promise<void> {
    this.#doubtful.delete(spoolPath);
    await unlink(spoolPath).catch((error: unknown) => {
      if (!isAbsent(error)) throw error;
    });
  }

  async #storeBy(
    name: string,
    signal: AbortSignal | undefined,
    fill: (handle: FileHandle) => Promise<void>,
  ): Promise<void> {
    const segments = segmentsOf(name);
    const temporary = await this.#temporary(ownerOf(name));
    const handle = await openPatiently(() => open(temporary, 'wx', 0o600));
    try {
      try {
        await fill(handle);
        signal?.throwIfAborted();
        await this.#files.syncFile(handle, temporary);
      } finally {
        await handle.close();
      }
      const folder = await this.#folders.ensure(segments.slice(0, -1));
      signal?.throwIfAborted();
      await this.#files.rename(temporary, this.#folders.pathOf(segments));
      await this.#files.syncFolder(folder);
    } catch (error) {
      // The first error is the one that matters; a temporary file that stays is cleared with the spool.
      await unlink(temporary).catch(() => undefined);
      throw error;
    }
  }
}

async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, null);
    done += bytesWritten;
  }
}

/** Opened for writing because Windows flushes no other handle; null if the file is not there. */
async function openSpool(spoolPath: string): Promise<FileHandle | null> {
  try {
    const flags = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    return await openPatiently(() => open(spoolPath, flags));
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

async function sizeOf(file: string): Promise<number | null> {
  try {
    const found = await lstat(file);
    return found.isFile() ? found.size : null;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function spoolGone(spoolPath: string): HoldfastError {
  return new HoldfastError(
    'destination-failed',
    'A prepared part of this backup disappeared before it was stored.',
    'Everything stored before is still there. Start the backup again: it continues from there.',
    { detail: spoolPath },
  );
}
