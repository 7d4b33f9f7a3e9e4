/**
 * Keeps small objects that are named by their hash (index segments, snapshots, keyrings) in a folder of this computer, so
 * that each is downloaded once. They are as sealed there as in the storage. The folder may be deleted at any time.
 */
import { createHash } from 'node:crypto';
import { toHoldfastError } from '../../errors.ts';
import type { CallOptions, Destination, PutOptions } from '../destination.ts';
import { assertObjectName } from '../names.ts';
import { CacheFolder } from './cache-folder.ts';
import { PassThrough } from './pass-through.ts';

const CACHED = /^(?:k|c\/[0-9a-f]{32}\/[is])\/(?<hash>[0-9a-f]{64})$/;

export interface ReadCacheOptions {
  /** Absolute path; made when it is first needed. */
  folder: string;
  /** Largest total of the files in it, in bytes. Default 256 MiB. */
  maxBytes?: number | undefined;
  /**
   * `refresh`: everything is read from the storage, and what is cached is replaced by it, or dropped where the storage's
   * is damaged or gone: for a verification, which would else prove the cache.
   */
  mode?: 'use' | 'refresh' | undefined;
}

export class ReadCacheDestination extends PassThrough {
  readonly #cache: CacheFolder;
  readonly #refresh: boolean;

  constructor(inner: Destination, options: ReadCacheOptions) {
    super(inner);
    this.#cache = new CacheFolder(options.folder, options.maxBytes ?? 256 * 2 ** 20);
    this.#refresh = options.mode === 'refresh';
  }

  override async get(name: string, options: CallOptions = {}): Promise<Uint8Array> {
    const hash = hashOf(name);
    if (hash === null) return await super.get(name, options);
    options.signal?.throwIfAborted();
    const kept = this.#refresh ? null : await this.#cache.read(hash);
    if (kept !== null) return kept;
    const bytes = await super.get(name, options).catch(async (error: unknown) => {
      const { code } = toHoldfastError(error);
      if (this.#refresh && (code === 'object-missing' || code === 'object-damaged')) await this.#cache.drop(hash);
      throw error;
    });
    await this.#keep(hash, bytes);
    return bytes;
  }

  override async put(name: string, bytes: Uint8Array, options?: PutOptions): Promise<void> {
    await super.put(name, bytes, options);
    const hash = hashOf(name);
    if (hash !== null) await this.#keep(hash, bytes);
  }

  override async remove(name: string, options?: CallOptions): Promise<void> {
    const hash = hashOf(name);
    // First of all: an object that is half removed must not live on here.
    if (hash !== null) await this.#cache.drop(hash);
    await super.remove(name, options);
  }

  async #keep(hash: string, bytes: Uint8Array): Promise<void> {
    if (createHash('sha256').update(bytes).digest('hex') === hash) await this.#cache.write(hash, bytes);
    else await this.#cache.drop(hash);
  }
}

function hashOf(name: string): string | null {
  assertObjectName(name);
  return CACHED.exec(name)?.groups?.['hash'] ?? null;
}
