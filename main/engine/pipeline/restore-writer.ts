/**
 * Writes restored files: into a temporary name in the same folder, verified blob by blob, given its metadata, and only
 * then moved to its own name. A failed file leaves nothing behind and the run goes on.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { lstatSync } from 'node:fs';
import { happened, HoldfastError, sentencesOf, toHoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import type { RunControl } from '../control.ts';
import { BlobIds, BlobKind, ID_BYTES, type BlobIdKey } from '../format/blob.ts';
import { damaged } from '../format/damage.ts';
import { equal } from '../format/bytes.ts';
import { largeValue } from '../format/large-value.ts';
import { IdWords, type SharedIndex } from '../repository/shared-index.ts';
import { displayPath, fsPath, type ByteString } from '../format/byte-path.ts';
import type { BlockReader } from '../repository/block-reader.ts';
import { turnNative } from '../repository/native-memory.ts';
import { endsReading, isUnreadable } from '../repository/storage-failure.ts';
import { platformAttributes } from '../platform/attributes.ts';
import { renameNew } from '../platform/rename-new.ts';
import { WriteBehind } from '../platform/write-behind.ts';
import { setTimes } from './file-times.ts';
import { GiveBack, type Values } from './give-back.ts';
import { HoleWriter, isZeros } from './hole-writer.ts';
import { Counter, type RestoreFile, type RestoreOutcome } from './messages.ts';
import { errorCode } from './scanner.ts';
import { isShortOfFiles, openPatientlySync, tooManyOpen } from '../../open-files.ts';

export interface RestoreWriterOptions {
  index: SharedIndex;
  reader: BlockReader;
  blobIdKey: BlobIdKey;
  control: RunControl;
  counters: Float64Array;
  /** Added to the name of a file that is kept beside an existing one, e.g. "restored 2026-11-23 18.40". */
  suffix: string;
  /** Owners are set only where this process may. */
  setOwners: boolean;
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

export class RestoreWriter {
  readonly #o: RestoreWriterOptions;
  readonly #ids: BlobIds;
  readonly #words = new IdWords();
  readonly #giveBack: GiveBack;
  /** The last blob that was nothing but zeros. */
  #zeros: { id: Uint8Array; length: number } | null = null;

  constructor(options: RestoreWriterOptions) {
    this.#o = options;
    this.#ids = new BlobIds(options.blobIdKey);
    const values: Values = {
      read: (content, size) => this.#value(content, size),
      lost: (error) => {
        if (endsReading(error)) return null;
        return isUnreadable(error) ? happened(error) : text`it is not in the storage any more`;
      },
    };
    this.#giveBack = new GiveBack(platformAttributes(), values, options.setOwners);
  }

  async file(file: RestoreFile): Promise<RestoreOutcome> {
    this.#o.control.checkSync();
    try {
      if (!file.fresh && file.policy === 'skip' && exists(file.target)) return { state: 'skipped', bytes: 0 };
      return await this.#write(file);
    } catch (error) {
      const known = error instanceof HoldfastError ? error : fileError(error, file.target);
      // Stopping, a target that takes nothing more, and a storage that cannot be reached end the run; anything else
      // concerns this file only.
      if (endsReading(known) || known.code === 'locked') throw known;
      const { code } = known;
      return { state: 'failed', code, reason: code === 'target-denied' ? 'denied' : 'io-error', ...sentencesOf(known) };
    }
  }

  async #write(file: RestoreFile): Promise<RestoreOutcome> {
    const temporary = temporaryBeside(file.target);
    const fd = openPatientlySync(() => openSync(fsPath(temporary), CREATE, 0o600));
    const entry = { path: temporary, fd, kind: 'file' } as const;
    let open = true;
    try {
      this.#giveBack.first(entry, file.extras);
      const bytes = await this.#contents(fd, file);
      if (this.#o.setOwners) fchownSync(fd, file.uid, file.gid);
      fchmodSync(fd, restorableMode(file, this.#o.setOwners));
      const missing = this.#giveBack.attributes(entry, file.extras);
      setTimes(fd, file.mtime);
      closeSync(fd);
      open = false;
      const placed = place(temporary, file, this.#o.suffix);
      this.#count(Counter.files, 1);
      if (placed.state === 'skipped') return { state: 'skipped', bytes };
      if (file.group === null) {
        missing.push(...this.#giveBack.last({ path: placed.path, fd: null, kind: 'file' }, file.extras));
      }
      return { ...placed, bytes, missing };
    } catch (error) {
      if (open) closeSync(fd);
      unlinkSync(fsPath(temporary));
      throw error;
    }
  }

  async #contents(fd: number, file: RestoreFile): Promise<number> {
    const { holes } = file.extras;
    const sparse = holes === undefined ? null : new HoleWriter(fd, holes);
    const behind = new WriteBehind(fd);
    let total = 0;
    for (let at = 0; at < file.content.length; at += ID_BYTES) {
      this.#o.control.checkSync();
      const id = file.content.subarray(at, at + ID_BYTES);
      // A large hole is the same blob of zeros many times.
      if (sparse !== null && this.#zeros !== null && equal(this.#zeros.id, id) && sparse.inHole(this.#zeros.length)) {
        sparse.skip(this.#zeros.length);
        total += this.#zeros.length;
        this.#count(Counter.bytes, this.#zeros.length);
        continue;
      }
      const entry = this.#words.load(id).findIn(this.#o.index);
      if (entry < 0) throw missingBlob(file.target);
      const bytes = this.#o.reader.blob(this.#o.index.place(entry));
      if (!this.#ids.fit(BlobKind.data, bytes, id)) throw damaged(displayPath(file.target), 'blob id');
      if (sparse === null) for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
      else {
        sparse.write(bytes);
        if (isZeros(bytes)) this.#zeros = { id: id.slice(), length: bytes.length };
      }
      total += bytes.length;
      behind.written(total);
      this.#count(Counter.bytes, bytes.length);
      // What blocks took on the way is free when the loop has turned.
      await turnNative();
    }
    if (total !== file.size) throw damaged(displayPath(file.target), 'length');
    sparse?.end();
    return total;
  }

  /** The value of a long attribute. */
  #value(content: Uint8Array, size: number): Uint8Array {
    const read = (id: Uint8Array): Uint8Array => {
      const entry = this.#words.load(id).findIn(this.#o.index);
      if (entry < 0) throw missingBlob('an attribute' as ByteString);
      const bytes = this.#o.reader.blob(this.#o.index.place(entry));
      if (!this.#ids.fit(BlobKind.data, bytes, id)) throw damaged('An attribute', 'blob id');
      return bytes;
    };
    return largeValue(content, size, read, 'An attribute');
  }

  #count(counter: number, n: number): void {
    this.#o.counters[counter] = (this.#o.counters[counter] ?? 0) + n;
  }
}

/** Where a finished file is. */
export type Placement = { state: 'written' | 'kept-both'; path: ByteString } | { state: 'skipped' };

/** Moves a finished file to its name by the policy; never over a file that appeared meanwhile, but to replace it. */
export function place(
  temporary: ByteString,
  file: Pick<RestoreFile, 'target' | 'policy' | 'exists' | 'fresh'>,
  suffix: string,
): Placement {
  if (file.policy === 'replace' && file.exists) {
    renameSync(fsPath(temporary), fsPath(file.target));
    // Of two names of one file rename(2) leaves both.
    if (exists(temporary)) unlinkSync(fsPath(temporary));
    return { state: 'written', path: file.target };
  }
  if (linkOrRename(temporary, file.target)) return { state: 'written', path: file.target };
  // In a folder of this run's own the other file is a restored one as well, whose name this disk takes for the same.
  if (file.policy === 'skip' && !file.fresh) {
    unlinkSync(fsPath(temporary));
    return { state: 'skipped' };
  }
  for (let n = 1; n < 10_000; n++) {
    const path = besideName(file.target, suffix, n);
    if (linkOrRename(temporary, path)) return { state: 'kept-both', path };
  }
  throw new HoldfastError(
    'target-denied',
    text`There is no free name left beside ${displayPath(file.target)}.`,
    'Nothing was overwritten. Restore into a new folder instead.',
  );
}

/**
 * The mode to set. Set-user-ID and set-group-ID only with the owner that they were meant for: on a file of somebody
 * else they would lend that person's rights.
 */
export function restorableMode(entry: { mode: number; uid: number; gid: number }, setOwners: boolean): number {
  if (setOwners) return entry.mode;
  const own = entry.uid === process.getuid?.() && entry.gid === process.getgid?.();
  return own ? entry.mode : entry.mode & 0o1777;
}

function exists(path: ByteString): boolean {
  return lstatSync(fsPath(path), { throwIfNoEntry: false }) !== undefined;
}

/** Gives a file its name if that is free. True where it did. */
function linkOrRename(from: ByteString, to: ByteString): boolean {
  const renamed = renameNew(from, to);
  if (renamed !== 'unknown') return renamed === 'done';
  try {
    // A hard link, because it fails where the name is taken; rename would replace.
    linkSync(fsPath(from), fsPath(to));
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
    // File systems without hard links (FAT, some network shares).
    if (exists(to)) return false;
    renameSync(fsPath(from), fsPath(to));
    return true;
  }
  unlinkSync(fsPath(from));
  return true;
}

/** A name of its own in the same folder, short whatever the other's length. */
export function temporaryBeside(path: ByteString): ByteString {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return `${folder}.holdfast-${randomBytes(8).toString('hex')}.part` as ByteString;
}

/** "notes.txt" kept beside another: "notes (restored 2026-11-23 18.40).txt", then "... 2).txt". */
export function besideName(path: ByteString, suffix: string, n: number): ByteString {
  const slash = path.lastIndexOf('/') + 1;
  const name = path.slice(slash);
  const dot = name.lastIndexOf('.');
  const stem = dot > 0 ? name.slice(0, dot) : name;
  const extension = dot > 0 ? name.slice(dot) : '';
  const mark = n === 1 ? ` (${suffix})` : ` (${suffix} ${n})`;
  // Names end at 255 bytes on every file system of ours.
  const end = cut(extension, 100);
  return `${path.slice(0, slash)}${cut(stem, 255 - mark.length - end.length)}${mark}${end}` as ByteString;
}

/** At most `length` bytes; a character of UTF-8 that does not fit goes whole, because some file systems insist on it. */
function cut(name: string, length: number): string {
  let end = Math.min(name.length, length);
  if (end === name.length) return name;
  while (end > 1 && (name.charCodeAt(end) & 0xc0) === 0x80) end--;
  return name.slice(0, end);
}

export function missingBlob(path: ByteString): HoldfastError {
  return new HoldfastError(
    'object-missing',
    text`Part of the content of ${displayPath(path)} is not in the storage any more.`,
    'Nothing was changed. Try another snapshot: it may hold the file whole.',
    { severity: 'item' },
  );
}

/** What the file system says while a file is restored. */
export function fileError(error: unknown, path: ByteString): HoldfastError {
  if (error instanceof HoldfastError) return error;
  if (isShortOfFiles(error)) return tooManyOpen(error);
  const shown = displayPath(path);
  const options = { detail: error instanceof Error ? error.message : String(error), cause: error };
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new HoldfastError(
        'target-full',
        'There is no space left where the files are being restored to.',
        'What was restored so far is complete and stays; the backup is untouched. Free some space and restore again with "skip", or choose another place.',
        options,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new HoldfastError(
        'target-denied',
        text`Holdfast may not write ${shown}.`,
        'The backup is untouched. Restore into a folder of your own, or give yourself the right to write there.',
        { ...options, severity: 'item' },
      );
    case 'ENAMETOOLONG':
      return new HoldfastError(
        'target-denied',
        text`The name ${shown} is too long for this disk.`,
        'The backup is untouched. Restore to a disk that takes longer names, or into a folder with a shorter path.',
        { ...options, severity: 'item' },
      );
    default:
      return errorCode(error) === ''
        ? toHoldfastError(error)
        : new HoldfastError(
            'target-denied',
            text`${shown} could not be written.`,
            'The backup is untouched. Check the disk, then restore this file again.',
            { ...options, severity: 'item' },
          );
  }
}
