/** Makes the folders of the layout when they are first needed, and remembers them. */
import { HoldfastError } from '../../errors.ts';
import type { DavClient } from './client.ts';
import { folderMissing } from './errors.ts';

export class DavFolders {
  readonly #client: DavClient;
  readonly #ready = new Map<string, Promise<void>>();
  /** What this instance made, outer folders before inner ones. */
  readonly #made: URL[] = [];
  /** The root was there once: it is never made again behind somebody's back. */
  #seen = false;

  constructor(client: DavClient) {
    this.#client = client;
  }

  /** @throws HoldfastError `destination-missing` where the root is gone; the signal's reason */
  async checkRoot(signal: AbortSignal | undefined): Promise<void> {
    const found = await this.#client.find(this.#client.base, signal);
    if (found?.folder !== true) throw folderMissing(this.#client.base.href);
    this.#seen = true;
  }

  /** Makes the root and what is missing above it. @throws HoldfastError `destination-missing` if it was there once */
  async makeRoot(signal: AbortSignal | undefined): Promise<void> {
    const found = await this.#client.find(this.#client.base, signal);
    if (found?.folder !== true) {
      if (found !== null || this.#seen) throw folderMissing(this.#client.base.href);
      await this.#makeWithParents(this.#client.base, signal);
    }
    this.#seen = true;
  }

  /** Makes the folder at these segments and those above it, but never the root. @throws HoldfastError */
  async ensure(segments: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    if (segments.length === 0) return;
    const key = segments.join('/');
    let ready = this.#ready.get(key);
    if (ready === undefined) {
      ready = this.#make(segments, signal);
      this.#ready.set(key, ready);
      ready.catch(() => this.#ready.delete(key));
    }
    try {
      await ready;
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      // Another call that waited for the same folder was cancelled: that is not this one's end.
      if (error instanceof HoldfastError) throw error;
      await this.#make(segments, signal);
    }
  }

  /** To be called when a folder turned out to be gone: the next `ensure` looks again. */
  forget(): void {
    this.#ready.clear();
  }

  /** Removes the folders that this instance made and that are empty, inner ones first. */
  async removeMade(signal: AbortSignal | undefined): Promise<void> {
    this.forget();
    for (const folder of this.#made.splice(0).reverse()) await this.removeIfEmpty(folder, signal);
  }

  /** WebDAV removes folders with all that is in them: so it is looked first. */
  async removeIfEmpty(folder: URL, signal: AbortSignal | undefined): Promise<boolean> {
    const inside = await this.#client.children(folder, signal);
    if (inside === null || inside.length > 0) return inside === null;
    await this.#client.status('remove', 'DELETE', folder, [200, 204, 404], { signal });
    return true;
  }

  async #make(segments: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    if (segments.length > 1) await this.ensure(segments.slice(0, -1), signal);
    const url = this.#client.urlOf(segments, true);
    if ((await this.#mkcol(url, signal)) !== 409) return;
    await this.checkRoot(signal);
    // A folder above was removed behind our back.
    this.#ready.delete(segments.slice(0, -1).join('/'));
    if (segments.length > 1) await this.ensure(segments.slice(0, -1), signal);
    await this.#client.status('create', 'MKCOL', url, [200, 201, 405], { signal });
  }

  async #makeWithParents(url: URL, signal: AbortSignal | undefined): Promise<void> {
    if ((await this.#mkcol(url, signal)) !== 409) return;
    const parent = new URL('..', url);
    if (parent.pathname === url.pathname || parent.pathname === '/') throw folderMissing(url.href);
    await this.#makeWithParents(parent, signal);
    if ((await this.#mkcol(url, signal)) === 409) throw folderMissing(url.href);
  }

  /** 405: it is there. */
  async #mkcol(url: URL, signal: AbortSignal | undefined): Promise<number> {
    const status = await this.#client.status('create', 'MKCOL', url, [200, 201, 404, 405, 409], { signal });
    if (status === 200 || status === 201) this.#made.push(url);
    return status === 404 ? 409 : status;
  }
}
