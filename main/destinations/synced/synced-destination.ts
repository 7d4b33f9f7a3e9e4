import { lstat, readFile, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { STALE_MS } from '../bounds.ts';
import { HoldfastError } from '../../errors.ts';
import type {
  Abilities,
  CallOptions,
  Destination,
  ObjectInfo,
  PublishOptions,
  PutOptions,
  SpaceInfo,
} from '../destination.ts';
import { nameOf } from '../layout.ts';
import { errnoOf, isAbsent } from '../local/errors.ts';
import { LocalDestination } from '../local/local-destination.ts';
import { temporaryName } from '../local/write.ts';
import { assertObjectName, isHashedName } from '../names.ts';
import { Spool } from '../remote/spool.ts';
import type { Opening, SyncedPlace, SyncService } from '../spec.ts';
import type { Traffic } from '../traffic.ts';
import { steadyClock, unlessAborted, wait, type Clock } from '../waiting.ts';
import { evictedName, MAX_PLACEHOLDER_BYTES, placeholderName, sizeInPlaceholder } from './placeholder.ts';
import { syncPlatform, type SyncPlatform } from './platform.ts';
import { isOthersOwn, isPassing, passingName } from './passing.ts';
import { notBroughtBack, notHereYet } from './words.ts';

/** A file that was asked for is waited for in one call so long; the retries of the caller go on from there. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 250;
/** Spool of what belongs to no computer: no computer has this id. */
const SHARED = '0'.repeat(32);
/** What systems answer when a file's bytes do not come from the cloud. */
const NOT_BROUGHT = new Set(['ETIMEDOUT', 'EDEADLK', 'EIO', 'EAGAIN', 'ECANCELED', 'EBUSY', 'UNKNOWN']);

export interface SyncedOptions extends CallOptions {
  traffic: Traffic;
  /** Tests pass their own. */
  platform?: SyncPlatform;
  clock?: Clock;
}

/**
 * A repository in a folder that another program carries to the cloud. Files are written outside of it and moved in whole,
 * so that nothing unfinished is ever uploaded; what is stored here has been handed over, and only that program knows
 * when it arrives. Files whose bytes were taken from this computer are listed as `evicted`, and come back when they are
 * read. Copies that the program makes of conflicting files are strays. `localPath` is missing: files may come and go.
 */
export class SyncedDestination implements Destination {
  readonly kind = 'synced';
  readonly label: string;
  readonly abilities: Abilities;
  readonly #service: SyncService;
  readonly #root: string;
  readonly #local: LocalDestination;
  readonly #spool: Spool;
  readonly #traffic: Traffic;
  readonly #platform: SyncPlatform;
  readonly #clock: Clock;

  private constructor(spec: SyncedPlace, local: LocalDestination, spool: Spool, options: SyncedOptions) {
    this.label = local.label;
    this.#root = local.label;
    this.#service = spec.service;
    this.#local = local;
    this.#spool = spool;
    this.#traffic = options.traffic;
    this.#platform = options.platform ?? syncPlatform();
    this.#clock = options.clock ?? steadyClock;
    this.abilities = {
      parallel: 2,
      checksums: false,
      undelete: spec.service !== 'other',
      lock: false,
      resume: false,
      largePacks: true,
    };
  }

  /** @throws HoldfastError `bad-input` (relative path, or not a folder), `destination-denied`, `destination-failed` */
  static async open(spec: SyncedPlace & Opening, options: SyncedOptions): Promise<SyncedDestination> {
    const spool = new Spool(spec.scratch);
    const platform = options.platform ?? syncPlatform();
    let across: Promise<boolean> | null = null;
    const local = await LocalDestination.open(spec.path, {
      signal: options.signal,
      isEvicted: (file, found) => platform.isEvicted(file, found),
      temporary: async (owner) => {
        const folder = await spool.folder(owner === 'shared' ? SHARED : owner);
        across ??= isOnAnotherDisk(folder, path.join(local.label, passingName(spec.service)));
        across.catch(() => (across = null));
        if (await across) return path.join(local.label, passingName(spec.service));
        return path.join(folder, temporaryName());
      },
    });
    return new SyncedDestination(spec, local, spool, { ...options, platform });
  }

  async init(options?: CallOptions): Promise<void> {
    await this.#local.init(options);
  }

  async undoInit(options?: CallOptions): Promise<void> {
    await this.#local.undoInit(options);
  }

  async put(name: string, bytes: Uint8Array, options?: PutOptions): Promise<void> {
    await this.#local.put(name, bytes, options);
  }

  async spoolFolder(owner: string, options: CallOptions = {}): Promise<string> {
    return await this.#spool.folder(owner, options.signal);
  }

  async publish(spoolPath: string, name: string, options: PublishOptions = {}): Promise<void> {
    assertObjectName(name);
    options.signal?.throwIfAborted();
    // An object that is there as a placeholder is there.
    const placeholder = isHashedName(name) ? await this.#placeholder(name) : null;
    if (placeholder !== null) {
      const spool = await stat(spoolPath).catch(() => null);
      if (spool === null) return;
      if (spool.size === placeholder.size) {
        if (options.keep !== true) await rm(spoolPath, { force: true });
        return;
      }
    }
    await this.#local.publish(spoolPath, name, options);
  }

  async clearSpool(owner: string, options: CallOptions = {}): Promise<void> {
    await this.#spool.clear(owner, options.signal);
    await removeStale(await this.#spool.folder(SHARED, options.signal), () => true);
    await removeStale(this.#root, isPassing);
  }

  async get(name: string, options: CallOptions = {}): Promise<Uint8Array> {
    return await this.#read(name, options, async () => await this.#local.get(name, options));
  }

  async getRange(name: string, offset: number, length: number, options: CallOptions = {}): Promise<Uint8Array> {
    return await this.#read(name, options, async () => await this.#local.getRange(name, offset, length, options));
  }

  async stat(name: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    return (await this.#local.stat(name, options)) ?? (await this.#placeholder(name));
  }

  async *list(
    prefix: string,
    options: CallOptions & { onStray?: (path: string) => void } = {},
  ): AsyncGenerator<ObjectInfo> {
    const listed = new Set<string>();
    const placeholders: string[] = [];
    const onStray = (stray: string): void => {
      const name = this.#service === 'icloud' ? nameOfPlaceholder(stray) : null;
      if (name !== null) placeholders.push(name);
      else if (!isOthersOwn(path.posix.basename(stray))) options.onStray?.(stray);
    };
    for await (const info of this.#local.list(prefix, { ...options, onStray })) {
      listed.add(info.name);
      yield info;
    }
    for (const name of placeholders) {
      if (listed.has(name)) continue;
      const info = await this.stat(name, options);
      if (info !== null) yield info;
    }
  }

  async remove(name: string, options?: CallOptions): Promise<void> {
    await this.#local.remove(name, options);
    if (this.#service === 'icloud') await unlink(this.#placeholderPath(name)).catch(unlessAbsent);
  }

  /** Of this computer's disk: what the service has room for, only its own program knows. */
  async space(options?: CallOptions): Promise<SpaceInfo> {
    return await this.#local.space(options);
  }

  async close(): Promise<void> {
    await this.#spool.close();
    await this.#local.close();
  }

  /** Reads; asks for the bytes where they are in the cloud, and waits for them. */
  async #read(name: string, { signal }: CallOptions, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const end = this.#clock.now() + PATIENCE_MS;
    for (let asked = false; ; asked = true) {
      signal?.throwIfAborted();
      await this.#traffic.receive(0, signal); // stands still while the run is paused
      try {
        // The system fetches a file's bytes while it is read, and cannot be told to give up.
        return await unlessAborted(read(), signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof HoldfastError)) throw error;
        if (await this.#isNotBrought(name, error)) throw notBroughtBack(this.#service, error.cause);
        if (error.code !== 'object-missing' || (await this.#placeholder(name)) === null) throw error;
      }
      if (!asked) await this.#platform.request(this.#local.localPath(name));
      if (this.#clock.now() >= end) throw notHereYet(this.#service, name);
      await wait(LOOK_MS, this.#clock, undefined, signal);
    }
  }

  async #isNotBrought(name: string, error: HoldfastError): Promise<boolean> {
    if (error.code !== 'destination-failed' || !NOT_BROUGHT.has(errnoOf(error.cause))) return false;
    return (await this.#local.stat(name).catch(() => null))?.evicted === true;
  }

  /**
   * The object that a placeholder stands for, or null.
   * @throws HoldfastError `destination-busy` where it does not tell the size: then the file itself is asked for
   */
  async #placeholder(name: string): Promise<ObjectInfo | null> {
    if (this.#service !== 'icloud') return null;
    const file = this.#placeholderPath(name);
    const found = await lstat(file).catch(() => null);
    if (found?.isFile() !== true || found.size > MAX_PLACEHOLDER_BYTES) return null;
    const bytes = await readFile(file).catch(() => null);
    if (bytes === null) return null; // the file came back at this moment; whoever asks again finds it
    const size = sizeInPlaceholder(bytes);
    if (size !== null) return { name, size, modifiedMs: found.mtimeMs, evicted: true };
    await this.#platform.request(this.#local.localPath(name));
    throw notHereYet(this.#service, name);
  }

  #placeholderPath(name: string): string {
    const file = this.#local.localPath(name);
    return path.join(path.dirname(file), placeholderName(path.basename(file)));
  }
}

/** The object whose placeholder lies at this path below the root, or null. */
function nameOfPlaceholder(stray: string): string | null {
  const segments = stray.split('/');
  const name = evictedName(segments.pop() ?? '');
  return name === null ? null : nameOf([...segments, name]);
}

/** Whether a file in `folder` cannot simply be renamed to `target`; only trying tells. */
async function isOnAnotherDisk(folder: string, target: string): Promise<boolean> {
  const file = path.join(folder, temporaryName());
  await writeFile(file, '', { mode: 0o600 });
  try {
    await rename(file, target);
    await unlink(target);
    return false;
  } catch (error) {
    await unlink(file).catch(() => undefined);
    if (errnoOf(error) === 'EXDEV') return true;
    throw error;
  }
}

/** Removes files that nobody has written for a day. */
async function removeStale(folder: string, concerns: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!concerns(name)) continue;
    const file = path.join(folder, name);
    const found = await lstat(file).catch(() => null);
    if (found !== null && found.isFile() && Date.now() - found.mtimeMs > STALE_MS)
      await unlink(file).catch(unlessAbsent);
  }
}

function unlessAbsent(error: unknown): void {
  if (!isAbsent(error)) throw error;
}
