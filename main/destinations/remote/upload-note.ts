/**
 * The note beside a spool file, `<spool file>.upload`: which unfinished upload its bytes went into, so that a later try
 * goes on there, after a restart too. It holds no secret: without the account's keys it opens nothing.
 */
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';

export class UploadNotes {
  readonly #path: string;

  constructor(spoolPath: string) {
    this.#path = `${spoolPath}.upload`;
  }

  /** What was noted for an upload that is alike in every field of `wanted`; null where there is none. */
  async read(wanted: Record<string, string | number>): Promise<Record<string, unknown> | null> {
    try {
      const note: unknown = JSON.parse(await readFile(this.#path, 'utf8'));
      if (typeof note !== 'object' || note === null) return null;
      const fields = note as Record<string, unknown>;
      return Object.entries(wanted).every(([field, value]) => fields[field] === value) ? fields : null;
    } catch {
      // Gone, or torn by a crash: the upload starts anew, and the old one is removed with the spool.
      return null;
    }
  }

  /** True where an earlier try left one. */
  exists(): boolean {
    return existsSync(this.#path);
  }

  /** A note that cannot be written costs only the resumption. */
  async write(note: object): Promise<void> {
    await writeFile(this.#path, JSON.stringify(note), { mode: 0o600 }).catch(() => undefined);
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true }).catch(() => undefined);
  }
}
