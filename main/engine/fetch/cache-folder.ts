/**
 * The fetcher's files: parts of packs, and whole metadata packs that are kept for later runs. Only sealed bytes are
 * ever written; what is no longer there is fetched again.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, truncate, utimes } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import { isShortOfFiles, tooManyOpen } from '../../open-files.ts';
import { cachedName, partName, pidOf } from './cache-names.ts';
import type { CachePlaces, FetchedPack } from './messages.ts';
import { bitCount, KEPT, MIB, type Parts } from './parts.ts';

/** Most bytes of whole metadata packs that are kept over runs; the longest unused go first. */
const KEPT_BYTES = 1024 ** 3;

export class CacheFolder {
  readonly #places: CachePlaces;
  readonly #packs: readonly FetchedPack[];
  readonly #parts: Parts;
  readonly #budgetBytes: number;
  /** Parts that may be dropped, with the MiB that they hold. */
  readonly #held = new Map<number, number>();
  #heldMib = 0;
  /** Writing and dropping take turns: what is dropped must not be written at that moment. */
  #turn: Promise<void> = Promise.resolve();

  constructor(places: CachePlaces, packs: readonly FetchedPack[], parts: Parts, budgetBytes: number) {
    this.#places = places;
    this.#packs = packs;
    this.#parts = parts;
    this.#budgetBytes = budgetBytes;
  }

  /** Makes the folders, and removes what fetchers of processes that are no more have left. */
  async open(): Promise<void> {
    await mkdir(this.#places.parts, { recursive: true, mode: 0o700 });
    await mkdir(this.#places.kept, { recursive: true, mode: 0o700 });
    const names = await readdir(this.#places.kept);
    for (const name of names) {
      const pid = pidOf(name);
      if (pid !== null && !isRunning(pid)) await remove(path.join(this.#places.kept, name));
    }
    await this.#trimKept(names.filter((name) => /^[0-9a-f]{64}$/.test(name)));
  }

  async close(): Promise<void> {
    await remove(this.#places.parts);
  }

  /** Stores bytes that were fetched, from byte `from` of a part on. @throws HoldfastError `target-full` and others */
  async write(part: number, from: number, bytes: Uint8Array, mask: number): Promise<void> {
    const written = this.#turn.then(() => this.#write(part, from, bytes, mask));
    this.#turn = written.catch(() => undefined);
    await written;
  }

  async #write(part: number, from: number, bytes: Uint8Array, mask: number): Promise<void> {
    await this.#makeRoom(bytes.length);
    const { pack, index } = this.#parts.place(part);
    const file = path.join(this.#places.parts, partName(this.#nameOf(pack), index));
    try {
      // Readers may have it open: opened for change, never made anew.
      const handle = await open(file, 'r+').catch(async () => await open(file, 'wx+', 0o600));
      try {
        for (let done = 0; done < bytes.length;) {
          done += (await handle.write(bytes, done, bytes.length - done, from + done)).bytesWritten;
        }
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw cacheError(error, this.#places.parts);
    }
    const held = this.#held.get(part) ?? 0;
    this.#held.set(part, held | mask);
    this.#heldMib += bitCount(mask & ~held);
    this.#parts.add(part, mask);
  }

  /** True where an earlier run kept the whole pack and its bytes still match its name; the part is then there. */
  async useKept(part: number): Promise<boolean> {
    const { pack } = this.#parts.place(part);
    const file = path.join(this.#places.kept, cachedName(this.#nameOf(pack)));
    let bytes: Uint8Array;
    try {
      bytes = await readFile(file);
    } catch {
      return false;
    }
    if (bytes.length !== this.#packs[pack]?.size || !matches(bytes, this.#nameOf(pack))) {
      await remove(file);
      return false;
    }
    const now = new Date();
    await utimes(file, now, now).catch(() => undefined);
    this.#parts.add(part, this.#parts.all(part) | KEPT);
    return true;
  }

  /** True where these bytes are the whole pack, by the hash in its name. */
  isWhole(part: number, bytes: Uint8Array): boolean {
    return matches(bytes, this.#nameOf(this.#parts.place(part).pack));
  }

  /** Keeps a whole pack for later runs. False where the disk has little room or refuses: nothing is then kept. */
  async keep(part: number, bytes: Uint8Array): Promise<boolean> {
    const name = this.#nameOf(this.#parts.place(part).pack);
    const free = await freeBytes(this.#places.kept);
    if (free !== null && bytes.length > free / 2) return false;
    const file = path.join(this.#places.kept, cachedName(name));
    const temporary = path.join(this.#places.parts, `${cachedName(name)}.new`);
    try {
      const handle = await open(temporary, 'w', 0o600);
      try {
        await handle.writeFile(bytes);
      } finally {
        await handle.close();
      }
      await rename(temporary, file);
    } catch {
      await remove(temporary);
      return false;
    }
    this.#parts.add(part, this.#parts.all(part) | KEPT);
    return true;
  }

  #nameOf(pack: number): string {
    return this.#packs[pack]?.name ?? '';
  }

  /** Drops the longest unused parts until `bytes` more fit; what is in use stays, whatever the budget says. */
  async #makeRoom(bytes: number): Promise<void> {
    const free = await freeBytes(this.#places.parts);
    const held = this.#heldMib * MIB;
    // Half of what would be free without this cache.
    const limit = Math.min(this.#budgetBytes, free === null ? Infinity : (free + held) / 2);
    if (held + bytes <= limit) return;
    const longestUnused = [...this.#held.keys()].sort((a, b) => this.#parts.lastUse(a) - this.#parts.lastUse(b));
    for (const part of longestUnused) {
      if (this.#heldMib * MIB + bytes <= limit) return;
      await this.#drop(part);
    }
  }

  async #drop(part: number): Promise<void> {
    if (!this.#parts.drop(part)) return;
    const { pack, index } = this.#parts.place(part);
    try {
      // Emptied, not removed: readers that have it open read the file that is filled again.
      await truncate(path.join(this.#places.parts, partName(this.#nameOf(pack), index)), 0);
    } catch (error) {
      throw cacheError(error, this.#places.parts);
    } finally {
      this.#heldMib -= bitCount(this.#held.get(part) ?? 0);
      this.#held.delete(part);
      this.#parts.dropped(part);
    }
  }

  async #trimKept(names: string[]): Promise<void> {
    const found: { file: string; size: number; usedMs: number }[] = [];
    for (const name of names) {
      const file = path.join(this.#places.kept, name);
      const facts = await stat(file).catch(() => null);
      if (facts !== null) found.push({ file, size: facts.size, usedMs: facts.mtimeMs });
    }
    found.sort((a, b) => b.usedMs - a.usedMs);
    let total = 0;
    for (const { file, size } of found) {
      total += size;
      if (total > KEPT_BYTES) await remove(file);
    }
  }
}

const matches = (bytes: Uint8Array, pack: string): boolean =>
  createHash('sha256').update(bytes).digest('hex') === cachedName(pack);

async function remove(file: string): Promise<void> {
  await rm(file, { recursive: true, force: true }).catch(() => undefined);
}

/** Null where the system does not tell. */
export async function freeBytes(folder: string): Promise<number | null> {
  const found = await statfs(folder).catch(() => null);
  return found === null || found.blocks === 0 ? null : found.bavail * found.bsize;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of somebody else, and so alive.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** What this computer's own disk says while parts are written. */
export function cacheError(error: unknown, folder: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  if (isShortOfFiles(error)) return tooManyOpen(error);
  const code = error instanceof Error && 'code' in error ? error.code : '';
  const options = { detail: error instanceof Error ? error.message : String(error), cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new HoldfastError(
      'target-full',
      text`There is no space left in ${folder} for what is read from the storage.`,
      'The backup is untouched. Free some space on this computer, then try again.',
      options,
    );
  }
  return new HoldfastError(
    'target-denied',
    text`What is read from the storage could not be written to ${folder}.`,
    'The backup is untouched. Check this computer’s disk and that the folder is yours, then try again.',
    options,
  );
}
