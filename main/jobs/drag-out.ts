/**
 * What is dragged out of the window: a drop takes files from a disk, so they are restored first, into a folder that no
 * other user may look into. It is emptied when something else is dragged, after ten minutes, on lock, when the program ends,
 * and when it starts, for a program that was killed.
 */
import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { RunControl } from '../engine/control.ts';
import { HoldfastError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { parseEntryPath } from './entry-path.ts';
import type { Clock, Engines, Keys } from './ports.ts';
import { readWithKey } from './reading.ts';

/** What is more than this is restored to a place that a person chooses. */
const MOST_BYTES = 256_000_000;
const MOST_ITEMS = 2_000;
/** How long it lies there at most: whoever took it has copied it by then. */
const KEPT_MS = 10 * 60_000;

export interface DraggedOut {
  /** 24 hexadecimal digits. */
  id: string;
  /** Files and folders that can be dragged. */
  items: number;
  /** Of their contents. */
  bytes: number;
}

export interface DragOutParts {
  connection: Pick<Connection, 'at'>;
  engines: Engines;
  keys: Keys;
  clock: Pick<Clock, 'after'>;
  /** Holds nothing else. */
  folder: string;
}

export class DragOut {
  readonly #parts: DragOutParts;
  #control: RunControl | null = null;
  #ready: { id: string; files: string[]; keep: () => void } | null = null;
  /** One after the other: what is removed is not what is being written. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: DragOutParts) {
    this.#parts = parts;
  }

  /**
   * Restores what is to be dragged. What was ready before is removed.
   * @param entryPaths empty means everything
   * @throws HoldfastError `bad-input` (too much, or nothing that can be dragged), `locked`, `stopped` (something else was
   *   asked for meanwhile), `path-not-found`, `target-*`, `destination-*`, `object-*`
   */
  async prepare(snapshotId: string, entryPaths: string[]): Promise<DraggedOut> {
    for (const entry of entryPaths) parseEntryPath(entry);
    this.#forget();
    const control = new RunControl();
    this.#control = control;
    return await this.#next(async () => {
      try {
        return await this.#restore(snapshotId, entryPaths, control);
      } catch (error) {
        await emptied(this.#parts.folder);
        throw error;
      } finally {
        if (this.#control === control) this.#control = null;
      }
    });
  }

  /** Paths of what is ready. @throws HoldfastError `stopped` where something else is, or nothing */
  files(id: string): string[] {
    if (this.#ready?.id === id) return this.#ready.files;
    throw new HoldfastError('stopped', 'This is no longer ready to be dragged.', 'Drag it once more.', {
      severity: 'notice',
    });
  }

  /** Ends what is being prepared and removes what is ready. */
  async clear(): Promise<void> {
    this.#forget();
    await this.#next(async () => await emptied(this.#parts.folder));
  }

  #forget(): void {
    this.#ready?.keep();
    this.#ready = null;
    this.#control?.stop();
    this.#control = null;
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #restore(snapshotId: string, paths: string[], control: RunControl): Promise<DraggedOut> {
    const { folder } = this.#parts;
    const destination = this.#parts.connection.at(snapshotId);
    await emptied(folder);
    if (this.#control !== control) throw stopped();
    const id = randomBytes(12).toString('hex');
    const target = path.join(folder, id);
    // Neither exists: nothing that lies there can lead the files elsewhere.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await mkdir(target, { mode: 0o700 });
    const restore = async (dryRun: boolean) =>
      await readWithKey(
        this.#parts,
        'restore',
        (access) => ({
          destination,
          access,
          snapshotId,
          paths,
          target: { kind: 'folder', path: target },
          layout: 'selection',
          conflict: 'keep-both',
          dryRun,
        }),
        { control },
      );
    const plan = await restore(true);
    if (plan.bytes > MOST_BYTES || plan.files + plan.folders + plan.others > MOST_ITEMS) throw tooMuch();
    await restore(false);
    const files = await draggable(target);
    if (this.#control !== control) throw stopped();
    if (files.length === 0) throw nothing();
    const keep = this.#parts.clock.after(KEPT_MS, () => void this.clear().catch(() => undefined));
    this.#ready = { id, files, keep };
    return { id, items: files.length, bytes: plan.bytes };
  }
}

/** Files and folders of a folder. A link is left out: whoever takes it would take what it leads to. */
async function draggable(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((one) => one.isFile() || one.isDirectory()).map(({ name }) => path.join(folder, name));
}

/** Removes a folder with what was restored into it, folders without a right to write among them. Follows no link. */
async function emptied(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch {
    await opened(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

async function opened(folder: string): Promise<void> {
  if (!(await lstat(folder)).isDirectory()) return;
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await opened(path.join(folder, entry.name));
  }
}

function tooMuch(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'That is more than can be dragged out at once.',
    'Up to 256 MB and 2,000 items can be dragged. Press “Restore” and choose a folder for more. Nothing was changed.',
    { severity: 'notice' },
  );
}

function nothing(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'Only files and folders can be dragged out.',
    'Press “Restore” for links and other items. Nothing was changed.',
    { severity: 'notice' },
  );
}

function stopped(): HoldfastError {
  return new HoldfastError('stopped', 'Something else was dragged meanwhile.', 'Drag it once more.', {
    severity: 'notice',
  });
}
