/**
 * A folder that behaves as storage behind a line: its files cannot be read in place, every call takes its time, and
 * what passes is counted.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type {
  Abilities,
  CallOptions,
  Destination,
  ObjectInfo,
  PublishOptions,
  PutOptions,
  SpaceInfo,
} from '../../main/destinations/destination.ts';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';

export interface RemoteFolderOptions {
  /** Each call waits so long before it does anything, in ms. */
  latencyMs?: number;
  abilities?: Partial<Abilities>;
  /** Lists tell checksums of this kind. */
  checksums?: 'sha256' | 'md5';
  /** Called before each call that reads or writes an object; what it rejects with is the call's answer. */
  before?: (operation: string, name: string) => Promise<void> | void;
}

export class RemoteFolder implements Destination {
  readonly kind = 'remote-folder';
  readonly label: string;
  readonly abilities: Abilities;
  /** Calls so far, by operation. */
  readonly calls = new Map<string, number>();
  /** Names and ranges that were read with `getRange`, in order. */
  readonly ranges: { name: string; offset: number; length: number }[] = [];
  receivedBytes = 0;
  sentBytes = 0;
  /** Calls on their way now, and the most that ever were. */
  atOnce = 0;
  mostAtOnce = 0;
  readonly #folder: LocalDestination;
  readonly #options: RemoteFolderOptions;

  constructor(folder: LocalDestination, options: RemoteFolderOptions = {}) {
    this.#folder = folder;
    this.#options = options;
    this.label = `remote ${folder.label}`;
    this.abilities = {
      parallel: 4,
      checksums: options.checksums !== undefined,
      undelete: false,
      lock: false,
      resume: false,
      largePacks: false,
      ...options.abilities,
    };
  }

  static async open(path: string, options: RemoteFolderOptions = {}): Promise<RemoteFolder> {
    return new RemoteFolder(await LocalDestination.open(path), options);
  }

  async init(options?: CallOptions): Promise<void> {
    await this.#call('init', '', async () => await this.#folder.init(options));
  }

  async put(name: string, bytes: Uint8Array, options?: PutOptions): Promise<void> {
    await this.#call('put', name, async () => await this.#folder.put(name, bytes, options));
    this.sentBytes += bytes.length;
  }

  async spoolFolder(owner: string, options?: CallOptions): Promise<string> {
    return await this.#folder.spoolFolder(owner, options);
  }

  async publish(spoolPath: string, name: string, options?: PublishOptions): Promise<void> {
    const size = await stat(spoolPath).then(
      (facts) => facts.size,
      () => 0,
    );
    await this.#call('publish', name, async () => await this.#folder.publish(spoolPath, name, options));
    this.sentBytes += size;
  }

  async clearSpool(owner: string, options?: CallOptions): Promise<void> {
    await this.#folder.clearSpool(owner, options);
  }

  async get(name: string, options?: CallOptions): Promise<Uint8Array> {
    const bytes = await this.#call('get', name, async () => await this.#folder.get(name, options));
    this.receivedBytes += bytes.length;
    return bytes;
  }

  async getRange(name: string, offset: number, length: number, options?: CallOptions): Promise<Uint8Array> {
    this.ranges.push({ name, offset, length });
    const bytes = await this.#call(
      'getRange',
      name,
      async () => await this.#folder.getRange(name, offset, length, options),
    );
    this.receivedBytes += bytes.length;
    return bytes;
  }

  async stat(name: string, options?: CallOptions): Promise<ObjectInfo | null> {
    return await this.#call('stat', name, async () => await this.#folder.stat(name, options));
  }

  async *list(
    prefix: string,
    options?: CallOptions & { onStray?: (path: string) => void },
  ): AsyncGenerator<ObjectInfo> {
    await this.#call('list', prefix, async () => undefined);
    for await (const info of this.#folder.list(prefix, options)) {
      const { checksums } = this.#options;
      if (checksums === undefined) yield info;
      else {
        const hash = createHash(checksums).update(await this.#folder.get(info.name));
        yield { ...info, checksum: { algorithm: checksums, hex: hash.digest('hex') } };
      }
    }
  }

  async remove(name: string, options?: CallOptions): Promise<void> {
    await this.#call('remove', name, async () => await this.#folder.remove(name, options));
  }

  async space(options?: CallOptions): Promise<SpaceInfo> {
    return await this.#folder.space(options);
  }

  async close(): Promise<void> {
    await this.#folder.close();
  }

  async #call<T>(operation: string, name: string, body: () => Promise<T>): Promise<T> {
    this.calls.set(operation, (this.calls.get(operation) ?? 0) + 1);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    try {
      const { latencyMs = 0, before } = this.#options;
      if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
      await before?.(operation, name);
      return await body();
    } finally {
      this.atOnce--;
    }
  }
}
