/**
 * Where a remote destination's files are prepared on this computer before they are sent: `<scratch>/spool/<owner>`,
 * readable by nobody else. Without a scratch folder it lies in the system's temporary space and goes with `close`.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { assertOwner } from '../names.ts';

export class Spool {
  readonly #scratch: string | undefined;
  #temporary: Promise<string> | null = null;

  /** @param scratch absolute path of a private folder that outlives this process, if there is one */
  constructor(scratch: string | undefined) {
    this.#scratch = scratch;
  }

  /**
   * Makes the folder of `owner` (mode 0700) and gives back its absolute path.
   * @throws HoldfastError `bad-input`, `destination-failed`
   */
  async folder(owner: string, signal?: AbortSignal): Promise<string> {
    assertOwner(owner);
    signal?.throwIfAborted();
    return await this.#explained(async () => {
      const folder = path.join(await this.#base(), 'spool', owner);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return folder;
    });
  }

  /** Removes everything in the folder of `owner`, what unfinished uploads remember too. @throws as `folder` */
  async clear(owner: string, signal?: AbortSignal): Promise<void> {
    assertOwner(owner);
    signal?.throwIfAborted();
    if (this.#scratch === undefined && this.#temporary === null) return;
    await this.#explained(async () => {
      await rm(path.join(await this.#base(), 'spool', owner), { recursive: true, force: true });
    });
    await this.folder(owner, signal);
  }

  /** Removes what lay in the system's temporary space; a scratch folder stays for the next run. */
  async close(): Promise<void> {
    const temporary = this.#temporary;
    this.#temporary = null;
    if (temporary !== null) await rm(await temporary, { recursive: true, force: true }).catch(() => undefined);
  }

  async #base(): Promise<string> {
    if (this.#scratch !== undefined) return this.#scratch;
    this.#temporary ??= mkdtemp(path.join(tmpdir(), 'holdfast-upload-'));
    try {
      return await this.#temporary;
    } catch (error) {
      this.#temporary = null; // the next call tries again
      throw error;
    }
  }

  async #explained<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      throw new HoldfastError(
        'destination-failed',
        'This computer has no room or no permission for the files that are to be uploaded.',
        'Everything stored before is still there. Free some space on this computer, then start again.',
        { detail: error instanceof Error ? error.message : String(error), cause: error },
      );
    }
  }
}
