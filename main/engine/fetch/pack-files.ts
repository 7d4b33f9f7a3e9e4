/**
 * Packs as files to read from, synchronously: in place where the destination is a folder, else from what the fetcher
 * has brought to this computer.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { notGiven } from './not-given.ts';
import { cachedName, partName } from './cache-names.ts';
import type { Line } from './line.ts';
import { KEPT, maskOf, PART_BYTES } from './parts.ts';
import { isShortOfFiles, openPatientlySync, tooManyOpen } from '../../open-files.ts';

/** What has to be known of a pack to read it. */
export interface PackFile {
  /** Logical name, for messages. */
  name: string;
  /** File that holds it; null where it has to be fetched. */
  path: string | null;
  /** Stored size in bytes. */
  size: number;
}

const MAX_OPEN_FILES = 64;
const ABSENT = new Set(['ENOENT', 'ENOTDIR']);

export class PackFiles {
  readonly #packs: readonly PackFile[];
  readonly #line: Line | null;
  readonly #open = new Map<number, number>();

  /** @param line to the fetcher; null where every pack has a path */
  constructor(packs: readonly PackFile[], line: Line | null) {
    this.#packs = packs;
    this.#line = line;
  }

  /**
   * Fills `into` from byte `at` of a pack; fewer bytes only where the pack ends.
   *
   * @returns bytes read
   * @throws HoldfastError `object-missing`; `object-unreadable` (a disk that failed twice in a row); `destination-failed`
   *   where too many files are open; where it has to be
   *   fetched, all that `Line.want` throws
   */
  read(ordinal: number, into: Uint8Array, at: number): number {
    const pack = this.#packs[ordinal];
    if (pack === undefined) throw missing(`pack ordinal ${ordinal}`, 'not in the index');
    if (pack.path !== null) return this.#readInPlace(ordinal, pack.name, pack.path, into, at);
    const end = Math.min(at + into.length, pack.size);
    let have = 0;
    while (at + have < end) {
      const from = at + have;
      const length = Math.min(end - from, PART_BYTES - (from % PART_BYTES));
      this.#readPart(ordinal, pack, into.subarray(have, have + length), from);
      have += length;
    }
    return have;
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  #readInPlace(ordinal: number, name: string, file: string, into: Uint8Array, at: number): number {
    for (let attempt = 0; ; attempt++) {
      try {
        return this.#readFile(ordinal, file, into, at);
      } catch (error) {
        if (isAbsent(error)) throw missing(name, error.message);
        if (isShortOfFiles(error)) throw tooManyOpen(error);
        // A disk or a cable that failed once is asked once more, by another handle: it may have been plugged in again.
        if (attempt > 0) throw notGiven(name, error);
        this.#letGo(ordinal);
      }
    }
  }

  #letGo(ordinal: number): void {
    const fd = this.#open.get(ordinal);
    this.#open.delete(ordinal);
    try {
      if (fd !== undefined) closeSync(fd);
    } catch {
      // A disk that has failed may say so once more here. The handle is gone all the same.
    }
  }

  /** Bytes of a single part, all of them. */
  #readPart(ordinal: number, pack: PackFile, into: Uint8Array, at: number): void {
    const line = this.#line;
    if (line === null) throw missing(pack.name, 'no way to fetch it');
    const { parts, places } = line;
    const part = parts.at(ordinal, at);
    const from = at % PART_BYTES;
    const mask = maskOf(from, from + into.length);
    parts.pin(part);
    try {
      if ((parts.there(part) & mask) !== mask) line.want(part, mask);
      const kept = (parts.there(part) & KEPT) !== 0;
      const file = kept
        ? path.join(places.kept, cachedName(pack.name))
        : path.join(places.parts, partName(pack.name, Math.floor(at / PART_BYTES)));
      if (this.#readCached(part * 2 + (kept ? 1 : 0), file, into, from) < into.length)
        throw cacheLost(file, 'cut short');
      line.didRead(part, mask);
    } finally {
      parts.unpin(part);
    }
  }

  #readCached(key: number, file: string, into: Uint8Array, at: number): number {
    try {
      return this.#readFile(key, file, into, at);
    } catch (error) {
      if (isShortOfFiles(error)) throw tooManyOpen(error);
      throw cacheLost(file, error instanceof Error ? error.message : String(error));
    }
  }

  #readFile(key: number, file: string, into: Uint8Array, at: number): number {
    const fd = this.#opened(key, file);
    let have = 0;
    while (have < into.length) {
      const n = readSync(fd, into, have, into.length - have, at + have);
      if (n === 0) break;
      have += n;
    }
    return have;
  }

  #opened(key: number, file: string): number {
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const fd = openPatientlySync(() => openSync(file, 'r'));
    this.#open.set(key, fd);
    for (const [oldest, other] of this.#open) {
      if (this.#open.size <= MAX_OPEN_FILES) break;
      closeSync(other);
      this.#open.delete(oldest);
    }
    return fd;
  }
}

const isAbsent = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && ABSENT.has(String(error.code));

/** Pack that is not there. */
function missing(name: string, detail: string): HoldfastError {
  return new HoldfastError(
    'object-missing',
    'A part of the backup is missing from the storage.',
    'Nothing was changed. If the storage has a trash or older versions, bring the file back; other snapshots may hold the content.',
    { detail: `${name}: ${detail}` },
  );
}

/** The storage is not to blame: what was fetched has gone from this computer's own disk. */
function cacheLost(file: string, detail: string): HoldfastError {
  return new HoldfastError(
    'destination-failed',
    'What was fetched from the storage has gone from this computer’s disk before it was used.',
    'Nothing stored was changed. Try again; if it happens again, find out what clears temporary files here.',
    { detail: `${file}: ${detail}` },
  );
}
