/**
 * Moves objects from some destinations to another, hash-verified on the way: packs through the spool, one at a time a
 * lane, small objects through memory. A source that is damaged or gone is passed over for the next.
 */
import { createHash } from 'node:crypto';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import type { Destination } from '../destinations/destination.ts';
import type { RunControl } from './control.ts';
import { damaged } from './format/damage.ts';
import { fromHex, toHex } from './format/bytes.ts';
import { isFolder } from './pipeline/publisher.ts';
import { errorCode } from './pipeline/scanner.ts';
import { spoolError, systemErrorInfo } from './pipeline/spool-error.ts';
import { isShortOfFiles } from '../open-files.ts';

/** Bytes read at a time: whole MiB, as all reads are. */
const STEP = 4 * 1024 * 1024;
const LANES = 2;
/** Objects in a row that a disk may fail to give before it counts as one that does not answer: bad sectors are few. */
const MOST_UNREAD = 8;

/** Where an object is, and how many bytes it has there. */
export interface Candidate {
  source: Source;
  size: number;
}

export interface Source {
  destination: Destination;
  /** Why it is not asked any more; null while it answers. */
  failure: HoldfastError | null;
}

export interface MoverOptions {
  to: Destination;
  control: RunControl;
  /** Owner of the spool at `to`: whatever lies in it is this copy's. */
  owner: string;
  /** A source does not have an object whole. */
  onDamaged: (name: string, at: string, message: string) => void;
  /** A source does not answer any more. */
  onLost: (source: Source) => void;
}

export type Way = 'large' | 'small' | 'over';

const hashIn = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

export class ObjectMover {
  readonly #o: MoverOptions;
  #spool: Promise<string> | null = null;
  /** Objects that a source did not give, since the last one that it gave. */
  readonly #inARow = new Map<Source, number>();

  constructor(options: MoverOptions) {
    this.#o = options;
  }

  /** Objects that are good to have on their way at a time. */
  get lanes(): number {
    return Math.max(1, this.#o.to.abilities?.parallel ?? LANES);
  }

  /**
   * Puts one object there.
   *
   * @param way `large`: what can be many MiB; `small`; `over`: over whatever lies under the name, in its size too
   * @returns its size in bytes; null where no source has it whole
   *
   * Errors: stopped; those of `to`; those of a source where no other has the object
   */
  async move(name: string, candidates: readonly Candidate[], way: Way): Promise<number | null> {
    let failure: HoldfastError | null = null;
    for (const candidate of candidates) {
      await this.#o.control.check();
      const { source } = candidate;
      if (source.failure === null && (await this.#tryFrom(name, candidate, way))) return candidate.size;
      failure ??= source.failure;
    }
    if (failure !== null) throw failure;
    return null;
  }

  /** Removes what this and earlier copies left in the spool. */
  async clear(): Promise<void> {
    await this.#o.to.clearSpool(this.#o.owner);
  }

  /** Removes what earlier copies left in the spool and is not wanted any more; the rest is gone on with. */
  async keepOnly(wanted: readonly string[]): Promise<void> {
    if (wanted.length === 0) return await this.clear();
    const spool = await this.#spoolFolder();
    const hashes = new Set(wanted.map(hashIn));
    for (const file of await readdir(spool).catch(() => [])) {
      if (!hashes.has(file.slice(0, 64))) await rm(join(spool, file), { recursive: true, force: true });
    }
  }

  async #tryFrom(name: string, candidate: Candidate, way: Way): Promise<boolean> {
    try {
      return await this.#moveFrom(name, candidate, way);
    } catch (error) {
      // No source is to blame for what the operating system says of the spool.
      if (error instanceof SpoolFailure) throw spoolError(systemErrorInfo(error.cause), this.#o.to.label);
      throw error;
    }
  }

  async #moveFrom(name: string, candidate: Candidate, way: Way): Promise<boolean> {
    if (way === 'large' && (await this.#publishInPlace(name, candidate))) return true;
    // What a put to a folder leaves when it is killed would lie in a spool that is not this copy's to clear.
    if (way === 'over' || (way === 'small' && !isFolder(this.#o.to))) {
      const bytes = await this.#read(name, candidate, async () => await this.#whole(name, candidate));
      if (bytes === null) return false;
      await this.#o.to.put(name, bytes, { sha256: fromHex(hashIn(name), 32) ?? new Uint8Array(32) });
      return true;
    }
    const file = join(await this.#spoolFolder(), hashIn(name));
    if (!(await this.#isWhole(file, name, candidate.size))) {
      const written = await this.#read(name, candidate, async () => await this.#toSpool(name, candidate, file));
      if (written === null) return false;
    }
    await this.#o.to.publish(file, name);
    return true;
  }

  /**
   * From a folder of this computer to a server, without a second copy on a disk. Not to where an upload can go on after
   * a restart: what that takes lies beside the published file, and must not lie among the source's objects.
   */
  async #publishInPlace(name: string, { source }: Candidate): Promise<boolean> {
    const { to } = this.#o;
    const path = source.destination.localPath?.(name) ?? null;
    if (path === null || isFolder(to) || to.abilities?.resume === true) return false;
    try {
      await to.publish(path, name, { keep: true });
      return true;
    } catch (error) {
      if (toHoldfastError(error).code === 'stopped') throw error;
      return false; // Through the spool it shows which side is at fault.
    }
  }

  /**
   * Runs a read; a disk or a cable that gave wrong bytes once is asked once more. Null where this source does not have
   * the object whole (a bad sector is no disk that is gone), or does not answer any more. Errors: stopped, and those of the spool.
   */
  async #read<T>(name: string, { source }: Candidate, read: () => Promise<T>): Promise<T | null> {
    for (let attempt = 0; ; attempt++) {
      try {
        const found = await read();
        this.#inARow.delete(source);
        return found;
      } catch (error) {
        if (error instanceof SpoolFailure) throw error;
        const known = toHoldfastError(error);
        if (known.code === 'stopped' || isShortOfFiles(known.cause)) throw error;
        const isSector =
          known.code === 'destination-failed' && errorCode(known.cause) === 'EIO' && this.#unread(source) < MOST_UNREAD;
        if (known.code !== 'object-damaged' && known.code !== 'object-missing' && !isSector) {
          if (source.failure === null) {
            source.failure = known;
            this.#o.onLost(source);
          }
          return null;
        }
        if (attempt > 0) {
          if (isSector) this.#inARow.set(source, this.#unread(source) + 1);
          this.#o.onDamaged(name, source.destination.label, known.message);
          return null;
        }
      }
    }
  }

  #unread(source: Source): number {
    return this.#inARow.get(source) ?? 0;
  }

  async #whole(name: string, { source }: Candidate): Promise<Uint8Array> {
    const bytes = await source.destination.get(name);
    if (createHash('sha256').update(bytes).digest('hex') !== hashIn(name)) {
      throw damaged(name, 'its bytes do not match its name');
    }
    return bytes;
  }

  async #toSpool(name: string, { source, size }: Candidate, file: string): Promise<true> {
    const handle = await spooling(() => open(file, 'w', 0o600));
    try {
      const hash = createHash('sha256');
      for (let offset = 0; offset < size; offset += STEP) {
        await this.#o.control.check();
        const bytes = await source.destination.getRange(name, offset, Math.min(STEP, size - offset));
        hash.update(bytes);
        await spooling(() => handle.writeFile(bytes));
      }
      if (hash.digest('hex') !== hashIn(name)) throw damaged(name, 'its bytes do not match its name');
      return true;
    } finally {
      await handle.close();
    }
  }

  /** True for a file that an earlier, interrupted copy left whole: an upload of it goes on where it stopped. */
  async #isWhole(file: string, name: string, size: number): Promise<boolean> {
    const found = await stat(file).catch(() => null);
    if (found === null || found.size !== size) return false;
    const hash = createHash('sha256');
    const handle = await spooling(() => open(file, 'r'));
    try {
      const buffer = new Uint8Array(STEP);
      for (;;) {
        await this.#o.control.check();
        const { bytesRead } = await spooling(() => handle.read(buffer, 0, STEP, null));
        if (bytesRead === 0) return hash.digest('hex') === hashIn(name);
        hash.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  }

  #spoolFolder(): Promise<string> {
    return (this.#spool ??= this.#o.to.spoolFolder(this.#o.owner));
  }
}

/** What the operating system said about the spool. */
class SpoolFailure extends Error {}

async function spooling<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw new SpoolFailure('The spool failed.', { cause: error });
  }
}

/** Runs the work on every item, so many at a time, begun in their order. The first error ends it all, when the rest has ended. */
export async function inLanes<T>(items: readonly T[], lanes: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const item = items[next++];
      try {
        if (item !== undefined) await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(lanes, items.length) }, lane));
  const first = ends.find((end) => end.status === 'rejected');
  if (first !== undefined) throw first.reason;
}

/**
 * Owner of a copy's spool: the same for every copy of a repository by this computer, no other's, and no client id.
 *
 * @param purpose keeps the spools of several kinds apart
 */
export function copyOwner(repoId: Uint8Array, purpose: string): string {
  const text = `${purpose}\0${toHex(repoId)}\0${hostname()}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
