/**
 * Publishes finished packs behind the workers' backs and names them in index segments: one a GiB or ten minutes, which
 * are also the journal that an interrupted backup goes on from.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { threadId } from 'node:worker_threads';
import type { Destination } from '../../destinations/destination.ts';
import { goOn } from '../../destinations/waiting.ts';
import { stopped, type RunControl } from '../control.ts';
import type { Capability } from '../format/capability.ts';
import { toHex } from '../format/bytes.ts';
import { Hedge, Kind, type Kind as KindType } from '../format/envelope.ts';
import { REPO_FILES } from '../format/repo-file.ts';
import { sealObject } from '../format/object.ts';
import { encodeSegment, type PackFacts } from '../format/segment.ts';
import { noteNative, releaseNative } from '../repository/native-memory.ts';
import { SEGMENT_TABLE_BYTES } from './pack-sizes.ts';
import type { SpooledPack } from './pack-writer.ts';

const SEGMENT_BYTES = 1024 ** 3;
const SEGMENT_MS = 10 * 60_000;
/** Publishes at a time where the destination does not say what is good for it. */
const AT_ONCE = 2;
/** Packs, and bytes of them, that wait in the spool before the reading of files has to wait too. */
const QUEUE_PACKS = 4;
const QUEUE_BYTES = 512 * 1024 * 1024;

export class Publisher {
  readonly #destination: Destination;
  readonly #capability: Capability;
  readonly #control: RunControl;
  readonly #hedge: Hedge;
  readonly #prefix: string;
  readonly #atOnce: number;
  /** The spool lies at the destination: a publish flushes and renames, and nothing waits for long. */
  readonly #inPlace: boolean;
  readonly #queue: { pack: SpooledPack; flushed: Promise<void> }[] = [];
  #queuedBytes = 0;
  readonly #running = new Set<Promise<void>>();
  readonly #listeners: (() => void)[] = [];
  #unnamed: PackFacts[] = [];
  #unnamedBytes = 0;
  #unnamedTableBytes = 0;
  #lastSegment = Date.now();
  #failure: unknown = null;
  #segment: Promise<void> = Promise.resolve();
  readonly #onFailure: (error: unknown) => void;
  /** Aborted when a publish failed or the run is given up: nothing waits any more, for the end of a pause or for a slow destination. */
  readonly #abandoned = new AbortController();
  /** Bytes of all objects that this run has put into the storage. */
  storedBytes = 0;
  /** Everything that this run published, by logical name: size in bytes. */
  readonly published = new Map<string, number>();

  /** @param onFailure called with the first error, at once: workers should not go on reading for nothing */
  constructor(
    destination: Destination,
    capability: Capability,
    control: RunControl,
    onFailure: (error: unknown) => void = () => undefined,
  ) {
    this.#onFailure = onFailure;
    this.#destination = destination;
    this.#capability = capability;
    this.#control = control;
    this.#atOnce = destination.abilities?.parallel ?? AT_ONCE;
    this.#inPlace = isFolder(destination);
    this.#hedge = new Hedge(capability.keys.hedge, threadId);
    this.#prefix = `c/${toHex(capability.clientId)}/`;
  }

  /** Packs that an earlier, interrupted run left unnamed: the next segment names them. */
  adopt(packs: PackFacts[]): void {
    this.#unnamed.push(...packs);
  }

  add(pack: SpooledPack): void {
    this.#queue.push({ pack, flushed: this.#inPlace ? Promise.resolve() : flush(pack.path) });
    this.#queuedBytes += pack.size;
    this.#pump();
  }

  /** True while more packs wait than are good for the spool. */
  get behind(): boolean {
    return this.#queue.length >= QUEUE_PACKS || this.#queuedBytes >= QUEUE_BYTES;
  }

  /** Resolves when fewer packs wait. */
  async drain(): Promise<void> {
    while (this.behind && this.#failure === null) {
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Publishes everything and names it in a segment. */
  async finish(): Promise<void> {
    while (this.#queue.length > 0 || this.#running.size > 0) {
      this.#pump();
      if (this.#failure !== null) break;
      await Promise.race(this.#running);
    }
    await Promise.allSettled(this.#running);
    if (this.#failure !== null) throw this.#failure;
    await this.#segment;
    await this.#writeSegment();
    if (this.#failure !== null) throw this.#failure;
  }

  /** Publishes nothing more; resolves when nothing is on its way any more. Never rejects; may be called after `finish`. */
  async abandon(): Promise<void> {
    this.#failure ??= stopped();
    const waiting = this.#queue.splice(0);
    this.#abandoned.abort(stopped());
    await Promise.allSettled([...this.#running, ...waiting.map(({ flushed }) => flushed)]);
  }

  /**
   * Seals an object under the computer's meta key and stores it under the SHA-256 of its bytes.
   *
   * @param before waited for when the name is known and nothing is stored yet
   * @param beforeRetry waited for before a put that failed is made again
   * @returns the name's 32 bytes
   */
  async putObject(
    room: 'i' | 's',
    kind: KindType,
    data: Uint8Array,
    before: (hash: Uint8Array) => Promise<void> = async () => undefined,
    beforeRetry?: () => Promise<void>,
  ): Promise<Uint8Array> {
    const c = this.#capability;
    const sealed = sealObject(
      {
        suite: c.suite,
        kind,
        epoch: c.epoch,
        repoId: c.repoId,
        clientId: c.clientId,
        salt: this.#hedge.draw(c.clientId, data.subarray(0, 64)).salt,
        to: { key: c.keys.meta },
      },
      data,
    );
    const hash = new Uint8Array(createHash('sha256').update(sealed).digest());
    const name = `${this.#prefix}${room}/${toHex(hash)}`;
    await before(hash);
    await this.#destination.put(name, sealed, { sha256: hash, beforeRetry });
    this.storedBytes += sealed.length;
    this.published.set(name, sealed.length);
    return hash;
  }

  #pump(): void {
    while (this.#running.size < this.#atOnce && this.#queue.length > 0 && this.#failure === null) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#queuedBytes -= next.pack.size;
      const work = next.flushed
        .then(() => this.#publish(next.pack))
        .catch((error: unknown) => {
          if (this.#failure !== null) return;
          this.#failure = error;
          this.#abandoned.abort(stopped());
          this.#onFailure(error);
        })
        .finally(() => {
          this.#running.delete(work);
          for (const listener of this.#listeners.splice(0)) listener();
          this.#pump();
        });
      this.#running.add(work);
    }
  }

  async #publish(pack: SpooledPack): Promise<void> {
    const { signal } = this.#abandoned;
    await goOn(this.#control, signal);
    if (this.#failure !== null) throw this.#failure;
    const name = `${this.#prefix}${pack.room}/${toHex(pack.name)}`;
    await this.#destination.publish(pack.path, name, { letGo: signal });
    this.storedBytes += pack.size;
    this.published.set(name, pack.size);
    const { name: hash, room, size, header, table } = pack;
    this.#unnamed.push({ name: hash, room, size, header, table });
    this.#unnamedBytes += size;
    this.#unnamedTableBytes += table.length;
    const full = this.#unnamedBytes >= SEGMENT_BYTES || this.#unnamedTableBytes >= SEGMENT_TABLE_BYTES;
    if (full || Date.now() - this.#lastSegment >= SEGMENT_MS) {
      this.#segment = this.#segment.then(() => this.#writeSegment());
      await this.#segment;
    }
  }

  async #writeSegment(): Promise<void> {
    const adds = this.#unnamed;
    if (adds.length === 0) return;
    this.#unnamed = [];
    this.#unnamedBytes = 0;
    this.#unnamedTableBytes = 0;
    this.#lastSegment = Date.now();
    const segment = encodeSegment({ adds });
    noteNative(3 * segment.length);
    await this.putObject('i', Kind.indexSegment, segment);
    await releaseNative('major');
  }
}

/** True where objects are files of this computer, and their spool lies beside them. */
export function isFolder(destination: Destination): boolean {
  return (destination.localPath?.(REPO_FILES[0]) ?? null) !== null;
}

/**
 * Flushes a spool file, so that a power failure costs no upload. Never rejects: its bytes are compared with its name
 * before anything relies on them.
 */
async function flush(file: string): Promise<void> {
  try {
    const handle = await open(file, 'r+');
    await handle.sync().finally(() => handle.close());
  } catch {
    // The publish meets the same file and says what is wrong with it.
  }
}
