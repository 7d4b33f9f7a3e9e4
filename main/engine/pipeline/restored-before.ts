/**
 * Recognises what an interrupted restore has given back already, so that the next one into the same place goes on: a
 * file of the right size and time is compared with the backup, blob by blob, by ids alone, and nothing is fetched.
 */
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  unlinkSync,
  type Stats,
} from 'node:fs';
import { BlobIds, BlobKind, ID_BYTES } from '../format/blob.ts';
import { equal } from '../format/bytes.ts';
import { fsPath, join, type ByteString } from '../format/byte-path.ts';
import { IdWords, type SharedIndex } from '../repository/shared-index.ts';
import type { RestoreFile, RestoreOutcome } from './messages.ts';

/** File systems round times: FAT to 2 s. Contents decide; the time only saves comparing what is surely another file. */
const TIME_SLACK_MS = 2000;
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** True where a regular file has the size and, about, the time of a backed-up one. */
export function isAlike(stat: Stats, file: { size: number; mtime: { s: number; ns: number } }): boolean {
  const mtimeMs = file.mtime.s * 1000 + file.mtime.ns / 1e6;
  return stat.isFile() && stat.size === file.size && Math.abs(stat.mtimeMs - mtimeMs) <= TIME_SLACK_MS;
}

/** True where a path is a symlink with this target. */
export function isLinkTo(path: ByteString, target: Uint8Array): boolean {
  try {
    return equal(readlinkSync(fsPath(path), 'buffer'), target);
  } catch {
    return false;
  }
}

/** A folder that a restore has made and not finished: nobody else gives a folder this mode. */
export const UNFINISHED_FOLDER = 0o1700;

export const isUnfinished = (stat: Stats): boolean =>
  stat.isDirectory() && (stat.mode & 0o7777) === UNFINISHED_FOLDER && stat.uid === (process.getuid?.() ?? stat.uid);

/** Removes what an interrupted restore had half written in a folder of its own. What cannot be removed stays. */
export function removeUnfinishedFiles(folder: ByteString): void {
  try {
    for (const name of readdirSync(fsPath(folder), 'latin1') as ByteString[]) {
      if (/^[.]holdfast-[0-9a-f]{16}[.]part$/.test(name)) unlinkSync(fsPath(join(folder, name)));
    }
  } catch {
    // It is in nobody's way.
  }
}

/** Names like "notes (restored 2026-11-23 18.40).txt" and "… 2).txt": what `besideName` makes. */
const BESIDE = / \(restored \d{4}-\d\d-\d\d \d\d[.]\d\d( \d+)?\)/;

/** Names of this length in bytes may be cut ones: of 255 bytes, less what a character of UTF-8 takes. */
const CUT_BYTES = 252;

/** Names beside a path that an earlier restore may have given the same entry. */
export class EarlierNames {
  #folder: string | null = null;
  #names: ByteString[] = [];

  of(path: ByteString): ByteString[] {
    const slash = path.lastIndexOf('/') + 1;
    const folder = path.slice(0, slash);
    if (folder !== this.#folder) {
      this.#folder = folder;
      try {
        const all = readdirSync(fsPath((folder === '' ? '.' : folder) as ByteString), 'latin1') as ByteString[];
        this.#names = all.filter((name) => BESIDE.test(name));
      } catch {
        this.#names = [];
      }
    }
    const name = path.slice(slash);
    return this.#names.filter((beside) => isBeside(beside, name)).map((beside) => `${folder}${beside}` as ByteString);
  }
}

/** Long names are cut for the mark to fit in. */
function isBeside(beside: string, name: string): boolean {
  const [stem = '', , end = ''] = beside.split(BESIDE);
  return `${stem}${end}` === name || (beside.length >= CUT_BYTES && name.startsWith(stem) && name.endsWith(end));
}

export interface RestoredBeforeOptions {
  index: SharedIndex;
  ids: BlobIds;
  /** The mode that the file would be given. */
  modeOf: (file: RestoreFile) => number;
  setOwners: boolean;
  /** Called between blobs: waits while paused, throws where the run is stopped. */
  check: () => void;
}

export class RestoredBefore {
  readonly #o: RestoredBeforeOptions;
  readonly #words = new IdWords();
  readonly #names = new EarlierNames();
  #buffer = new Uint8Array(0);

  constructor(options: RestoredBeforeOptions) {
    this.#o = options;
  }

  /**
   * What becomes of a file that is there as it was backed up, under its own name, or where both are kept, beside another
   * one: nothing. Where files are replaced, mode and owner have to be right as well. Null where it has to be restored.
   *
   * @throws what `check` throws
   */
  outcome(file: RestoreFile): RestoreOutcome | null {
    if (file.fresh || !file.exists || file.policy === 'skip') return null;
    const beside = file.policy === 'keep-both' ? this.#names.of(file.target) : [];
    const path = [file.target, ...beside].find((at) => this.#is(at, file));
    return path === undefined ? null : { state: 'skipped', bytes: 0, path };
  }

  #is(path: ByteString, file: RestoreFile): boolean {
    const stat = lstatSync(fsPath(path), { throwIfNoEntry: false });
    if (stat === undefined || !isAlike(stat, file)) return false;
    if (file.policy === 'replace') {
      if ((stat.mode & 0o7777) !== this.#o.modeOf(file)) return false;
      if (this.#o.setOwners && (stat.uid !== file.uid || stat.gid !== file.gid)) return false;
    }
    try {
      return this.#sameContents(path, file);
    } catch (error) {
      // What cannot be read is not known to be the same.
      if (error instanceof Error && 'syscall' in error) return false;
      throw error;
    }
  }

  #sameContents(path: ByteString, { content, size }: RestoreFile): boolean {
    const fd = openSync(fsPath(path), READ);
    try {
      let total = 0;
      for (let at = 0; at < content.length; at += ID_BYTES) {
        this.#o.check();
        const id = content.subarray(at, at + ID_BYTES);
        const entry = this.#words.load(id).findIn(this.#o.index);
        if (entry < 0) return false;
        const { length } = this.#o.index.place(entry);
        if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
        const bytes = this.#buffer.subarray(0, length);
        for (let have = 0; have < length;) {
          const n = readSync(fd, bytes, have, length - have, total + have);
          if (n === 0) return false;
          have += n;
        }
        if (!this.#o.ids.fit(BlobKind.data, bytes, id)) return false;
        total += length;
      }
      return total === size;
    } finally {
      closeSync(fd);
    }
  }
}
