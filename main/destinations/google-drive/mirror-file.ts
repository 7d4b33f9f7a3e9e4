/** The mirror between runs: `drive-mirror.json` in the destination's scratch folder, replaced as a whole. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { DriveItem } from './tree.ts';

export interface MirrorPlace {
  /** Id of the backup's folder. */
  root: string;
  driveId: string | null;
}

/** Where the mirror stands in the changes feed. */
export interface MirrorState {
  pageToken: string;
  /** When the last full list began, in ms since the epoch. */
  listedMs: number;
  /** The full list was made late enough after the first one. */
  settled: boolean;
}

/** id, name, parent, is a folder, size, SHA-256, MD5, time */
const ROW = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.boolean(),
  z.number().nullable(),
  z.string().nullable(),
  z.string().nullable(),
  z.number(),
]);

const FILE = z.object({
  version: z.literal(1),
  root: z.string(),
  driveId: z.string().nullable(),
  pageToken: z.string().min(1),
  listedMs: z.number(),
  settled: z.boolean(),
  items: z.array(ROW),
});

export class MirrorFile {
  readonly #path: string | null;
  readonly #place: MirrorPlace;

  constructor(scratch: string | undefined, place: MirrorPlace) {
    this.#path = scratch === undefined ? null : path.join(scratch, 'drive-mirror.json');
    this.#place = place;
  }

  /** What was saved for this folder, or null: a file of another folder, a damaged one and none at all are the same. */
  async read(): Promise<{ state: MirrorState; items: DriveItem[] } | null> {
    if (this.#path === null) return null;
    try {
      const saved = FILE.parse(JSON.parse(await readFile(this.#path, 'utf8')));
      if (saved.root !== this.#place.root || saved.driveId !== this.#place.driveId) return null;
      const { pageToken, listedMs, settled } = saved;
      const items = saved.items.map(([id, name, parent, folder, size, sha256, md5, modifiedMs]) => {
        return { id, name, parent, folder, size, sha256, md5, modifiedMs };
      });
      return { state: { pageToken, listedMs, settled }, items };
    } catch {
      return null; // it only saves a list
    }
  }

  async write(state: MirrorState, items: Iterable<DriveItem>): Promise<void> {
    if (this.#path === null) return;
    const rows = Array.from(items, (item) => [
      ...[item.id, item.name, item.parent, item.folder, item.size, item.sha256, item.md5, item.modifiedMs],
    ]);
    const { root, driveId } = this.#place;
    const text = JSON.stringify({ version: 1, root, driveId, ...state, items: rows });
    const temporary = `${this.#path}.${randomBytes(6).toString('hex')}`;
    try {
      await mkdir(path.dirname(this.#path), { recursive: true, mode: 0o700 });
      await writeFile(temporary, text, { mode: 0o600 });
      await rename(temporary, this.#path);
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }
}
