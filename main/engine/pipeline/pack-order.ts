/**
 * Puts files to restore into the order in which their contents lie in the packs, so that each block is read and opened
 * once, by one worker. A window of files at a time: memory stays bounded, and a window follows the folders' order, which
 * is about the order that a backup wrote them in.
 */
import { IdWords, type SharedIndex } from '../repository/shared-index.ts';
import type { RestoreFile } from './messages.ts';

const WINDOW_FILES = 4096;
/** Ids in one window, in bytes. */
const WINDOW_IDS = 8 * 1024 * 1024;
const TASK_BYTES = 16 * 1024 * 1024;
const TASK_FILES = 256;
/** Blocks of one task: whoever restores a few small files from each of many blocks must not do it all in one go. */
const TASK_BLOCKS = 24;

interface Placed {
  /** -1 for a file without contents, or one whose blob the index does not have. */
  pack: number;
  block: number;
  offset: number;
  file: RestoreFile;
}

export class PackOrder {
  readonly #index: SharedIndex;
  readonly #words = new IdWords();
  #files: Placed[] = [];
  #ids = 0;

  constructor(index: SharedIndex) {
    this.#index = index;
  }

  /** @returns true where the window is full: `take` it */
  add(file: RestoreFile): boolean {
    const entry = file.content.length === 0 ? -1 : this.#words.load(file.content).findIn(this.#index);
    const { pack, block, offset } = entry < 0 ? { pack: -1, block: 0, offset: 0 } : this.#index.place(entry);
    this.#files.push({ pack, block, offset, file });
    this.#ids += file.content.length;
    return this.#files.length >= WINDOW_FILES || this.#ids >= WINDOW_IDS;
  }

  /** Empties the window: tasks for one worker each. Files of one block come in one task, unless they are very many. */
  *take(): Iterable<RestoreFile[]> {
    const files = this.#files;
    this.#files = [];
    this.#ids = 0;
    files.sort((a, b) => a.pack - b.pack || a.block - b.block || a.offset - b.offset);
    let task: RestoreFile[] = [];
    let bytes = 0;
    let blocks = 0;
    let before: Placed | null = null;
    for (const placed of files) {
      const sameBlock = before !== null && before.pack === placed.pack && before.block === placed.block;
      const most = sameBlock ? 2 : 1;
      const full = bytes >= TASK_BYTES * most || task.length >= TASK_FILES * most || blocks >= TASK_BLOCKS * most;
      if (full) {
        yield task;
        task = [];
        bytes = 0;
        blocks = 0;
      }
      if (!sameBlock) blocks++;
      task.push(placed.file);
      bytes += placed.file.size;
      before = placed;
    }
    if (task.length > 0) yield task;
  }
}
