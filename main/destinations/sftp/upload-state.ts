/**
 * What an interrupted upload needs to go on in the middle, beside its spool file. Nothing in it is secret: where the
 * server keeps the beginning, how long it is, and its hash.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';

export interface UploadState {
  /** The place and the object that this is about; another one's state is of no use. */
  target: string;
  /** Name of the unfinished file in the server's folder of temporary files. */
  temporary: string;
  /** Bytes of the whole object. */
  size: number;
  /** So many bytes from its beginning lie on the server, flushed to its disk where it can do that. */
  sent: number;
  /** SHA-256 of these bytes, in hexadecimal: tells whether the spool file still begins with them. */
  sha256: string;
}

const TEMPORARY_NAME = /^up-[0-9a-f]{24}$/;
const HASH = /^[0-9a-f]{64}$/;

export class UploadFile {
  readonly #path: string;
  readonly #target: string;

  /** @param path absolute path of the state's file */
  constructor(path: string, target: string) {
    this.#path = path;
    this.#target = target;
  }

  /** The state that is there, if it is about this target and sound; else null. */
  async read(): Promise<UploadState | null> {
    try {
      const state: unknown = JSON.parse(await readFile(this.#path, 'utf8'));
      return isState(state) && state.target === this.#target ? state : null;
    } catch {
      return null; // none, or not whole: the upload begins anew
    }
  }

  /** Replaces the state in one step. That it could not be written costs only the resumption. */
  async write(state: Omit<UploadState, 'target'>): Promise<void> {
    try {
      await writeFile(`${this.#path}.new`, JSON.stringify({ target: this.#target, ...state }), { mode: 0o600 });
      await rename(`${this.#path}.new`, this.#path);
    } catch {
      await this.remove();
    }
  }

  async remove(): Promise<void> {
    for (const file of [`${this.#path}.new`, this.#path]) await rm(file, { force: true }).catch(() => undefined);
  }
}

function isState(value: unknown): value is UploadState {
  if (typeof value !== 'object' || value === null) return false;
  const { target, temporary, size, sent, sha256 } = value as Record<keyof UploadState, unknown>;
  const texts = typeof target === 'string' && typeof temporary === 'string' && typeof sha256 === 'string';
  const numbers = Number.isSafeInteger(size) && Number.isSafeInteger(sent);
  if (!texts || !numbers || !TEMPORARY_NAME.test(temporary) || !HASH.test(sha256)) return false;
  return (sent as number) > 0 && (sent as number) <= (size as number);
}
