/**
 * Scanning: lists a folder, looks at each entry, and compares it with the last run's records. Nothing is opened; files
 * that are new or changed become pending records, which the read tasks complete.
 */
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { CACHEDIR_SIGNATURE, CACHEDIR_TAG, ExcludeMatcher } from '../excludes.ts';
import { NodeType } from '../format/tree.ts';
import type { RecordSource } from '../repository/records.ts';
import { IdWords, type SharedIndex } from '../repository/shared-index.ts';
import { displayPath, fsPath, join, toBytes, type ByteString } from '../format/byte-path.ts';
import type { ScanFolder, ScannedFolder, SkippedEntry } from './messages.ts';
import type { ExtrasReader } from './extras-reader.ts';
import { nodeOf, recordStat, typeOf, type Owners } from './node-of.ts';
import { RecordFlag, RecordView, RecordWriter, shortIds, type RecordStat } from './record.ts';
import type { FileChoice, SkipReason } from '../api.ts';
import { isShortOfFiles, openPatientlySync, tooManyOpen } from '../../open-files.ts';

export interface ScannerOptions {
  index: SharedIndex;
  /** One byte a pack, set where a record that was carried over needs it. */
  usedPacks: Uint8Array;
  owners: Owners;
  /** Reads what is besides of folders, links and others; files are looked at when they are read. */
  extras: ExtrasReader;
  choice: FileChoice;
  /** "device:inode" of folders that must not be backed up: the destination and the computer's own state. */
  avoid: string[];
  /** Records of the last run, or null. */
  cache: RecordSource | null;
  /** Files touched after this (ms since the epoch) are read again whatever their times say. */
  trustBeforeMs: number;
}

const NO_BYTES = new Uint8Array(0);

/** What network file systems and unplugged drives answer. */
const NOT_THERE: ReadonlySet<string> = new Set([
  'ESTALE',
  'ENOTCONN',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENODEV',
]);

/** Why an entry is left out. Errors: destination-failed where too many files are open: the entry is not to blame. */
export function reasonOf(error: unknown): SkipReason {
  if (isShortOfFiles(error)) throw tooManyOpen(error);
  const code = errorCode(error);
  if (code === 'EACCES' || code === 'EPERM') return 'denied';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'vanished';
  if (code === 'ELOOP') return 'changed';
  if (code === 'EBUSY' || code === 'ETXTBSY') return 'in-use';
  if (NOT_THERE.has(code)) return 'away';
  return 'io-error';
}

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export class Scanner {
  readonly #o: ScannerOptions;
  readonly #excludes: ExcludeMatcher | null;
  readonly #includes: ExcludeMatcher | null;
  readonly #largest: number;
  readonly #avoid: Set<string>;
  readonly #words = new IdWords();
  readonly #out = new RecordWriter();

  constructor(options: ScannerOptions) {
    this.#o = options;
    const { excludes, includes = [], excludeLargerThan } = options.choice;
    this.#excludes = excludes.length === 0 ? null : new ExcludeMatcher(excludes);
    this.#includes = includes.length === 0 ? null : new ExcludeMatcher(includes);
    this.#largest = excludeLargerThan ?? Infinity;
    this.#avoid = new Set(options.avoid);
  }

  /** Bytes of the records written since the last call. */
  takeRecords(): Uint8Array {
    return this.#out.take();
  }

  folder(folder: ScanFolder, skipped: SkippedEntry[]): ScannedFolder {
    const result: ScannedFolder = {
      path: folder.path,
      relative: folder.relative,
      from: this.#out.length,
      to: 0,
      same: true,
      pendingFiles: 0,
      pendingBytes: 0,
      files: 0,
      bytes: 0,
      changed: 0,
      folders: [],
    };
    let names: ByteString[];
    try {
      // One character a byte: nothing is lost, and sorting by code unit is sorting by byte.
      names = (openPatientlySync(() => readdirSync(fsPath(folder.path), 'latin1')) as ByteString[]).sort();
    } catch (error) {
      skipped.push({ path: folder.path, reason: reasonOf(error), detail: errorCode(error) });
      result.to = this.#out.length;
      result.same = false;
      return result;
    }
    // The source itself was chosen, whatever it is or says. Of a folder that marks itself as a cache the mark is kept.
    const { keepCaches, oneFileSystem } = this.#o.choice;
    if (folder.relative !== '' && oneFileSystem === true && isMountPoint(folder.path)) names = [];
    if (
      folder.relative !== '' &&
      keepCaches !== true &&
      names.includes(CACHEDIR_TAG as ByteString) &&
      isMarkedCache(folder.path)
    ) {
      names = [CACHEDIR_TAG as ByteString];
    }
    const before = this.#recordsBefore(folder);
    const cache = before === null ? null : new RecordView(before);
    const cacheTo = before?.length ?? 0;
    let sameTo = 0;
    /** Records are copied from the first difference on: of a folder as it was the cache has them already. */
    const differ = (): void => {
      if (result.same && cache !== null) this.#out.copy(cache.bytes.subarray(0, sameTo));
      result.same = false;
    };
    for (const name of names) {
      const path = join(folder.path, name);
      let stat: Stats;
      try {
        stat = lstatSync(fsPath(path));
      } catch (error) {
        skipped.push({ path, reason: reasonOf(error), detail: errorCode(error) });
        differ();
        continue;
      }
      if (this.#isOut(folder.relative, path, name, stat)) continue;
      const type = typeOf(stat.mode);
      if (type === null) {
        skipped.push({ path, reason: 'unsupported', detail: '' });
        continue;
      }
      if (type === NodeType.folder && this.#avoid.has(`${stat.dev}:${stat.ino}`)) {
        skipped.push({ path, reason: 'destination-inside', detail: '' });
        continue;
      }
      const known = cache !== null && seek(cache, cacheTo, name);
      // Passed over: entries that are gone.
      if (cache !== null && cache.at !== sameTo) differ();
      if (type === NodeType.folder) result.folders.push(name);
      if (type === NodeType.file) {
        result.files++;
        result.bytes += stat.size;
      }
      if (known && this.#unchanged(cache, type, stat)) {
        if (!result.same) this.#out.copy(cache.whole);
        cache.at += cache.total;
        sameTo = cache.at;
        continue;
      }
      differ();
      if (known) {
        if (type === NodeType.file && cache.type === NodeType.file) result.changed++;
        cache.at += cache.total;
      }
      if (type === NodeType.file) {
        this.#out.add(type, RecordFlag.pending, name, stat, NO_BYTES, NO_BYTES);
        result.pendingFiles++;
        result.pendingBytes += stat.size;
        continue;
      }
      this.#addOther(path, name, type, skipped);
    }
    if (cache === null || cache.at < cacheTo) differ();
    result.to = this.#out.length;
    return result;
  }

  /** Null where there are none: the cache only saves work, so one that cannot be read any more is none. */
  #recordsBefore({ cacheFrom, cacheTo }: ScanFolder): Buffer | null {
    try {
      return this.#o.cache?.read(cacheFrom, cacheTo) ?? null;
    } catch {
      return null;
    }
  }

  /** An entry that is not a file is complete as soon as it is seen. */
  #addOther(path: ByteString, name: ByteString, type: NodeType, skipped: SkippedEntry[]): void {
    try {
      const stat = lstatSync(fsPath(path), { bigint: true });
      const target = type === NodeType.symlink ? toBytes(readlinkSync(fsPath(path), 'latin1') as ByteString) : null;
      const { extras, needs } = this.#o.extras.of(path, null, type, stat, skipped);
      const node = nodeOf(name, type, stat, this.#o.owners, null, target, extras);
      this.#out.add(type, 0, name, recordStat(stat), shortIds(needs), node);
    } catch (error) {
      skipped.push({ path, reason: reasonOf(error), detail: errorCode(error) });
    }
  }

  /** True for what the choice leaves out. */
  #isOut(relative: ByteString, path: ByteString, name: ByteString, stat: Stats): boolean {
    if (stat.size > this.#largest && stat.isFile()) return true;
    if (this.#excludes === null && this.#includes === null) return false;
    const isFolder = stat.isDirectory();
    const below = displayPath((relative === '' ? name : `${relative}/${name}`) as ByteString);
    const whole = displayPath(path);
    if (this.#excludes?.excludes(below, whole, isFolder) === true) return true;
    return this.#includes !== null && !isFolder && !this.#includes.excludes(below, whole, false);
  }

  #unchanged(record: RecordView, type: NodeType, stat: Stats): boolean {
    const { index, usedPacks, trustBeforeMs } = this.#o;
    return isUnchanged(record, type, stat, index, usedPacks, this.#words, trustBeforeMs);
  }
}

/** True where an entry is as its record says and all that it needs is stored; the packs of that are marked as used. */
export function isUnchanged(
  record: RecordView,
  type: NodeType,
  stat: RecordStat,
  index: SharedIndex,
  usedPacks: Uint8Array,
  words: IdWords,
  trustBeforeMs: number,
): boolean {
  if (!record.sameAs(type, stat)) return false;
  // Touched while, or just before, the last run looked at it: the times cannot tell whether it was before or after.
  if (stat.mtimeMs >= trustBeforeMs || stat.ctimeMs >= trustBeforeMs) return false;
  return markNeeds(record, index, usedPacks, words);
}

/** True where every blob that a record needs is in the index; the packs they are in are marked as used. */
export function markNeeds(record: RecordView, index: SharedIndex, usedPacks: Uint8Array, words: IdWords): boolean {
  const count = record.needs;
  let at = record.needsAt;
  for (let i = 0; i < count; i++, at += 16) {
    const entry = words.load(record.bytes, at).findIn(index);
    if (entry < 0) return false;
    const pack = index.packOf(entry);
    if (pack < usedPacks.length) usedPacks[pack] = 1;
  }
  return true;
}

/** Moves the cursor to the record of `name`; records passed over are entries that are gone. */
function seek(cache: RecordView, end: number, name: ByteString): boolean {
  while (cache.at < end) {
    const here = cache.name;
    if (here === name) return true;
    if (here > name) return false;
    cache.at += cache.total;
  }
  return false;
}

/** True where a folder is on another disk than the folder that it is in. */
function isMountPoint(folder: ByteString): boolean {
  try {
    const above = folder.slice(0, Math.max(1, folder.lastIndexOf('/'))) as ByteString;
    return lstatSync(fsPath(folder)).dev !== lstatSync(fsPath(above)).dev;
  } catch {
    return false; // Gone, which reading it will tell.
  }
}

export function isMarkedCache(folder: ByteString): boolean {
  const tag = join(folder, CACHEDIR_TAG as ByteString);
  try {
    if (!lstatSync(fsPath(tag)).isFile()) return false;
    const fd = openSync(fsPath(tag), 'r');
    try {
      const head = Buffer.alloc(CACHEDIR_SIGNATURE.length);
      return readSync(fd, head) === head.length && head.toString('latin1') === CACHEDIR_SIGNATURE;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false; // Not readable: then it says nothing.
  }
}
