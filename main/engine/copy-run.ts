/**
 * One copy: what `to` lacks is brought from the sources, in an order that makes an interruption harmless at any point
 * (FORMAT.md, "Order and crash safety"): keyrings, packs, index segments, snapshots. A new place gets its repo.json last
 * of all, so that nobody takes an unfinished fill for a whole backup.
 */
import { happened, HoldfastError, toHoldfastError } from '../errors.ts';
import { text, type Text, told } from '../text.ts';
import type { Destination } from '../destinations/destination.ts';
import { isHashedName } from '../destinations/names.ts';
import type { CopyOutput } from './api.ts';
import { inLanes, ObjectMover, type Candidate, type Source, type Way } from './copy-objects.ts';
import {
  anotherRepository,
  bringRepoFile,
  isNewer,
  newestOf,
  otherOwner,
  stateOf,
  type PlaceState,
} from './copy-state.ts';
import { bringNotes } from './copy-notes.ts';
import { equal, toHex } from './format/bytes.ts';
import { REPO_FILES, type ReadRepoFile } from './format/repo-file.ts';
import { isFolder } from './pipeline/publisher.ts';
import type { LocalLock } from './repository/local-lock.ts';
import { listClientIds, readRepoFile, type RepoFileCopies } from './repository/repository.ts';
import type { VerbContext } from './verb-context.ts';

/** Objects of a destination, by name, as it was listed. A copy adds what it puts there. */
export type Listing = Map<string, { size: number; modifiedMs: number }>;

export interface CopySource {
  destination: Destination;
  /** Where it was listed just now. */
  listing?: Listing | undefined;
}

export interface CopyJob {
  from: CopySource[];
  to: CopySource;
  clients: 'all' | readonly string[];
  heal?: readonly string[] | undefined;
  /** Owner of the spool at `to` (copy-objects.ts). */
  ownerOf: (repoId: Uint8Array) => string;
  /** Called before anything is written, with the repo.json that counts at the sources. Rejects to refuse it. */
  admit: (copies: RepoFileCopies, state: PlaceState['state']) => Promise<void>;
  /** Taken before anything is written: one copy to a place at a time. */
  lock: (repoId: Uint8Array) => Promise<LocalLock>;
  /** Makes the place where it is not there; else that is `destination-missing`. */
  make: boolean;
}

interface OpenSource extends Source {
  copies: RepoFileCopies;
  listing: Listing | undefined;
}

export class CopyRun {
  readonly #job: CopyJob;
  readonly #context: VerbContext;
  readonly #to: Destination;
  readonly #output: CopyOutput = { objects: 0, bytes: 0, healed: [], damaged: [], missing: [], complete: false };
  /** Totals are null until all is listed. */
  readonly counters: { totalObjects: number | null; totalBytes: number | null } = {
    totalObjects: null,
    totalBytes: null,
  };

  /** The repo.json that counts at the place since this copy; null until it lies there. */
  brought: ReadRepoFile | null = null;

  constructor(job: CopyJob, context: VerbContext) {
    this.#job = job;
    this.#context = context;
    this.#to = job.to.destination;
  }

  /** Objects and bytes put there so far. */
  get done(): { objects: number; bytes: number } {
    return { objects: this.#output.objects, bytes: this.#output.bytes };
  }

  /** Errors: not-a-repository, repository-exists, repository-damaged, newer-format, stopped, destination-*. */
  async run(): Promise<CopyOutput> {
    const all = await this.#openSources();
    const first = all[0];
    if (first === undefined) throw new Error('a copy has a source');
    const { repoId } = first.copies.file;
    const state = await this.#stateOfTarget(repoId);
    if (state.state === 'ready' && !equal(state.copies.file.repoId, repoId)) throw anotherRepository(this.#to.label);
    const owner = (state.state === 'ready' ? state.copies : first.copies).file.ownerPublicKey;
    const sources = this.#ofOwner(all, owner);
    const copies = sources.map((source) => source.copies);
    const newest = newestOf(copies, owner);
    const counts = newest ?? first.copies;
    await this.#job.admit(counts, state.state);
    if (state.state === 'ready' && newest === null) throw otherOwner(this.#to.label);
    const lock = await this.#job.lock(repoId);
    try {
      if (state.state !== 'ready') await this.#to.init();
      return await this.#bring(sources, state, counts);
    } finally {
      await lock.release();
    }
  }

  async #bring(sources: OpenSource[], state: PlaceState, newest: RepoFileCopies): Promise<CopyOutput> {
    const there = await this.#listTarget(state, sources);
    const mover = new ObjectMover({
      to: this.#to,
      control: this.#context.control,
      owner: this.#job.ownerOf(newest.file.repoId),
      onDamaged: (object, at, message) => this.#output.damaged.push({ object, at, message }),
      onLost: ({ destination, failure }) =>
        this.#warn(
          text`${destination.label} does not answer any more: ${failure === null ? '' : happened(failure)} Other sources are used.`,
        ),
    });
    const clients = await this.#clients(sources);
    const found = await this.#listSources(sources, clients);
    const lacking = (room: RegExp): [string, Candidate[]][] =>
      [...found].filter(([name, candidates]) => room.test(name) && !has(there, name, candidates));
    try {
      await mover.keepOnly(lacking(/./).map(([name]) => name));
      await this.#moveAll(lacking(/^k\//), 'small', mover, there);
      if (state.state === 'ready') this.brought = await bringRepoFile(this.#to, state.copies, newest);
      await this.#copyNotes(sources, clients, newest.file);
      await this.#heal(sources, mover);

      const packs = lacking(/\/[pm]\//);
      const rest = [...lacking(/\/i\//), ...lacking(/\/s\//)];
      this.#count([...packs, ...rest]);
      await this.#moveAll(packs, 'large', mover, there);
      await this.#moveAll(lacking(/\/i\//), 'small', mover, there);
      await this.#moveAll(this.#inOrder(lacking(/\/s\//), sources), 'small', mover, there);
      if (state.state !== 'ready') await this.#writeRepoFile(newest);
      await mover.clear().catch(() => undefined);
    } catch (error) {
      // Where an upload can go on in the middle of an object, what that takes stays.
      if (this.#to.abilities?.resume !== true) await mover.clear().catch(() => undefined);
      throw error;
    }
    this.#output.complete = this.#output.missing.length === 0;
    return this.#output;
  }

  /** Those that can be used: folders of this computer first. Errors: the first one's, where none can. */
  async #openSources(): Promise<OpenSource[]> {
    const opened: OpenSource[] = [];
    let failure: unknown = null;
    for (const { destination, listing } of this.#job.from) {
      try {
        const copies = await readRepoFile(destination, ({ repoId }) => {
          const wanted = opened[0]?.copies.file.repoId;
          return wanted === undefined || equal(repoId, wanted);
        });
        if (opened[0] !== undefined && !equal(copies.file.repoId, opened[0].copies.file.repoId)) {
          throw anotherRepository(destination.label);
        }
        opened.push({ destination, listing, copies, failure: null });
      } catch (error) {
        const known = toHoldfastError(error);
        if (known.code === 'stopped') throw error;
        failure ??= error;
        if (this.#job.from.length > 1) this.#warn(text`${destination.label} is not copied from: ${happened(known)}`);
      }
    }
    if (opened.length === 0) throw failure ?? noSource();
    return opened.sort((a, b) => Number(isFolder(b.destination)) - Number(isFolder(a.destination)));
  }

  async #stateOfTarget(repoId: Uint8Array): Promise<PlaceState> {
    try {
      return await stateOf(this.#to, repoId);
    } catch (error) {
      if (this.#job.make && toHoldfastError(error).code === 'destination-missing') return { state: 'empty' };
      throw error;
    }
  }

  /**
   * Those that the same owner signed. Of others nothing is brought, no keyring either: only the key tells which owner is
   * right, and after a change of it the old one's keyrings are not to come back.
   */
  #ofOwner(sources: OpenSource[], owner: Uint8Array): OpenSource[] {
    return sources.filter(({ destination, copies }) => {
      if (equal(copies.file.ownerPublicKey, owner)) return true;
      this.#warn(
        text`repo.json at ${destination.label} was signed by somebody else than at other places. Nothing is copied from there.`,
      );
      return false;
    });
  }

  async #clients(sources: OpenSource[]): Promise<string[]> {
    if (this.#job.clients !== 'all') return [...this.#job.clients];
    const ids = new Set<string>();
    for (const { destination } of sources) for (const id of await listClientIds(destination)) ids.add(id);
    return [...ids].sort();
  }

  async #listTarget(state: PlaceState, sources: OpenSource[]): Promise<Listing> {
    if (this.#job.to.listing !== undefined) return this.#job.to.listing;
    if (state.state === 'empty') return new Map();
    return await listAll(this.#to, await this.#clients(sources));
  }

  /** Every object of the sources and where it is. */
  async #listSources(sources: OpenSource[], clients: string[]): Promise<Map<string, Candidate[]>> {
    const found = new Map<string, Candidate[]>();
    for (const source of sources) {
      source.listing ??= await listAll(source.destination, clients);
      for (const [name, { size }] of source.listing) {
        const candidates = found.get(name);
        if (candidates === undefined) found.set(name, [{ source, size }]);
        else candidates.push({ source, size });
      }
    }
    return found;
  }

  #count(objects: [string, Candidate[]][]): void {
    this.counters.totalObjects = this.#output.objects + objects.length;
    this.counters.totalBytes =
      this.#output.bytes + objects.reduce((sum, [, candidates]) => sum + (candidates[0]?.size ?? 0), 0);
  }

  async #moveAll(objects: [string, Candidate[]][], way: Way, mover: ObjectMover, there: Listing): Promise<void> {
    await inLanes(objects, mover.lanes, async ([name, candidates]) => {
      const size = await mover.move(name, candidates, way);
      if (size === null) {
        if (!there.has(name)) this.#output.missing.push(name);
        return;
      }
      there.set(name, { size, modifiedMs: Date.now() });
      this.#output.objects++;
      this.#output.bytes += size;
    });
  }

  /** Oldest first, as far as the storages' clocks tell: an interrupted copy then lacks the newest. */
  #inOrder(objects: [string, Candidate[]][], sources: OpenSource[]): [string, Candidate[]][] {
    const time = (name: string): number =>
      Math.min(...sources.map(({ listing }) => listing?.get(name)?.modifiedMs ?? Number.POSITIVE_INFINITY));
    return objects
      .map((object) => ({ object, time: time(object[0]) }))
      .sort((a, b) => a.time - b.time || (a.object[0] < b.object[0] ? -1 : 1))
      .map(({ object }) => object);
  }

  /** The owner's notes about computers: of each kind the one that counts most, of all places. */
  async #copyNotes(sources: OpenSource[], clients: string[], file: ReadRepoFile): Promise<void> {
    for (const client of clients) {
      await bringNotes(
        sources.filter(({ failure }) => failure === null).map(({ destination }) => destination),
        this.#to,
        client,
        file,
      );
    }
  }

  /** Objects known to be damaged are replaced, each only once its whole bytes are in hand. */
  async #heal(sources: OpenSource[], mover: ObjectMover): Promise<void> {
    for (const name of new Set(this.#job.heal)) {
      // Copies of repo.json have been seen to already.
      if (!isHashedName(name)) continue;
      const candidates: Candidate[] = [];
      for (const source of sources) {
        const info = await source.destination.stat(name);
        if (info !== null) candidates.push({ source, size: info.size });
      }
      const size = await mover.move(name, candidates, 'over');
      if (size === null) {
        this.#output.missing.push(name);
        continue;
      }
      this.#output.healed.push(name);
      this.#output.objects++;
      this.#output.bytes += size;
    }
  }

  /** Makes a filled place a repository. Errors: repository-exists where another one was made there meanwhile. */
  async #writeRepoFile({ file, bytes }: RepoFileCopies): Promise<void> {
    const now = await stateOf(this.#to, file.repoId);
    if (now.state === 'ready' && !equal(now.copies.file.repoId, file.repoId)) throw anotherRepository(this.#to.label);
    for (const name of [...REPO_FILES].reverse()) await this.#to.put(name, bytes);
    const written = await readRepoFile(this.#to);
    if (!equal(written.file.repoId, file.repoId) || isNewer(file, written.file))
      throw anotherRepository(this.#to.label);
    this.brought = written.file;
  }

  #warn(words: Text): void {
    this.#context.emit({ type: 'message', level: 'warning', ...told(words) });
  }
}

/** True where `name` is there in the size that one of the sources has. */
const has = (there: Listing, name: string, candidates: Candidate[]): boolean =>
  candidates.some(({ size }) => there.get(name)?.size === size);

/**
 * All objects of these computers, and the keyrings. A writer may be at work: snapshots and segments are listed before
 * the packs that they refer to, so that whatever a listed one needs is listed too.
 */
export async function listAll(destination: Destination, clients: readonly string[]): Promise<Listing> {
  const listing: Listing = new Map();
  const rooms = clients.flatMap((client) => ['s', 'i', 'm', 'p'].map((room) => `c/${client}/${room}/`));
  for (const prefix of [...rooms, 'k/']) {
    for await (const { name, size, modifiedMs } of destination.list(prefix)) listing.set(name, { size, modifiedMs });
  }
  return listing;
}

function noSource(): HoldfastError {
  return new HoldfastError('bad-input', 'A copy needs a place to copy from.', 'Nothing was changed. Name one.');
}

/** What ties a copy to its place for the local lock. */
export const copyLockKey = (repoId: Uint8Array, place: string): string => `copy:${toHex(repoId)}:${place}`;
