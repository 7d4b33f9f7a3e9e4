/**
 * The note beside a spool file, `<spool file>.upload`: which multipart upload its bytes went into, so that a later try
 * goes on there. It opens nothing without the account's keys.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';

/** Everything that must be alike for parts that are there to count. */
export interface UploadNote {
  version: 1;
  bucket: string;
  key: string;
  uploadId: string;
  /** Bytes of the object and of each part but the last. */
  size: number;
  partSize: number;
  /** SHA-256 of the object, hex. */
  sha256: string;
  /** The upload was begun with SHA-256 checksums of its parts. */
  checksums: boolean;
}

export class UploadNotes {
  readonly #path: string;

  constructor(spoolPath: string) {
    this.#path = `${spoolPath}.upload`;
  }

  /** The upload id to go on with and whether it has checksums; null where there is none for these very bytes. */
  async read(wanted: Omit<UploadNote, 'uploadId' | 'checksums'>): Promise<UploadNote | null> {
    try {
      const note = JSON.parse(await readFile(this.#path, 'utf8')) as Partial<UploadNote> | null;
      if (typeof note?.uploadId !== 'string' || typeof note.checksums !== 'boolean') return null;
      const { uploadId, checksums } = note;
      const alike = (Object.keys(wanted) as (keyof typeof wanted)[]).every((field) => note[field] === wanted[field]);
      return alike ? { ...wanted, uploadId, checksums } : null;
    } catch {
      // Gone, or torn by a crash: the upload starts anew, and the old one is removed with the spool.
      return null;
    }
  }

  /** A note that cannot be written costs only the resumption. */
  async write(note: UploadNote): Promise<void> {
    await writeFile(this.#path, JSON.stringify(note), { mode: 0o600 }).catch(() => undefined);
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true }).catch(() => undefined);
  }
}
