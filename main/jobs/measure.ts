/**
 * Sizes of what is about to be backed up: files and bytes taken, left out by the patterns, and unreadable, told while
 * it counts. Walks by the thread pool, so that a slow disk never holds up the window; ends at once when cancelled.
 */
import { constants, type Dirent } from 'node:fs';
import { access, lstat, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Skipped } from '../engine/api.ts';
import { CACHEDIR_SIGNATURE, CACHEDIR_TAG, ExcludeMatcher } from '../engine/excludes.ts';
import { displayName } from './entry-path.ts';
import { text } from '../text.ts';
import { say } from '../words/say.ts';

export interface MeasureCount {
  files: number;
  bytes: number;
  excludedFiles: number;
  excludedBytes: number;
  /** The first 50. */
  unreadable: Skipped[];
  unreadableCount: number;
  done: boolean;
}

/** Live numbers at most this often. */
const REPORT_EVERY_MS = 200;
const MAX_UNREADABLE = 50;
/** Entries looked at together: the thread pool has four threads, more only costs memory. */
const BATCH = 64;
const SEPARATOR = Buffer.from(path.sep);

interface Folder {
  /** Raw bytes: names need not be UTF-8. */
  at: Buffer;
  /** For matching patterns, `/`-separated; empty for the source itself. */
  below: string;
  excluded: boolean;
}

/**
 * Measures one source.
 * @param source absolute path, raw bytes
 * @param report called at most five times a second, and once at the end with `done`
 * @throws the signal's reason when aborted
 */
export async function measureSource(
  source: Uint8Array,
  excludes: readonly string[],
  signal: AbortSignal,
  report: (count: MeasureCount) => void,
): Promise<MeasureCount> {
  const walk = new Walk(Buffer.from(source), new ExcludeMatcher(excludes), signal, report);
  return await walk.run();
}

class Walk {
  readonly #count: MeasureCount = {
    files: 0,
    bytes: 0,
    excludedFiles: 0,
    excludedBytes: 0,
    unreadable: [],
    unreadableCount: 0,
    done: false,
  };
  readonly #source: Buffer;
  readonly #sourceText: string;
  readonly #matcher: ExcludeMatcher;
  readonly #signal: AbortSignal;
  readonly #report: (count: MeasureCount) => void;
  readonly #folders: Folder[] = [];
  #reportedAt = 0;

  constructor(source: Buffer, matcher: ExcludeMatcher, signal: AbortSignal, report: (count: MeasureCount) => void) {
    this.#source = source;
    this.#sourceText = slashes(source.toString('utf8'));
    this.#matcher = matcher;
    this.#signal = signal;
    this.#report = report;
  }

  async run(): Promise<MeasureCount> {
    await this.#top();
    for (let folder = this.#folders.pop(); folder !== undefined; folder = this.#folders.pop()) {
      this.#signal.throwIfAborted();
      await this.#folder(folder);
    }
    this.#signal.throwIfAborted();
    this.#count.done = true;
    this.#tell();
    return this.#count;
  }

  async #top(): Promise<void> {
    try {
      const stat = await lstat(this.#source);
      if (stat.isDirectory()) this.#folders.push({ at: this.#source, below: '', excluded: false });
      else await this.#file(this.#source, stat.size, stat.isFile(), false);
    } catch (error) {
      this.#unreadable(this.#source, error);
    }
  }

  async #folder(folder: Folder): Promise<void> {
    let entries: Dirent<Buffer>[];
    try {
      entries = await readdir(folder.at, { withFileTypes: true, encoding: 'buffer' });
    } catch (error) {
      if (!folder.excluded) this.#unreadable(folder.at, error);
      return;
    }
    // The source itself was chosen: what it says of itself does not count.
    const cache = !folder.excluded && folder.below !== '' && (await isMarkedCache(folder.at, entries));
    const excluded = folder.excluded || cache;
    for (let at = 0; at < entries.length; at += BATCH) {
      this.#signal.throwIfAborted();
      await Promise.all(entries.slice(at, at + BATCH).map((entry) => this.#entry(folder, entry, excluded)));
      this.#tellSometimes();
    }
  }

  async #entry(folder: Folder, entry: Dirent<Buffer>, parentExcluded: boolean): Promise<void> {
    const at = Buffer.concat([folder.at, SEPARATOR, entry.name]);
    const name = entry.name.toString('utf8');
    const below = folder.below === '' ? name : `${folder.below}/${name}`;
    const isFolder = entry.isDirectory();
    const excluded = parentExcluded || this.#matcher.excludes(below, `${this.#sourceText}/${below}`, isFolder);
    if (isFolder) {
      this.#folders.push({ at, below, excluded });
      return;
    }
    try {
      const size = entry.isFile() ? (await lstat(at)).size : 0;
      await this.#file(at, size, entry.isFile(), excluded);
    } catch (error) {
      if (!excluded) this.#unreadable(at, error);
    }
  }

  async #file(at: Buffer, size: number, regular: boolean, excluded: boolean): Promise<void> {
    if (excluded) {
      this.#count.excludedFiles++;
      this.#count.excludedBytes += size;
      return;
    }
    if (regular) await access(at, constants.R_OK);
    this.#count.files++;
    this.#count.bytes += size;
  }

  #unreadable(at: Buffer, error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' && at !== this.#source) return; // gone since its folder was read: nothing to back up
    this.#count.unreadableCount++;
    if (this.#count.unreadable.length < MAX_UNREADABLE) {
      this.#count.unreadable.push({ path: displayName(at), ...explain(code) });
    }
  }

  #tellSometimes(): void {
    if (Date.now() - this.#reportedAt >= REPORT_EVERY_MS) this.#tell();
  }

  #tell(): void {
    this.#reportedAt = Date.now();
    this.#report({ ...this.#count, unreadable: [...this.#count.unreadable] });
  }
}

function explain(code: string): Omit<Skipped, 'path'> {
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      reason: 'denied',
      message: say('You don’t have permission to read this.'),
      guidance: say('Change its permissions or ask its owner, or leave it out.'),
    };
  }
  if (code === 'ENOENT') {
    return {
      reason: 'vanished',
      message: say('This is not there any more.'),
      guidance: say('Choose it again if it was moved.'),
    };
  }
  return {
    reason: 'io-error',
    message:
      code === '' ? say('The disk answered with an error.') : say(text`The disk answered with an error (${code}).`),
    guidance: say('Check the disk and its cable; the backup goes on without this.'),
  };
}

/** A folder whose CACHEDIR.TAG carries the signature says by itself that it need not be kept. */
async function isMarkedCache(folder: Buffer, entries: readonly Dirent<Buffer>[]): Promise<boolean> {
  if (!entries.some((entry) => entry.isFile() && entry.name.toString('latin1') === CACHEDIR_TAG)) return false;
  try {
    const handle = await open(Buffer.concat([folder, SEPARATOR, Buffer.from(CACHEDIR_TAG)]), 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(CACHEDIR_SIGNATURE.length), 0, undefined, 0);
      return buffer.toString('latin1', 0, bytesRead) === CACHEDIR_SIGNATURE;
    } finally {
      await handle.close();
    }
  } catch {
    return false;
  }
}

function slashes(text: string): string {
  return path.sep === '/' ? text : text.replaceAll(path.sep, '/');
}
