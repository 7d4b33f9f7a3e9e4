/**
 * Files named by the SHA-256 of their bytes, bounded in total. Nothing here may fail a run: what can't be read is not
 * there, and what can't be written is not kept. Several processes may use one folder.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';

const NAME = /^[0-9a-f]{64}$/;
const TEMPORARY = /^[0-9a-f]{64}\.[0-9a-f]{16}$/;
/** Age in ms of a temporary file that no process writes any more. */
const STALE_MS = 60 * 60 * 1000;
/** A single file may take up this part of the whole. */
const LARGEST_PART = 8;

export class CacheFolder {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** Bytes in the folder as far as this process knows; null before the first look. */
  #bytes: number | null = null;
  #tidying: Promise<void> | null = null;

  /** @param maxBytes of all files together; passed by one file at most, for a moment */
  constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** Null where it is not there, or not what its name says: then it is removed. */
  async read(hash: string): Promise<Uint8Array | null> {
    const file = path.join(this.#folder, hash);
    let bytes: Uint8Array;
    try {
      bytes = await readFile(file);
    } catch {
      return null;
    }
    if (createHash('sha256').update(bytes).digest('hex') !== hash) {
      await this.drop(hash);
      return null;
    }
    const now = new Date();
    await utimes(file, now, now).catch(() => undefined); // what was read last goes last
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  async write(hash: string, bytes: Uint8Array): Promise<void> {
    if (bytes.length > this.#maxBytes / LARGEST_PART) return;
    const temporary = path.join(this.#folder, `${hash}.${randomBytes(8).toString('hex')}`);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFile(temporary, bytes, { mode: 0o600 });
      await rename(temporary, path.join(this.#folder, hash));
    } catch {
      await unlink(temporary).catch(() => undefined);
      return;
    }
    if (this.#bytes !== null) this.#bytes += bytes.length;
    if (this.#bytes === null || this.#bytes > this.#maxBytes) await this.#tidy();
  }

  async drop(hash: string): Promise<void> {
    await unlink(path.join(this.#folder, hash)).catch(() => undefined);
  }

  /** Measures the folder and removes what was used least recently until a tenth is free. */
  #tidy(): Promise<void> {
    this.#tidying ??= this.#tidyOnce().finally(() => (this.#tidying = null));
    return this.#tidying;
  }

  async #tidyOnce(): Promise<void> {
    const files: { file: string; size: number; usedMs: number }[] = [];
    for (const name of await readdir(this.#folder).catch(() => [])) {
      if (!NAME.test(name) && !TEMPORARY.test(name)) continue;
      const file = path.join(this.#folder, name);
      const found = await stat(file).catch(() => null);
      if (found === null || !found.isFile()) continue;
      if (NAME.test(name)) files.push({ file, size: found.size, usedMs: found.mtimeMs });
      else if (Date.now() - found.mtimeMs > STALE_MS) await unlink(file).catch(() => undefined);
    }
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    if (bytes > this.#maxBytes) {
      files.sort((a, b) => a.usedMs - b.usedMs);
      for (const { file, size } of files) {
        if (bytes <= this.#maxBytes * 0.9) break;
        await unlink(file).catch(() => undefined);
        bytes -= size;
      }
    }
    this.#bytes = bytes;
  }
}
