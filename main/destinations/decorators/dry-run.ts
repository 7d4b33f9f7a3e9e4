/**
 * A destination to which nothing is written: what would be stored or removed is counted, and reads go through. What was
 * "written" can be listed, and read again where it is small, so that a run comes to its end as it would in truth.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HoldfastError } from '../../errors.ts';
import type { CallOptions, ObjectInfo, PublishOptions, PutOptions } from '../destination.ts';
import { objectDamaged, objectMissing } from '../local/errors.ts';
import { assertObjectName, assertOwner, assertRange, isHashedName, PROBE_PREFIX } from '../names.ts';
import { PassThrough, type ListOptions } from './pass-through.ts';

/** Largest object that is kept in memory to be read again, and of all of them together, in bytes. */
const KEPT_OBJECT = 4 * 2 ** 20;
const KEPT_TOTAL = 64 * 2 ** 20;

export interface DryRunCount {
  /** Objects that would have been stored, and their bytes. */
  stored: number;
  storedBytes: number;
  /** Objects that would have been removed, and their bytes. */
  removed: number;
  removedBytes: number;
}

interface Written extends ObjectInfo {
  /** Null where it was too large to be kept. */
  bytes: Uint8Array | null;
}

export class DryRunDestination extends PassThrough {
  readonly #written = new Map<string, Written>();
  readonly #removed = new Set<string>();
  readonly #count: DryRunCount = { stored: 0, storedBytes: 0, removed: 0, removedBytes: 0 };
  #keptBytes = 0;
  #spools: Promise<string> | null = null;

  /** What would have been written so far; a copy. */
  count(): DryRunCount {
    return { ...this.#count };
  }

  override async init(options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
  }

  override async undoInit(options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
  }

  override async put(name: string, bytes: Uint8Array, options: PutOptions = {}): Promise<void> {
    assertObjectName(name);
    options.signal?.throwIfAborted();
    if (options.sha256 !== undefined && !createHash('sha256').update(bytes).digest().equals(options.sha256)) {
      throw objectDamaged(name, 'the bytes to store do not have the expected SHA-256');
    }
    this.#write(name, bytes.length, this.#fits(bytes.length) ? bytes.slice() : null);
  }

  override async spoolFolder(owner: string, options: CallOptions = {}): Promise<string> {
    assertOwner(owner);
    options.signal?.throwIfAborted();
    this.#spools ??= mkdtemp(path.join(tmpdir(), 'holdfast-dry-run-'));
    const folder = path.join(await this.#spools, owner);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  override async publish(spoolPath: string, name: string, options: PublishOptions = {}): Promise<void> {
    assertObjectName(name);
    options.signal?.throwIfAborted();
    const spool = await stat(spoolPath).catch(() => null);
    const known = await this.stat(name, options);
    if (spool === null) {
      if (isHashedName(name) && known !== null) return;
      throw new HoldfastError(
        'destination-failed',
        'A prepared part of this backup disappeared before it was stored.',
        'Nothing is written in a dry run. Start it again.',
        { detail: spoolPath },
      );
    }
    if (!isHashedName(name) || known?.size !== spool.size) {
      this.#write(name, spool.size, this.#fits(spool.size) ? new Uint8Array(await readFile(spoolPath)) : null);
    }
    if (options.keep !== true) await rm(spoolPath, { force: true });
  }

  override async clearSpool(owner: string, options: CallOptions = {}): Promise<void> {
    assertOwner(owner);
    options.signal?.throwIfAborted();
    if (this.#spools === null) return;
    const folder = path.join(await this.#spools, owner);
    for (const name of await readdir(folder).catch(() => [])) {
      await rm(path.join(folder, name), { recursive: true, force: true });
    }
  }

  override async get(name: string, options: CallOptions = {}): Promise<Uint8Array> {
    const written = this.#find(name, options);
    return written === null ? await super.get(name, options) : bytesOf(name, written).slice();
  }

  override async getRange(
    name: string,
    offset: number,
    length: number,
    options: CallOptions = {},
  ): Promise<Uint8Array> {
    assertRange(offset, length);
    const written = this.#find(name, options);
    if (written === null) return await super.getRange(name, offset, length, options);
    if (offset + length > written.size) {
      throw objectDamaged(name, `has ${written.size} bytes, asked for ${offset}+${length}`);
    }
    return bytesOf(name, written).slice(offset, offset + length);
  }

  override async stat(name: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    assertObjectName(name);
    options.signal?.throwIfAborted();
    if (this.#removed.has(name)) return null;
    const written = this.#written.get(name);
    return written === undefined ? await super.stat(name, options) : infoOf(written);
  }

  override async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    for await (const info of super.list(prefix, options)) {
      if (!this.#written.has(info.name) && !this.#removed.has(info.name)) yield info;
    }
    for (const written of [...this.#written.values()]) {
      const seen = prefix.startsWith(PROBE_PREFIX) || !written.name.startsWith(PROBE_PREFIX);
      options.signal?.throwIfAborted();
      if (seen && written.name.startsWith(prefix)) yield infoOf(written);
    }
  }

  override async remove(name: string, options: CallOptions = {}): Promise<void> {
    const known = await this.stat(name, options);
    if (known === null) return;
    this.#count.removed += 1;
    this.#count.removedBytes += known.size;
    this.#keptBytes -= this.#written.get(name)?.bytes?.length ?? 0;
    this.#written.delete(name);
    this.#removed.add(name);
  }

  override localPath(name: string): string | null {
    assertObjectName(name);
    return this.#written.has(name) || this.#removed.has(name) ? null : super.localPath(name);
  }

  override async close(): Promise<void> {
    const spools = this.#spools;
    this.#spools = null;
    if (spools !== null) await rm(await spools, { recursive: true, force: true });
    await super.close();
  }

  #fits(size: number): boolean {
    return size <= KEPT_OBJECT && this.#keptBytes + size <= KEPT_TOTAL;
  }

  #write(name: string, size: number, bytes: Uint8Array | null): void {
    this.#count.stored += 1;
    this.#count.storedBytes += size;
    this.#keptBytes += (bytes?.length ?? 0) - (this.#written.get(name)?.bytes?.length ?? 0);
    this.#removed.delete(name);
    this.#written.set(name, { name, size, modifiedMs: Date.now(), bytes });
  }

  /** What a read of this name meets here; null where it goes through. @throws HoldfastError `object-missing` */
  #find(name: string, options: CallOptions): Written | null {
    assertObjectName(name);
    options.signal?.throwIfAborted();
    if (this.#removed.has(name)) throw objectMissing(name);
    return this.#written.get(name) ?? null;
  }
}

function infoOf({ name, size, modifiedMs }: Written): ObjectInfo {
  return { name, size, modifiedMs };
}

function bytesOf(name: string, { bytes }: Written): Uint8Array {
  if (bytes !== null) return bytes;
  throw new HoldfastError(
    'object-missing',
    'A part that this dry run would have stored was too large to be kept.',
    'Nothing is written in a dry run, so it cannot be read again.',
    { detail: name },
  );
}
