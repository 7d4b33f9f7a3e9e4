/**
 * Large files go to the disk while they are written, and leave the page cache behind that: whoever restores more than the
 * memory holds would otherwise push out of it what other programs work with, and the kernel looks for a new page for each
 * that is written. Linux alone: sync_file_range(2), posix_fadvise(2).
 */
import { constants as os } from 'node:os';
import { bind, loadNative } from './native.ts';

/** The C library's functions, by their manual pages. */
export interface WriteBehindCalls {
  /** -1 and `errno` on failure. */
  sync_file_range(fd: number, offset: number, bytes: number, flags: number): number;
  posix_fadvise(fd: number, offset: number, bytes: number, advice: number): number;
  errno(): number;
}

/** Bytes that are given to the disk at a time. */
export const WINDOW_BYTES = 8 * 1024 * 1024;
/** Windows on their way to the disk while the next one is written: it has something to do, whoever waits. */
const ON_THE_WAY = 2;

/** linux/fs.h */
const WAIT_BEFORE = 1;
const WRITE = 2;
const WAIT_AFTER = 4;
/** linux/fadvise.h */
const DONTNEED = 4;

/** What a disk could not take, which a later call would not be told again. */
const LOST = new Map(
  (['EIO', 'ENOSPC', 'EDQUOT'] as const).map((name): [number | undefined, string] => [os.errno[name], name]),
);

function load(): WriteBehindCalls | null {
  const native = process.platform === 'linux' ? loadNative() : null;
  if (native === null) return null;
  try {
    const calls = bind<Omit<WriteBehindCalls, 'errno'>>(native.load(null), {
      sync_file_range: 'int sync_file_range(int, int64_t, int64_t, unsigned int)',
      posix_fadvise: 'int posix_fadvise(int, int64_t, int64_t, int)',
    });
    return { ...calls, errno: () => native.errno() };
  } catch {
    return null; // A C library without them.
  }
}

let calls: WriteBehindCalls | null | undefined;

/** Once, also where there are no such calls. */
const systemCalls = (): WriteBehindCalls | null => (calls === undefined ? (calls = load()) : calls);

/** One file, which is written from its beginning on. */
export class WriteBehind {
  readonly #fd: number;
  #calls: WriteBehindCalls | null;
  /** Up to here the file was given to the disk. */
  #given = 0;

  constructor(fd: number, by: WriteBehindCalls | null = systemCalls()) {
    this.#fd = fd;
    this.#calls = by;
  }

  /**
   * To be called after each write.
   *
   * @param end bytes of the file so far
   * @throws an error with the `code` of the system (EIO, ENOSPC, EDQUOT) where the disk could not take what was written
   */
  written(end: number): void {
    while (this.#calls !== null && end - this.#given >= WINDOW_BYTES) {
      this.#sync(this.#given, WRITE);
      this.#given += WINDOW_BYTES;
      const done = this.#given - (ON_THE_WAY + 1) * WINDOW_BYTES;
      if (done < 0) continue;
      this.#sync(done, WAIT_BEFORE | WRITE | WAIT_AFTER);
      this.#calls?.posix_fadvise(this.#fd, done, WINDOW_BYTES, DONTNEED);
    }
  }

  #sync(from: number, flags: number): void {
    const by = this.#calls;
    if (by === null || by.sync_file_range(this.#fd, from, WINDOW_BYTES, flags) === 0) return;
    const code = LOST.get(by.errno());
    if (code !== undefined) throw Object.assign(new Error(`${code}: sync_file_range`), { code });
    // A file system that cannot: it does what it does.
    this.#calls = null;
  }
}
